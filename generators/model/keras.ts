import type { Warning } from '../problem.ts'
import { type Archive, dig, listAt, parseJson, textAt, textOf } from './archive.ts'
import { imageQuestions } from './image.ts'
import type { Dimension, Signature, Task, TensorInfo } from './signature.ts'
import { featureCountOf, isNamedColumns, layoutOf, modelTypeOf, numbers, openQuestions } from './tabular.ts'
import { Unreadable } from './unreadable.ts'

export function isKeras(names: readonly string[]): boolean {
  return ['config.json', 'metadata.json', 'model.weights.h5'].every((name) => names.includes(name))
}

/** A `.keras` archive of Keras 3. */
export async function readKeras(archive: Archive): Promise<Signature> {
  const metadata = parseJson((await textOf(archive, 'metadata.json')) ?? '', 'metadata.json')
  const config = parseJson((await textOf(archive, 'config.json')) ?? '', 'config.json')
  return describeKeras('keras', textAt(metadata, 'keras_version'), config, dig(config, 'compile_config'))
}

/** `training` is what the model was compiled with: its loss says what it is for, where the last layer does not. */
export function describeKeras(
  format: 'keras' | 'keras-h5',
  version: string | null,
  config: unknown,
  training: unknown,
): Signature {
  if (textAt(config, 'class_name') === null || dig(config, 'config') === undefined) {
    throw new Unreadable(
      'is a Keras file without a description of its layers',
      'Save it again: model.save("model.keras").',
    )
  }
  const layers =
    listAt(config, 'config', 'layers').length > 0
      ? listAt(config, 'config', 'layers')
      : listAt(config, 'config')
  const inputs = inputsOf(config, layers)
  const output = outputLayer(config, layers)
  const width = widthOf(output, layers)
  const kinds = kindsIn(config)
  const activation = activationOf(output)
  const task = taskOf(activation, lossOf(training))
  const outputs: TensorInfo[] = [
    {
      name: textAt(output, 'config', 'name') ?? 'output',
      dtype: dtypeOf(output),
      shape: width === null ? null : [null, width],
    },
  ]
  const modelType = modelTypeOf(inputs)
  const features =
    modelType === 'tabular' && isNamedColumns(inputs) && inputs.length > 1
      ? numbers(inputs.map(({ name }) => name))
      : null
  const layout = layoutOf(inputs)
  const featureCount = featureCountOf(inputs)
  const normalises = activation === 'softmax' || activation === 'sigmoid'
  return {
    format,
    framework: { name: 'keras', version },
    modelType,
    task,
    inputs,
    outputs,
    features,
    classes: null,
    unknown: [
      ...(modelType === 'tensor'
        ? []
        : openQuestions({ task, features: layout ? [] : features, classes: null })),
      ...(layout ? imageQuestions(layout, inputs[0]?.dtype ?? '') : []),
    ],
    warnings: [
      ...layerWarnings(kinds),
      ...outputWarnings(config, activation, width),
      ...inputWarnings(inputs),
    ],
    traits: {
      ...(featureCount !== null && { featureCount }),
      ...(isNamedColumns(inputs) && { namedInputs: true }),
      ...(kinds.needsTensorflow && { tensorflow: true }),
      ...(layout && { image: layout }),
      ...(task !== 'regression' && { probabilities: true }),
      ...(task !== 'regression' && !normalises && { normalise: width === 1 ? 'sigmoid' : 'softmax' }),
      ...(task === 'regression' && width !== null && width > 1 && { targets: width }),
    },
  }
}

/** Input layers by name; a model of layers alone has the shape that it was built with. */
function inputsOf(config: unknown, layers: readonly unknown[]): TensorInfo[] {
  const declared = layers.filter((layer) => textAt(layer, 'class_name') === 'InputLayer')
  if (declared.length > 0) return declared.slice(0, 1_000).map((layer) => tensor(layer, shapeIn(layer)))
  const [first] = layers
  const shape =
    shapeIn(first) ??
    sizesOf(dig(config, 'config', 'build_input_shape')) ??
    sizesOf(dig(config, 'build_config', 'input_shape'))
  return first === undefined ? [] : [tensor(first, shape)]
}

function tensor(layer: unknown, shape: Dimension[] | null): TensorInfo {
  return { name: textAt(layer, 'config', 'name') ?? 'input', dtype: dtypeOf(layer), shape }
}

function shapeIn(layer: unknown): Dimension[] | null {
  return sizesOf(dig(layer, 'config', 'batch_shape')) ?? sizesOf(dig(layer, 'config', 'batch_input_shape'))
}

function sizesOf(value: unknown): Dimension[] | null {
  if (!Array.isArray(value) || value.length > 64) return null
  return value.map((size) => (typeof size === 'number' && size > 0 ? size : null))
}

/** A plain name, or a policy with a name in it. */
function dtypeOf(layer: unknown): string {
  const dtype = textAt(layer, 'config', 'dtype') ?? textAt(layer, 'config', 'dtype', 'config', 'name')
  return dtype === 'string' ? 'str' : (dtype?.replace(/^mixed_.*/, 'float32') ?? 'float32')
}

/** Functional models name their outputs; a sequential one ends in its last layer. Activations stand alone sometimes. */
function outputLayer(config: unknown, layers: readonly unknown[]): unknown {
  const outputs = dig(config, 'config', 'output_layers')
  const name = textAt(outputs, 0, 0) ?? textAt(outputs, 0)
  return layers.find((layer) => name !== null && textAt(layer, 'config', 'name') === name) ?? layers.at(-1)
}

