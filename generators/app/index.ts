import Generator from 'yeoman-generator'
import { finish } from '../commands/afterwards.ts'
import { type RunOption, runOptions } from '../commands/arguments.ts'
import { type Decided, decide, make } from '../commands/new.ts'
import type { Outcome } from '../commands/show.ts'
import { argumentsOf, asker, declareOptions, shellOf, somebodyAnswers, told } from './yeoman.ts'

/** What has no meaning under `yo`, which prints what it likes, and what Yeoman declares itself. */
const NOT_OFFERED: readonly RunOption[] = ['help', 'version', 'json', 'strict', 'restore', 'allow-dirty']

const OFFERED = (Object.keys(runOptions) as RunOption[]).filter((name) => !NOT_OFFERED.includes(name))

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
    declareOptions(this, OFFERED)
  }

  async prompting(): Promise<void> {
    const args = argumentsOf(this, OFFERED)
    const asks = !args.run.has('yes') && somebodyAnswers(this)
    this.decided = await told(decide(args, shellOf(this), asks ? asker(this) : null))
  }

  async writing(): Promise<void> {
    if (this.decided) this.outcome = await told(make(this.decided, argumentsOf(this, OFFERED), shellOf(this)))
  }

  async end(): Promise<void> {
    if (!this.outcome) return
    await told(finish(this.outcome, shellOf(this)))
  }
}
