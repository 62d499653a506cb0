import { labelsIn, parseJson } from './archive.ts'
import type { Feature, Label, Signature, Task, Traits } from './signature.ts'
import type { ModelSource } from './source.ts'
import { openQuestions } from './tabular.ts'
import { Unreadable } from './unreadable.ts'

const LONGEST_HEADER = 16 << 20
const LONGEST_TAIL = 4 << 20

export function looksLikeLightgbm(head: Buffer): boolean {
  return /^tree\r?\n(?:.*\r?\n)*?version=v/.test(head.toString('latin1', 0, 200))
}

/** LightGBM's text: `key=value` up to the first tree; categories and parameters after the last. */
export async function readLightgbm(
  source: ModelSource,
  format: Signature['format'] = 'lightgbm-text',
): Promise<Signature> {
  const header = keysIn(await headerOf(source))
  const count = Number(header.get('max_feature_idx')) + 1
  if (!Number.isInteger(count) || count < 1)
    throw new Unreadable('is a damaged LightGBM model: max_feature_idx is missing')
  const names = header.get('feature_names')?.split(' ') ?? []
  const infos = header.get('feature_infos')?.split(' ') ?? []
  const tail = await tailOf(source)
  const features = names.length === count ? featuresOf(names, infos, tail) : null
  const { task, traits, width } = objectiveOf(
    header.get('objective') ?? '',
    Number(header.get('num_class') ?? 1),
  )
  return {
    format,
    // Only the format's version stands in the file.
    framework: { name: 'lightgbm', version: null },
    modelType: 'tabular',
    task,
    inputs: [{ name: 'data', dtype: 'float64', shape: [null, count] }],
    outputs: [{ name: 'predict', dtype: 'float64', shape: width > 1 ? [null, width] : [null] }],
    features,
    classes: null,
    unknown: openQuestions({ task, features, classes: null }),
    warnings: [],
    traits: { featureCount: count, ...traits },
  }
}

/** Read in growing steps: the names of ten thousand columns need more than those of twelve. */
async function headerOf(source: ModelSource): Promise<string> {
  for (let length = 1 << 14; ; length *= 8) {
    const text = (await source.read(0, Math.min(length, LONGEST_HEADER))).toString('utf8')
    const end = text.search(/\r?\n(Tree=|end of trees)/)
    if (end >= 0) return text.slice(0, end)
    if (length >= source.bytes || length >= LONGEST_HEADER)
      throw new Unreadable('is a damaged LightGBM model: it has no trees')
  }
}

async function tailOf(source: ModelSource): Promise<string> {
  for (let length = 1 << 16; ; length *= 8) {
    const wanted = Math.min(length, LONGEST_TAIL, source.bytes)
    const text = (await source.read(source.bytes - wanted, wanted)).toString('utf8')
    const start = text.lastIndexOf('\nend of trees')
    if (start >= 0) return wholeTail(text.slice(start))
    if (wanted < length)
      throw new Unreadable('is a LightGBM model that is cut off: "end of trees" is missing')
  }
}

/** pandas' categories come last: what is lost with them would turn words into codes. */
function wholeTail(tail: string): string {
  if (/\nparameters:/.test(tail) && !/\nend of parameters/.test(tail))
    throw new Unreadable('is a LightGBM model that is cut off: "end of parameters" is missing')
  return tail
}

function keysIn(header: string): Map<string, string> {
  const lines = header.split(/\r?\n/).map((line) => /^(\w+)=(.*)$/.exec(line))
  return new Map(lines.flatMap((line) => (line ? [[line[1] ?? '', line[2] ?? ''] as const] : [])))
}

function objectiveOf(
  objective: string,
  classCount: number,
): { task: Task | null; traits: Traits; width: number } {
  const [name = ''] = objective.split(' ')
  if (/^(binary|multiclass|multiclassova|softmax|multiclass_ova)$/.test(name)) {
    const count = name === 'binary' ? 2 : classCount
    // One against all the others: each score is a probability, but they do not sum to 1.
    const probabilities = !/ova$/.test(name)
    return {
      task: 'classification',
      traits: { probabilities, classCount: count },
      width: name === 'binary' ? 1 : classCount,
    }
  }
  if (
    /^(regression|regression_l1|huber|fair|poisson|quantile|mape|gamma|tweedie|cross_entropy|cross_entropy_lambda|lambdarank|rank_xendcg)$/.test(
      name,
    )
  ) {
    return { task: 'regression', traits: {}, width: 1 }
  }
  return { task: null, traits: {}, width: Math.max(classCount, 1) }
}

/** `[min:max]` is the range in the training data, `-1:2:5` are codes of categories, `none` was not used. */
function featuresOf(names: readonly string[], infos: readonly string[], tail: string): Feature[] {
  const levels = levelsByColumn(infos, tail)
  return names.map((name, index) => {
    const categories = levels.get(index)
    if (categories) return { name, dtype: 'category', categories }
    const range = rangeOf(infos[index] ?? '')
    return { name, dtype: 'number', ...(range && { range }) }
  })
}

/** pandas' categories stand in the order of the category columns; without them a category is a number, its code. */
function levelsByColumn(infos: readonly string[], tail: string): Map<number, Label[]> {
  const lists = parsed(/^pandas_categorical:(.*)$/m.exec(tail)?.[1] ?? 'null')
  const listed =
    /^\[categorical_feature: ([\d,]*)\]/m.exec(tail)?.[1]?.split(',').filter(Boolean).map(Number) ?? []
  const coded = infos.flatMap((info, index) => (/^-?\d+(:-?\d+)*$/.test(info) ? [index] : []))
  const columns = [listed, coded].find(({ length }) => length === lists.length) ?? []
  return new Map(
    columns
      .toSorted((a, b) => a - b)
      .flatMap((column, index) => {
        const labels = labelsIn(lists[index])
        return labels && labels.length > 0 ? [[column, labels] as const] : []
      }),
  )
}

function parsed(text: string): readonly unknown[] {
  const value = parseJson(text, 'pandas_categorical')
  return Array.isArray(value) ? value : []
}

function rangeOf(info: string): [number, number] | null {
  const bounds =
    /^\[(.+):(.+)\]$/.exec(info)?.slice(1).map(Number) ??
    info
      .split(':')
      .map((code) => (code === '' ? Number.NaN : Number(code)))
      .filter((code) => code >= 0)
  const [low, high] = [Math.min(...bounds.slice(0, 10_000)), Math.max(...bounds.slice(0, 10_000))]
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null
}
