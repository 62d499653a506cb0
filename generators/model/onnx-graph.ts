import type { Field, Protobuf } from './protobuf.ts'
import type { Dimension, Label, TensorInfo } from './signature.ts'
import { Unreadable } from './unreadable.ts'

/** What an ONNX file says, before anybody asks what it means. Weights are jumped over. */
export interface OnnxModel {
  irVersion: number
  producer: string
  opsets: Map<string, number>
  metadata: Map<string, string>
  graph: OnnxGraph | null
}

export interface OnnxGraph {
  nodes: OnnxNode[]
  inputs: OnnxValue[]
  outputs: OnnxValue[]
  constants: Map<string, OnnxConstant>
  /** Files beside the model that hold its weights. */
  externalFiles: Set<string>
}

export interface OnnxNode {
  op: string
  domain: string
  inputs: string[]
  outputs: string[]
  attributes: Map<string, Label[]>
}

/** A tensor, or what ZipMap makes of one: a sequence of maps. */
export interface OnnxValue extends TensorInfo {
  readonly kind: 'tensor' | 'sequence' | 'map' | 'other'
}

export interface OnnxConstant {
  readonly shape: readonly number[]
  /** Only of small lists of integers or words: class labels. */
  readonly values: readonly Label[] | null
}

// biome-ignore format: a table by number
const ELEMENT_TYPES = [
  'unknown', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'str', 'bool', 'float16', 'float64',
  'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16', 'float8_e4m3fn', 'float8_e4m3fnuz', 'float8_e5m2',
  'float8_e5m2fnuz', 'uint4', 'int4', 'float4_e2m1fn',
]

// biome-ignore format: a list of words
/** Attributes that tell classes and categories; a forest's others hold millions of numbers. */
const TELLING_ATTRIBUTES = new Set([
  'classlabels_strings', 'classlabels_int64s', 'classlabels_ints', 'cats_strings', 'cats_int64s', 'values_strings',
  'values_int64s', 'keys_int64s', 'keys_strings', 'post_transform', 'prob_a', 'to', 'axis', 'value',
  'n_targets', 'targets',
])

const MOST_LABELS = 100_000
const MOST_NODES = 200_000
const LONGEST_LABEL = 10_000

export async function readModel(protobuf: Protobuf, bytes: number): Promise<OnnxModel> {
  const model: OnnxModel = { irVersion: 0, producer: '', opsets: new Map(), metadata: new Map(), graph: null }
  for await (const field of protobuf.fields({ start: 0, end: bytes })) {
    if (field.number === 1) model.irVersion = Number(field.value)
    else if (field.number === 2) model.producer = await protobuf.text(field, LONGEST_LABEL)
    else if (field.number === 7) model.graph = await readGraph(protobuf, field)
    else if (field.number === 8) await readOpset(protobuf, field, model.opsets)
    else if (field.number === 14) await readMetadata(protobuf, field, model.metadata)
  }
  return model
}

async function readOpset(protobuf: Protobuf, message: Field, opsets: Map<string, number>): Promise<void> {
  let domain = ''
  let version = 0
  for await (const field of protobuf.fields(message)) {
    if (field.number === 1) domain = await protobuf.text(field, LONGEST_LABEL)
    else if (field.number === 2) version = Number(field.value)
  }
  // skl2onnx can list one domain twice.
  const name = domain === 'ai.onnx' ? '' : domain
  opsets.set(name, Math.max(version, opsets.get(name) ?? 0))
}

async function readMetadata(
  protobuf: Protobuf,
  message: Field,
  metadata: Map<string, string>,
): Promise<void> {
  let key = ''
  let value = ''
  for await (const field of protobuf.fields(message)) {
    if (field.number === 1) key = await protobuf.text(field, LONGEST_LABEL)
    else if (field.number === 2) value = await protobuf.text(field)
  }
  if (metadata.size < 1_000) metadata.set(key, value)
}

async function readGraph(protobuf: Protobuf, message: Field): Promise<OnnxGraph> {
  const graph: OnnxGraph = {
    nodes: [],
    inputs: [],
    outputs: [],
    constants: new Map(),
    externalFiles: new Set(),
  }
  for await (const field of protobuf.fields(message)) {
    if (field.wire !== 'bytes') continue
    if (field.number === 1) graph.nodes.push(await readNode(protobuf, field, graph))
    else if (field.number === 5) await readInitializer(protobuf, field, graph)
    else if (field.number === 11) graph.inputs.push(await readValue(protobuf, field))
    else if (field.number === 12) graph.outputs.push(await readValue(protobuf, field))
    if (graph.nodes.length > MOST_NODES) throw new Unreadable(`has more than ${MOST_NODES} nodes`)
  }
  return graph
}

async function readNode(protobuf: Protobuf, message: Field, graph: OnnxGraph): Promise<OnnxNode> {
  const node: OnnxNode = { op: '', domain: '', inputs: [], outputs: [], attributes: new Map() }
  for await (const field of protobuf.fields(message)) {
    if (field.wire !== 'bytes') continue
    if (field.number === 1) node.inputs.push(await protobuf.text(field, LONGEST_LABEL))
    else if (field.number === 2) node.outputs.push(await protobuf.text(field, LONGEST_LABEL))
    else if (field.number === 4) node.op = await protobuf.text(field, LONGEST_LABEL)
    else if (field.number === 5) await readAttribute(protobuf, field, node, graph)
    else if (field.number === 7) node.domain = await protobuf.text(field, LONGEST_LABEL)
  }
  return node
}

