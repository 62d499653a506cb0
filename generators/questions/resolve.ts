import type { InspectedModel } from '../model/signature.ts'
import { madeUpTensors } from '../model/tensor.ts'
import { contradictions, type PlatformAnswers } from '../platform/contradictions.ts'
import { versionWarnings } from '../platform/releases.ts'
import type { Problem, Warning } from '../problem.ts'
import { extraBytes, guessedSizes, requiredNames } from './about-code.ts'
import type { AnswerName, Answers } from './answers.ts'
import { catalogue } from './catalogue.ts'
import { type Decision, type Default, type Known, optionOf, type Question } from './question.ts'
import { type RawValue, readValue } from './value.ts'

export interface Inputs {
  /** What the user said, strongest origin first: flags, environment, answers file; then answers to prompts. */
  readonly given: ReadonlyMap<string, RawValue>
  readonly model: InspectedModel | null
  /** The base name of the directory, when one was given. */
  readonly directory: string | null
  /** What the user's own code adds to the package. */
  readonly codeBytes?: number
  /** The names that golden cases use for their values. */
  readonly caseNames?: readonly string[] | null
  /** The answers that a project has now: they are what Enter alone takes. */
  readonly previous?: Readonly<Partial<Answers>>
}

export interface Resolved {
  readonly answers: Answers
  /** The names that the user chose. */
  readonly given: readonly AnswerName[]
  readonly decisions: readonly Decision[]
  readonly problems: readonly Problem[]
  readonly warnings: readonly Warning[]
  /** Questions that a prompt would ask, because nothing but their default answers them. */
  readonly open: readonly Question[]
  /** Everything that the questions' functions may look at. */
  readonly known: Known
  /** The default and its reason of every question that applies. */
  readonly defaults: ReadonlyMap<AnswerName, Decision>
}

/** Flag > environment > answers file > model file > decision > default, for every question in its order. */
export function resolve(inputs: Inputs): Resolved {
  const { given, model } = inputs
  const answers: Record<string, unknown> = {}
  const chosen: AnswerName[] = []
  const decisions: Decision[] = []
  const problems: Problem[] = []
  const warnings: Warning[] = []
  const open: Question[] = []
  const defaults = new Map<AnswerName, Decision>()

  for (const question of catalogue) {
    const known = knownFrom(answers, inputs)
    const raw = given.get(question.name)
    if (question.when && !question.when(known)) {
      answers[question.name] = question.otherwise ?? null
      if (raw?.origin === 'flag') problems.push(pointless(question, raw.value))
      continue
    }
    const fromModel = question.fromModel?.(known)
    const preset =
      fromModel === undefined
        ? presetFor(question, inputs, known)
        : { value: fromModel, ...question.remark?.(known) }
    const decision = {
      name: question.name,
      value: preset.value,
      reason: ('reason' in preset ? preset.reason : undefined) ?? '',
      source: ('source' in preset ? preset.source : undefined) ?? '',
    }
    defaults.set(question.name, decision)
    answers[question.name] = preset.value
    if (raw === undefined) {
      if (fromModel === undefined && asks(question, known)) open.push(question)
      if (decision.reason !== '') decisions.push(decision)
      if (fromModel !== undefined) problems.push(...notServable(question, fromModel))
      continue
    }
    chosen.push(question.name)
    const read = readValue(question, raw.value)
    if (!('value' in read) || 'code' in read) {
      problems.push(read as Problem)
      continue
    }
    answers[question.name] = read.value
    const wrong =
      unlikeTheFile(question, read.value, fromModel, known) ?? question.check?.(read.value as never, known)
    if (wrong) {
      answers[question.name] = preset.value
      problems.push({ code: 'bad-value', option: optionOf(question.name), value: raw.value, ...wrong })
    }
    const caution = question.caution?.(read.value as never, known)
    if (caution) warnings.push(caution)
  }

  problems.push(
    ...contradictions(withoutNulls(answers), model?.signature ?? null, {
      modelBytes: model?.file.bytes ?? 0,
      extraBytes: extraBytes(knownFrom(answers, inputs)),
      required: requiredNames(knownFrom(answers, inputs)),
    }),
  )
  if (model) warnings.push(...model.signature.warnings, ...versionWarnings(model.signature))
  if (model && answers['model-type'] === 'tensor' && answers.cases === null)
    warnings.push(...madeUpTensors(model.signature))
  const known = knownFrom(answers, inputs)
  warnings.push(...guessedSizes(known))
  return {
    answers: known.answers as Answers,
    given: chosen,
    decisions,
    problems,
    warnings,
    open,
    known,
    defaults,
  }
}

function presetFor(question: Question, { previous }: Inputs, known: Known): Default<unknown> {
  const before = previous?.[question.name]
  const isOffered = question.fitting?.(known).includes(String(before)) ?? true
  return before === undefined || before === null || !isOffered
    ? question.default(known)
    : { value: before, reason: 'as it is now' }
}

function knownFrom(answers: Record<string, unknown>, inputs: Inputs): Known {
  const { given, model, directory, caseNames, codeBytes } = inputs
  return {
    answers: { ...answers } as Partial<Answers>,
    signature: model?.signature ?? null,
    modelBytes: model?.file.bytes ?? 0,
    modelSha256: model?.file.sha256 ?? null,
    codeBytes: codeBytes ?? 0,
    directory,
    caseNames: caseNames ?? null,
    isGiven: (name) => given.has(name),
  }
}

/** What does not apply contradicts nothing. */
function withoutNulls(answers: Record<string, unknown>): PlatformAnswers {
  return Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== null))
}

/** With a single choice there is nothing to ask. */
function asks(question: Question, known: Known): boolean {
  if (question.ask === undefined) return false
  if (question.kind !== 'choice') return true
  return (question.fitting?.(known) ?? Object.keys(question.choices ?? {})).length > 1
}

/** Names and labels may be given anew; what the file itself is may not. */
function unlikeTheFile(
  { name, kind, alsoFits }: Question,
  value: unknown,
  fromModel: unknown,
  known: Known,
): Pick<Problem, 'message' | 'fix'> | null {
  if (kind !== 'choice' || fromModel === undefined || fromModel === value) return null
  if (alsoFits?.(value as never, known)) return null
  const option = optionOf(name)
  return {
    message: `${option} ${value} contradicts the model file, which says ${fromModel}.`,
    fix: `Leave ${option} out, or give ${option} ${fromModel}.`,
  }
}

/** The file says something for which there is no choice: its framework or type cannot be served (yet). */
function notServable(question: Question, value: unknown): Problem[] {
  if (question.kind !== 'choice' || Object.keys(question.choices ?? {}).includes(String(value))) return []
  const choices = Object.keys(question.choices ?? {}).join(', ')
  return [
    {
      code: 'unsupported-model',
      option: '--model',
      value,
      message: `The model's ${question.name.replace('model-type', 'type')} is ${value}, which this version cannot serve (it serves ${choices}).`,
      fix:
        question.name === 'framework'
          ? 'Convert the model to ONNX with one input of rows, and give that file to --model.'
          : 'A later version will serve it; `inspect` shows what its file says.',
    },
  ]
}

function pointless(question: Question, value: unknown): Problem {
  const option = optionOf(question.name)
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return {
    code: 'does-not-apply',
    option,
    value,
    message: `${option} ${text} has no meaning with the other answers.`,
    fix: `Leave ${option} out.`,
  }
}
