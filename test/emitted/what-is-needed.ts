import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cli, emitted, tool } from './places.ts'
import { run } from './run.ts'

/** The tests use the package as it is published, and the tools of test/tools/. */
export default async function setup(): Promise<() => void> {
  if (!existsSync(tool('cfn-lint')))
    throw new Error('The Python tools are missing: run `bash test/tools/install.sh`.')
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run \`npm run build\`.`)
  await run('node', [cli, '--version'])
  return takeFolder()
}

/** Two runs in one folder would delete each other's projects. */
function takeFolder(): () => void {
  const taken = join(emitted, 'taken-by')
  const other = existsSync(taken) ? Number(readFileSync(taken, 'utf8')) : 0
  if (isRunning(other))
    throw new Error(`Process ${other} uses ${emitted}: wait for it, or set EMITTED_IN to another folder.`)
  mkdirSync(emitted, { recursive: true })
  writeFileSync(taken, String(process.pid))
  return () => rmSync(taken)
}

function isRunning(id: number): boolean {
  try {
    return id > 0 && process.kill(id, 0)
  } catch {
    return false
  }
}
