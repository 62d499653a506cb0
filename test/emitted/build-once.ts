import { existsSync } from 'node:fs'
import { cli, tool } from './places.ts'
import { run } from './run.ts'

/** The tests use the package as it is published. */
export default async function setup(): Promise<void> {
  if (!existsSync(tool('cfn-lint')))
    throw new Error('The Python tools are missing: run `bash test/tools/install.sh`.')
  if (process.env.EMITTED_BY === undefined) await run('node', ['build/build.mjs'])
  await run('node', [cli, '--version'])
}
