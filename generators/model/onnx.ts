import type { Warning } from '../problem.ts'
import { imageQuestions, normalisationOf } from './image.ts'
import { EXPORTED_AS, type Exported, readExported } from './onnx-exported.ts'
import { type OnnxGraph, type OnnxModel, type OnnxNode, type OnnxValue, readModel } from './onnx-graph.ts'
import { Protobuf } from './protobuf.ts'
import type { Feature, Label, Signature, Task, TensorInfo, Traits } from './signature.ts'
import type { ModelSource } from './source.ts'
import {
  featureCountOf,
  isNamedColumns,
  layoutOf,
  listOf,
  modelTypeOf,
  numbers,
  openQuestions,
} from './tabular.ts'
import { Unreadable } from './unreadable.ts'

/** Measured by loading: no ONNX Runtime up to 1.31 takes more (MODEL-FORMATS: version gate). */
const NEWEST_IR_VERSION = 13
const NEWEST_OPSET = 26

const KNOWN_DOMAINS = /^$|^ai\.onnx(\.|$)|^com\.microsoft(\.|$)/

export async function readOnnx(source: ModelSource): Promise<Signature> {
  const model = await readModel(new Protobuf(source), source.bytes)
  const { graph } = model
  // Random bytes sometimes parse as protobuf: a graph and an opset are demanded.
  if (!graph || model.opsets.size === 0 || graph.outputs.length === 0) {
    throw new Unreadable('is not a complete ONNX model: it has no graph or names no operator set')
  }
  const inputs = graph.inputs.filter(({ name }) => !graph.constants.has(name))
  if (inputs.length === 0) throw new Unreadable('is an ONNX model without inputs')
  const modelType = modelTypeOf(inputs)
  const featureCount = featureCountOf(inputs)
  const exported = readExported(model.metadata.get(EXPORTED_AS) ?? '', featureCount)
  const answer = exported ? exportedAnswer(exported, graph) : answerOf(graph, model)
  const features = modelType === 'tabular' ? (exported?.features ?? featuresOf(inputs, graph, model)) : null
  const layout = layoutOf(inputs)
  const opset = model.opsets.get('')
  return {
    format: 'onnx',
    framework: { name: 'onnx', version: null },
    modelType,
    task: answer.task,
    inputs: inputs.map(tensorInfo),
    outputs: graph.outputs.map(tensorInfo),
    features,
    classes: answer.classes,
    unknown: [
      // A tensor model passes tensors through: nobody has to name what they mean.
      ...(modelType === 'tensor' ? [] : openQuestions({ ...answer, features: layout ? [] : features })),
      ...(layout ? imageQuestions(layout, inputs[0]?.dtype ?? '', model.metadata) : []),
    ],
    warnings: [...versionWarnings(model), ...externalWarnings(graph), ...domainWarnings(graph)],
    traits: {
      ...answer.traits,
      ...(featureCount !== null && { featureCount }),
      ...(isNamedColumns(inputs) && { namedInputs: true }),
      ...(layout && { image: { ...layout, ...normalisationOf(model.metadata) } }),
      irVersion: model.irVersion,
      ...(opset !== undefined && { opset }),
    },
  }
}

function tensorInfo({ name, dtype, shape }: OnnxValue): TensorInfo {
  return { name, dtype, shape }
}

// ---- features

function featuresOf(inputs: readonly OnnxValue[], graph: OnnxGraph, model: OnnxModel): Feature[] | null {
  if (isNamedColumns(inputs)) return inputs.map((input) => columnOf(input, graph))
  const count = featureCountOf(inputs)
  for (const key of ['feature_names', 'features', 'feature_names_in', 'columns', 'input_features']) {
    const names = listOf(model.metadata.get(key) ?? '')
    if (names?.length === count && names.every((name) => typeof name === 'string')) return numbers(names)
  }
  return null
}

function columnOf({ name, dtype }: OnnxValue, graph: OnnxGraph): Feature {
  const categories = categoriesOf(name, graph)
  if (categories) return { name, dtype: 'category', categories }
  if (dtype === 'str') return { name, dtype: 'string' }
  return { name, dtype: dtype === 'bool' ? 'boolean' : 'number' }
}

/** Only where the column goes into the encoder as it is: after a Concat, one cannot tell which column has which. */
function categoriesOf(name: string, graph: OnnxGraph): Label[] | null {
  let column = name
  for (let steps = 0; steps < 10; steps++) {
    const users = graph.nodes.filter(({ inputs }) => inputs.includes(column))
    const [user] = users
    if (users.length !== 1 || !user) return null
    if (user.op === 'OneHotEncoder' && user.domain === 'ai.onnx.ml') {
      return user.attributes.get('cats_strings') ?? user.attributes.get('cats_int64s') ?? null
    }
    if (!PASSES_ON.has(user.op)) return null
    column = user.outputs[0] ?? ''
  }
  return null
}

