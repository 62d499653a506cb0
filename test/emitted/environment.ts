import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { emitted, environments, uv } from './places.ts'
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
  const environment = join(environments, name)
  if (!existsSync(environment)) await makeEnvironment(environment, folder)
  return join(environment, 'bin/python')
}

/** Under a name of its own until it is whole: another run may want the same one, and this run may be ended. */
async function makeEnvironment(environment: string, folder: string): Promise<void> {
  const unfinished = `${environment}.${process.pid}`
  await run(uv, ['venv', '--quiet', '--clear', '--relocatable', unfinished], { in: folder })
  const everything = ['--compile-bytecode', '--requirements', 'pyproject.toml', '--group', 'dev']
  const python = join(unfinished, 'bin/python')
  await run(uv, ['pip', 'install', '--quiet', '--python', python, ...everything], { in: folder })
  try {
    renameSync(unfinished, environment)
  } catch (error) {
    if (!existsSync(environment)) throw error
    rmSync(unfinished, { recursive: true })
  }
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
  const mypyCache = join(emitted, 'mypy', basename(dirname(dirname(python))))
  await run(python, ['-m', 'ruff', 'check', '--no-cache', '.'], { in: project.folder })
  await run(python, ['-m', 'ruff', 'format', '--no-cache', '--check', '.'], { in: project.folder })
  await run(python, ['-m', 'mypy', '--cache-dir', mypyCache], { in: project.folder })
  linted.add(print)
}

const linted = new Set<string>()

const SIMPLE_INDEX = '\n[[tool.poetry.source]]\nname = "simple"\nurl = "https://pypi.org/simple/"\n'

/** Poetry asks PyPI for more than what an index has to have; a mirror may lack it. */
export function takesSimpleIndex({ folder }: Project): void {
  appendFileSync(join(folder, 'pyproject.toml'), SIMPLE_INDEX)
}
