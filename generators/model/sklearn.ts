import type { Warning } from '../problem.ts'
import { readBooster } from './boosters-in-pickles.ts'
import { namesOf } from './numpy.ts'
import {
  attribute,
  type Call,
  isNode,
  item,
  itemsOf,
  type Pickle,
  stateOf,
  type Value,
  walk,
} from './pickle.ts'
import { judge } from './pickle-safety.ts'
import type { Feature, ModelFormat, Signature, TensorInfo, Traits } from './signature.ts'
import { type Answers, answersOf, lastOf } from './sklearn-answers.ts'
import { type Columns, columnsOf, isCall, shortName } from './sklearn-columns.ts'
import type { ModelSource } from './source.ts'
import { openQuestions, severalLabels } from './tabular.ts'
import { Unreadable } from './unreadable.ts'

/** A pickle or joblib file, inflated. */
export async function readPickled(source: ModelSource): Promise<Signature> {
  const pickle = await walk(source)
  const { warnings, ownModules } = judge(pickle)
  if (pickle.globals.has('joblib.numpy_pickle.NDArrayWrapper')) {
    throw new Unreadable(
      'was written by a joblib before 0.10: its arrays are in other files',
      'Load it with that joblib, and dump it again.',
    )
  }
  const found = findModel(pickle.root)
  if (!found) {
    throw new Unreadable(
      `is a pickle of ${describe(pickle.root)}, with no fitted model of a known library in it`,
      'Save the fitted estimator itself: joblib.dump(model, "model.joblib").',
      'no-model-in-pickle',
    )
  }
  const format = formatOf(pickle, source.path)
  const signature =
    (await readBooster(found.model, source, format)) ?? readEstimator(found, pickle, format, ownModules)
  const { within, model, inObject } = found
  const inOwnObject = inObject || ownModules.includes(model.name.slice(0, model.name.lastIndexOf('.')))
  return {
    ...signature,
    traits: {
      ...signature.traits,
      ...(within.length > 0 && { within }),
      ...(ownModules.length > 0 && { ownModules }),
      ...(inOwnObject && { inOwnObject: true as const }),
    },
    warnings: [...warnings, ...signature.warnings],
  }
}

/** joblib marks its arrays. A pickle without any is the same whoever wrote it: only the name can tell. */
function formatOf({ globals }: Pickle, path: string): ModelFormat {
  const isJoblib = globals.has('joblib.numpy_pickle.NumpyArrayWrapper') || /\.joblib$/i.test(path)
  return isJoblib ? 'sklearn-joblib' : 'sklearn-pickle'
}

// ---- where the model is

interface Found {
  readonly model: Call
  /** Keys from the pickled object to the model, as far as they lead through dicts, lists and tuples. */
  readonly within: readonly (string | number)[]
  /** The containers around it, the outermost first. */
  readonly around: readonly Value[]
  readonly others: readonly string[]
  /** It is an attribute of an object of the user's own, which is what will be asked to predict. */
  readonly inObject: boolean
}

interface Place {
  readonly value: Value
  readonly within: readonly (string | number)[]
  readonly around: readonly Value[]
  /** Inside an object, keys do not lead any further. */
  readonly inObject: boolean
}

/** Breadth first: the nearest estimator wins, and among the nearest one that predicts. Each node is seen once. */
function findModel(root: Value): Found | null {
  const seen = new Set<Value>()
  let level: Place[] = [{ value: root, within: [], around: [], inObject: false }]
  let fallback: Found | null = null
  for (let depth = 0; level.length > 0 && depth < DEEPEST && seen.size < MOST_PLACES; depth++) {
    const here = level.filter(({ value }) => isNode(value) && !seen.has(value) && seen.add(value))
    const estimators = here.filter(isEstimatorsPlace).slice(0, MOST_ESTIMATORS)
    const predictors = estimators.filter(({ value }) => predicts(value))
    const [best = null] = predictors
    if (best) return { ...foundAt(best), others: predictors.slice(1).map(({ value }) => shortName(value)) }
    const [first] = estimators
    if (first) fallback ??= foundAt(first)
    level = nextLevel(here)
  }
  return fallback
}

const DEEPEST = 30
const MOST_PLACES = 100_000
const MOST_ESTIMATORS = 100

function predicts(model: Call): boolean {
  return answersOf(model) !== null || /^(lightgbm|xgboost)\./.test(model.name)
}

