import type { Warning } from '../problem.ts'
import { arrayOf, labelsOf, namesOf, numberOf, scalarOf } from './numpy.ts'
import { attribute, type Call, isNode, itemsOf, type Value } from './pickle.ts'
import { type Feature, isLabel, type Label } from './signature.ts'

type Kind = Pick<Feature, 'dtype' | 'categories' | 'nullable'>

/** What an estimator was fitted on. */
export interface Columns {
  readonly names: readonly string[] | null
  readonly count: number | null
  /** By column index, for those whose type the file tells. */
  readonly types: ReadonlyMap<number, Kind>
  /** A ColumnTransformer that picks its columns by name needs a table with names. */
  readonly byName: boolean
  /** The model takes a list of texts, not a table. */
  readonly readsText: boolean
  readonly warnings: readonly Warning[]
}

/** Names and counts stand on the first step, the ColumnTransformer or the search; the last step has the encoded ones. */
export function columnsOf(model: Call): Columns {
  const chain = firstSteps(model)
  const names = firstOf(chain, (step) => namesOf(attribute(step, 'feature_names_in_')))
  const count = names?.length ?? firstOf(chain, (step) => numberOf(attribute(step, 'n_features_in_')))
  const later = laterSteps(chain)
  const splits = chain.find((step) => splitterIn(step))
  if (splits) {
    const takes = (steps: readonly Call[]) =>
      splitterIn(splits) === splits ? takesNan([...steps, ...later]) : null
    return { names, count, readsText: false, ...splitColumns(splitterIn(splits), names, count ?? 0, takes) }
  }
  const all = Array.from({ length: count ?? 0 }, (_, index) => index)
  const types: Types = new Map()
  const steps = [...chain.slice(-1), ...later]
  for (const step of steps) {
    const known = learn(step, all, types)
    if (!known) break
  }
  // Beside the first of a union's parts stand others.
  if (!chain.some((step) => attribute(step, 'transformer_list')) && takesNan(steps)) allowNull(types, all)
  const readsText = READS_TEXT.test(chain.at(-1)?.name ?? '')
  return { names, count, types, byName: false, readsText, warnings: [] }
}

/** From the outside in: search, pipeline, its first step, … */
function firstSteps(model: Call): Call[] {
  const chain = [model]
  for (let step: Call | null = model; step && chain.length < 20; ) {
    step = firstInside(step)
    if (step) chain.push(step)
  }
  return chain
}

function firstInside(step: Call): Call | null {
  const steps = stepsOf(step)
  const beside = itemsOf(itemsOf(attribute(step, 'transformer_list'))?.[0])?.[1]
  const inner = steps ? steps[0] : (attribute(step, 'best_estimator_') ?? beside)
  return isCall(inner) ? inner : null
}

function laterSteps(chain: readonly Call[]): Call[] {
  return firstOf(chain, stepsOf)?.slice(1) ?? []
}

/** A ColumnTransformer; histogram boosting of a frame with categories has one of its own. */
function splitterIn(step: Call): Value | undefined {
  return [step, attribute(step, '_preprocessor')].find((one) => itemsOf(attribute(one, 'transformers_')))
}

const FILLS_NAN = /^sklearn\.impute\..*(Simple|KNN|Iterative)Imputer$/
const LEARNS_NAN = /\.HistGradientBoosting\w+$|^lightgbm\./
const KEEPS_NAN =
  /^sklearn\.preprocessing\._data\.(Standard|MinMax|MaxAbs|Robust)Scaler$|^sklearn\.preprocessing\._data\.(Power|Quantile)Transformer$/

/** Whether a missing number comes as far as a step that knows what to do with it. */
function takesNan(steps: readonly Call[]): boolean {
  const end = steps.find((step) => !(KEEPS_NAN.test(step.name) || passesOn(step)))
  if (!end) return false
  return (
    LEARNS_NAN.test(end.name) || (FILLS_NAN.test(end.name) && Number.isNaN(attribute(end, 'missing_values')))
  )
}

function passesOn(step: Call): boolean {
  return shortName(step) === 'FunctionTransformer' && (attribute(step, 'func') ?? null) === null
}

function allowNull(types: Types, columns: readonly number[]): void {
  for (const column of columns) {
    const kind = types.get(column) ?? { dtype: 'number' }
    // Of words nobody knows whether training saw None or NaN.
    if (kind.dtype === 'number') types.set(column, { ...kind, nullable: true })
  }
}

/** A pipeline's steps, without those that pass through. */
export function stepsOf(pipeline: Value | undefined): Call[] | null {
  const steps = itemsOf(attribute(pipeline, 'steps'))
  return steps ? steps.map((step) => itemsOf(step)?.[1]).filter(isCall) : null
}

export function isCall(value: Value | undefined): value is Call {
  return isNode(value) && value.kind === 'call'
}

