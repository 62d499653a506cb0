import process from 'node:process'
import type Generator from 'yeoman-generator'
import { type Arguments, type RunOption, readArguments, runOptions } from '../commands/arguments.ts'
import { Failure } from '../problem.ts'
import { catalogue } from '../questions/catalogue.ts'
import { type Ask, isStop, stopped } from '../questions/prompt.ts'
import type { Shell } from '../shell.ts'

/** What our two Yeoman generators share: the options, the shell and the errors of the command line, in Yeoman's terms. */

/** Yeoman wants `git` where the command line has `no-git`: both are said as `--no-git`. */
const SWITCHED_OFF: readonly RunOption[] = ['no-git', 'no-color']

type Options = Readonly<Record<string, unknown>>

/** The options of a run that a generator takes; `help` and `version` are Yeoman's own. */
export function declareOptions(generator: Generator, offered: readonly RunOption[]): void {
  for (const { name, kind, help } of catalogue) {
    generator.option(name, { type: kind === 'switch' ? Boolean : String, description: help })
  }
  for (const name of offered) {
    const option = runOptions[name]
    const type = 'placeholder' in option ? String : Boolean
    const alias = 'short' in option ? { alias: option.short } : {}
    generator.option(name.replace(/^no-/, ''), { type, description: option.help, ...alias })
  }
}

/** Yeoman's options as the command line that says the same, so that both ways are read by the same code. */
export function argumentsOf({ options, args }: Generator, offered: readonly RunOption[]): Arguments {
  const given = options as Options
  const words = [...catalogue.map(({ name }) => name as string), ...offered].flatMap((name) => {
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
export function somebodyAnswers({ env }: Generator): boolean {
  const queued = env.adapter as unknown as { actualAdapter?: Adapter } & Adapter
  const { stdin, stdout } = queued.actualAdapter ?? queued
  return stdin === undefined || Boolean(stdin.isTTY && stdout?.isTTY)
}

interface Adapter {
  readonly stdin?: { readonly isTTY?: boolean }
  readonly stdout?: { readonly isTTY?: boolean }
}

export function asker(generator: Generator): Ask {
  return async (prompt) => {
    try {
      const answers: Options = await generator.prompt([prompt as never])
      return answers[prompt.name]
    } catch (error) {
      throw isStop(error) ? stopped() : error
    }
  }
}

export function shellOf(generator: Generator): Shell {
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
export async function told<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const text = error.problems.map(({ message, fix }) => `${message}\n  ${fix.replaceAll('\n', '\n  ')}`)
    throw Object.assign(new Error(text.join('\n')), { code: error.exitCode, problems: error.problems })
  }
}
