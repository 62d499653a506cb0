import { readFileSync, readlinkSync } from 'node:fs'
import { join, resolve as resolvePath } from 'node:path'
import { noModel } from '../model/echo.ts'
import type { Signature } from '../model/signature.ts'
import { Failure, isFailure, type Problem, refuse, type Warning } from '../problem.ts'
import { servedFeatures } from '../project/description.ts'
import type { CopiedFile } from '../project/files.ts'
import {
  type Change,
  type Merge,
  managed,
  merge,
  type PristineFile,
  type Snapshot,
  type Verdict,
} from '../project/merge.ts'
import { migrate } from '../project/migrations.ts'
import { compare } from '../project/order.ts'
import { prepareProject } from '../project/prepare.ts'
import { namesOf } from '../project/samples.ts'
import { ANSWERS_PATH, type AnswersFile, PRISTINE_PATH } from '../project/snapshot.ts'
import { entryAt, type ProjectState, readState } from '../project/state.ts'
import { holdsMarkers } from '../project/text-merge.ts'
import { type AnswerName, type Answers, carriedAnswers, keptAnswers } from '../questions/answers.ts'
import { answerNames } from '../questions/catalogue.ts'
import type { Decision } from '../questions/question.ts'
import { type Inputs, type Resolved, resolve } from '../questions/resolve.ts'
import type { RawValue } from '../questions/value.ts'
import type { Shell } from '../shell.ts'
import { version } from '../version.ts'
import { addedCode, codeOf } from './added-code.ts'
import type { Arguments } from './arguments.ts'
import { type Given, readGiven, withItsDependencies } from './given.ts'
import { atHand, isEcho, readModel, withBundledClasses, withDigest } from './model-file.ts'
import { breakingChanges, casesOf, ownCases, type Replaced, replacements } from './model-replacement.ts'

export interface UpdatePlan {
  /** Absolute. */
  readonly directory: string
  /** The version that made the project, or last updated it. */
  readonly from: string
  readonly merge: Merge
  /** Every change on disk, the state's included. */
  readonly changes: readonly Change[]
  readonly verdicts: readonly Verdict[]
  /** Answers that are decided differently now. */
  readonly decided: readonly (Decision & { readonly before: unknown })[]
  /** What callers of the service will notice of a new model. */
  readonly breaking: readonly string[]
  readonly warnings: readonly Warning[]
  /** Managed files that differ from what the generator wrote. */
  readonly edited: readonly string[]
  /** To be called when the update is done, or will not be. */
  readonly dispose: () => void
}

/** Asks for changed answers, the present ones being the defaults; returns what the user wants instead. */
export type Reconsider = (inputs: Inputs, recorded: AnswersFile) => Promise<ReadonlyMap<string, RawValue>>

