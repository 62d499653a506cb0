import { Unreadable } from './unreadable.ts'

/** Where a decoder of our own writes: it grows as needed, up to a limit, and earlier bytes can be copied. */
export class Inflated {
  length = 0
  readonly #limit: number
  #buffer = Buffer.allocUnsafe(1 << 16)

  constructor(limit: number) {
    this.#limit = limit
  }

  get content(): Buffer {
    return this.#buffer.subarray(0, this.length)
  }

  byteAt(distance: number): number {
    return this.#buffer[this.length - distance] ?? 0
  }

  push(byte: number): void {
    if (this.length === this.#buffer.length) this.#grow(1)
    this.#buffer[this.length++] = byte
  }

  append(bytes: Buffer): void {
    this.#grow(bytes.length)
    bytes.copy(this.#buffer, this.length)
    this.length += bytes.length
  }

  /** What stands `distance` back, `length` bytes of it; both may overlap, which repeats a pattern. */
  repeat(distance: number, length: number): void {
    if (distance <= 0 || distance > this.length) throw damagedData()
    this.#grow(length)
    const buffer = this.#buffer
    const end = this.length + length
    if (distance >= length) buffer.copyWithin(this.length, this.length - distance, end - distance)
    else for (let to = this.length; to < end; to++) buffer[to] = buffer[to - distance] as number
    this.length = end
  }

  #grow(added: number): void {
    const needed = this.length + added
    if (needed > this.#limit) throw tooLarge(this.#limit)
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(needed, this.#buffer.length * 2)))
    this.#buffer.copy(larger, 0, 0, this.length)
    this.#buffer = larger
  }
}

export function damagedData(): Unreadable {
  return new Unreadable('is damaged: its compressed data does not make sense')
}

export function tooLarge(limit: number): Unreadable {
  return new Unreadable(
    `inflates to more than ${limit >> 20} MiB, which is not read here`,
    'Save the model without compression: joblib.dump(model, path).',
    'too-large',
  )
}
