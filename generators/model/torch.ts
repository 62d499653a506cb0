import { type Archive, dig, listAt, parseJson, textAt, textOf } from './archive.ts'
import { classListIn } from './class-list.ts'
import { imageQuestions } from './image.ts'
import { pickJson } from './json-pick.ts'
import { isNode, item, itemsOf, type Pickle, type Value, walk } from './pickle.ts'
import { judge } from './pickle-safety.ts'
import type { Dimension, Label, Signature, Task, TensorInfo, Traits } from './signature.ts'
import { isCall } from './sklearn-columns.ts'
import type { ModelSource } from './source.ts'
import { featureCountOf, layoutOf, modelTypeOf, openQuestions } from './tabular.ts'
import { type TorchTensor, tensorsIn } from './torch-tensors.ts'
import { Unreadable } from './unreadable.ts'

/** Names in torch's zips stand under one folder, which is the archive's own name, not the file's. */
export function torchRoot(names: readonly string[]): string | null {
  const found = names.find((name) => /^[^/]+\/(data\.pkl|archive_format|constants\.pkl)$/.test(name))
  return found === undefined ? null : found.slice(0, found.indexOf('/') + 1)
}

export async function readTorch(archive: Archive, root: string): Promise<Signature> {
  const has = (name: string) => archive.names.includes(root + name)
  if (has('archive_format')) return readExported(archive, root)
  if (has('constants.pkl') && archive.names.some((name) => name.startsWith(`${root}code/`))) {
    return readTorchScript(archive, root)
  }
  return readSaved(await member(archive, `${root}data.pkl`))
}

async function member(archive: Archive, name: string): Promise<ModelSource> {
  const found = await archive.open(name)
  if (!found) throw new Unreadable(`is a damaged PyTorch file: ${name} is missing`)
  return found
}

// ---- TorchScript

async function readTorchScript(archive: Archive, root: string): Promise<Signature> {
  const { root: module } = await walk(await member(archive, `${root}data.pkl`))
  const tensors = tensorsIn(module)
  const code = await codeOf(archive, root, isCall(module) ? module.name : '')
  const traced = await tracedInputs(archive, root)
  const inputs = traced.length > 0 ? named(traced, code.inputs) : guessed(code.inputs, tensors)
  const classes = await classListIn(archive, (name) => name.startsWith(`${root}extra/`))
  const last = tensors.findLast(({ shape }) => shape.length >= 2)
  const width = last?.owner === 'Linear' ? (last.shape[0] ?? null) : null
  const outputs: TensorInfo[] = [
    { name: 'output', dtype: 'float32', shape: width === null ? null : [null, width] },
  ]
  return assemble('torchscript', null, inputs, outputs, classes, activationOf(code.text, width))
}

/** A traced module stores its example inputs; a scripted one has none. */
async function tracedInputs(archive: Archive, root: string): Promise<TorchTensor[]> {
  const source = await archive.open(`${root}traced_inputs.pkl`)
  if (!source) return []
  const { root: value } = await walk(source)
  const methods = untagged(value)
  if (!isNode(methods) || methods.kind !== 'dict') return []
  return tensorsIn(untagged(item(methods, 'forward')) ?? null)
}

/** `restore_type_tag(value, 'Dict[str, List[Any]]')` is the value. */
function untagged(value: Value | undefined): Value | undefined {
  return isCall(value) && value.name === 'torch.jit._pickle.restore_type_tag'
    ? itemsOf(value.args)?.[0]
    : value
}

function named(tensors: readonly TorchTensor[], names: readonly string[]): TensorInfo[] {
  return tensors.map(({ shape, dtype }, index) => ({ name: names[index] ?? `input_${index}`, dtype, shape }))
}

/** The first convolution says how many channels a picture has; height and width stay open. */
function guessed(names: readonly string[], tensors: readonly TorchTensor[]): TensorInfo[] {
  const first = tensors.find(({ shape }) => shape.length >= 2)
  const channels = first?.shape.length === 4 && first.owner === 'Conv2d' ? (first.shape[1] ?? null) : null
  return names.map((name) => ({
    name,
    dtype: first?.dtype ?? 'float32',
    shape: names.length === 1 && channels !== null ? [null, channels, null, null] : null,
  }))
}

