import type { ModelSource } from './source.ts'
import { truncated } from './unreadable.ts'

const PAGE = 1 << 14
const MOST_PAGES = 256

/** Random access to a source by offsets that stand in the file itself, a page at a time. */
export class Pages {
  readonly bytes: number
  readonly #source: ModelSource
  readonly #pages = new Map<number, Buffer>()

  constructor(source: ModelSource) {
    this.#source = source
    this.bytes = source.bytes
  }

  async read(offset: number, length: number, what = 'a value'): Promise<Buffer> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.bytes)) {
      throw truncated(what, length, this.bytes - offset)
    }
    const number = Math.floor(offset / PAGE)
    if (offset + length > (number + 1) * PAGE) return this.#source.read(offset, length)
    const page = await this.#page(number)
    return page.subarray(offset - number * PAGE, offset - number * PAGE + length)
  }

  async #page(number: number): Promise<Buffer> {
    const known = this.#pages.get(number)
    if (known) return known
    if (this.#pages.size >= MOST_PAGES) this.#pages.clear()
    const page = await this.#source.read(number * PAGE, PAGE)
    this.#pages.set(number, page)
    return page
  }
}