function foundAt({ value, within, around, inObject }: Place & { value: Call }): Found {
  return { model: value, within, around, others: [], inObject }
}

function isEstimatorsPlace(place: Place): place is Place & { value: Call } {
  return isEstimator(place.value)
}

function nextLevel(level: readonly Place[]): Place[] {
  const next: Place[] = []
  for (const place of level) {
    for (const child of inner(place)) next.push(child)
    if (next.length > MOST_PLACES) break
  }
  return next
}

function inner(place: Place): Place[] {
  const { value, within, inObject } = place
  if (!isNode(value)) return []
  const around = [...place.around, value]
  const at = (key: Value, child: Value): Place => ({
    value: child,
    within: inObject || !(typeof key === 'string' || typeof key === 'number') ? within : [...within, key],
    around,
    inObject,
  })
  if (value.kind === 'dict') {
    const entries = value.entries.slice(0, MOST_CHILDREN)
    return entries.flatMap((child, index) => (index % 2 ? [at(entries[index - 1] ?? null, child)] : []))
  }
  const items = itemsOf(value)
  if (items) return items.slice(0, MOST_CHILDREN).map((child, index) => at(index, child))
  if (value.kind === 'array') return [{ value: value.objects, within, around, inObject: true }]
  if (value.kind !== 'call') return []
  const added = [
    ...(value.items ?? []).slice(0, MOST_CHILDREN),
    ...(value.entries ?? []).slice(0, MOST_CHILDREN),
  ]
  return [value.args, value.state ?? null, ...added].map((child) => ({
    value: child,
    within,
    around,
    inObject: true,
  }))
}

const MOST_CHILDREN = 20_000

const TELLING_STATE = [
  'n_features_in_',
  'classes_',
  'steps',
  'best_estimator_',
  '_sklearn_version',
  '_Booster',
  '_handle',
  'handle',
]

function isEstimator(value: Value): boolean {
  if (
    !isCall(value) ||
    /^(sklearn\.(tree\._tree|neighbors\._(kd|ball)_tree|_loss|metrics)|numpy|joblib)\./.test(value.name)
  )
    return false
  const state = stateOf(value)
  return state !== null && TELLING_STATE.some((key) => item(state, key) !== undefined)
}

function describe(root: Value): string {
  if (!isNode(root)) return root === null ? 'None' : `a ${typeof root}`
  if (root.kind === 'call') return root.name.slice(0, 100)
  if (root.kind === 'global') return `the name ${root.name.slice(0, 100)}`
  return `a ${root.kind}`
}

// ---- what the model is

function readEstimator(
  { model, around, others, inObject }: Found,
  pickle: Pickle,
  format: ModelFormat,
  ownModules: readonly string[],
): Signature {
  const own = answersOf(model)
  // An own object has a predict, or it would not be a model; of more, nothing is known.
  const answers = own && inObject ? { ...own, probabilities: false } : own
  const columns = columnsOf(model)
  const features = featuresOf(columns, around)
  if (answers && isUnfitted(model)) {
    throw new Unreadable(
      `holds a ${answers.estimator} that was never fitted`,
      'Call fit before saving it.',
      'not-fitted',
    )
  }
  const hasWords = [...columns.types.values()].some(isWord)
  const { task = null, classes = null } = answers ?? {}
  const count = features?.length ?? columns.count
  // A first step of the user's own need not say how many columns it takes: whoever names them tells.
  const isTable = count !== null || (ownModules.length > 0 && !columns.readsText)
  return {
    format,
    framework: { name: 'sklearn', version: versionOf(model) },
    modelType: isTable ? 'tabular' : 'tensor',
    task,
    inputs: [columns.readsText ? { name: 'X', dtype: 'str', shape: [null] } : table(hasWords, count)],
    outputs: answers ? outputsOf(answers) : [],
    features,
    classes,
    unknown: openQuestions({ task, features, classes }),
    warnings: [...columns.warnings, ...shapeWarnings(model, answers, others)],
    traits: {
      ...(count !== null && { featureCount: count }),
      ...(features === null && columns.types.size > 0 && { columnTypes: byPosition(columns) }),
      estimator: shortName(lastOf(model)),
      ...(columns.byName && { namedColumns: true }),
      probabilities: answers?.probabilities ?? false,
      ...(answers && answers.targets > 1 && { targets: answers.targets }),
      ...(answers?.outliers && { outliers: true }),
      ...alsoNeeds(pickle),
    },
  }
}

