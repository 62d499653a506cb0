import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { nearest } from '../nearest.ts'
import { readProject } from '../platform/pyproject.ts'
import { readRequirements, requirementOf } from '../platform/requirements.ts'
import { type Problem, refuse } from '../problem.ts'
import { STATE_FOLDER } from '../project/snapshot.ts'
import { label } from '../questions/about-model.ts'
import { carriedAnswers, keptAnswers } from '../questions/answers.ts'
import { answerNames, questionNamed } from '../questions/catalogue.ts'
import { listFromFile, splitList } from '../questions/parse.ts'
import { optionOf } from '../questions/question.ts'
import type { RawValue } from '../questions/value.ts'
import type { Shell } from '../shell.ts'
import { type Arguments, readEnvironment, swallowedByNpm } from './arguments.ts'

export interface Given {
  readonly values: Map<string, RawValue>
  readonly problems: Problem[]
}

/** What the user said outside a prompt: flag > environment > answers file. */
export async function readGiven(args: Arguments, shell: Shell): Promise<Given> {
  const problems = [...args.problems]
  const swallowed = swallowedByNpm(shell.env, args)
  // Whatever else seems to be wrong or missing follows from it.
  if (swallowed) refuse([...problems, swallowed], [])
  const fromFile =
    args.answersPath === null ? new Map() : await readAnswersFile(args.answersPath, shell.cwd, problems)
  const values = new Map<string, RawValue>([...fromFile, ...readEnvironment(shell.env), ...args.answers])
  for (const [name, raw] of values) {
    const read = inOneList(name, raw, (one) => withListFile(name, one, shell.cwd, problems))
    if (read) values.set(name, read)
    else values.delete(name)
  }
  return { values, problems }
}

/** `--code shop --code helpers.py,more` is one list: each time is read as if it stood alone. */
function inOneList(name: string, raw: RawValue, read: (one: RawValue) => RawValue | null): RawValue | null {
  if (raw.origin !== 'flag' || !Array.isArray(raw.value)) return read(raw)
  const { parse } = questionNamed(name) ?? {}
  const lists = raw.value.map((value) => {
    const one = read({ ...raw, value })?.value
    return typeof one === 'string' ? ((parse ?? splitList)(one) ?? one) : one
  })
  return lists.includes(undefined) ? null : { ...raw, value: lists.flat() }
}

/** `--features @columns.txt`: one name a line; `.json`: a JSON list, taken as it is. `null`: it cannot be read. */
function withListFile(name: string, raw: RawValue, cwd: string, problems: Problem[]): RawValue | null {
  const { value } = raw
  if (name === 'requirements') return withRequirements(raw, cwd, problems)
  if (questionNamed(name)?.kind !== 'list' || typeof value !== 'string' || !value.startsWith('@')) return raw
  const path = resolve(cwd, value.slice(1))
  try {
    const list = listFromFile(path, textOf(path))
    // The lines of a text file are text, as on the command line: `0` is a number there, too.
    const isText = !path.endsWith('.json') && Array.isArray(list)
    const asGiven = isText && name === 'classes' ? list.map(label) : list
    return { ...raw, value: asGiven }
  } catch (error) {
    const message = `${optionOf(name)} ${value} cannot be read: ${(error as Error).message}`
    const fix = 'Name a text file with one name a line, or a .json file with a list.'
    problems.push({ code: 'bad-value', option: optionOf(name), value, message, fix })
    return null
  }
}

/** Of a project that --code brings along, its dependencies; those from before stay, but for what it names, too. */
export function withItsDependencies(
  { values, problems }: Given,
  projects: readonly string[],
  before: readonly string[] = [],
): void {
  const origin = values.get('code')?.origin ?? 'flag'
  const lines = projects.flatMap((value) => linesOf(withRequirements({ value, origin }, '/', problems)))
  const named = lines.map(nameIn)
  const kept = before.filter((line) => !named.includes(nameIn(line)))
  if (lines.length > 0) values.set('requirements', { value: [...new Set([...kept, ...lines])], origin })
}

function linesOf(read: RawValue | null): string[] {
  return Array.isArray(read?.value) ? read.value : []
}

function nameIn(line: string): string | undefined {
  return requirementOf(line)?.name
}

function lockBeside(path: string): string | null {
  const found = ['poetry.lock', 'uv.lock']
    .map((name) => join(dirname(path), name))
    .find((lock) => existsSync(lock))
  return found === undefined ? null : textOf(found)
}

