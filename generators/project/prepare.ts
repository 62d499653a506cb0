import { templates } from '../../build/templates.js'
import { hasModel } from '../model/echo.ts'
import type { InspectedModel, ModelFormat } from '../model/signature.ts'
import { type Answers, carriedAnswers, keptAnswers } from '../questions/answers.ts'
import type { Resolved } from '../questions/resolve.ts'
import { version } from '../version.ts'
import { commandFor } from './command.ts'
import { deriveFacts } from './facts.ts'
import type { CopiedFile, ProjectFile, ProjectFiles } from './files.ts'
import { fileAt, render } from './render.ts'
import { CASES_PATH, casesFile, type GoldenCases } from './samples.ts'
import { ANSWERS_PATH, answersFile, PRISTINE_PATH, pristine } from './snapshot.ts'

export interface Preparation {
  readonly resolved: Resolved
  readonly inspected: InspectedModel
  readonly content: ProjectFile['content']
  readonly cases: GoldenCases | null
  /** The user's own packages and modules, by name and by path in the project. */
  readonly code: Brought
  /** SHA-256 of `casesFile(cases)`: the pure core has no hash of its own. */
  readonly casesSha256: string | null
  /** Relative to where the command runs. */
  readonly directory: string
  /** Options of the run that the command which repeats it has, too. */
  readonly options?: readonly string[]
}

export interface Brought {
  readonly names: readonly string[]
  readonly files: ReadonlyMap<string, CopiedFile>
}

export interface PreparedProject {
  readonly answers: Answers
  readonly files: ProjectFiles
  /** The command that makes the same project again. */
  readonly command: string
}

/** Resolved answers and a model to the whole project, state included, in memory. */
export function prepareProject({
  resolved,
  inspected,
  content,
  cases,
  casesSha256,
  code,
  directory,
  options = [],
}: Preparation): PreparedProject {
  const { signature } = inspected
  const carriesModel = hasModel(resolved.answers['model-type'])
  const file = carriedName(inspected.file.path, signature.format)
  const answers: Answers = {
    ...resolved.answers,
    model: carriesModel ? `model/${file}` : null,
    cases: cases === null ? null : CASES_PATH,
    code: code.names,
  }
  const sha256 = inspected.file.sha256 ?? ''
  // `update` finds these in the project, whoever chose them.
  const fixed = [...carriedAnswers, ...keptAnswers]
  const given = resolved.given.filter((name) => !fixed.includes(name))
  const facts = deriveFacts({
    answers,
    model: { file, sha256, bytes: inspected.file.bytes, signature },
    cases,
    decisions: resolved.decisions,
    command: commandFor({
      answers,
      given: ['name', 'cases', 'bucket', ...(code.names.length > 0 ? (['code'] as const) : []), ...given],
      directory: '.',
      model: answers.model,
    }),
    generatorVersion: version,
  })
  const brought = new Map<string, ProjectFile['content']>(carriesModel ? [[`model/${file}`, content]] : [])
  if (cases) brought.set(CASES_PATH, casesFile(cases))
  for (const [path, file] of code.files) brought.set(path, file)
  const rendered = render(answers, facts, templates, brought)

  const { bytes } = inspected.file
  const recorded = { path: `model/${file}`, sha256, bytes, signature, cases: casesSha256 }
  const state = { generator: version, answers, given, model: carriesModel ? recorded : null }
  const files = new Map([
    ...rendered,
    [ANSWERS_PATH, fileAt(ANSWERS_PATH, answersFile(state))] as const,
    [PRISTINE_PATH, fileAt(PRISTINE_PATH, pristine(rendered))] as const,
  ])
  return {
    answers,
    files,
    command: commandFor({ ...resolved, directory, model: resolved.answers.model, options }),
  }
}

/** The model's own file name, without what a shell or a template could stumble over. */
export function carriedName(path: string, format: ModelFormat | null): string {
  const name = path.split(/[\\/]/).at(-1) ?? ''
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(-100)
  const taken = ['', 'model.json', 'cases.json'].includes(plain)
  const named = taken ? `the-${plain || 'model'}` : plain
  const suffixes = format === null ? undefined : SUFFIXES[format]
  return suffixes?.some((suffix) => named.endsWith(suffix)) === false ? named + suffixes[0] : named
}

/** Keras goes by the name where all others look into the file. */
const SUFFIXES: { readonly [format in ModelFormat]?: readonly [string, ...string[]] } = {
  keras: ['.keras'],
  'keras-h5': ['.h5', '.hdf5'],
}
