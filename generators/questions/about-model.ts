import type { Label } from '../model/signature.ts'
import { tensorObjection } from '../model/tensor.ts'
import { onnxRemark } from '../platform/converters.ts'
import { jsonList, splitList } from './parse.ts'
import { hasModel, type Known, predicts, question } from './question.ts'

export const model = question({
  name: 'model',
  kind: 'file',
  placeholder: 'FILE',
  help: 'the trained model: a path, s3://bucket/key or gs://bucket/object (without it: a small demo model)',
  ask: 'Where is the trained model file?',
  default: () => ({ value: null }),
})

export const modelType = question({
  name: 'model-type',
  kind: 'choice',
  help: 'what goes in',
  choices: {
    tabular: 'rows of named features',
    image: 'pictures',
    tensor: 'tensors, by the Open Inference Protocol; any ONNX model can be served so',
    echo: 'anything: it comes back; no model, to prove the plumbing',
  },
  fromModel: ({ signature }) => signature?.modelType,
  alsoFits: (type, { signature }) => type === 'tensor' && signature?.framework.name === 'onnx',
  default: () => ({ value: 'tabular' }),
  check: (type, { signature }) => {
    const objection = type === 'tensor' && signature ? tensorObjection(signature) : null
    if (!objection) return null
    const [message, fix] = objection
    return { message: `--model-type tensor: the model ${message}`, fix }
  },
})

export const framework = question({
  name: 'framework',
  kind: 'choice',
  help: 'what runs the model',
  choices: {
    onnx: 'ONNX Runtime',
    sklearn: 'scikit-learn',
    lightgbm: 'LightGBM',
    xgboost: 'XGBoost',
    catboost: 'CatBoost',
    keras: 'Keras',
    pytorch: 'PyTorch, of a TorchScript file',
  },
  when: hasModel,
  otherwise: null,
  fromModel: ({ signature }) => signature?.framework.name,
  remark: ({ signature }) => (signature ? onnxRemark(signature) : undefined),
  default: () => ({ value: 'onnx' }),
})

export const task = question({
  name: 'task',
  kind: 'choice',
  help: 'what the model tells, where its file does not say',
  ask: 'What does the model tell?',
  choices: { classification: 'one of some classes', regression: 'a number' },
  when: predicts,
  otherwise: null,
  fromModel: ({ signature }) => signature?.task ?? undefined,
  default: ({ isGiven }) =>
    isGiven('classes')
      ? { value: 'classification', reason: '--classes means classification' }
      : { value: 'regression', reason: 'the file holds no classes' },
})

export const output = question({
  name: 'output',
  kind: 'choice',
  help: 'what the scores of a classifier are, where its file does not say',
  ask: "What are the model's scores?",
  choices: { probabilities: 'probabilities, each row sums to 1', logits: 'logits, to be normalised' },
  when: (known) => known.answers.task === 'classification' && scoresAreBare(known),
  otherwise: null,
  default: ({ signature }) => ({
    value: signature?.framework.name === 'pytorch' ? 'logits' : 'probabilities',
  }),
})

/** A classifier that gives a tensor of scores and no label: a network, not a converted pipeline. */
function scoresAreBare({ signature }: Known): boolean {
  // Normalised at its end, or in a part that is not looked into: only the former is known.
  if (signature?.framework.name === 'pytorch') return signature.traits.normalise !== undefined
  if (signature?.framework.name !== 'onnx') return false
  return signature.task !== 'classification' || signature.unknown.includes('output')
}

export const features = question({
  name: 'features',
  kind: 'list',
  placeholder: 'NAMES',
  help: "the features' names in the model's order, comma-separated or @file, where the file holds none",
  ask: "What are the features' names, in the model's order?",
  when: ({ answers }) => answers['model-type'] === 'tabular',
  otherwise: [],
  fromModel: ({ signature }) => signature?.features?.map((feature) => feature.name),
  default: (known) =>
    known.caseNames && (known.caseNames.length === featureCount(known) || featureCount(known) === 0)
      ? { value: known.caseNames, reason: 'the file holds no names; these are the names in --cases' }
      : { value: numbered(featureCount(known)), reason: 'the file holds no names' },
  parse: splitList,
  check: (names, known) => {
    const expected = featureCount(known)
    if (names.length === 0 && known.signature) {
      return {
        message: 'How many features the model takes is not in its file.',
        fix: 'Give --features NAMES, in the order in which the model was trained.',
      }
    }
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (names.some((name) => name === '')) {
      return {
        message: `--features holds an empty name: ${JSON.stringify(names)}.`,
        fix: 'Give each feature a name.',
      }
    }
    if (twice !== undefined) {
      return {
        message: `--features names ${JSON.stringify(twice)} twice.`,
        fix: 'Give each feature its own name.',
      }
    }
    // What an object of the user's own makes of its input is its own affair.
    if (expected === 0 || names.length === expected || known.signature?.traits.inOwnObject) return null
    return {
      message: `--features names ${names.length} features, but the model takes ${expected}.`,
      fix: `Give ${expected} names, in the order in which the model was trained.`,
    }
  },
})

export function featureCount({ signature }: Pick<Known, 'signature'>): number {
  return signature?.features?.length ?? signature?.traits.featureCount ?? 0
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `feature_${index + 1}`)
}

export const classes = question({
  name: 'classes',
  kind: 'list',
  placeholder: 'LABELS',
  help: 'the labels in the order of the probabilities, comma-separated or @file, where the file holds none',
  ask: 'What are the classes, in the order of the probabilities?',
  when: ({ answers }) => answers.task === 'classification',
  otherwise: null,
  fromModel: ({ signature }) => signature?.classes ?? undefined,
  default: (known) => ({
    value: Array.from({ length: classCount(known) }, (_, index) => index),
    reason: 'the file holds no labels',
  }),
  parse: (text) => jsonList(text) ?? splitList(text).map(label),
  check: (labels, known) => {
    const expected = known.signature?.classes?.length ?? scoreCount(known)
    const twice = labels?.find((one, index) => labels.indexOf(one) !== index)
    if (twice !== undefined) {
      return {
        message: `--classes names ${JSON.stringify(twice)} twice.`,
        fix: 'Give each class its own label.',
      }
    }
    if (!expected || expected === 1 || labels?.length === expected) return null
    return {
      message: `--classes names ${labels?.length} classes, but the model tells ${expected} apart.`,
      fix: `Give ${expected} labels, in the order of the probabilities.`,
    }
  },
})

function classCount(known: Known): number {
  return Math.max(2, scoreCount(known) ?? 2)
}

/** How many classes the file tells apart, or else how many scores the model gives for a row. */
function scoreCount({ signature }: Known): number | undefined {
  if (signature?.traits.classCount !== undefined) return signature.traits.classCount
  const width = signature?.outputs.find((output) => output.dtype.startsWith('float'))?.shape?.[1]
  return typeof width === 'number' ? width : undefined
}

/** Labels that are JSON integers or booleans have that type; all else is text. */
export function label(text: string): Label {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text
}

export const cases = question({
  name: 'cases',
  kind: 'file',
  placeholder: 'FILE',
  help: 'golden predictions, {"inputs": […], "outputs": […]}: they become tests and samples',
  when: hasModel,
  otherwise: null,
  default: () => ({ value: null }),
})