/** The class's own file in `code/` has the names of forward's arguments. */
async function codeOf(
  archive: Archive,
  root: string,
  name: string,
): Promise<{ inputs: string[]; text: string }> {
  const parts = name.split('.')
  const file = `${root}code/${parts.slice(0, -1).join('/')}.py`
  const text = (archive.names.includes(file) ? await textOf(archive, file) : null) ?? ''
  const start = text.indexOf(`class ${parts.at(-1)}(Module)`)
  const body = start < 0 ? '' : text.slice(start).split(/\nclass /, 1)[0]
  const [, list = ''] = /def forward\(self: [\w.]+,?([^)]*)\)/.exec(body ?? '') ?? []
  const inputs = Array.from(list.matchAll(/(\w+): (?:Optional\[)?Tensor/g), ([, input = '']) => input)
  return { inputs, text: body ?? '' }
}

/** Normalised where the module itself ends in softmax or sigmoid; what a submodule does is not looked into. */
function activationOf(text: string, width: Dimension): Traits {
  const [, returned = ''] = /\n {4}return ([^\n]*)\n/.exec(text) ?? []
  const source = new RegExp(`\\n {4}${returned.replace(/\W/g, '')} = ([^\\n]*)`).exec(text)?.[1] ?? returned
  if (/^torch\.(softmax|sigmoid)\(/.test(source)) return { probabilities: true }
  return { probabilities: true, normalise: width === 1 ? 'sigmoid' : 'softmax' }
}

function assemble(
  format: Signature['format'],
  version: string | null,
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
  classes: Label[] | null,
  traits: Traits,
): Signature {
  const layout = layoutOf(inputs)
  const modelType = modelTypeOf(inputs)
  const featureCount = featureCountOf(inputs)
  const task: Task | null = classes ? 'classification' : null
  const questions = openQuestions({ task, features: modelType === 'tabular' ? null : [], classes })
  return {
    format,
    framework: { name: 'pytorch', version },
    modelType,
    task,
    inputs,
    outputs,
    features: null,
    classes,
    unknown: [
      ...(modelType === 'tensor' ? [] : questions),
      ...(layout ? imageQuestions(layout, inputs[0]?.dtype ?? '') : []),
    ],
    warnings: [],
    traits: { ...traits, ...(layout && { image: layout }), ...(featureCount !== null && { featureCount }) },
  }
}

// ---- torch.export

/** torch's own numbers for types in exported programs. */
const EXPORTED_TYPES: Record<number, string> = {
  1: 'uint8',
  2: 'int8',
  3: 'int16',
  4: 'int32',
  5: 'int64',
  6: 'float16',
  7: 'float32',
  8: 'float64',
  12: 'bool',
  13: 'bfloat16',
}

async function readExported(archive: Archive, root: string): Promise<Signature> {
  const format = (await textOf(archive, `${root}archive_format`))?.trim()
  const name = archive.names.find((each) => each.startsWith(`${root}models/`) && each.endsWith('.json'))
  if (format !== 'pt2' || name === undefined)
    throw new Unreadable('is a PyTorch archive without an exported program')
  const program = await pickJson(await member(archive, name), {
    torch_version: true,
    graph_module: { signature: true, graph: { tensor_values: true } },
  })
  const graph = dig(program, 'graph_module')
  const values = dig(graph, 'graph', 'tensor_values')
  const tensor = (key: string | null): TensorInfo[] =>
    key === null ? [] : [exportedTensor(key, dig(values, key))]
  const inputs = listAt(graph, 'signature', 'input_specs').flatMap((spec) =>
    tensor(textAt(spec, 'user_input', 'arg', 'as_tensor', 'name')),
  )
  const outputs = listAt(graph, 'signature', 'output_specs').flatMap((spec) =>
    tensor(textAt(spec, 'user_output', 'arg', 'as_tensor', 'name')),
  )
  const classes = await classListIn(archive, (each) => each.startsWith(`${root}extra/`))
  const version = /^\d+(\.\w+)+/.exec(textAt(program, 'torch_version') ?? '')?.[0] ?? null
  const signature = assemble('torch-export', version, inputs, outputs, classes, {})
  return {
    ...signature,
    warnings: [
      unsupported(
        'torch.export archives (.pt2) are not served: their format still changes between versions of PyTorch.',
        'program = torch.export.load("model.pt2")\ntorch.onnx.export(program, f="model.onnx")',
      ),
    ],
  }
}

function exportedTensor(name: string, value: unknown): TensorInfo {
  const dtype = EXPORTED_TYPES[Number(dig(value, 'dtype'))] ?? 'unknown'
  const shape = listAt(value, 'sizes')
    .slice(0, 64)
    .map((size): Dimension => {
      const fixed = dig(size, 'as_int')
      if (typeof fixed === 'number') return fixed
      return (
        /[a-z]\w*(?=['")]|$)/i.exec(
          textAt(size, 'as_expr', 'expr_str')?.replace(/^Symbol\('/, '') ?? '',
        )?.[0] ?? null
      )
    })
  return { name, dtype, shape }
}

// ---- torch.save

/** Weights alone, or a whole pickled module: neither runs without the class that made it. */
async function readSaved(source: ModelSource): Promise<Signature> {
  const pickle = await walk(source)
  return describeSaved(pickle)
}

export async function readLegacySave(): Promise<Signature> {
  return savedSignature(
    'torch-state-dict',
    'PyTorch wrote this file before version 1.6; it is not read here.',
    false,
  )
}

function describeSaved(pickle: Pickle): Signature {
  const { warnings } = judge({
    ...pickle,
    globals: new Set([...pickle.globals].filter((name) => !isTorchs(name))),
  })
  const { root } = pickle
  const tensors = tensorsIn(root)
  const first = tensors.find(({ shape }) => shape.length >= 2)
  const isPicture = first?.shape.length === 4 && [1, 3, 4].includes(first.shape[1] ?? 0)
  if (isWeights(root)) {
    return savedSignature(
      'torch-state-dict',
      `This file holds weights only (${tensors.length} tensors), not the network.`,
      isPicture,
    )
  }
  const name = isCall(root) ? root.name.slice(0, 100) : 'an object'
  const signature = savedSignature(
    'torch-module',
    `This file is a pickled module (${name}): it loads only beside its own code, in its own version of PyTorch.`,
    isPicture,
  )
  return { ...signature, warnings: [...signature.warnings, ...warnings] }
}

function isTorchs(name: string): boolean {
  return /^torch\._utils\._rebuild_\w+$|^torch\.\w+Storage$|^torch\.storage\.\w+$|^torch\.(nn|Size|device|dtype|serialization)\b/.test(
    name,
  )
}

function isWeights(root: Value): boolean {
  return (
    isNode(root) &&
    (root.kind === 'dict' ||
      root.kind === 'list' ||
      (isCall(root) && /^collections\.OrderedDict$|_rebuild_/.test(root.name)))
  )
}

function savedSignature(
  format: 'torch-state-dict' | 'torch-module' | 'safetensors',
  message: string,
  isPicture: boolean,
): Signature {
  return {
    format,
    framework: { name: 'pytorch', version: null },
    // What the first weights say; inputs themselves are not in such a file.
    modelType: isPicture ? 'image' : 'tensor',
    task: null,
    inputs: [],
    outputs: [],
    features: null,
    classes: null,
    unknown: ['task', 'classes'],
    warnings: [unsupported(message, WAY_OUT)],
    traits: {},
  }
}

const WAY_OUT = `Load it in Python as you do today, then save the network with its weights:
model.eval(); torch.jit.trace(model, example).save("model.pt")
or: torch.onnx.export(model, (example,), "model.onnx")`

function unsupported(message: string, wayOut: string): { code: string; message: string } {
  return { code: 'unsupported-format', message: `${message}\n${wayOut}` }
}

// ---- safetensors

const LONGEST_HEADER = 8 << 20

/** A length, then JSON of names, types and shapes: weights only. */
export async function readSafetensors(source: ModelSource): Promise<Signature> {
  const length = Number((await source.read(0, 8)).readBigUInt64LE(0))
  if (length > source.bytes - 8 || length > LONGEST_HEADER)
    throw new Unreadable('is a damaged safetensors file: its header is longer than the file')
  const header = parseJson((await source.read(8, length)).toString('utf8'), 'the header')
  const names = Object.keys(typeof header === 'object' && header !== null ? header : {}).filter(
    (name) => name !== '__metadata__',
  )
  const shapes = names.map((name) => listAt(header, name, 'shape'))
  if (names.some((name) => dig(header, name, 'dtype') === undefined))
    throw new Unreadable('is a damaged safetensors file: a tensor has no type')
  const convolutions = shapes.filter((shape) => shape.length === 4).map((shape) => shape[1])
  const isPicture = convolutions.some((channels) => channels === 1 || channels === 3 || channels === 4)
  return savedSignature(
    'safetensors',
    `safetensors hold weights only (${names.length} tensors), not the network.`,
    isPicture,
  )
}