function firstOf<T>(chain: readonly Call[], read: (step: Call) => T | null): T | null {
  for (const step of chain) {
    const found = read(step)
    if (found !== null) return found
  }
  return null
}

type Types = Map<number, Kind>

function splitColumns(
  transformer: Value | undefined,
  names: readonly string[] | null,
  count: number,
  /** Whether null may come to these steps; `null`: it may, and they are the estimator's own business. */
  takes: (steps: readonly Call[]) => boolean | null,
): Pick<Columns, 'types' | 'byName' | 'warnings'> {
  const types: Types = new Map()
  const untold: string[] = []
  const taking = new Set<number>()
  const refusing = new Set<number>()
  let byName = false
  for (const entry of itemsOf(attribute(transformer, 'transformers_')) ?? []) {
    const [, applied, picked] = itemsOf(entry) ?? []
    const columns = indexesOf(picked, names, count)
    byName ||= picksByName(picked)
    if (applied === 'drop') continue
    const steps = isCall(applied) ? (stepsOf(applied) ?? [applied]) : []
    const known = steps.every((step) => learn(step, columns, types))
    const isTaken = takes(steps)
    for (const column of columns) (isTaken === false ? refusing : taking).add(column)
    if (!known && isTaken !== null && isCall(applied)) untold.push(shortName(applied))
  }
  // A column may go two ways.
  allowNull(
    types,
    [...taking].filter((column) => !refusing.has(column)),
  )
  const warnings = untold.map((name) => ({
    code: 'feature-types',
    message: `Columns go through ${name}: whether they are numbers or words is not in the file. They are taken as numbers.`,
  }))
  return { types, byName, warnings }
}

/** Keep the columns as they are, each in its place: an encoder behind them still sees the model's own columns. */
const KEEPS_COLUMNS = /(Scaler|Imputer|Normalizer|Transformer|Winsorizer)$/
const READS_TEXT = /(CountVectorizer|TfidfVectorizer|HashingVectorizer)$/

/** Notes what a step tells of its columns; false where it may make anything out of anything. */
function learn(step: Call, columns: readonly number[], types: Types): boolean {
  const categories = itemsOf(attribute(step, 'categories_'))
  if (categories) {
    columns.forEach((column, position) => {
      const levels = levelsOf(categories[position])
      if (levels) types.set(column, { dtype: 'category', categories: levels })
    })
    return true
  }
  if (READS_TEXT.test(step.name)) {
    for (const column of columns) types.set(column, { dtype: 'string' })
    return true
  }
  const filled = arrayOf(attribute(step, 'statistics_'))
  if (filled?.kind === 'O') {
    columns.forEach((column, position) => {
      if (typeof scalarOf(filled.values?.[position]) === 'string') types.set(column, { dtype: 'string' })
    })
  }
  return (
    step.name.startsWith('sklearn.') &&
    (KEEPS_COLUMNS.test(step.name) || !step.name.startsWith('sklearn.preprocessing._function'))
  )
}

/** None and NaN are levels too for an encoder, but no words. */
function levelsOf(value: Value | undefined): Label[] | null {
  const values = arrayOf(value)?.values ?? itemsOf(value)
  return values ? values.map(scalarOf).filter(isLabel) : null
}

/** Columns are picked by names, indexes, a slice or a mask; what is left over comes in a list class of its own. */
function indexesOf(picked: Value | undefined, names: readonly string[] | null, count: number): number[] {
  const inner = isCall(picked) ? attribute(picked, 'data') : undefined
  const values =
    typeof picked === 'string' || typeof picked === 'number' ? [picked] : labelsOf(inner ?? picked)
  if (values) {
    const isMask = values.length === count && values.every((value) => typeof value === 'boolean')
    if (isMask) return values.flatMap((value, index) => (value ? [index] : []))
    return values
      .map((value) => (typeof value === 'string' ? (names?.indexOf(value) ?? -1) : Number(value)))
      .map((index) => (index < 0 && !names ? index + count : index))
  }
  if (isCall(picked) && /^(builtins|__builtin__)\.slice$/.test(picked.name)) {
    const [start, stop, step] = (itemsOf(picked.args) ?? []).map(scalarOf)
    const first = typeof start === 'number' ? start : 0
    const last = typeof stop === 'number' ? stop : count
    const by = typeof step === 'number' && step > 0 ? step : 1
    const indexes: number[] = []
    for (let index = first; index < Math.min(last, count); index += by) indexes.push(index)
    return indexes
  }
  return []
}

function picksByName(picked: Value | undefined): boolean {
  if (typeof picked === 'string') return true
  const inner = isCall(picked) ? attribute(picked, 'data') : undefined
  return labelsOf(inner ?? picked)?.some((value) => typeof value === 'string') ?? false
}

export function shortName(node: Call): string {
  return node.name.slice(node.name.lastIndexOf('.') + 1)
}