// ---- what the model answers

interface Answer {
  readonly task: Task | null
  readonly classes: Label[] | null
  readonly traits: Traits
}

function exportedAnswer({ task, classes }: Exported, { outputs }: OnnxGraph): Answer {
  const isNumber = ({ dtype }: OnnxValue) => dtype === 'float32'
  const scores = outputs.find(isNumber)?.name
  const label = outputs.find((output) => !isNumber(output))?.name
  if (task === 'regression') {
    const targets = outputs[0]?.shape?.[1]
    return { task, classes: null, traits: typeof targets === 'number' && targets > 1 ? { targets } : {} }
  }
  return {
    task,
    classes,
    traits: {
      ...(label !== undefined && { labelOutput: label }),
      ...(scores !== undefined && { scoresOutput: scores }),
      probabilities: scores !== undefined,
    },
  }
}

/** Operators that hand on their first input: labels and scores keep their meaning through them. */
const PASSES_ON = new Set([
  'Identity',
  'Cast',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Dropout',
  'StringNormalizer',
])
const KEEPS_SCORES = new Set([...PASSES_ON, 'Normalizer', 'Mul', 'Transpose'])

function answerOf(graph: OnnxGraph, model: OnnxModel): Answer {
  const { outputs } = graph
  const producer = producers(graph)
  const zipmap = graph.nodes.find(({ op }) => op === 'ZipMap')
  const label = outputs.find((output) => isLabelOutput(output, producer))
  const list = outputs.find(({ kind }) => kind === 'sequence')
  const scores = outputs.filter(
    (output) => output.kind === 'tensor' && /^(b?float|double)/.test(output.dtype),
  )
  const made = scores
    .map(({ name }) => follow(name, producer, KEEPS_SCORES))
    .find((node) => labelsOf(node) !== null)
  // Of the classifiers inside an ensemble, none but the last has the labels that are answered.
  const classes =
    labelsOf(zipmap) ??
    (label && tracedLabels(label.name, producer, graph)) ??
    (label ? null : labelsOf(made)) ??
    listedClasses(model)

  if (list || label) {
    const columns = list ? [] : scoreColumns(scores, classes)
    const table =
      columns.length > 0 ? undefined : scores.find(({ shape }) => shape === null || shape.length === 2)
    const scoresOutput = list?.name ?? table?.name
    const fromScores = scoresOutput ?? columns[0]
    return {
      task: 'classification',
      classes,
      traits: {
        ...(label && { labelOutput: label.name }),
        ...(scoresOutput !== undefined && { scoresOutput }),
        ...(list && { zipmap: true }),
        ...(columns.length > 0 && { scoreColumns: columns }),
        probabilities: fromScores !== undefined && !isMargin(fromScores, producer),
      },
    }
  }
  const [only] = scores
  if (outputs.length !== 1 || !only) return { task: classes ? 'classification' : null, classes, traits: {} }
  return scoresOnly(only, classes, producer)
}

/** One output of numbers: scores of classes, or the values of a regression. */
function scoresOnly(output: OnnxValue, classes: Label[] | null, producer: Map<string, OnnxNode>): Answer {
  const last = follow(output.name, producer, PASSES_ON)
  const scores = follow(output.name, producer, KEEPS_SCORES)
  const width = output.shape?.length === 2 ? output.shape[1] : output.shape?.length === 1 ? 1 : null
  if (scores && /^(TreeEnsemble|Linear|SVM)Regressor$/.test(scores.op) && !classes) {
    // skl2onnx declares one column for a forest of several targets.
    const [count] = scores.attributes.get('n_targets') ?? scores.attributes.get('targets') ?? [width]
    return {
      task: 'regression',
      classes: null,
      traits: typeof count === 'number' && count > 1 ? { targets: count } : {},
    }
  }
  if (scores?.op.endsWith('Classifier')) {
    return {
      task: 'classification',
      classes,
      traits: { scoresOutput: output.name, probabilities: !isMargin(output.name, producer) },
    }
  }
  const traits: Traits = { scoresOutput: output.name, probabilities: true }
  if (last && /^(Softmax|Sigmoid)$/.test(last.op)) return { task: 'classification', classes, traits }
  // LogSoftmax too: softmax of it gives the probabilities back.
  const normalise = width === 1 ? 'sigmoid' : 'softmax'
  return { task: classes ? 'classification' : null, classes, traits: { ...traits, normalise } }
}

function producers(graph: OnnxGraph): Map<string, OnnxNode> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
}

/** The operator that made a value, behind those that only hand it on. */
function follow(
  name: string,
  producer: Map<string, OnnxNode>,
  through: ReadonlySet<string>,
): OnnxNode | null {
  let node = producer.get(name)
  for (let steps = 0; node && through.has(node.op) && steps < 20; steps++)
    node = producer.get(node.inputs[0] ?? '')
  return node ?? null
}