function table(hasWords: boolean, count: number | null): TensorInfo {
  return { name: 'X', dtype: hasWords ? 'object' : 'float64', shape: count === null ? null : [null, count] }
}

function isWord({ dtype, categories }: Pick<Feature, 'dtype' | 'categories'>): boolean {
  return dtype === 'string' || (categories?.some((level) => typeof level === 'string') ?? false)
}

function featuresOf({ names, count, types }: Columns, around: readonly Value[]): Feature[] | null {
  const all = names ?? namesBeside(around, count)
  return all?.map((name, index) => ({ name, ...(types.get(index) ?? { dtype: 'number' }) })) ?? null
}

function byPosition({ count, types }: Columns): NonNullable<Traits['columnTypes']> {
  return Array.from({ length: count ?? 0 }, (_, index) => types.get(index) ?? null)
}

/** A notebook's dict often has the names beside the model: `{"model": …, "features": [...]}`. They must fit its count. */
function namesBeside(around: readonly Value[], count: number | null): string[] | null {
  for (const container of around.toReversed()) {
    if (!isNode(container) || container.kind !== 'dict') continue
    for (const key of [
      'features',
      'feature_names',
      'feature_columns',
      'feature_cols',
      'columns',
      'cols',
      'feature_names_in_',
    ]) {
      const names = namesOf(item(container, key))
      if (names && names.length === count) return names
    }
  }
  return null
}

/** It stands in every estimator's state; a pipeline's first, since one file has one version. */
function versionOf(model: Call): string | null {
  for (const node of [model, lastOf(model)]) {
    const version = attribute(node, '_sklearn_version')
    if (isVersion(version)) return version
  }
  return versionWithin(model)
}

/** An object of the user's own has none, but the estimators in it. */
function versionWithin(model: Call): string | null {
  const seen = new Set<Value>()
  let level: Place[] = [{ value: model, within: [], around: [], inObject: false }]
  for (let depth = 0; level.length > 0 && depth < DEEPEST && seen.size < MOST_PLACES; depth++) {
    const here = level.filter(({ value }) => isNode(value) && !seen.has(value) && seen.add(value))
    const version = here.map(({ value }) => attribute(value ?? undefined, '_sklearn_version')).find(isVersion)
    if (version !== undefined) return version
    level = nextLevel(here)
  }
  return null
}

function isVersion(value: Value | undefined): value is string {
  return typeof value === 'string' && /^\d+\.\d+[\w.+]*$/.test(value)
}

function outputsOf({ task, classes, labelDtype, probabilities, targets }: Answers): TensorInfo[] {
  const label: TensorInfo = {
    name: 'predict',
    dtype: labelDtype,
    shape: targets > 1 ? [null, targets] : [null],
  }
  if (task !== 'classification' || !probabilities || targets > 1) return [label]
  return [label, { name: 'predict_proba', dtype: 'float64', shape: [null, classes?.length ?? null] }]
}

function isUnfitted(model: Call): boolean {
  const last = lastOf(model)
  const state = stateOf(last)
  if (!state || !last.name.startsWith('sklearn.')) return false
  return !state.entries.some(
    (key, index) => index % 2 === 0 && typeof key === 'string' && /[a-z0-9]_$/.test(key),
  )
}

function shapeWarnings(model: Call, answers: Answers | null, others: readonly string[]): Warning[] {
  const warnings: Warning[] = []
  if (!answers) {
    warnings.push({
      code: 'unsupported-format',
      message: `${shortName(lastOf(model))} is not known to predict anything: a model must end in a classifier or a regressor.\nSave the whole pipeline, with the model as its last step.`,
    })
  } else if (answers.task === 'classification' && answers.targets > 1) {
    warnings.push(severalLabels(answers.estimator, answers.targets))
  }
  if (others.length > 0) {
    warnings.push({
      code: 'several-models',
      message: `The file holds more models (${others.slice(0, 5).join(', ')}); ${shortName(model)} was taken.`,
    })
  }
  return warnings
}

/** A pipeline may end in another library's model. */
function alsoNeeds({ globals }: Pickle): { alsoNeeds?: readonly string[] } {
  const roots = new Set([...globals].map((name) => name.slice(0, name.indexOf('.'))))
  const needed = ['lightgbm', 'xgboost', 'catboost', 'imblearn', 'category_encoders', 'pandas'].filter(
    (name) => roots.has(name),
  )
  return needed.length > 0 ? { alsoNeeds: needed } : {}
}
