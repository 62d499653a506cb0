import process from 'node:process'
import Generator from 'yeoman-generator'
import { afterwards } from '../commands/afterwards.ts'
import { type Arguments, type RunOption, readArguments, runOptions } from '../commands/arguments.ts'
import { type Decided, decide, make } from '../commands/new.ts'
import { type Outcome, show } from '../commands/show.ts'
import { Failure, refuse } from '../problem.ts'
import { catalogue } from '../questions/catalogue.ts'
import { type Ask, isStop, stopped } from '../questions/prompt.ts'
import type { Shell } from '../shell.ts'

/** What has no meaning under `yo`, which prints what it likes, and what Yeoman declares itself. */
const NOT_OFFERED: readonly RunOption[] = ['help', 'version', 'json', 'strict', 'restore', 'allow-dirty']

/** Yeoman wants `git` where the command line has `no-git`: both are said as `--no-git`. */
const SWITCHED_OFF: readonly RunOption[] = ['no-git', 'no-color']

type Options = Readonly<Record<string, unknown>>

/**
 * `lambda-model:app`: the steps of `new`, in Yeoman's order, with Yeoman's prompts. The files are written by our own
 * writer, as a whole or not at all, and not through mem-fs: docs/decisions/yeoman.md says why.
 */
export default class LambdaModel extends Generator {
  /** For a generator that composes with this one: where the project is, from `writing` on. */
  decided: Decided | undefined
  outcome: Outcome | undefined

  // biome-ignore lint/suspicious/noExplicitAny: Yeoman's own signature
  constructor(...args: any[]) {
    super(...args)
    this.argument('directory', { type: String, required: false, description: 'where the project is made' })
    for (const { name, kind, help } of catalogue) {
      this.option(name, { type: kind === 'switch' ? Boolean : String, description: help })
    }
    for (const [name, option] of Object.entries(runOptions)) {
      if (NOT_OFFERED.includes(name as RunOption)) continue
      const type = 'placeholder' in option ? String : Boolean
      const alias = 'short' in option ? { alias: option.short } : {}
      this.option(name.replace(/^no-/, ''), { type, description: option.help, ...alias })
    }
  }

  async prompting(): Promise<void> {
    const args = argumentsOf(this)
    const asks = !args.run.has('yes') && somebodyAnswers(this)
    this.decided = await told(decide(args, shellOf(this), asks ? asker(this) : null))
  }

  async writing(): Promise<void> {
    if (this.decided) this.outcome = await told(make(this.decided, argumentsOf(this), shellOf(this)))
  }

  async end(): Promise<void> {
    if (!this.outcome) return
    const shell = shellOf(this)
    const failed = this.outcome.preview ? [] : await afterwards(this.outcome, shell)
    await show(this.outcome, shell)
    await told((async () => refuse([], failed))())
  }
}

/** Yeoman's options as the command line that says the same, so that both ways are read by the same code. */
function argumentsOf({ options, args }: LambdaModel): Arguments {
  const given = options as Options
  const words = [...catalogue.map(({ name }) => name), ...Object.keys(runOptions)].flatMap((name) => {
    if (NOT_OFFERED.includes(name as RunOption)) return []
    if (SWITCHED_OFF.includes(name as RunOption)) return given[name.slice(3)] === false ? [`--${name}`] : []
    const value = given[name] ?? given[camelCase(name)]
    if (value === undefined || value === null) return []
    if (typeof value === 'boolean') return value ? [`--${name}`] : name in runOptions ? [] : [`--no-${name}`]
    return [`--${name}=${Array.isArray(value) ? value.join(',') : value}`]
  })
  const directory = args.length === 0 && typeof given.directory === 'string' ? [given.directory] : args
  return readArguments([...words, '--', ...directory])
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** A terminal, or an adapter that answers by other means: an editor's window, a test. */
function somebodyAnswers({ env }: LambdaModel): boolean {
  const queued = env.adapter as unknown as { actualAdapter?: Adapter } & Adapter
  const { stdin, stdout } = queued.actualAdapter ?? queued
  return stdin === undefined || Boolean(stdin.isTTY && stdout?.isTTY)
}

interface Adapter {
  readonly stdin?: { readonly isTTY?: boolean }
  readonly stdout?: { readonly isTTY?: boolean }
}

function asker(generator: LambdaModel): Ask {
  return async (prompt) => {
    try {
      const answers: Options = await generator.prompt([prompt as never])
      return answers[prompt.name]
    } catch (error) {
      throw isStop(error) ? stopped() : error
    }
  }
}

function shellOf(generator: LambdaModel): Shell {
  const say = (text: string) => void generator.log.write(text)
  const coloured = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR
  return {
    cwd: generator.destinationRoot(),
    env: process.env,
    interactive: true,
    colours: coloured && (generator.options as Options).color !== false,
    columns: () => process.stdout.columns || 80,
    stdout: say,
    stderr: say,
    guarded,
  }
}

/** Ctrl-C while files are written: the writer puts everything back, and then the run fails with 130. */
async function guarded<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const stop = new AbortController()
  const abort = () => stop.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, abort)
  try {
    return await work(stop.signal)
  } finally {
    for (const signal of signals) process.off(signal, abort)
  }
}

/** `yo` prints an error's message and exits with its code: ours say everything, with the exit code of the contract. */
async function told<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const text = error.problems.map(({ message, fix }) => `${message}\n  ${fix.replaceAll('\n', '\n  ')}`)
    throw Object.assign(new Error(text.join('\n')), { code: error.exitCode, problems: error.problems })
  }
}
