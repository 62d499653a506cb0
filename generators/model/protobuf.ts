import { Cursor, LONGEST_PIECE } from './cursor.ts'
import type { ModelSource } from './source.ts'
import { truncated, Unreadable } from './unreadable.ts'

/** One field of a message: a number in place, or the range of bytes that it takes. */
export interface Field {
  readonly number: number
  readonly wire: 'varint' | 'bytes' | 'fixed32' | 'fixed64'
  /** A varint's value, as a signed 64-bit number. */
  readonly value: bigint
  readonly start: number
  readonly end: number
}

const MOST_FIELDS = 2_000_000
const MOST_TEXT = 32 << 20
const ENOUGH_FOR_A_HEADER = 20

/** Protobuf by ranges: what nobody asks for is jumped over by its length. One budget of fields for the whole file. */
export class Protobuf {
  readonly #cursor: Cursor
  #fields = 0
  #text = 0

  constructor(source: ModelSource) {
    this.#cursor = new Cursor(source)
  }

  async *fields(range: { start: number; end: number }): AsyncGenerator<Field> {
    const cursor = this.#cursor
    cursor.position = range.start
    while (cursor.position < range.end) {
      if (++this.#fields > MOST_FIELDS) throw new Unreadable(`has more than ${MOST_FIELDS} protobuf fields`)
      await cursor.fill(ENOUGH_FOR_A_HEADER)
      const field = readHeader(cursor)
      if (field.end > range.end) {
        throw truncated(`protobuf field ${field.number}`, field.end - field.start, range.end - field.start)
      }
      yield field
      cursor.position = field.end
    }
  }

  /** A long text is cut: nothing in a signature is longer. */
  async text(field: Field, longest = LONGEST_PIECE): Promise<string> {
    return (await this.bytes(field, longest)).toString('utf8')
  }

  async bytes({ start, end }: Field, longest = LONGEST_PIECE): Promise<Buffer> {
    const length = Math.min(end - start, longest)
    this.#text += length
    if (this.#text > MOST_TEXT) throw new Unreadable(`has more than ${MOST_TEXT >> 20} MiB of names`)
    this.#cursor.position = start
    return this.#cursor.take(length)
  }

  /** A repeated integer stands alone, or packed with its like. */
  async integers(field: Field, most: number): Promise<bigint[]> {
    if (field.wire === 'varint') return [field.value]
    if (field.wire !== 'bytes') return []
    const cursor = this.#cursor
    cursor.position = field.start
    const values: bigint[] = []
    while (cursor.position < field.end && values.length < most) {
      await cursor.fill(ENOUGH_FOR_A_HEADER)
      values.push(varint(cursor))
    }
    return values
  }
}

function readHeader(cursor: Cursor): Field {
  const key = BigInt.asUintN(64, varint(cursor))
  const number = Number(key >> 3n)
  if (number === 0 || number > 536_870_911)
    throw new Unreadable('is not valid protobuf: a field has no number')
  const wire = Number(key & 7n)
  if (wire === 0) {
    const start = cursor.position
    const value = varint(cursor)
    return { number, wire: 'varint', value, start, end: cursor.position }
  }
  if (wire === 1)
    return { number, wire: 'fixed64', value: 0n, start: cursor.position, end: cursor.position + 8 }
  if (wire === 5)
    return { number, wire: 'fixed32', value: 0n, start: cursor.position, end: cursor.position + 4 }
  if (wire !== 2) throw new Unreadable(`is not valid protobuf: field ${number} has wire type ${wire}`)
  const length = Number(BigInt.asUintN(64, varint(cursor)))
  return { number, wire: 'bytes', value: 0n, start: cursor.position, end: cursor.position + length }
}

/** Small numbers, nearly all of them, without BigInt arithmetic for each byte. */
function varint(cursor: Cursor): bigint {
  let low = 0
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = cursor.byte()
    low |= (byte & 127) << shift
    if (byte < 128) return BigInt(low)
  }
  let value = BigInt(low)
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = cursor.byte()
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return BigInt.asIntN(64, value)
  }
  throw new Unreadable('is not valid protobuf: a number is longer than 10 bytes')
}
