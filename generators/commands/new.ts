import { basename, relative, resolve as resolvePath } from 'node:path'
import { type Problem, refuse } from '../problem.ts'
import { PICTURES } from '../project/pictures.ts'
import { type PreparedProject, prepareProject } from '../project/prepare.ts'
import { type GoldenCases, namesOf, rowsOf, unfitCases } from '../project/samples.ts'
import { refuseToOverwrite } from '../project/target.ts'
import { unfitTensors } from '../project/tensors.ts'
import { write } from '../project/write.ts'
import { askForModel, askWhatIsLeft } from '../questions/interview.ts'
import type { Ask } from '../questions/prompt.ts'
import { optionOf, type Question } from '../questions/question.ts'
import { type Inputs, type Resolved, resolve } from '../questions/resolve.ts'
import type { RawValue } from '../questions/value.ts'
import { type Shell, warningLine } from '../shell.ts'
import { finish } from './afterwards.ts'
import { type Arguments, saidAgain, swallowedByNpm, unknownVariables } from './arguments.ts'
import { lookAtBucket } from './bucket-at-hand.ts'
import { readGiven, withItsDependencies } from './given.ts'
import {
  atHand,
  type ReadModel,
  readCasesFile,
  readModel,
  withBundledClasses,
  withDigest,
} from './model-file.ts'
import { readOwnCode } from './own-code.ts'
import type { Outcome } from './show.ts'

/** What will be made, and where; nothing is written yet. */
export interface Decided {
  /** Absolute. */
  readonly directory: string
  readonly project: PreparedProject
  readonly resolved: Resolved
  /** To be called when the project is written, or will not be. */
  readonly dispose: () => void
}

/** The default command: a new project. */
export async function newProject(args: Arguments, shell: Shell): Promise<void> {
  const asks = shell.interactive && !args.run.has('yes')
  const terminal = asks ? await import('../questions/terminal.ts') : null
  const decided = await decide(args, shell, terminal?.ask ?? null)
  const outcome = await make(decided, args, shell).finally(decided.dispose)
  await finish(outcome, shell)
}

/** Everything that was said, and with `ask` the answers to what is left. Every problem is reported at once. */
export async function decide(args: Arguments, shell: Shell, ask: Ask | null): Promise<Decided> {
  // At once: what it was meant to say may be what is missing.
  const strangers = unknownVariables(shell.env)
  if (!args.run.has('quiet')) for (const one of strangers) shell.stderr(`${warningLine(one)}\n`)
  const given = await readGiven(args, shell)
  const code = readOwnCode(given.values, shell.cwd)
  if (!given.values.has('requirements')) withItsDependencies(given, code.projects)
  // Nobody answers questions only to hear then that the command line was wrong.
  const named = given.values.get('name')?.value
  if (ask) {
    const taken = args.positionals[0] || named ? inTheWay(args, String(named), shell) : []
    refuse([...given.problems, ...surplus(args), ...badValues(given.values), ...code.problems, ...taken], [])
  }
  const read = (values: ReadonlyMap<string, RawValue>) => readModel(values, shell, code)
  const model = ask ? await askForModel(given.values, read, ask, shell) : await read(given.values)
  const cases = readCasesFile(given.values, shell.cwd)
  const golden = cases.golden ?? model.cases
  const inputs: Inputs = {
    given: given.values,
    model: model.inspected,
    directory: args.positionals[0] ? basename(resolvePath(shell.cwd, args.positionals[0])) : null,
    caseNames: namesOf(golden),
    codeBytes: code.bytes,
  }
  const offhand = resolve(inputs)
  const [unservable, mendable] = parted(offhand.problems)
  const asksForName = ask !== null && !args.positionals[0] && named === undefined
  refuse(
    [
      ...given.problems,
      ...surplus(args),
      ...code.problems,
      ...model.usage,
      ...cases.problems,
      ...mendable,
      ...(model.inspected && golden ? unfit(golden, offhand) : []),
      ...(ask ? [] : leftOpen(args, model, offhand, shell)),
      ...(asksForName ? [] : inTheWay(args, offhand.answers.name, shell)),
    ],
    [...model.problems, ...unservable],
  )
  // Without a directory the name is the directory: one that is taken is objected to at once.
  const taken = (tried: Resolved) =>
    asksForName
      ? inTheWay(args, tried.answers.name, shell).map((problem) => ({ ...problem, option: '--name' }))
      : []
  const answered = ask ? await askWhatIsLeft(inputs, taken, ask, shell) : offhand
  refuse(
    [...answered.problems, ...withoutDefault(answered), ...inTheWay(args, answered.answers.name, shell)],
    [],
  )
  const bucket = await lookAtBucket(answered.answers, shell)
  refuse(bucket.problems, [])
  const untold = args.run.has('json') ? strangers : []
  const resolved = { ...answered, warnings: [...untold, ...answered.warnings, ...bucket.warnings] }

  const directory = directoryOf(args, resolved.answers.name, shell)
  const { inspected, content, dispose } = await atHand(model, shell)
  const project = prepareProject({
    resolved: withBundledClasses(resolved, model),
    inspected,
    content,
    ...withDigest(golden),
    code,
    directory: relative(shell.cwd, directory) || '.',
    options: saidAgain(args),
  })
  return { directory, project, resolved, dispose }
}

