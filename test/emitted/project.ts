import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cli, emitted, models } from './places.ts'
import { run, stdoutOf } from './run.ts'

export interface Project {
  readonly folder: string
  /** The one JSON document that `--json` printed. */
  readonly report: { readonly files: readonly string[]; readonly warnings: readonly unknown[] }
}

/** Makes a project below `emitted` from flags only, as a program would: no question is asked. */
export async function generate(name: string, flags: readonly string[]): Promise<Project> {
  const folder = join(emitted, name)
  rmSync(folder, { recursive: true, force: true })
  const named = flags.includes('--name') ? [] : ['--name', 'score']
  const printed = await stdoutOf('node', [cli, folder, ...flags, ...named, '--yes', '--json', '--no-git'], {
    seconds: 30,
  })
  // Of its own, so that linters do not skip it as they skip everything in this repository's .cache/.
  await run('git', ['init', '--quiet', '--initial-branch=main'], { in: folder })
  return { folder, report: JSON.parse(printed) as Project['report'] }
}

/** A model of test/models and its golden cases, as flags. */
export function flagsFor(model: string): string[] {
  const file = join(models, model)
  return ['--model', file, '--cases', `${file}.cases.json`]
}

/** Every file of a project that the generator wrote, without what tests and tools left beside them. */
export function emittedFiles({ folder, report }: Project, ending = ''): string[] {
  return report.files.filter((file) => file.endsWith(ending)).map((file) => join(folder, file))
}

/** The same files, the same hash. */
export function fingerprint(files: readonly string[], above: string): string {
  const hash = createHash('sha256')
  for (const file of [...files].sort()) hash.update(`${relative(above, file)}\0`).update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
