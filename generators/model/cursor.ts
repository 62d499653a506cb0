import type { ModelSource } from './source.ts'
import { truncated } from './unreadable.ts'

const SMALLEST_READ = 1 << 10
const LARGEST_READ = 1 << 18
/** Nothing that a reader keeps as one piece is longer: names, small arrays, attributes. */
export const LONGEST_PIECE = 1 << 20

/**
 * Walks forwards through a part of a source. Only what is looked at is read: a jump over an array costs nothing,
 * and after it a small read is tried first, so that the headers between the weights of a 1 GB model cost kilobytes.
 */
export class Cursor {
  position: number
  readonly end: number
  readonly #source: ModelSource
  #window: Buffer = Buffer.alloc(0)
  #windowStart = 0
  #nextRead = SMALLEST_READ

  constructor(source: ModelSource, start = 0, end = source.bytes) {
    this.#source = source
    this.position = start
    this.end = end
  }

  get left(): number {
    return this.end - this.position
  }

  /** How many bytes can be had without waiting. */
  get ready(): number {
    const offset = this.position - this.#windowStart
    return offset < 0 ? 0 : Math.max(0, this.#window.length - offset)
  }

  /** Makes `length` bytes ready, or as many as are left. */
  async fill(length: number): Promise<void> {
    const wanted = Math.min(length, this.left)
    if (this.ready >= wanted) return
    const jumped = this.ready === 0 && this.position !== this.#windowStart + this.#window.length
    this.#nextRead = jumped ? SMALLEST_READ : Math.min(this.#nextRead * 2, LARGEST_READ)
    const size = Math.min(Math.max(wanted, this.#nextRead), this.left)
    this.#window = await this.#source.read(this.position, size)
    this.#windowStart = this.position
    if (this.#window.length < wanted) throw truncated('the file', wanted, this.#window.length)
  }

  /** The next `length` bytes, already ready; valid until the next `fill`. */
  view(length: number, what = 'a value'): Buffer {
    if (length > this.ready) throw truncated(what, length, this.ready)
    const start = this.position - this.#windowStart
    this.position += length
    return this.#window.subarray(start, start + length)
  }

  /** The next `length` bytes as a copy of their own, at most LONGEST_PIECE. */
  async take(length: number, what = 'a value'): Promise<Buffer> {
    this.demand(length, what)
    if (length > LONGEST_PIECE) throw truncated(what, length, LONGEST_PIECE)
    await this.fill(length)
    return Buffer.from(this.view(length, what))
  }

  byte(): number {
    const offset = this.position - this.#windowStart
    const value = offset < 0 ? undefined : this.#window[offset]
    if (value === undefined) throw truncated('a value', 1, 0)
    this.position++
    return value
  }

  skip(length: number, what = 'a value'): void {
    this.demand(length, what)
    this.position += length
  }

  /** A declared length is never above what is left. */
  demand(length: number, what: string): void {
    if (!(length >= 0 && length <= this.left)) throw truncated(what, length, this.left)
  }
}