/** What is wrong with what was said, whatever the model will be. */
function badValues(given: ReadonlyMap<string, RawValue>): Problem[] {
  const { problems } = resolve({ given, model: null, directory: null })
  return problems.filter(({ code }) => code === 'bad-value')
}

/** Writes the project as a whole, or nothing in a preview. */
export async function make(
  { directory, project, resolved }: Decided,
  { run }: Pick<Arguments, 'run'>,
  shell: Shell,
): Promise<Outcome> {
  const preview = run.has('dry-run') || run.has('diff')
  const files = preview
    ? [...project.files.keys()]
    : await shell.guarded((signal) => write({ directory, files: project.files, signal }))
  return { directory, project, resolved, files, preview, run }
}

/** Outlier detectors have labels of their own, and no classes. */
function unfit(golden: GoldenCases, { answers, known }: Resolved): Problem[] {
  const { signature } = known
  if (!signature) return []
  if (answers['model-type'] === 'tensor') return unfitTensors(golden, signature)
  const inputs = answers['model-type'] === 'image' ? PICTURES : rowsOf(answers, signature)
  return unfitCases(golden, inputs, answers.classes)
}

/** What no other command line mends, because the model itself cannot be served, and the rest. */
function parted(problems: readonly Problem[]): [Problem[], Problem[]] {
  const isModels = ({ code }: Problem) => code.startsWith('unsupported-')
  return [problems.filter(isModels), problems.filter((problem) => !isModels(problem))]
}

function directoryOf({ positionals }: Arguments, name: string, { cwd }: Shell): string {
  return resolvePath(cwd, positionals[0] ?? name)
}

function inTheWay(args: Arguments, name: string, shell: Shell): Problem[] {
  const problem = refuseToOverwrite(directoryOf(args, name, shell), args.run.has('force'))
  return problem ? [problem] : []
}

function surplus({ positionals }: Arguments): Problem[] {
  return positionals.slice(1).map((word) => ({
    code: 'unexpected-argument',
    value: word,
    message: `${JSON.stringify(word)} is one argument too many: only a directory is expected.`,
    fix: 'The value of an option follows its option: --packaging image.',
  }))
}

/** What --yes cannot answer, or without it whatever is open. */
function leftOpen(args: Arguments, { inspected }: ReadModel, offhand: Resolved, { env }: Shell): Problem[] {
  if (args.run.has('yes')) return inspected ? withoutDefault(offhand) : []
  const open = unanswered(offhand)
  // `npm create lambda-model svc --yes`: npm has a --yes, too, and nothing came after a `--`.
  const isBare = args.run.size + args.answers.size === 0 && args.answersPath === null
  const kept = isBare && open.length > 0 ? swallowedByNpm(env, args, 'yes') : null
  return kept ? [kept] : open
}

/** Names cannot be made up where not even their number is known. */
function withoutDefault({ open, answers, known }: Resolved): Problem[] {
  const { check, name } = open.find((question) => question.name === 'features') ?? {}
  const wrong = answers.features.length === 0 ? check?.([] as never, known) : null
  return wrong ? [{ code: 'missing-answer', option: optionOf(name ?? ''), ...wrong }] : []
}

/** Without a terminal nothing waits: an open question takes its default with --yes, and is a problem without it. */
function unanswered({ open, defaults }: Resolved): Problem[] {
  return open.map((question: Question) => {
    const option = optionOf(question.name)
    const value = defaults.get(question.name)?.value
    const shown = Array.isArray(value) ? value.join(',') : value
    const example =
      shown === null || shown === undefined || shown === '' ? (question.placeholder ?? '…') : shown
    return {
      code: 'missing-answer',
      option,
      message: `${option} is not answered, and there is no terminal to ask: ${question.ask}`,
      fix: `Give ${option} ${example}, or --yes to take every default.`,
    }
  })
}
