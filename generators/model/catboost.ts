import { dig, labelsIn, listAt, parseJson, textAt } from './archive.ts'
import { readCbm } from './cbm.ts'
import { pickJson } from './json-pick.ts'
import type { Feature, Label, Signature, Task, Traits } from './signature.ts'
import type { ModelSource } from './source.ts'
import { openQuestions, severalLabels } from './tabular.ts'
import { Unreadable } from './unreadable.ts'

/** Losses of models that answer several labels for each row. */
const SEVERAL_LABELS = /^Multi(Logloss|CrossEntropy)$/

/** One column of a CatBoost model, as both of its formats have it. */
export interface CatboostColumn {
  readonly name: string
  /** Its place among all columns. */
  readonly index: number
  readonly isNumber: boolean
  /** Where the trees split it; small values first. */
  readonly borders: readonly number[]
}

export async function readCatboostCbm(source: ModelSource): Promise<Signature> {
  const { columns, info, dimension } = await readCbm(source)
  const json = (key: string) => parsed(info.get(key))
  return describeCatboost('catboost-cbm', columns, dimension, {
    class_params: json('class_params'),
    params: json('params'),
    catboost_version_info: info.get('catboost_version_info'),
  })
}

export async function readCatboostJson(source: ModelSource): Promise<Signature> {
  const document = await pickJson(source, {
    features_info: { float_features: true, categorical_features: true },
    model_info: { class_params: true, params: true, catboost_version_info: true },
    scale_and_bias: true,
  })
  const columns = [
    ...listAt(document, 'features_info', 'float_features').map((feature) => columnOf(feature, true)),
    ...listAt(document, 'features_info', 'categorical_features').map((feature) => columnOf(feature, false)),
  ]
  const dimension = listAt(document, 'scale_and_bias', 1).length
  const model = dig(document, 'model_info')
  return describeCatboost('catboost-json', columns, Math.max(dimension, 1), {
    class_params: parsed(dig(model, 'class_params')),
    params: parsed(dig(model, 'params')),
    catboost_version_info: textAt(model, 'catboost_version_info') ?? undefined,
  })
}

function columnOf(feature: unknown, isNumber: boolean): CatboostColumn {
  const index = dig(feature, 'flat_feature_index')
  if (typeof index !== 'number') throw new Unreadable('is a damaged CatBoost model: a feature has no index')
  const borders = listAt(feature, 'borders').filter((border) => typeof border === 'number')
  return { name: textAt(feature, 'feature_id') ?? '', index, isNumber, borders }
}

/** In a `.cbm` each is a text of JSON, in JSON an object. */
function parsed(value: unknown): unknown {
  return typeof value === 'string' && value !== '' ? parseJson(value, 'a description in it') : value
}

interface ModelInfo {
  readonly class_params: unknown
  readonly params: unknown
  readonly catboost_version_info: string | undefined
}

function describeCatboost(
  format: Signature['format'],
  columns: readonly CatboostColumn[],
  dimension: number,
  info: ModelInfo,
): Signature {
  const ordered = columns.toSorted((a, b) => a.index - b.index)
  const count = (ordered.at(-1)?.index ?? -1) + 1
  if (count < 1 || count > 1_000_000) throw new Unreadable('is a damaged CatBoost model: it has no features')
  const features = featuresOf(ordered, count)
  const loss = lossOf(info.params)
  const classes = classesOf(info.class_params)
  const { task, traits } = answerOf(loss, classes, dimension)
  return {
    format,
    framework: { name: 'catboost', version: versionOf(info.catboost_version_info ?? '') },
    modelType: 'tabular',
    task,
    inputs: [
      {
        name: 'data',
        dtype: ordered.every(({ isNumber }) => isNumber) ? 'float32' : 'object',
        shape: [null, count],
      },
    ],
    outputs: [
      {
        name: 'predict',
        dtype: task === 'classification' ? 'object' : 'float64',
        shape: dimension > 1 ? [null, dimension] : [null],
      },
    ],
    features,
    classes: task === 'regression' ? null : classes,
    unknown: openQuestions({ task, features, classes }),
    warnings: SEVERAL_LABELS.test(loss) ? [severalLabels('CatBoost', dimension)] : [],
    traits: { featureCount: count, ...traits },
  }
}

/** Unnamed features are called by their index, which is a name that the library made up: it counts. */
function featuresOf(ordered: readonly CatboostColumn[], count: number): Feature[] | null {
  const isComplete = ordered.length === count && ordered.every(({ index }, position) => index === position)
  if (!isComplete || ordered.some(({ name }) => name === '')) return null
  return ordered.map(({ name, isNumber, borders }) => {
    const range = [borders[0], borders.at(-1)] as const
    const hasRange = range.every((bound) => bound !== undefined && Number.isFinite(bound))
    return {
      name,
      dtype: isNumber ? 'number' : 'category',
      ...(isNumber && hasRange && { range: range as [number, number] }),
    }
  })
}

/** `params` nests the loss one level deeper in some versions. */
function lossOf(params: unknown): string {
  const loss = dig(params, 'loss_function') ?? dig(params, 'flat_params', 'loss_function')
  return (textAt(loss, 'type') ?? (typeof loss === 'string' ? loss : '')).split(':')[0] ?? ''
}

function classesOf(parameters: unknown): Label[] | null {
  const names = labelsIn(dig(parameters, 'class_names'))
  const labels = names && names.length > 0 ? names : labelsIn(dig(parameters, 'class_to_label'))
  if (!labels || labels.length < 2) return null
  const type = textAt(parameters, 'class_label_type')
  if (type === 'Integer' || type === 'Float') return labels.map(Number)
  if (type === 'Bool') return labels.map((label) => /^(true|1)$/i.test(String(label)))
  return labels
}

function answerOf(
  loss: string,
  classes: readonly Label[] | null,
  dimension: number,
): { task: Task | null; traits: Traits } {
  if (/^(Logloss|CrossEntropy|MultiClass|MultiClassOneVsAll|Focal)$/.test(loss) || (loss === '' && classes)) {
    const classCount = classes?.length ?? Math.max(dimension, 2)
    // One against all the others: each score is a probability, but they do not sum to 1.
    const probabilities = loss !== 'MultiClassOneVsAll'
    return { task: 'classification', traits: { probabilities, classCount } }
  }
  if (loss === '' || SEVERAL_LABELS.test(loss)) return { task: null, traits: {} }
  return { task: 'regression', traits: dimension > 1 ? { targets: dimension } : {} }
}

function versionOf(text: string): string | null {
  return /(?:tags\/v|CatBoost release )(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1] ?? null
}
