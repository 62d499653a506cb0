import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cache, uv } from './places.ts'
import { emittedFiles, fingerprint, type Project } from './project.ts'
import { run } from './run.ts'

/**
 * A Python with everything that the project's pyproject.toml asks for. Projects that ask for the same share it:
 * an environment of one's own is what `make setup` makes, and make.test.ts tests that.
 */
export async function environmentOf({ folder }: Project): Promise<string> {
  const asked = readFileSync(join(folder, 'pyproject.toml'), 'utf8')
    .match(/^(?:requires-python .*|(?:dependencies|dev) = \[[^\]]*^\])$/gm)
    ?.join('\n')
  if (!asked) throw new Error(`${folder}/pyproject.toml names no dependencies`)
  const name = createHash('sha256').update(asked).digest('hex').slice(0, 12)
  const environment = join(cache, 'environments', name)
  const python = join(environment, 'bin/python')
  const complete = join(environment, 'complete')
  if (existsSync(complete)) return python
  await run(uv, ['venv', '--quiet', '--clear', environment], { in: folder })
  const everything = ['--compile-bytecode', '--requirements', 'pyproject.toml', '--group', 'dev']
  await run(uv, ['pip', 'install', '--quiet', '--python', python, ...everything], { in: folder })
  writeFileSync(complete, asked)
  return python
}

/** `make test` in the shared environment. */
export async function passesItsTests(project: Project): Promise<void> {
  await run(await environmentOf(project), ['-m', 'pytest', '-p', 'no:cacheprovider'], { in: project.folder })
}

/** `make lint`, once for projects with the same Python code. */
export async function passesItsLinters(project: Project): Promise<void> {
  const print = fingerprint(
    [...emittedFiles(project, '.py'), ...emittedFiles(project, '.toml')],
    project.folder,
  )
  if (linted.has(print)) return
  const python = await environmentOf(project)
  const mypyCache = join(dirname(python), '../mypy')
  await run(python, ['-m', 'ruff', 'check', '--no-cache', '.'], { in: project.folder })
  await run(python, ['-m', 'ruff', 'format', '--no-cache', '--check', '.'], { in: project.folder })
  await run(python, ['-m', 'mypy', '--cache-dir', mypyCache], { in: project.folder })
  linted.add(print)
}

const linted = new Set<string>()
