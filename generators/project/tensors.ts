import type { Dimension, Signature, TensorInfo } from '../model/signature.ts'
import { DATATYPES, FREE } from '../model/tensor.ts'
import type { Problem } from '../problem.ts'
import type { GoldenCases, Row } from './samples.ts'

/** A tensor as the Open Inference Protocol writes it; `data` is flat or nested. */
export interface Tensor {
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: readonly unknown[]
}

/** Golden inputs and outputs of a tensor model: by name. */
export type Tensors = Readonly<Record<string, Tensor>>

export function isTensors(value: unknown): value is Tensors {
  const tensors = typeof value === 'object' && value !== null ? Object.values(value) : []
  return tensors.length > 0 && tensors.every(isTensor)
}

function isTensor(value: unknown): value is Tensor {
  const { datatype, shape, data } = Object(value) as Record<string, unknown>
  return typeof datatype === 'string' && Array.isArray(shape) && Array.isArray(data)
}

/** The requests that events and tests send: those of the golden cases, else one that is made up. */
export function inferRequests({ inputs }: Signature, cases: GoldenCases | null): Row[] {
  const golden = (cases?.inputs ?? []).filter(isTensors)
  const given = golden.length > 0 ? golden : [madeUp(inputs)]
  return given.map((tensors) => ({ inputs: listed(tensors, inputs) }))
}

/** What is answered to the golden cases. */
export function inferAnswers(
  { outputs }: Signature,
  cases: GoldenCases | null,
  model: { readonly name: string; readonly version: string },
): object[] | null {
  const golden = cases?.outputs.filter(isTensors)
  if (!golden || golden.length === 0) return null
  return golden.map((tensors) => ({
    model_name: model.name,
    model_version: model.version,
    outputs: listed(tensors, outputs).map((tensor) => ({ ...tensor, data: tensor.data.flat(Infinity) })),
  }))
}

function listed(tensors: Tensors, infos: readonly TensorInfo[]): (Tensor & { readonly name: string })[] {
  return infos.flatMap(({ name }) => {
    const tensor = tensors[name]
    if (tensor === undefined) return []
    const { datatype, shape, data } = tensor
    return [{ name, datatype, shape, data }]
  })
}

/** Whatever a model makes of ones and halves; free dimensions of one name are the same. */
function madeUp(inputs: readonly TensorInfo[]): Tensors {
  const tensors = inputs.map(({ name, dtype, shape }) => {
    const sizes = (shape ?? [1]).map((size, axis) =>
      typeof size === 'number' ? size : axis === 0 ? 1 : FREE,
    )
    const count = sizes.reduce((product, size) => product * size, 1)
    const value = dtype === 'str' ? 'a' : dtype === 'bool' ? true : dtype.startsWith('float') ? 0.5 : 1
    const tensor = { datatype: DATATYPES[dtype] ?? '', shape: sizes, data: Array(count).fill(value) }
    return [name, tensor] as const
  })
  return Object.fromEntries(tensors)
}

/** Whether golden cases hold the tensors that a model takes and gives. */
export function unfitTensors(cases: GoldenCases, { inputs, outputs }: Signature): Problem[] {
  const faults = [
    ...cases.inputs.flatMap((given, index) => faultsOf(given, inputs, `inputs[${index}]`)),
    // Converters declare shapes of outputs that their models do not keep.
    ...cases.outputs.flatMap((given, index) => faultsOf(given, outputs.map(ofAnyShape), `outputs[${index}]`)),
  ]
  if (faults.length === 0) return []
  const more = faults.length > 3 ? ` (and ${faults.length - 3} more)` : ''
  return [
    {
      code: 'bad-cases',
      option: '--cases',
      message: `--cases does not fit the model: ${faults.slice(0, 3).join('; ')}${more}.`,
      fix: `Each input and output is {"NAME": {"datatype", "shape", "data"}, …}. In: ${inputs.map(shown).join(', ')}. Out: ${outputs.map(shown).join(', ')}.`,
    },
  ]
}

function ofAnyShape(info: TensorInfo): TensorInfo {
  return { ...info, shape: null }
}

function shown({ name, dtype, shape }: TensorInfo): string {
  return `${name} ${DATATYPES[dtype]} ${shape === null ? 'of any shape' : `[${shape.map((size) => size ?? '?').join(', ')}]`}`
}

function faultsOf(given: unknown, infos: readonly TensorInfo[], where: string): string[] {
  if (!isTensors(given)) return [`${where} holds no tensors`]
  const missing = infos.filter(({ name }) => !Object.hasOwn(given, name))
  const strange = Object.keys(given).filter((name) => !infos.some((info) => info.name === name))
  return [
    ...missing.map(({ name }) => `${where} lacks ${JSON.stringify(name)}`),
    ...strange.map((name) => `${where}: the model has no ${JSON.stringify(name)}`),
    ...infos.flatMap((info) => {
      const tensor = given[info.name]
      const why = tensor && faultOf(tensor, info)
      return why ? [`${where}.${info.name} ${why}`] : []
    }),
  ]
}

function faultOf({ datatype, shape, data }: Tensor, info: TensorInfo): string | null {
  if (datatype !== DATATYPES[info.dtype]) return `is ${datatype}, not ${DATATYPES[info.dtype]}`
  if (!fits(shape, info.shape)) return `has the shape [${shape.join(', ')}]`
  const count = shape.reduce((product, size) => product * size, 1)
  const values = data.flat(Infinity).length
  if (values !== count) return `holds ${values} values, but its shape has ${count}`
  const rounded = /INT64$/.test(datatype) && data.flat(Infinity).some((value) => !Number.isSafeInteger(value))
  return rounded ? 'holds whole numbers beyond 2^53, of which JSON keeps only the first digits' : null
}

function fits(shape: readonly number[], wanted: readonly Dimension[] | null): boolean {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return false
  if (wanted === null) return true
  return (
    shape.length === wanted.length &&
    wanted.every((size, axis) => typeof size !== 'number' || size === shape[axis])
  )
}
