import { dig, listAt, textAt } from './archive.ts'
import { pickJson, type Wanted } from './json-pick.ts'
import { looksLikeUbj } from './marks.ts'
import type { Feature, Label, Signature, Task, Traits } from './signature.ts'
import type { ModelSource } from './source.ts'
import { openQuestions, severalLabels } from './tabular.ts'
import { pickUbj } from './ubj.ts'
import { Unreadable } from './unreadable.ts'

/** JSON and UBJ have one tree of keys; of the trees in it nothing is wanted. */
const WANTED: Wanted = {
  version: true,
  learner: {
    feature_names: true,
    feature_types: true,
    learner_model_param: true,
    objective: true,
    attributes: true,
    gradient_booster: { name: true, model: { cats: true }, gbtree: { model: { cats: true } } },
  },
}

export async function readXgboostJson(source: ModelSource): Promise<Signature> {
  return describeXgboost('xgboost-json', await pickJson(source, WANTED))
}

export async function readXgboostUbj(source: ModelSource): Promise<Signature> {
  return describeXgboost('xgboost-ubj', await pickUbj(source, WANTED))
}

/** A pickled booster's buffer holds its configuration beside the model; some versions write the model alone. */
export async function readPickledXgboost(
  source: ModelSource,
  format: Signature['format'],
): Promise<Signature> {
  const head = await source.read(0, 4)
  if (!looksLikeUbj(head) && head[0] !== 0x7b) {
    throw new Unreadable(
      "holds an XGBoost model in its old binary format, which today's versions do not load",
      'Load it with the XGBoost that wrote it: booster.save_model("model.ubj").',
    )
  }
  const wanted: Wanted = { ...WANTED, Model: WANTED }
  const document = looksLikeUbj(head) ? await pickUbj(source, wanted) : await pickJson(source, wanted)
  return describeXgboost(format, dig(document, 'Model') ?? document)
}

export function describeXgboost(format: Signature['format'], document: unknown): Signature {
  const learner = dig(document, 'learner')
  const count = Number(textAt(learner, 'learner_model_param', 'num_feature'))
  if (!Number.isInteger(count) || count < 0)
    throw new Unreadable('is no XGBoost model: it does not say how many features it has')
  const features = featuresOf(learner, count)
  const classCount = Number(textAt(learner, 'learner_model_param', 'num_class') ?? 0)
  const targets = Number(textAt(learner, 'learner_model_param', 'num_target') ?? 1)
  const isLinear = textAt(learner, 'gradient_booster', 'name') === 'gblinear'
  const { task, traits, width } = objectiveOf(textAt(learner, 'objective', 'name') ?? '', classCount, targets)
  return {
    format,
    framework: { name: 'xgboost', version: versionOf(document) },
    modelType: 'tabular',
    task,
    inputs: [{ name: 'data', dtype: 'float32', shape: [null, count] }],
    outputs: [{ name: 'predict', dtype: 'float32', shape: width > 1 ? [null, width] : [null] }],
    features,
    // Not even XGBClassifier writes its labels: they are 0 to K-1.
    classes: null,
    unknown: openQuestions({ task, features, classes: null }),
    warnings: task === 'classification' && targets > 1 ? [severalLabels('XGBoost', targets)] : [],
    traits: {
      featureCount: count,
      ...traits,
      ...(isLinear && { linear: true }),
    },
  }
}

function versionOf(document: unknown): string | null {
  const version = listAt(document, 'version')
  return version.length === 3 && version.every((part) => Number.isInteger(part)) ? version.join('.') : null
}

function objectiveOf(
  name: string,
  classCount: number,
  targets: number,
): { task: Task | null; traits: Traits; width: number } {
  if (name.startsWith('multi:')) {
    // softmax answers the class alone.
    const probabilities = name === 'multi:softprob'
    return {
      task: 'classification',
      traits: { probabilities, classCount },
      width: probabilities ? classCount : 1,
    }
  }
  if (name.startsWith('binary:')) {
    const probabilities = name !== 'binary:hinge'
    const normalise = name === 'binary:logitraw' ? ({ normalise: 'sigmoid' } as const) : {}
    return { task: 'classification', traits: { probabilities, classCount: 2, ...normalise }, width: 1 }
  }
  if (/^(reg|count|survival|rank):/.test(name)) {
    return { task: 'regression', traits: targets > 1 ? { targets } : {}, width: targets }
  }
  return { task: null, traits: {}, width: Math.max(targets, classCount, 1) }
}

function featuresOf(learner: unknown, count: number): Feature[] | null {
  const names = listAt(learner, 'feature_names')
  if (names.length !== count || count === 0 || !names.every((name) => typeof name === 'string')) return null
  const types = listAt(learner, 'feature_types')
  const levels =
    dig(learner, 'gradient_booster', 'model', 'cats') ??
    dig(learner, 'gradient_booster', 'gbtree', 'model', 'cats')
  return names.map((name, index) => ({ name, ...typeOf(types[index], levelsOf(dig(levels, 'enc', index))) }))
}

/** `c` without its levels is a code: a number. `i` marks what was true or false. */
function typeOf(type: unknown, levels: Label[]): Pick<Feature, 'dtype' | 'categories'> {
  if (type === 'c' && levels.length > 0) return { dtype: 'category', categories: levels }
  return { dtype: type === 'i' ? 'boolean' : 'number' }
}

/** Words as one run of UTF-8 with offsets (bytes are signed in JSON); numbers as they are. */
function levelsOf(encoded: unknown): Label[] {
  const values = listAt(encoded, 'values').map(Number)
  const offsets = listAt(encoded, 'offsets').map(Number)
  if (dig(encoded, 'offsets') === undefined) return values.every(Number.isFinite) ? values : []
  const text = Buffer.from(values.map((byte) => byte & 255))
  return offsets.slice(1).map((end, index) => text.toString('utf8', offsets[index], end))
}

const LONGEST_NAME = 100

/** The removed binary format: sizes at fixed places, no names; nothing today loads it. */
export async function readXgboostLegacy(source: ModelSource): Promise<Signature> {
  const head = await source.read(0, 0x94 + LONGEST_NAME)
  if (head.length < 0x94) throw new Unreadable('is damaged: an XGBoost file is cut off')
  const count = head.readUInt32LE(8)
  const classCount = head.readInt32LE(12)
  const length = Number(head.readBigUInt64LE(0x8c))
  const objective = length <= LONGEST_NAME ? head.toString('latin1', 0x94, 0x94 + length) : ''
  const param = { num_feature: String(count), num_class: String(classCount) }
  const signature = describeXgboost('xgboost-binary', {
    learner: { learner_model_param: param, objective: { name: objective } },
  })
  return {
    ...signature,
    warnings: [
      {
        code: 'unsupported-format',
        message:
          'This is the binary format that XGBoost removed: 3.1 and later do not load it.\n' +
          'Save it again with XGBoost 3.0: booster = xgboost.Booster(model_file="old.model"); booster.save_model("model.ubj")',
      },
    ],
  }
}
