import { existsSync } from 'node:fs'
import { cli, tool } from './places.ts'
import { run } from './run.ts'

/** The tests use the package as it is published, and the tools of test/tools/. */
export default async function setup(): Promise<void> {
  if (!existsSync(tool('cfn-lint')))
    throw new Error('The Python tools are missing: run `bash test/tools/install.sh`.')
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run \`npm run build\`.`)
  await run('node', [cli, '--version'])
}
