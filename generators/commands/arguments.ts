import { parseArgs } from 'node:util'
import { nearest } from '../nearest.ts'
import type { Problem, Warning } from '../problem.ts'
import { answerNames, catalogue, questionNamed } from '../questions/catalogue.ts'
import { type Question, variableOf } from '../questions/question.ts'
import type { RawValue } from '../questions/value.ts'

interface RunOptionDeclaration {
  readonly help: string
  readonly placeholder?: string
  readonly short?: string
  readonly for?: readonly string[]
  readonly again?: true
}

/**
 * Options that are no questions: they change the run, not the project. `for`: the commands, where not all of them; `again`:
 * it leaves something, so that the command which repeats the run has it, too.
 */
export const runOptions = {
  answers: {
    placeholder: 'FILE',
    help: 'answers from a JSON or YAML file; its keys are the names of these options',
  },
  install: { help: 'make the environment and run the tests afterwards', for: ['new', 'update'], again: true },
  'no-git': { help: 'leave git alone', for: ['new'], again: true },
  yes: { short: 'y', help: 'take the default of everything that is not given' },
  'dry-run': { help: 'show what would be written, and write nothing' },
  diff: { help: 'show it as a diff, and write nothing' },
  json: { help: 'one JSON document on stdout, all else on stderr' },
  force: {
    help: 'write into a directory that is not empty; what differs stays, ours comes as <file>.new',
    for: ['new'],
    again: true,
  },
  'no-color': { help: 'no colours' },
  quiet: { help: 'problems only' },
  strict: { help: 'check: edited files count, too', for: ['check'] },
  restore: { help: 'update: bring back files that were deleted', for: ['update', 'check'] },
  'allow-dirty': { help: 'update: write over changes that are not committed', for: ['update', 'check'] },
  help: { short: 'h', help: 'show this' },
  version: { help: 'show the version' },
} as const satisfies Record<string, RunOptionDeclaration>

const declared: Readonly<Record<string, RunOptionDeclaration>> = runOptions

export type RunOption = keyof typeof runOptions

export interface Arguments {
  /** `new` where it is not told. */
  readonly command?: string
  readonly positionals: readonly string[]
  /** Options that are questions, by name. */
  readonly answers: ReadonlyMap<string, RawValue>
  readonly run: ReadonlySet<RunOption>
  readonly answersPath: string | null
  readonly problems: readonly Problem[]
}