/** What an update would do: deciding and doing are apart, so that `check` and `--dry-run` say the same. */
export async function planUpdate(
  args: Arguments,
  shell: Shell,
  reconsider: Reconsider | null = null,
): Promise<UpdatePlan> {
  const directory = resolvePath(shell.cwd, args.positionals[0] ?? '.')
  const wrong = surplus(args)
  const state = stateOf(directory, wrong)
  const recorded = migrate(state.recorded)

  const own = ownCases(directory)
  const namesThen = namesOf(own.golden)
  const { values, problems, said } = await givenNow(args, recorded, namesThen, shell)
  const code = codeOf(values, recorded, directory, shell.cwd)
  if (!said.has('requirements'))
    withItsDependencies({ values, problems }, code.projects, recorded.answers.requirements)
  const model = await readModel(values, shell, code)
  const { classes, traits } = model.inspected?.signature ?? { classes: null, traits: {} }
  // A new bundle brings its own list.
  if (traits.member !== undefined && classes !== null && values.get('classes')?.origin === 'answers file')
    values.delete('classes')
  const cases = casesOf(values, recorded.model, directory, own, shell.cwd)
  const inputs: Inputs = {
    given: values,
    model: model.inspected,
    directory: null,
    caseNames: (said.has('model') ? namesOf(cases.golden) : null) ?? namesThen,
    codeBytes: code.bytes,
  }
  const offhand = resolve(inputs)
  const usage = [...code.problems, ...model.usage, ...cases.problems, ...offhand.problems]
  refuse([...wrong, ...problems, ...usage], model.problems)
  const changed = reconsider ? await reconsider(inputs, recorded) : new Map()
  const resolved =
    changed.size > 0 ? resolve({ ...inputs, given: new Map([...values, ...changed]) }) : offhand
  refuse(resolved.problems, [])
  const { inspected, content, dispose } = await atHand(model, shell)

  const { files } = prepareProject({
    resolved: withBundledClasses(resolved, model),
    inspected,
    content,
    ...withDigest(cases.golden),
    code,
    directory: '.',
  })
  const disk = reader(directory)
  const merged = merge({
    base: state.base,
    disk,
    next: managed(files.values()),
    restore: args.run.has('restore'),
  })
  refuse([], stillMarked(merged, disk))

  const replaced: Replaced = recorded.model
    ? replacements({
        directory,
        recorded: recorded.model,
        content: content as CopiedFile,
        cases,
        next: inspected,
      })
    : { verdicts: [], changes: [], warnings: [] }
  const added = addedCode(directory, code)
  const stateChanges = [ANSWERS_PATH, PRISTINE_PATH].flatMap((path): Change[] => {
    const content = Buffer.from(String(files.get(path)?.content))
    const there = disk(path)
    return there && Buffer.from(there.content).equals(content) ? [] : [{ path, content, executable: false }]
  })
  const verdicts = [...merged.verdicts, ...replaced.verdicts, ...added.verdicts].sort((a, b) =>
    compare(a.path, b.path),
  )
  return {
    directory,
    from: state.recorded.generator,
    merge: merged,
    changes: [...merged.changes, ...replaced.changes, ...added.changes, ...stateChanges],
    verdicts,
    decided: decidedAnew(recorded, resolved),
    breaking: recorded.model
      ? breakingChanges(
          served(recorded.answers, recorded.model.signature),
          served(resolved.answers, inspected.signature),
        )
      : [],
    warnings: [...resolved.warnings, ...replaced.warnings, ...added.warnings],
    edited: editedFiles(state.base, disk),
    dispose,
  }
}

/** A signature as callers know it: what its file does not say was asked. */
function served(answers: Answers, signature: Signature): Signature {
  const { task, classes = null } = answers
  return { ...signature, task, classes, features: servedFeatures(answers, signature) }
}

/** Without a state nothing else can be told: what is wrong with the command line is told with it. */
function stateOf(directory: string, wrong: readonly Problem[]): ProjectState {
  try {
    return readState(directory, version)
  } catch (error) {
    if (!isFailure(error)) throw error
    const { problems, exitCode } = error
    throw new Failure([...wrong, ...problems], wrong.length > 0 ? 2 : exitCode)
  }
}

function surplus({ positionals, problems }: Arguments): Problem[] {
  const extra = positionals.slice(1).map((word) => ({
    code: 'unexpected-argument',
    value: word,
    message: `${JSON.stringify(word)} is one argument too many: only the project's directory is expected.`,
    fix: 'The value of an option follows its option: --packaging image.',
  }))
  return [...problems, ...extra]
}

