import * as echo from '../model/echo.ts'
import type { Signature } from '../model/signature.ts'
import type { Problem, Warning } from '../problem.ts'
import type { AnswerName, Answers } from './answers.ts'

/** What a default, a condition or a check may look at: the answers so far and what the model file says. */
export interface Known {
  readonly answers: Readonly<Partial<Answers>>
  readonly signature: Signature | null
  readonly modelBytes: number
  /** `null` for one that is far away and carries none. */
  readonly modelSha256: string | null
  /** What --code adds to the package. */
  readonly codeBytes: number
  /** The directory's base name, when one was given. */
  readonly directory: string | null
  /** The names that golden cases use, when there are cases with names. */
  readonly caseNames: readonly string[] | null
  /** Whether the user said something to this question, be it earlier or later in the order. */
  readonly isGiven: (name: AnswerName) => boolean
}

/** A value with the reason for it, shown beside the default and in the emitted README. */
export interface Decision {
  readonly name: AnswerName
  readonly value: unknown
  readonly reason: string
  readonly source: string
}

export interface Default<Value> {
  readonly value: Value
  readonly reason?: string
  readonly source?: string
}

export type Kind = 'choice' | 'text' | 'number' | 'switch' | 'list' | 'file'

/**
 * A question, declared once: its prompt, flag, help line, environment variable, entry in the JSON Schema
 * of the answers and row of the reference page are all derived from this.
 */
export interface Question<Name extends AnswerName = AnswerName> {
  readonly name: Name
  readonly kind: Kind
  /** One line, for `--help`, the schema and the reference. */
  readonly help: string
  /** The prompt. A question without one is never asked: its default stands until a flag says otherwise. */
  readonly ask?: string
  /** What stands behind the flag in `--help`: `MB`, `FILE`. */
  readonly placeholder?: string
  readonly choices?: Readonly<Record<string, string>>
  /** The choices that fit what is known, when that is not all of them. */
  readonly fitting?: (known: Known) => readonly string[]
  /** Without it the question always applies; where it does not apply, the answer is `otherwise`. */
  readonly when?: (known: Known) => boolean
  readonly otherwise?: Answers[Name]
  /** Read from the model file; `undefined` where the file does not say. */
  readonly fromModel?: (known: Known) => Answers[Name] | undefined
  /** What else could be done about that which the file says. */
  readonly remark?: (known: Known) => Omit<Default<never>, 'value'> | undefined
  /** Whether a choice other than the file's own is true as well. */
  readonly alsoFits?: (value: Answers[Name], known: Known) => boolean
  readonly default: (known: Known) => Default<Answers[Name]>
  /** Text of a flag or a prompt to a value: `undefined` when it is none. */
  readonly parse?: (text: string) => Answers[Name] | undefined
  /** What is wrong with a value that has the right type, and what to do. */
  readonly check?: (value: Answers[Name], known: Known) => Pick<Problem, 'message' | 'fix'> | null | undefined
  readonly caution?: (value: Answers[Name], known: Known) => Warning | null
}

/** Most questions are about a model, or about what becomes of its predictions. */
export function hasModel({ answers }: Pick<Known, 'answers'>): boolean {
  return echo.hasModel(answers['model-type'])
}

/** Rows or pictures in, predictions out; tensors go through as they are, whatever they mean. */
export function predicts({ answers }: Pick<Known, 'answers'>): boolean {
  return answers['model-type'] === 'tabular' || answers['model-type'] === 'image'
}

/** The type is checked where the question is declared; the catalogue holds them all as one kind. */
export function question<Name extends AnswerName>(declared: Question<Name>): Question {
  return declared as unknown as Question
}

export function optionOf(name: string): string {
  return `--${name}`
}

/** `LAMBDA_MODEL_LOG_PREDICTIONS` for `log-predictions`. */
export function variableOf(name: string): string {
  return `LAMBDA_MODEL_${name.toUpperCase().replaceAll('-', '_')}`
}