async function readAttribute(
  protobuf: Protobuf,
  message: Field,
  node: OnnxNode,
  graph: OnnxGraph,
): Promise<void> {
  let name = ''
  const labels: Label[] = []
  for await (const field of protobuf.fields(message)) {
    // The name comes first: of what does not tell anything, nothing more is read.
    if (field.number === 1) {
      name = await protobuf.text(field, LONGEST_LABEL)
      if (!TELLING_ATTRIBUTES.has(name)) return
    } else if (field.number === 3) labels.push(Number(field.value))
    else if (field.number === 4 || field.number === 9) labels.push(await protobuf.text(field, LONGEST_LABEL))
    else if (field.number === 5 && node.outputs[0] !== undefined) {
      const tensor = await readTensor(protobuf, field, graph)
      graph.constants.set(node.outputs[0], tensor)
    } else if (field.number === 8) {
      for (const value of await protobuf.integers(field, MOST_LABELS)) labels.push(Number(value))
    }
    if (labels.length > MOST_LABELS)
      throw new Unreadable(`has more than ${MOST_LABELS} labels in one attribute`)
  }
  node.attributes.set(name, labels)
}

async function readInitializer(protobuf: Protobuf, message: Field, graph: OnnxGraph): Promise<void> {
  const tensor = await readTensor(protobuf, message, graph)
  graph.constants.set(tensor.name, { shape: tensor.shape, values: tensor.values })
}

async function readTensor(
  protobuf: Protobuf,
  message: Field,
  graph: OnnxGraph,
): Promise<OnnxConstant & { name: string }> {
  let name = ''
  let type = 0
  let isExternal = false
  let location = ''
  const shape: number[] = []
  const values: Label[] = []
  for await (const field of protobuf.fields(message)) {
    if (field.number === 1) {
      for (const value of await protobuf.integers(field, 64)) if (shape.length < 64) shape.push(Number(value))
    } else if (field.number === 2) type = Number(field.value)
    else if (field.number === 6) values.push(await protobuf.text(field, LONGEST_LABEL))
    else if ((field.number === 5 || field.number === 7) && isList(shape)) {
      for (const value of await protobuf.integers(field, MOST_LABELS)) values.push(Number(value))
    } else if (field.number === 8) name = await protobuf.text(field, LONGEST_LABEL)
    else if (field.number === 9 && isList(shape))
      values.push(...rawIntegers(await protobuf.bytes(field, 8_000), type))
    else if (field.number === 13) location ||= await readLocation(protobuf, field)
    else if (field.number === 14) isExternal = field.value === 1n
    // Words stand one to a field: a long list of them is not what classes look like.
    if (values.length > MOST_LABELS) break
  }
  if (isExternal && graph.externalFiles.size < 100) graph.externalFiles.add(location)
  return { name, shape, values: values.length > 0 && values.length <= MOST_LABELS ? values : null }
}

/** Class labels are one row of a few values; everything larger is weights. */
function isList(shape: readonly number[]): boolean {
  const size = shape.reduce((product, length) => product * length, 1)
  return size <= 1_000 && shape.filter((length) => length !== 1).length <= 1
}

function rawIntegers(raw: Buffer, type: number): number[] {
  const values: number[] = []
  if (type === 7) {
    for (let at = 0; at + 8 <= raw.length && at < 8_000; at += 8) values.push(Number(raw.readBigInt64LE(at)))
  } else if (type === 6) {
    for (let at = 0; at + 4 <= raw.length && at < 4_000; at += 4) values.push(raw.readInt32LE(at))
  }
  return values
}

async function readLocation(protobuf: Protobuf, message: Field): Promise<string> {
  let key = ''
  let value = ''
  for await (const field of protobuf.fields(message)) {
    if (field.number === 1) key = await protobuf.text(field, LONGEST_LABEL)
    else if (field.number === 2) value = await protobuf.text(field, LONGEST_LABEL)
  }
  return key === 'location' ? value : ''
}

async function readValue(protobuf: Protobuf, message: Field): Promise<OnnxValue> {
  let value: OnnxValue = { name: '', dtype: 'unknown', shape: null, kind: 'other' }
  for await (const field of protobuf.fields(message)) {
    if (field.number === 1) value = { ...value, name: await protobuf.text(field, LONGEST_LABEL) }
    else if (field.number === 2) value = { ...value, ...(await readType(protobuf, field)) }
  }
  return value
}

async function readType(protobuf: Protobuf, message: Field): Promise<Omit<OnnxValue, 'name'>> {
  for await (const field of protobuf.fields(message)) {
    if (field.number === 1) return { kind: 'tensor', ...(await readTensorType(protobuf, field)) }
    // A list of dicts has one entry for each row.
    if (field.number === 4) return { kind: 'sequence', dtype: 'object', shape: [null] }
    if (field.number === 5) return { kind: 'map', dtype: 'object', shape: null }
  }
  return { kind: 'other', dtype: 'unknown', shape: null }
}

async function readTensorType(
  protobuf: Protobuf,
  message: Field,
): Promise<Pick<TensorInfo, 'dtype' | 'shape'>> {
  let dtype = 'unknown'
  let shape: Dimension[] | null = null
  for await (const field of protobuf.fields(message)) {
    if (field.number === 1) dtype = ELEMENT_TYPES[Number(field.value)] ?? 'unknown'
    else if (field.number === 2) {
      shape = []
      for await (const dimension of protobuf.fields(field)) {
        if (dimension.number === 1 && shape.length < 64) shape.push(await readDimension(protobuf, dimension))
      }
    }
  }
  return { dtype, shape }
}

async function readDimension(protobuf: Protobuf, message: Field): Promise<Dimension> {
  let dimension: Dimension = null
  for await (const field of protobuf.fields(message)) {
    if (field.number === 1 && field.wire === 'varint')
      dimension = field.value > 0n ? Number(field.value) : null
    else if (field.number === 2) dimension = (await protobuf.text(field, LONGEST_LABEL)) || null
  }
  return dimension
}
