import type { Feature, Label, Signature } from '../model/signature.ts'
import type { Problem } from '../problem.ts'
import type { Answers } from '../questions/answers.ts'
import { servedFeatures, takesNull } from './description.ts'
import { isTensors, type Tensors } from './tensors.ts'

export type Row = Readonly<Record<string, unknown>>

export type GoldenOutput =
  | { readonly label: Label; readonly probabilities?: readonly number[] }
  | { readonly value: number }
  | { readonly values: readonly number[] }

/** Rows whose answers are known; `model/cases.json` in a project. */
export interface GoldenCases {
  /** The largest absolute difference that still counts as equal. */
  readonly tolerance: number
  /** Objects by feature name, or bare rows in the features' order. */
  readonly inputs: readonly (Row | readonly unknown[])[]
  readonly outputs: readonly (GoldenOutput | Tensors)[]
}

export const CASES_PATH = 'model/cases.json'

export function casesFile(cases: GoldenCases): string {
  return `${JSON.stringify(cases, null, 2)}\n`
}

const SAMPLES = 3

/** At least three rows for sample events and tests: golden ones when there are any, else drawn from what training saw. */
export function samplesOf(features: readonly Feature[], cases: GoldenCases | null): Row[] {
  const golden = (cases?.inputs ?? []).map((input) => asObject(input, features))
  const drawn = Array.from({ length: Math.max(0, SAMPLES - golden.length) }, (_, index) =>
    Object.fromEntries(features.map((feature) => [feature.name, sampleValue(feature, index)])),
  )
  return [...golden, ...drawn]
}

function asObject(input: Row | readonly unknown[], features: readonly Feature[]): Row {
  if (!Array.isArray(input)) return input as Row
  return Object.fromEntries(features.map((feature, index) => [feature.name, input[index]]))
}

function sampleValue(feature: Feature, index: number): unknown {
  if (feature.categories?.length) return feature.categories[index % feature.categories.length]
  if (feature.dtype === 'boolean') return index % 2 === 0
  if (feature.dtype === 'string' || feature.dtype === 'category') return 'a'
  if (!feature.range) return index + 1
  const [low, high] = feature.range
  const between = low + ((high - low) * (index + 1)) / (SAMPLES + 1)
  return Number.isInteger(low) && Number.isInteger(high)
    ? Math.round(between)
    : Number(between.toPrecision(4))
}

/** `--cases FILE`: `{"inputs": […], "outputs": […], "tolerance"?}`, as many outputs as inputs. */
export function readCases(text: string, path: string): GoldenCases | Problem {
  const bad = (message: string): Problem => ({
    code: 'bad-cases',
    option: '--cases',
    value: path,
    message: `--cases ${path}: ${message}`,
    fix: 'Give a JSON file {"inputs": [row, …], "outputs": [{"label": …, "probabilities": […]} or {"value": …}, …]}, or {name: {"datatype", "shape", "data"}} for each row and output of a tensor model.',
  })
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    return bad(`not JSON (${(error as Error).message}).`)
  }
  const { inputs, outputs, tolerance = 1e-5 } = Object(parsed) as Record<string, unknown>
  if (!Array.isArray(inputs) || inputs.length === 0)
    return bad('"inputs" is not a list with at least one row.')
  if (!Array.isArray(outputs)) return bad('"outputs" is not a list.')
  if (inputs.length !== outputs.length) return bad(`${inputs.length} inputs but ${outputs.length} outputs.`)
  if (typeof tolerance !== 'number' || !(tolerance >= 0)) return bad('"tolerance" is not a number from 0 on.')
  const wrongInput = inputs.findIndex((input) => typeof input !== 'object' || input === null)
  if (wrongInput >= 0) return bad(`inputs[${wrongInput}] is neither an object nor a list.`)
  const wrongOutput = outputs.findIndex((output) => !isOutput(output))
  if (wrongOutput >= 0)
    return bad(
      `outputs[${wrongOutput}] has neither "label" nor "value" nor "values", and is no {name: tensor}.`,
    )
  const wrongScores = outputs.findIndex((output) => !isTensors(output) && !areScores(output.probabilities))
  // The services answer {"setosa": 0.97, …}, which does not say the order.
  if (wrongScores >= 0)
    return bad(`outputs[${wrongScores}].probabilities is not a list of numbers, one a class, in their order.`)
  return { tolerance, inputs, outputs: outputs.map(onlyKnownFields) }
}

