import { readLightgbm } from './lightgbm.ts'
import { bytesOf, labelsOf, numberOf } from './numpy.ts'
import { attribute, type Call, isNode, itemsOf, type Piece, type Value } from './pickle.ts'
import type { Signature, TensorInfo } from './signature.ts'
import { dtypeOf } from './sklearn-answers.ts'
import { isCall, shortName } from './sklearn-columns.ts'
import { inMemory, type ModelSource, part } from './source.ts'
import { openQuestions } from './tabular.ts'
import { Unreadable } from './unreadable.ts'
import { readPickledXgboost } from './xgboost.ts'

/** LightGBM's and XGBoost's wrappers hold the whole model in their own format: that is read, where it stands. */
export async function readBooster(
  model: Call,
  source: ModelSource,
  format: Signature['format'],
): Promise<Signature | null> {
  const library = /^(lightgbm|xgboost)\./.exec(model.name)?.[1]
  if (!library) return null
  const isBooster = shortName(model) === 'Booster'
  const booster = isBooster ? model : attribute(model, '_Booster')
  const handle = attribute(booster, '_handle') ?? attribute(booster, 'handle')
  const content = contentOf(handle, source)
  if (!isBooster && (booster === undefined || booster === null)) {
    throw new Unreadable(
      `holds a ${shortName(model)} that was never fitted`,
      'Call fit before saving it.',
      'not-fitted',
    )
  }
  if (!content) {
    throw new Unreadable(
      `holds a ${shortName(model)} whose model cannot be read from a pickle`,
      'Save the booster in its own format: booster.save_model(…).',
    )
  }
  const signature =
    library === 'lightgbm' ? await readLightgbm(content, format) : await readPickledXgboost(content, format)
  return isBooster ? signature : withWrapper(signature, model)
}

/** A short text or bytearray is in the pickle's nodes; a long one is still in the file. */
function contentOf(handle: Value | undefined, source: ModelSource): ModelSource | null {
  if (typeof handle === 'string') return inMemory(source.path, Buffer.from(handle, 'utf8'))
  const piece = pieceOf(handle)
  if (piece) return part(source, piece.at, piece.length)
  const bytes = bytesOf(handle)
  return bytes ? inMemory(source.path, bytes) : null
}

function pieceOf(handle: Value | undefined): Piece | null {
  if (!isNode(handle)) return null
  if (handle.kind === 'bytes' || handle.kind === 'text') return handle
  const inner = isCall(handle) && /bytearray$/.test(handle.name) ? itemsOf(handle.args)?.[0] : undefined
  return isNode(inner) && inner.kind === 'bytes' ? inner : null
}

/** The wrapper answers labels, and LightGBM's knows them; XGBoost's are 0 to K-1 whatever was trained on. */
function withWrapper(signature: Signature, model: Call): Signature {
  const { task, traits } = signature
  const own = attribute(model, '_classes')
  const classes = task === 'classification' ? labelsOf(own) : null
  const classCount = classes?.length ?? numberOf(attribute(model, 'n_classes_')) ?? traits.classCount
  const label: TensorInfo = {
    name: 'predict',
    dtype: classes ? dtypeOf(own) : task === 'classification' ? 'int64' : 'float64',
    shape: traits.targets === undefined ? [null] : [null, traits.targets],
  }
  const probabilities: TensorInfo = {
    name: 'predict_proba',
    dtype: 'float64',
    shape: [null, classCount ?? null],
  }
  const sklearnVersion = attribute(attribute(model, '_le'), '_sklearn_version')
  return {
    ...signature,
    classes,
    outputs: task === 'classification' ? [label, probabilities] : [label],
    unknown: openQuestions({ task, features: signature.features, classes }),
    traits: {
      ...traits,
      estimator: shortName(model),
      ...(task === 'classification' && { probabilities: true }),
      ...(classCount !== undefined && { classCount }),
      // scikit-learn's own base class and label encoder are in the pickle.
      alsoNeeds: ['sklearn'],
      ...(typeof sklearnVersion === 'string' && { sklearnVersion }),
    },
  }
}