/** What the user chose when the project was made, what was edited in answers.json since, and the new flags. */
async function givenNow(
  args: Arguments,
  recorded: AnswersFile,
  caseNames: readonly string[] | null,
  shell: Shell,
): Promise<Given & { readonly said: Given['values'] }> {
  // A variable in CI must not edit a project.
  const env = Object.fromEntries(
    Object.entries(shell.env).filter(([name]) => !name.startsWith('LAMBDA_MODEL_')),
  )
  const said = await readGiven(args, { ...shell, env })
  const values = new Map<string, RawValue>()
  // The name is that of a stack which exists, whatever the directory is called today.
  const fixed = [...recorded.given, ...keptAnswers, ...editedByHand(recorded, caseNames)]
  for (const name of answerNames) {
    const value = recorded.answers[name]
    if (fixed.includes(name) && value !== null && value !== undefined)
      values.set(name, { value, origin: 'answers file' })
  }
  if (recorded.model) {
    const inProject = resolvePath(shell.cwd, args.positionals[0] ?? '.', recorded.model.path)
    values.set('model', { value: inProject, origin: 'answers file' })
  }
  values.delete('cases')
  values.delete('code')
  // Another model may be of another framework.
  if (said.values.has('model')) values.delete('framework')
  for (const [name, raw] of said.values) values.set(name, raw)
  const becomesAnother = recorded.model === null && (values.has('model') || !isEcho(values))
  if (becomesAnother) said.problems.push(noLongerEcho)
  const problems = said.problems.filter((problem) => !args.problems.includes(problem))
  return { values, problems, said: said.values }
}

const noLongerEcho: Problem = {
  code: 'contradiction',
  option: '--model',
  message: 'This project is an echo, and an update cannot make a service of a model of it.',
  fix: 'Make a new project with --model, and move what is yours there.',
}

/** A value in answers.json that its own version would have decided otherwise was put there by hand: it is meant. */
function editedByHand(recorded: AnswersFile, caseNames: readonly string[] | null): AnswerName[] {
  if (recorded.generator !== version) return []
  const { answers, given, model } = recorded
  const then = resolve({
    given: new Map(
      [...given, ...keptAnswers].map((name) => [
        name,
        { value: answers[name], origin: 'answers file' as const },
      ]),
    ),
    model: model
      ? {
          file: { path: model.path, bytes: model.bytes, sha256: model.sha256 },
          signature: model.signature,
        }
      : noModel,
    directory: null,
    caseNames,
  })
  return answerNames.filter(
    (name) =>
      !carriedAnswers.includes(name) && JSON.stringify(answers[name]) !== JSON.stringify(then.answers[name]),
  )
}

/** What is on disk at a path of the project; whatever is no plain file counts as somebody's own content. */
function reader(directory: string) {
  return (path: string): Snapshot | undefined => {
    const place = join(directory, path)
    const stat = entryAt(place)
    if (!stat) return undefined
    if (stat.isSymbolicLink())
      return { content: Buffer.from(`\0link to ${readlinkSync(place)}`), executable: false }
    if (!stat.isFile()) return { content: Buffer.from('\0not a file'), executable: false }
    return { content: readFileSync(place), executable: (stat.mode & 0o100) !== 0 }
  }
}

/** A file that still holds our markers would bury them under new ones. */
function stillMarked({ changes, verdicts }: Merge, disk: (path: string) => Snapshot | undefined): Problem[] {
  const paths = new Set([...verdicts, ...changes].map(({ path }) => path))
  const marked = [...paths].filter((path) =>
    holdsMarkers(Buffer.from(disk(path)?.content ?? []).toString('utf8')),
  )
  return marked.map((path) => ({
    code: 'markers-left',
    value: path,
    message: `${path} still holds the conflict markers of an earlier update.`,
    fix: 'Decide between the two sides, take the markers out, and run update again.',
  }))
}

/** The answers that nobody chose and that are decided differently today. */
function decidedAnew({ answers }: AnswersFile, resolved: Resolved): UpdatePlan['decided'] {
  return resolved.decisions
    .filter(
      ({ name, value }) =>
        answers[name] !== undefined && JSON.stringify(answers[name]) !== JSON.stringify(value),
    )
    .map((decision) => ({ ...decision, before: answers[decision.name] }))
}

function editedFiles(base: readonly PristineFile[], disk: (path: string) => Snapshot | undefined): string[] {
  const untouched = merge({ base, disk, next: base })
  return untouched.verdicts.filter(({ verdict }) => verdict !== 'same').map(({ path }) => path)
}