/** The names of the first golden row; `null` where it is a bare list. */
export function namesOf(cases: GoldenCases | null): readonly string[] | null {
  const first = cases?.inputs[0]
  return first === undefined || Array.isArray(first) ? null : Object.keys(first)
}

/** What golden inputs hold: the names in each, and how that is said to somebody whose inputs do not. */
export interface CaseInputs {
  readonly names: readonly string[]
  readonly described: string
  /** Why the service would refuse the value that stands under the name at this place. */
  readonly objection?: (value: unknown, at: number) => string | null
}

export function rowsOf(answers: Answers, signature: Signature): CaseInputs {
  const features = servedFeatures(answers, signature)
  const isOpen = answers['unknown-categories'] === 'model'
  const objection = (value: unknown, at: number) => {
    const feature = features[at]
    if (!feature || (value === null && takesNull(answers, feature))) return null
    const { dtype, categories } = feature
    if (value === null) return 'is null'
    const shown = JSON.stringify(value).slice(0, 60)
    // Of a column of booleans that no step names, a pickle does not tell the type.
    if (dtype === 'number' && typeof value === 'boolean')
      return `${shown} is not a number: write ${Number(value)}`
    if (dtype === 'number') return isNumber(value) ? null : `${shown} is not a number`
    const isKnown = isOpen || !categories || categories.some((one) => String(one) === String(value))
    return isKnown ? null : `${shown} is not one of ${categories.slice(0, 20).join(', ')}`
  }
  return { names: answers.features, described: `features are ${answers.features.join(', ')}`, objection }
}

/** As the services take it: "1.5" is one, true is none. */
function isNumber(value: unknown): boolean {
  const isText = typeof value === 'string' && value.trim() !== ''
  return (isText || typeof value === 'number') && Number.isFinite(Number(value))
}

/** Whether golden cases can be asked of a model with these inputs and classes at all. */
export function unfitCases(
  cases: GoldenCases,
  { names, described, objection }: CaseInputs,
  classes: readonly Label[] | null,
): Problem[] {
  const faults = cases.inputs.flatMap((input, index) => {
    const isList = Array.isArray(input)
    if (isList && input.length !== names.length)
      return [`inputs[${index}] has ${input.length} values, expected ${names.length}`]
    const missing = isList ? [] : names.filter((name) => !Object.hasOwn(input, name))
    if (missing.length > 0)
      return [`inputs[${index}] lacks ${missing.map((name) => JSON.stringify(name)).join(', ')}`]
    return names.flatMap((name, at) => {
      const why = objection?.(isList ? input[at] : (input as Row)[name], at)
      return why ? [`inputs[${index}].${name} ${why}`] : []
    })
  })
  const strange = cases.outputs.flatMap((output, index) => {
    if (isTensors(output)) return [`outputs[${index}] holds tensors`]
    if (!classes) return []
    if (!('label' in output)) return [`outputs[${index}] has no label`]
    if (!classes.includes(output.label))
      return [`outputs[${index}].label ${JSON.stringify(output.label)} is no class of the model`]
    const count = output.probabilities?.length ?? classes.length
    return count === classes.length
      ? []
      : [`outputs[${index}] has ${count} probabilities, expected ${classes.length}`]
  })
  const all = [...faults, ...strange]
  if (all.length === 0) return []
  const more = all.length > 3 ? ` (and ${all.length - 3} more)` : ''
  return [
    {
      code: 'bad-cases',
      option: '--cases',
      message: `--cases does not fit the model: ${all.slice(0, 3).join('; ')}${more}.`,
      fix: `The ${described}${classes ? `; the classes are ${classes.map((one) => JSON.stringify(one)).join(', ')}` : ''}. Mend the file, or give --features and --classes.`,
    },
  ]
}

function areScores(probabilities: unknown): boolean {
  return (
    (probabilities ?? null) === null ||
    (Array.isArray(probabilities) && probabilities.every((one) => typeof one === 'number'))
  )
}

function isOutput(output: unknown): boolean {
  return (
    typeof output === 'object' &&
    output !== null &&
    ('label' in output || 'value' in output || 'values' in output || isTensors(output))
  )
}

function onlyKnownFields(output: Record<string, unknown>): GoldenOutput | Tensors {
  if (isTensors(output)) return output
  const kept = ['label', 'probabilities', 'value', 'values'].filter((name) => name in output)
  return Object.fromEntries(kept.map((name) => [name, output[name]])) as unknown as GoldenOutput
}
