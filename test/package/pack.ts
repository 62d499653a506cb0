import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../../build/build.mjs'

const root = join(import.meta.dirname, '../..')
const work = join(root, '.cache/package')
/** What npm packs: the manifest, the texts and a build of its own. */
const stage = join(work, 'stage')

/** The command line as it is built. */
export const builtCli = join(stage, 'dist/cli.js')
export const tarball = join(work, 'create-lambda-model.tgz')

export default async function setup(): Promise<void> {
  rmSync(work, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  for (const file of ['package.json', 'README.md', 'LICENSE']) {
    if (existsSync(join(root, file))) copyFileSync(join(root, file), join(stage, file))
  }
  await build(join(stage, 'dist'))
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', work], {
    cwd: stage,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  renameSync(join(work, JSON.parse(packed)[0].filename), tarball)
}
