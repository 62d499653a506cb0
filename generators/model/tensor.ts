import type { Warning } from '../problem.ts'
import type { Signature, TensorInfo } from './signature.ts'

/** The Open Inference Protocol's words for numpy's types. numpy has no BF16, and JSON no complex number. */
export const DATATYPES: Readonly<Record<string, string>> = {
  bool: 'BOOL',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  str: 'BYTES',
}

/** Why a model cannot be served as tensors in, tensors out: what is wrong with it, then what to do. */
export function tensorObjection({ framework, inputs, outputs }: Signature): [string, string] | null {
  if (framework.name === 'pytorch' && inputs.every(({ shape }) => shape === null)) {
    return [
      'does not say what shape its input has: a scripted file holds none.',
      'Trace it with an example, torch.jit.trace(model, torch.zeros(1, 4)).save("traced.pt"), or convert it to ONNX.',
    ]
  }
  if (framework.name !== 'onnx') {
    return [
      'takes tensors, which this version serves for onnx only.',
      'Convert the model to ONNX, and give that file to --model.',
    ]
  }
  const odd = [...inputs, ...outputs].find(({ dtype }) => DATATYPES[dtype] === undefined)
  if (odd === undefined) return null
  return [`has ${JSON.stringify(odd.name)}, which is ${asWhat(odd)}.`, wayOut(odd)]
}

function asWhat({ dtype }: TensorInfo): string {
  if (dtype === 'object') return 'a list or map, not a tensor'
  if (dtype === 'bfloat16') return 'a BF16 tensor: numpy, and so the service, has no such type'
  return dtype === 'unknown' ? 'no tensor' : `a tensor of ${dtype}, for which JSON has no form`
}

function wayOut({ dtype }: TensorInfo): string {
  return dtype === 'object'
    ? 'Export the model without ZipMap: its outputs are tensors then.'
    : 'Export the model with float32 inputs and outputs; a Cast inside it may do the rest.'
}

/** How long a dimension is that the file leaves free, where no golden case tells; a batch is one. */
export const FREE = 4

/** Without golden cases nobody knows whether the model takes what the samples are made of. */
export function madeUpTensors({ inputs }: Signature): Warning[] {
  const free = inputs.filter(({ shape }) => !shape || shape.slice(1).some((size) => typeof size !== 'number'))
  if (free.length === 0) return []
  const names = free.map(({ name }) => name).join(', ')
  const message = `The file leaves dimensions of ${names} free: events and tests send ${FREE}. Give --cases with tensors that the model takes, if it takes no such.`
  return [{ code: 'made-up-tensors', message }]
}