/** The lines of the file; `[ begins a list that was read before. */
function withRequirements(raw: RawValue, cwd: string, problems: Problem[]): RawValue | null {
  const { value } = raw
  if (typeof value !== 'string' || value.startsWith('[')) return raw
  const option = '--requirements'
  const path = resolve(cwd, value)
  try {
    const { lines, wrong } =
      basename(path) === 'pyproject.toml'
        ? readProject(textOf(path), lockBeside(path))
        : readRequirements(textOf(path))
    problems.push(
      ...wrong.map(({ line, text }) => ({
        code: 'bad-requirements',
        option,
        value: text,
        message: `--requirements ${value}, line ${line}: ${JSON.stringify(text)} is not a requirement that a project can carry.`,
        fix: 'Write NAME, NAME==VERSION or NAME @ https://….whl; options, paths and other files cannot travel along.',
      })),
    )
    return { ...raw, value: lines }
  } catch (error) {
    const message = `--requirements ${value} cannot be read: ${(error as Error).message}.`
    problems.push({ code: 'bad-requirements', option, value, message, fix: 'Check the path.' })
    return null
  }
}

/** Without the byte order mark that editors on Windows write. Other encodings would become names full of question marks. */
export function textOf(path: string): string {
  // Some devices have no end, and nothing could interrupt the reading.
  if (statSync(path).isCharacterDevice()) throw new Error('it is a device, not a file')
  const bytes = bytesOf(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('it is not text in UTF-8')
  }
}

const LARGEST_TEXT = 64 * 1024 * 1024

/** A pipe does not say how much it holds. */
function bytesOf(path: string): Buffer {
  const parts: Buffer[] = []
  let size = 0
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const part = Buffer.allocUnsafe(64 * 1024)
      const read = readSync(file, part)
      size += read
      if (read === 0) return Buffer.concat(parts)
      if (size > LARGEST_TEXT) throw new Error('it holds more than 64 MiB')
      parts.push(part.subarray(0, read))
    }
  } finally {
    closeSync(file)
  }
}

async function readAnswersFile(
  path: string,
  cwd: string,
  problems: Problem[],
): Promise<Map<string, RawValue>> {
  const file = resolve(cwd, path)
  const bad = (message: string, fix: string): Map<string, RawValue> => {
    problems.push({
      code: 'bad-answers',
      option: '--answers',
      value: path,
      message: `--answers ${path}: ${message}`,
      fix,
    })
    return new Map()
  }
  if (!existsSync(file)) return bad('there is no such file.', 'Check the path.')
  let content: unknown
  try {
    const text = textOf(file)
    content = /\.ya?ml$/i.test(file)
      ? (await import('../questions/yaml.ts')).parseYaml(text)
      : JSON.parse(text)
  } catch (error) {
    return bad(
      `it cannot be read: ${(error as Error).message.split('\n')[0]}`,
      'Give a JSON file, or YAML in a .yaml file.',
    )
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return bad('it holds no names with values.', 'Write one line for each option: packaging: image')
  }
  const said = 'answers' in content ? chosenIn(content as State) : (content as Record<string, unknown>)
  const values = new Map<string, RawValue>()
  for (const [name, value] of Object.entries(said)) {
    if (value === null) continue
    if (questionNamed(name))
      values.set(name, { value: fromProject(name, value, file), origin: 'answers file' })
    else {
      const near = nearest(name, answerNames)
      bad(
        `${JSON.stringify(name)} is not an option.`,
        near ? `Did you mean ${near}?` : 'Its keys are the names of the options.',
      )
    }
  }
  return values
}

interface State {
  readonly answers: unknown
  readonly given?: unknown
}

/** The state of a project is accepted as well: what its user chose, and its model. */
function chosenIn({ answers, given }: State): Record<string, unknown> {
  const names = new Set([...(Array.isArray(given) ? given : []), ...keptAnswers, ...carriedAnswers])
  return Object.fromEntries(Object.entries(Object(answers)).filter(([name]) => names.has(name)))
}

function isPath(name: string, value: string): boolean {
  return questionNamed(name)?.kind === 'file' || (name === 'requirements' && !value.startsWith('['))
}

/** A path in an answers file is meant from where the file stands; in a project's state, from the project. */
function fromProject(name: string, value: unknown, file: string): unknown {
  if (name === 'code') {
    const paths = typeof value === 'string' ? splitList(value) : value
    return Array.isArray(paths) ? paths.map((path) => fromProject('cases', path, file)) : value
  }
  if (typeof value !== 'string' || !isPath(name, value)) return value
  if (isAbsolute(value) || /^(?:s3|gs):\/\//.test(value)) return value
  const folder = dirname(file)
  return join(basename(folder) === STATE_FOLDER ? dirname(folder) : folder, value)
}