function isLabelOutput({ name, kind, dtype, shape }: OnnxValue, producer: Map<string, OnnxNode>): boolean {
  if (kind !== 'tensor' || !/^(str|bool|u?int\d+)$/.test(dtype)) return false
  const isOneEach = shape === null || shape.length <= 1 || (shape.length === 2 && shape[1] === 1)
  const maker = follow(name, producer, PASSES_ON)
  return isOneEach && maker !== null && (LABEL_MAKERS.has(maker.op) || /Classifier$/.test(maker.op))
}

const LABEL_MAKERS = new Set([
  'ArrayFeatureExtractor',
  'Gather',
  'GatherElements',
  'ArgMax',
  'TopK',
  'LabelEncoder',
  'Where',
  'Greater',
  'GreaterOrEqual',
  'ZipMap',
])

function tracedLabels(name: string, producer: Map<string, OnnxNode>, graph: OnnxGraph): Label[] | null {
  const maker = follow(name, producer, PASSES_ON)
  if (!maker) return null
  if (maker.op === 'ArrayFeatureExtractor' || maker.op === 'Gather') {
    const values = graph.constants.get(maker.inputs[0] ?? '')?.values ?? []
    return values.length > 1 ? [...values] : null
  }
  if (maker.op === 'LabelEncoder')
    return maker.attributes.get('values_strings') ?? maker.attributes.get('values_int64s') ?? null
  return labelsOf(maker)
}

function labelsOf(node: OnnxNode | null | undefined): Label[] | null {
  for (const name of ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints']) {
    const labels = node?.attributes.get(name)
    if (labels && labels.length > 0) return labels
  }
  return null
}

/** A custom of exporters, not a standard. */
function listedClasses({ metadata }: OnnxModel): Label[] | null {
  for (const key of ['classes', 'labels', 'class_names', 'classnames', 'names', 'class_labels', 'id2label']) {
    const classes = listOf(metadata.get(key) ?? '')
    if (classes) return classes
  }
  return null
}

/** `zipmap='columns'`: one output for each class, in their order. */
function scoreColumns(scores: readonly OnnxValue[], classes: readonly Label[] | null): string[] {
  const isColumn = ({ shape }: OnnxValue) => shape !== null && (shape.length === 1 || shape[1] === 1)
  return classes && classes.length > 1 && scores.length === classes.length && scores.every(isColumn)
    ? scores.map(({ name }) => name)
    : []
}

/** Distances from a border, not probabilities: LinearSVC, RidgeClassifier, SVC without `probability`. */
function isMargin(name: string, producer: Map<string, OnnxNode>): boolean {
  const maker = follow(name, producer, new Set([...KEEPS_SCORES, 'ZipMap', 'ArrayFeatureExtractor']))
  if (maker?.op === 'LinearClassifier')
    return (maker.attributes.get('post_transform')?.[0] ?? 'NONE') === 'NONE'
  if (maker?.op === 'SVMClassifier') return !maker.attributes.has('prob_a')
  // A sum of products that nothing squeezes into 0 to 1.
  return maker !== null && /^(Add|Sub|Neg|MatMul|Gemm)$/.test(maker.op)
}

// ---- warnings

function versionWarnings({ irVersion, opsets }: OnnxModel): Warning[] {
  const opset = opsets.get('') ?? 0
  if (irVersion <= NEWEST_IR_VERSION && opset <= NEWEST_OPSET) return []
  const found = irVersion > NEWEST_IR_VERSION ? `IR version ${irVersion}` : `opset ${opset}`
  return [
    {
      code: 'unsupported-format',
      message:
        `This ONNX file has ${found}, which no ONNX Runtime loads today.\n` +
        `Export it again with ir_version <= ${NEWEST_IR_VERSION} and opset <= ${NEWEST_OPSET}.`,
    },
  ]
}

function externalWarnings({ externalFiles }: OnnxGraph): Warning[] {
  if (externalFiles.size === 0) return []
  // A name only: exporters leave whole paths of the author's machine here.
  const names = [...externalFiles].slice(0, 3).map((file) => file.split(/[\\/]/).at(-1) || 'another file')
  return [
    {
      code: 'unsupported-format',
      message:
        `The weights of this model are in another file (${names.join(', ')}), not in this one.\nMake it one file: ` +
        'onnx.save_model(onnx.load("model.onnx"), "whole.onnx", save_as_external_data=False).',
    },
  ]
}

function domainWarnings({ nodes }: OnnxGraph): Warning[] {
  const domains = new Set(nodes.map(({ domain }) => domain).filter((domain) => !KNOWN_DOMAINS.test(domain)))
  if (domains.size === 0) return []
  const names = [...domains].slice(0, 5).join(', ')
  return [
    {
      code: 'custom-operators',
      message: `The model uses operators of its own (${names}): ONNX Runtime loads it only if they are functions inside the file.`,
    },
  ]
}