/** argv to options; every problem is listed, an unknown option with the nearest one. */
export function readArguments(argv: readonly string[]): Arguments {
  const answers = new Map<string, RawValue>()
  const run = new Set<RunOption>()
  const problems: Problem[] = []
  const positionals: string[] = []
  let answersPath: string | null = null

  const { tokens } = parseArgs({
    args: [...argv],
    options: optionTypes(),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const { name, value, rawName } = token
    if (token.inlineValue === false && value?.startsWith('--')) {
      // What stands where its value should is an option of its own.
      const rest = readArguments([...argv.slice(0, token.index), ...argv.slice(token.index + 1)])
      const missing = needsValue(rawName, questionNamed(name)?.placeholder ?? placeholderOf(name))
      return { ...rest, problems: [missing, ...rest.problems] }
    }
    if (Object.hasOwn(runOptions, name)) {
      if (name === 'answers') {
        if (value) answersPath = value
        else problems.push(needsValue(rawName, 'FILE'))
      } else if (value !== undefined) problems.push(takesNoValue(rawName, value))
      else run.add(name as RunOption)
      continue
    }
    const question = questionNamed(name) ?? switchedOff(name)
    if (!question) problems.push(unknownOption(rawName))
    else if (question.kind === 'switch') {
      answers.set(question.name, { value: value ?? question.name === name, origin: 'flag' })
    } else if (value === undefined) problems.push(needsValue(rawName, question.placeholder ?? 'CHOICE'))
    else {
      const before = answers.get(name)?.value
      // A list that is given several times is one list.
      const isMore = question.kind === 'list' && before !== undefined
      if (!isMore && before !== undefined && before !== value) problems.push(takesOne(rawName, before, value))
      answers.set(name, { value: isMore ? [before, value].flat() : value, origin: 'flag' })
    }
  }
  return { positionals, answers, run, answersPath, problems }
}

function placeholderOf(name: string): string {
  return name === 'answers' ? runOptions.answers.placeholder : 'CHOICE'
}

function takesValue(name: string): boolean {
  return name === 'answers' || !(Object.hasOwn(runOptions, name) || questionNamed(name)?.kind === 'switch')
}

/** `--no-tracing` */
function switchedOff(name: string): Question | undefined {
  const question = name.startsWith('no-') ? questionNamed(name.slice(3)) : undefined
  return question?.kind === 'switch' ? question : undefined
}

function optionTypes() {
  const types: Record<string, { type: 'string' | 'boolean'; short?: string }> = {}
  for (const { name, kind } of catalogue) types[name] = { type: kind === 'switch' ? 'boolean' : 'string' }
  for (const [name, option] of Object.entries(runOptions)) {
    const short = 'short' in option ? { short: option.short } : {}
    types[name] = { type: 'placeholder' in option ? 'string' : 'boolean', ...short }
  }
  return types
}

/** Whoever writes an option expects something of it: one that a command would pass over is refused. */
export function misplaced({ answers, run }: Arguments, command: string): Problem[] {
  const answered = command === 'inspect' ? [...answers.keys()] : []
  const options = [...run].filter((name) => commandsFor(name)?.includes(command) === false)
  return [...answered, ...options].map((name) => {
    const commands = commandsFor(name) ?? ['new', 'update', 'check']
    const meant = commands.map((one) => (one === 'new' ? 'a new project' : one)).join(' and ')
    return {
      code: 'misplaced-option',
      option: `--${name}`,
      message: `--${name} has no meaning here: it is for ${meant}.`,
      fix: `Leave --${name} out.`,
    }
  })
}

function commandsFor(name: string): readonly string[] | undefined {
  return declared[name]?.for
}

/** What of a run the command that repeats it says. */
export function saidAgain({ run }: Pick<Arguments, 'run'>): string[] {
  return Object.keys(declared).filter((name) => declared[name]?.again && run.has(name as RunOption))
}

/** `LAMBDA_MODEL_PACKAGING=image`: an empty variable says nothing. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Map<string, RawValue> {
  const said = catalogue.flatMap(({ name }) => {
    const value = env[variableOf(name)]
    return value ? [[name, { value, origin: 'environment' } as const] as const] : []
  })
  return new Map(said)
}

/** What looks like a variable of ours, and says nothing. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): Warning[] {
  const ours = variableOf('')
  const known = answerNames.map((name) => variableOf(name).slice(ours.length))
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith(ours) && env[name] && !known.includes(name.slice(ours.length)),
  )
  return unknown.sort().map((name) => {
    const word = name.slice(ours.length)
    // LAMBDA_MODEL_STORE: of --model-store the variable says MODEL twice.
    const near = known.find((one) => one === `MODEL_${word}`) ?? nearest(word, known)
    const meant = near === undefined ? '' : ` Did you mean ${ours}${near}?`
    return { code: 'unknown-variable', message: `${name} belongs to no option, and is ignored.${meant}` }
  })
}

/** Names that npm itself knows, and that people set in its own configuration or mean for npm. */
const NPMS_OWN = new Set(['yes', 'force', 'quiet', 'help', 'version', 'description'])

/** What npm kept of an option, as it stands in its environment; `undefined`: nothing. */
function keptByNpm(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  meant?: RunOption,
): string | undefined {
  if (NPMS_OWN.has(name) && name !== meant) return undefined
  // npm has a program called git, which --no-git switches off.
  if (name === 'no-git' && env.npm_config_git === 'false') return 'true'
  const value = env[`npm_config_${name.replaceAll('-', '_')}`]
  // node-gyp takes the path of an interpreter from there.
  return name === 'python' && /[\\/]|^python/.test(value ?? '') ? undefined : value
}

/** `npm create lambda-model x --packaging image`: npm keeps such options for itself; the line is printed with `--`. */
export function swallowedByNpm(
  env: Readonly<Record<string, string | undefined>>,
  { positionals, answers, run, command = 'new' }: Arguments,
  /** One of npm's own, which was meant for us. */
  meant?: RunOption,
): Problem | null {
  if (!env.npm_config_user_agent?.startsWith('npm/')) return null
  const swallowed = [...answerNames, ...Object.keys(runOptions)].filter(
    (name) => !answers.has(name) && !run.has(name as RunOption) && keptByNpm(name, env, meant) !== undefined,
  )
  if (swallowed.length === 0) return null
  const isLoose = (name: string) => takesValue(name) && keptByNpm(name, env, meant) === 'true'
  // Which word belonged to which option is lost: first those that only one can mean, the others in their order.
  const left = [...positionals]
  const found = new Map<string, string>()
  for (const name of swallowed.filter(isLoose)) {
    const at = left.findIndex((word) => isMeantFor(name, word))
    if (at >= 0) found.set(name, left.splice(at, 1)[0] as string)
  }
  const first = Math.max(
    0,
    left.length - swallowed.filter((name) => isLoose(name) && !found.has(name)).length,
  )
  const loose = left.slice(first)
  const words = swallowed.map((name) => {
    const value = keptByNpm(name, env, meant) ?? ''
    if (questionNamed(name)?.kind === 'switch' && (value === '' || value === 'false')) return `--no-${name}`
    const given = isLoose(name) ? (found.get(name) ?? loose.shift()) : value
    return given === undefined || given === 'true' || given === '' ? `--${name}` : `--${name} ${given}`
  })
  const directory = first > 0 ? ` ${left[0]}` : ''
  const line = command === 'new' ? `${directory} --` : ` -- ${command}${directory}`
  return {
    code: 'swallowed-by-npm',
    option: `--${swallowed[0]}`,
    message: `npm kept ${swallowed.map((name) => `--${name}`).join(', ')} for itself, because no -- stood before it.`,
    fix: `npm create lambda-model${line} ${words.join(' ')}`,
  }
}

function isMeantFor(name: string, word: string): boolean {
  const { choices, kind } = questionNamed(name) ?? {}
  if (choices) return Object.hasOwn(choices, word)
  return kind === 'number' ? /^[\d.]+$/.test(word) : kind === 'file' && /\w\.\w+$|:\/\//.test(word)
}

function unknownOption(rawName: string): Problem {
  const names = [...answerNames, ...Object.keys(runOptions)].map((name) => `--${name}`)
  const near = nearest(rawName, names)
  return {
    code: 'unknown-option',
    option: rawName,
    message: `${rawName} is not an option.`,
    fix: near ? `Did you mean ${near}?` : 'See --help for all options.',
  }
}

function needsValue(rawName: string, placeholder: string): Problem {
  return {
    code: 'missing-value',
    option: rawName,
    message: `${rawName} needs a value.`,
    fix: `Give ${rawName} ${placeholder}.`,
  }
}

function takesOne(rawName: string, before: unknown, value: string): Problem {
  return {
    code: 'bad-value',
    option: rawName,
    value,
    message: `${rawName} takes one value, but was given ${before} and ${value}.`,
    fix: `Give ${rawName} ${before}, or ${rawName} ${value}.`,
  }
}

function takesNoValue(rawName: string, value: string): Problem {
  return {
    code: 'bad-value',
    option: rawName,
    value,
    message: `${rawName} takes no value, but was given ${JSON.stringify(value)}.`,
    fix: `Give ${rawName} alone.`,
  }
}
