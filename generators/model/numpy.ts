import { type Call, elementOf, isNode, itemsOf, type Value } from './pickle.ts'
import { isLabel, type Label } from './signature.ts'

/** An array as a reader wants it: its type, its shape, and its values where they are few. */
export interface NumpyArray {
  /** numpy's kind: f, i, u, b, U, S, O. */
  readonly kind: string
  readonly bytesEach: number
  readonly shape: readonly number[]
  /** `null`: too many to be names or classes. */
  readonly values: readonly Value[] | null
}

const MOST_VALUES = 100_000

/** joblib's inline arrays, `_reconstruct` with a state, protocol 5's `_frombuffer`; `null` for what is no array. */
export function arrayOf(value: Value | undefined): NumpyArray | null {
  if (!isNode(value)) return null
  if (value.kind === 'array') {
    const element = elementOf(value.dtype)
    if (element.kind === 'O')
      return arrayOf(value.objects) ?? { kind: 'O', bytesEach: 8, shape: value.shape, values: null }
    return described(value.dtype, value.shape, value.data)
  }
  if (value.kind !== 'call') return null
  if (/^numpy\.(_core|core)\.multiarray\._reconstruct$/.test(value.name)) return reconstructed(value)
  if (/^numpy\.(_core|core)\.numeric\._frombuffer$/.test(value.name)) {
    const [raw, dtype, shape] = itemsOf(value.args) ?? []
    return described(dtype, sidesOf(shape), bytesOf(raw))
  }
  return null
}

function reconstructed(value: Call): NumpyArray | null {
  const state = itemsOf(value.state)
  if (!state) return null
  const [, shape, dtype, , content] = state
  const objects = itemsOf(content)
  const sides = sidesOf(shape)
  if (!sides) return null
  if (objects)
    return { kind: 'O', bytesEach: 8, shape: sides, values: objects.length <= MOST_VALUES ? objects : null }
  return described(dtype, sides, bytesOf(content))
}

function described(
  dtype: Value | undefined,
  shape: readonly number[] | null,
  data: Buffer | null,
): NumpyArray | null {
  if (!shape) return null
  const { kind, size, bigEndian } = elementOf(dtype)
  const count = shape.reduce((product, side) => product * side, 1)
  const enough = data !== null && size > 0 && count <= MOST_VALUES && data.length >= count * size
  const values = enough
    ? Array.from({ length: count }, (_, index) => decode(data, index * size, kind, size, bigEndian))
    : null
  return { kind, bytesEach: size, shape, values }
}

/** `multiarray.scalar(dtype, bytes)`, or a plain Python value. */
export function scalarOf<T extends Value | undefined>(value: T): T | Value {
  if (!isNode(value) || value.kind !== 'call') return value
  if (!/^numpy\.(_core|core)\.multiarray\.scalar$/.test(value.name)) return value
  const [dtype, content] = itemsOf(value.args) ?? []
  const { kind, size, bigEndian } = elementOf(dtype)
  const data = bytesOf(content)
  return data && data.length >= size && size > 0 ? decode(data, 0, kind, size, bigEndian) : (content ?? value)
}

export function numberOf(value: Value | undefined): number | null {
  const number = scalarOf(value)
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** A list, tuple or array of plain values; `null` if one of them is no label. */
export function labelsOf(value: Value | undefined): Label[] | null {
  const values = arrayOf(value)?.values ?? itemsOf(value)
  if (!values) return null
  const labels: Label[] = []
  for (const entry of values) {
    const label = scalarOf(entry)
    if (!isLabel(label)) return null
    labels.push(label)
  }
  return labels
}

export function namesOf(value: Value | undefined): string[] | null {
  const labels = labelsOf(value)
  return labels?.every((label) => typeof label === 'string') ? labels : null
}

/** Bytes, bytes that protocol 2 wrote as text, `_codecs.encode(text, 'latin1')`, or a bytearray of one of these. */
export function bytesOf(value: Value | undefined): Buffer | null {
  if (typeof value === 'string') return Buffer.from(value, 'latin1')
  if (!isNode(value)) return null
  if (value.kind === 'bytes' || value.kind === 'text') return value.data
  if (value.kind !== 'call') return null
  const [content] = itemsOf(value.args) ?? []
  if (value.name === '_codecs.encode')
    return typeof content === 'string' ? Buffer.from(content, 'latin1') : null
  if (/^(builtins|__builtin__)\.(bytearray|bytes)$/.test(value.name)) {
    return isNode(content) && content.kind === 'call' && content.name !== '_codecs.encode'
      ? null
      : bytesOf(content)
  }
  return null
}

function sidesOf(value: Value | undefined): number[] | null {
  const items = itemsOf(value)
  if (!items || items.length > 32) return null
  const sides = items.filter((side) => typeof side === 'number' && side >= 0)
  return sides.length === items.length ? (sides as number[]) : null
}

function decode(data: Buffer, at: number, kind: string, size: number, bigEndian: boolean): Value {
  switch (kind) {
    case 'f':
      if (size === 8) return bigEndian ? data.readDoubleBE(at) : data.readDoubleLE(at)
      if (size === 4) return bigEndian ? data.readFloatBE(at) : data.readFloatLE(at)
      return null
    case 'i':
      if (size === 8) return Number(bigEndian ? data.readBigInt64BE(at) : data.readBigInt64LE(at))
      if (size > 6) return null
      return bigEndian ? data.readIntBE(at, size) : data.readIntLE(at, size)
    case 'u':
      if (size === 8) return Number(bigEndian ? data.readBigUInt64BE(at) : data.readBigUInt64LE(at))
      if (size > 6) return null
      return bigEndian ? data.readUIntBE(at, size) : data.readUIntLE(at, size)
    case 'b':
      return data[at] !== 0
    case 'U':
      return decodeUtf32(data, at, size, bigEndian)
    case 'S':
      return data.toString('latin1', at, at + size).replace(/\0+$/, '')
    default:
      return null
  }
}

function decodeUtf32(data: Buffer, at: number, size: number, bigEndian: boolean): string {
  let text = ''
  for (let offset = at; offset + 4 <= at + size; offset += 4) {
    const point = bigEndian ? data.readUInt32BE(offset) : data.readUInt32LE(offset)
    if (point > 0x10ffff) return text
    if (point !== 0) text += String.fromCodePoint(point)
  }
  return text
}
