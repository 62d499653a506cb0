import { imageQuestions } from './image.ts'
import { type Field, Protobuf } from './protobuf.ts'
import type { Dimension, Signature, TensorInfo } from './signature.ts'
import type { ModelSource } from './source.ts'
import { featureCountOf, layoutOf, modelTypeOf, openQuestions } from './tabular.ts'
import { Unreadable } from './unreadable.ts'

/** TensorFlow's numbers for types. */
const TYPES: Record<number, string> = {
  1: 'float32',
  2: 'float64',
  3: 'int32',
  4: 'uint8',
  5: 'int16',
  6: 'int8',
  7: 'str',
  9: 'int64',
  10: 'bool',
  14: 'bfloat16',
  19: 'float16',
}

interface ServingSignature {
  readonly name: string
  readonly inputs: TensorInfo[]
  readonly outputs: TensorInfo[]
}

/** `saved_model.pb` of a TensorFlow SavedModel: recognised, not served. */
export async function readSavedModel(source: ModelSource): Promise<Signature> {
  const protobuf = new Protobuf(source)
  let version: string | null = null
  const signatures: ServingSignature[] = []
  for await (const graph of protobuf.fields({ start: 0, end: source.bytes })) {
    if (graph.number !== 2 || graph.wire !== 'bytes') continue
    for await (const field of protobuf.fields(graph)) {
      if (field.wire !== 'bytes') continue
      if (field.number === 1) version ??= await versionIn(protobuf, field)
      else if (field.number === 5 && signatures.length < 100)
        signatures.push(await readEntry(protobuf, field))
    }
  }
  const usable = signatures.filter(({ name }) => name !== '__saved_model_init_op')
  const serving = usable.find(({ name }) => name === 'serving_default') ?? usable[0]
  if (!serving) throw new Unreadable('is a SavedModel without a signature to serve')
  const { inputs, outputs } = serving
  const modelType = modelTypeOf(inputs)
  const featureCount = featureCountOf(inputs)
  const layout = layoutOf(inputs)
  return {
    format: 'tf-saved-model',
    framework: { name: 'keras', version },
    modelType,
    task: null,
    inputs,
    outputs,
    features: null,
    classes: null,
    unknown: [
      ...(modelType === 'tensor'
        ? []
        : openQuestions({ task: null, features: modelType === 'tabular' ? null : [], classes: null })),
      ...(layout ? imageQuestions(layout, inputs[0]?.dtype ?? '') : []),
    ],
    warnings: [
      {
        code: 'unsupported-format',
        message:
          'A TensorFlow SavedModel is a folder with code in its graph, and is not served.\n' +
          'Save the Keras model as one file: model.save("model.keras"), or model.export("model.onnx", format="onnx").',
      },
    ],
    traits: { ...(featureCount !== null && { featureCount }), ...(layout && { image: layout }) },
  }
}

async function versionIn(protobuf: Protobuf, message: Field): Promise<string | null> {
  for await (const field of protobuf.fields(message)) {
    if (field.number === 5 && field.wire === 'bytes') return protobuf.text(field, 100)
  }
  return null
}

async function readEntry(protobuf: Protobuf, entry: Field): Promise<ServingSignature> {
  let name = ''
  const inputs: TensorInfo[] = []
  const outputs: TensorInfo[] = []
  for await (const field of protobuf.fields(entry)) {
    if (field.wire !== 'bytes') continue
    if (field.number === 1) name = await protobuf.text(field, 1_000)
    else if (field.number === 2) {
      for await (const side of protobuf.fields(field)) {
        if (side.wire !== 'bytes' || inputs.length + outputs.length > 1_000) continue
        if (side.number === 1) inputs.push(await readTensor(protobuf, side))
        else if (side.number === 2) outputs.push(await readTensor(protobuf, side))
      }
    }
  }
  return { name, inputs, outputs }
}

async function readTensor(protobuf: Protobuf, entry: Field): Promise<TensorInfo> {
  let tensor: TensorInfo = { name: '', dtype: 'unknown', shape: null }
  for await (const field of protobuf.fields(entry)) {
    if (field.wire !== 'bytes') continue
    if (field.number === 1) tensor = { ...tensor, name: await protobuf.text(field, 1_000) }
    else if (field.number === 2) {
      for await (const info of protobuf.fields(field)) {
        if (info.number === 2) tensor = { ...tensor, dtype: TYPES[Number(info.value)] ?? 'unknown' }
        else if (info.number === 3 && info.wire === 'bytes')
          tensor = { ...tensor, shape: await readShape(protobuf, info) }
      }
    }
  }
  return tensor
}

async function readShape(protobuf: Protobuf, message: Field): Promise<Dimension[] | null> {
  const shape: Dimension[] = []
  for await (const field of protobuf.fields(message)) {
    if (field.number === 3 && field.value === 1n) return null
    if (field.number !== 2 || field.wire !== 'bytes' || shape.length >= 64) continue
    let size: Dimension = null
    for await (const dimension of protobuf.fields(field)) {
      if (dimension.number === 1) size = dimension.value > 0n ? Number(dimension.value) : null
    }
    shape.push(size)
  }
  return shape
}
