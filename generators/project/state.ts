import nodeFs, { type Stats } from 'node:fs'
import { join } from 'node:path'
import { hasModel } from '../model/echo.ts'
import { frameworks } from '../platform/frameworks.ts'
import { Failure, type Problem } from '../problem.ts'
import type { PristineFile } from './merge.ts'
import { isBefore } from './migrations.ts'
import { ANSWERS_PATH, type AnswersFile, PRISTINE_PATH } from './snapshot.ts'

export interface ProjectState {
  readonly recorded: AnswersFile
  readonly base: readonly PristineFile[]
}

/** What the generator recorded in a project. Throws Failure: no project (2), or a state that cannot be trusted (1). */
export function readState(directory: string, version: string, fs = nodeFs): ProjectState {
  const answersPath = join(directory, ANSWERS_PATH)
  if (!fs.existsSync(answersPath)) {
    const message = `${directory} is not a project of create-lambda-model: it has no ${ANSWERS_PATH}.`
    const fix = 'Name the directory of the project, or make a new project.'
    throw new Failure([{ code: 'not-a-project', option: 'directory', value: directory, message, fix }], 2)
  }
  const recorded = readAnswers(textAt(directory, ANSWERS_PATH, fs))
  if (isBefore(version, recorded.generator)) {
    const message = `The project was made by version ${recorded.generator}; this is ${version}.`
    const fix = `npm create lambda-model@${recorded.generator} -- update`
    throw new Failure([{ code: 'newer-generator', value: recorded.generator, message, fix }], 2)
  }
  if (recorded.model !== null && !isSignature(recorded.model.signature)) {
    throw broken(ANSWERS_PATH, '"model.signature" is not what a model says')
  }
  if (!fs.existsSync(join(directory, PRISTINE_PATH))) throw broken(PRISTINE_PATH, 'it is missing')
  const rows = readPristine(textAt(directory, PRISTINE_PATH, fs))
  const base = oneOfEach(rows, (path) => {
    const place = join(directory, path)
    return entryAt(place, fs)?.isFile() ? fs.readFileSync(place) : undefined
  })
  return { recorded, base }
}

/** Where a folder of ours is a file now, nothing is there. */
export function entryAt(place: string, fs: Pick<typeof nodeFs, 'lstatSync'> = nodeFs): Stats | undefined {
  try {
    return fs.lstatSync(place, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

function textAt(directory: string, path: string, fs: typeof nodeFs): string {
  const place = join(directory, path)
  try {
    if (fs.statSync(place).isFile()) return fs.readFileSync(place, 'utf8')
  } catch (error) {
    throw broken(path, `it cannot be read (${(error as Error).message})`)
  }
  throw broken(path, 'it is no file')
}

function readAnswers(text: string): AnswersFile {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw broken(ANSWERS_PATH, `it is not JSON (${(error as Error).message})`)
  }
  const { generator, answers, given, model } = Object(content) as Partial<AnswersFile>
  const wrong =
    typeof generator !== 'string' || !/^\d+\.\d+\.\d+/.test(generator)
      ? '"generator" is not a version'
      : typeof answers !== 'object' || answers === null || typeof answers.name !== 'string'
        ? '"answers" is not an object with a name'
        : !Array.isArray(given) || given.some((name) => typeof name !== 'string')
          ? '"given" is not a list of names'
          : !(model === null && !hasModel(answers['model-type'])) &&
              (typeof model?.path !== 'string' || !isInside(model.path))
            ? '"model.path" is not a path inside the project'
            : null
  if (wrong) throw broken(ANSWERS_PATH, wrong)
  return content as AnswersFile
}

/** What is looked at of a signature before the model is read again. */
function isSignature(value: unknown): boolean {
  const { framework, features, classes, warnings, unknown, inputs, outputs, traits } = Object(
    value,
  ) as Record<string, unknown>
  const { name, version } = Object(framework) as Record<string, unknown>
  const areNamed = (list: unknown) =>
    Array.isArray(list) && list.every((item) => typeof Object(item).name === 'string')
  return (
    typeof name === 'string' &&
    Object.hasOwn(frameworks, name) &&
    (version === null || typeof version === 'string') &&
    (features === null || areNamed(features)) &&
    (classes === null || Array.isArray(classes)) &&
    areNamed(inputs) &&
    areNamed(outputs) &&
    Array.isArray(warnings) &&
    Array.isArray(unknown) &&
    typeof traits === 'object' &&
    traits !== null
  )
}

/** One file a line; nothing in it may lead out of the project. */
export function readPristine(text: string): PristineFile[] {
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [readLine(line, index + 1)]))
}

/**
 * Two branches that both updated leave some files twice (`merge=union` in .gitattributes): the base is then what
 * is on disk, where that is one of them.
 */
export function oneOfEach(
  rows: readonly PristineFile[],
  onDisk: (path: string) => Uint8Array | undefined,
): PristineFile[] {
  const chosen = new Map<string, PristineFile>()
  for (const row of rows) {
    const other = chosen.get(row.id)
    const there = onDisk(row.path)
    if (!other || (there && Buffer.compare(there, row.content) === 0)) chosen.set(row.id, row)
  }
  const paths = [...chosen.values()].map(({ path }) => path)
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined) throw broken(PRISTINE_PATH, `${JSON.stringify(twice)} belongs to two files`)
  return [...chosen.values()]
}

function readLine(line: string, number: number): PristineFile {
  let content: unknown
  try {
    content = JSON.parse(line)
  } catch {
    throw broken(PRISTINE_PATH, `line ${number} is not JSON`)
  }
  const row = Object(content) as Record<string, unknown>
  const { id, path, mode } = row
  if (typeof id !== 'string' || typeof path !== 'string' || (mode !== '644' && mode !== '755')) {
    throw broken(PRISTINE_PATH, `line ${number} holds no id, path and mode`)
  }
  if (!isInside(path)) throw broken(PRISTINE_PATH, `line ${number} has the path ${JSON.stringify(path)}`)
  const bytes =
    typeof row.content === 'string'
      ? Buffer.from(row.content, 'utf8')
      : typeof row.base64 === 'string'
        ? Buffer.from(row.base64, 'base64')
        : null
  if (bytes === null) throw broken(PRISTINE_PATH, `line ${number} holds no content`)
  return { id, path, executable: mode === '755', content: bytes }
}

/** A relative path with forward slashes that stays in the project and out of git's own folder. */
export function isInside(path: string): boolean {
  const parts = path.split('/')
  if (path === '' || path.includes('\\') || path.includes('\0') || /^[A-Za-z]:/.test(path)) return false
  return parts.every((part) => !['', '.', '..', '.git'].includes(part.toLowerCase()))
}

function broken(path: string, why: string): Failure {
  const problem: Problem = {
    code: 'broken-state',
    value: path,
    message: `${path} cannot be used: ${why}.`,
    fix: `Bring back the last good version of it: git log -- ${path}, then git checkout COMMIT -- ${path}.`,
  }
  return new Failure([problem], 1)
}