/** Layers of these kinds give as many values as they get. */
const SAME_WIDTH =
  /^(Activation|Softmax|ReLU|LeakyReLU|ELU|PReLU|Dropout|BatchNormalization|LayerNormalization|Rescaling)$/

function widthOf(output: unknown, layers: readonly unknown[]): number | null {
  for (let at = layers.indexOf(output); at >= 0; at--) {
    const units = dig(layers[at], 'config', 'units')
    if (typeof units === 'number') return units
    if (!SAME_WIDTH.test(textAt(layers[at], 'class_name') ?? '')) return null
  }
  return null
}

function activationOf(layer: unknown): string | null {
  const kind = textAt(layer, 'class_name')
  if (kind === 'Softmax') return 'softmax'
  return textAt(layer, 'config', 'activation') ?? textAt(layer, 'config', 'activation', 'config') ?? null
}

function lossOf(training: unknown): string {
  const loss = dig(training, 'loss')
  return String(
    textAt(training, 'loss') ?? textAt(loss, 'class_name') ?? textAt(loss, 'config', 'name') ?? '',
  ).toLowerCase()
}

function taskOf(activation: string | null, loss: string): Task | null {
  if (activation === 'softmax' || activation === 'sigmoid' || /crossentropy|hinge|focal/.test(loss))
    return 'classification'
  if (/^(mse|mae|mape|msle)$|squared|absolute|huber|log_?cosh|poisson/.test(loss)) return 'regression'
  return null
}

function outputWarnings(config: unknown, activation: string | null, width: number | null): Warning[] {
  const outputs = dig(config, 'config', 'output_layers')
  const list = Array.isArray(outputs) ? outputs : Object.values(outputs ?? {})
  const code = 'unsupported-format'
  if (list.length > 1 && list.every((one) => typeof one === 'object')) {
    const message = `The model has ${list.length} outputs, and a service answers one.`
    return [
      {
        code,
        message: `${message}\nSave a model of one of them: keras.Model(model.inputs, model.outputs[0]).`,
      },
    ]
  }
  if (activation === 'sigmoid' && typeof width === 'number' && width > 1) {
    const message = `The model gives ${width} sigmoids, which are no probabilities of classes: their sum is not 1.`
    return [{ code, message: `${message}\nEnd it in a softmax, or save a model of each output.` }]
  }
  return []
}

function inputWarnings(inputs: readonly TensorInfo[]): Warning[] {
  if (!inputs.some(({ dtype }) => dtype === 'str')) return []
  const message =
    'The model takes text, which a service of Keras cannot give it.\nSave the model without the layers that read text.'
  return [{ code: 'unsupported-format', message }]
}

/** Compared with TensorFlow, 69 kinds of layers answer equally on numpy; these do not load there. */
const TENSORFLOW_ONLY = /^(TextVectorization|(String|Integer)Lookup|Hashing|HashedCrossing|TFSMLayer)$/

interface Kinds {
  /** By the names that the file has for them. */
  readonly own: ReadonlySet<string>
  readonly hasLambda: boolean
  readonly needsTensorflow: boolean
}

/** Layers stand inside layers: wrappers, nested models. */
function kindsIn(config: unknown): Kinds {
  const own = new Set<string>()
  let hasLambda = false
  let needsTensorflow = false
  const waiting: unknown[] = [config]
  for (let seen = 0; waiting.length > 0 && seen < 500_000; seen++) {
    const node = waiting.pop()
    if (typeof node !== 'object' || node === null) continue
    if (Array.isArray(node)) {
      for (const child of node) waiting.push(child)
      continue
    }
    const kind = textAt(node, 'class_name')
    const module = textAt(node, 'module')
    const registered = textAt(node, 'registered_name')
    if (kind === 'Lambda' || kind === '__lambda__') hasLambda = true
    // Keras's own functions are plain names.
    else if (kind === 'function') own.add(textAt(node, 'config') ?? kind)
    else if (kind !== null && isOwn(module, registered)) own.add(registered ?? `${module}.${kind}`)
    else if (kind !== null && TENSORFLOW_ONLY.test(kind)) needsTensorflow = true
    // What training alone needs is not loaded: compile=False.
    for (const [key, child] of Object.entries(node)) if (key !== 'compile_config') waiting.push(child)
  }
  // Whoever wrote layers of their own may have called TensorFlow in them.
  return { own, hasLambda, needsTensorflow: needsTensorflow || own.size > 0 }
}

function layerWarnings({ own, hasLambda }: Kinds): Warning[] {
  const warnings: Warning[] = []
  if (hasLambda) {
    warnings.push({
      code: 'unsupported-format',
      message:
        'The model has a Lambda layer: Python code inside the file, which Keras does not load by default.\n' +
        'Replace it by a layer class of your own, or by layers of Keras, and save the model again.',
    })
  }
  if (own.size > 0) {
    const names = [...own]
      .slice(0, 10)
      .map((name) => name.slice(0, 100))
      .join(', ')
    warnings.push({
      code: 'needs-code',
      message: `The model has layers or functions of your own: ${names}. Their code goes into app/custom_objects.py of the project.`,
    })
  }
  return warnings
}

function isOwn(module: string | null, registered: string | null): boolean {
  if (registered?.includes('>')) return true
  return module !== null && !/^(keras|tf_keras|tensorflow|builtins)(\.|$)/.test(module)
}
