import { Cursor } from './cursor.ts'
import type { Wanted } from './json-pick.ts'
import type { ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

const DEEPEST = 200
const MOST_VALUES = 2_000_000
const MOST_KEPT = 200_000

/** Bytes of each type that can stand in a typed array. */
const WIDTHS: Record<string, number> = {
  U: 1,
  i: 1,
  I: 2,
  l: 4,
  L: 8,
  d: 4,
  D: 8,
  C: 1,
  Z: 0,
  T: 0,
  F: 0,
  N: 0,
}

/** The wanted parts of a Universal Binary JSON document, as XGBoost writes it; typed arrays elsewhere are jumped over. */
export async function pickUbj(source: ModelSource, wanted: Wanted): Promise<unknown> {
  return new Reader(new Cursor(source)).value(wanted, 0)
}

type Want = Wanted | true | undefined

class Reader {
  readonly #cursor: Cursor
  #values = 0
  #kept = 0

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  async value(want: Want, depth: number): Promise<unknown> {
    return this.#typed(await this.#type(), want, depth)
  }

  async #typed(type: string, want: Want, depth: number): Promise<unknown> {
    if (depth > DEEPEST) throw damaged(`more than ${DEEPEST} levels`)
    if (++this.#values > MOST_VALUES) throw new Unreadable(`has more than ${MOST_VALUES} values`)
    if (want === true && ++this.#kept > MOST_KEPT)
      throw new Unreadable('has a list of names that is too long')
    if (type === '{') return this.#object(want, depth)
    if (type === '[') return this.#array(want, depth)
    if (type === 'S' || type === 'H') return this.#string(want === true)
    return this.#scalar(type)
  }

  async #object(want: Want, depth: number): Promise<Record<string, unknown>> {
    const { type, count } = await this.#header()
    const found: Record<string, unknown> = {}
    for (let index = 0; count === null ? !(await this.#ends('}')) : index < count; index++) {
      const key = (await this.#string(true)) ?? ''
      const inner = want === true ? true : want && Object.hasOwn(want, key) ? want[key] : undefined
      const value = await this.#typed(type ?? (await this.#type()), inner, depth + 1)
      if (inner !== undefined) found[key] = value
    }
    return found
  }

  async #array(want: Want, depth: number): Promise<unknown[]> {
    const { type, count } = await this.#header()
    const width = type === null ? undefined : WIDTHS[type]
    if (count !== null && width !== undefined) {
      this.#cursor.demand(count * width, 'an array')
      if (want !== true) {
        this.#cursor.skip(count * width)
        return []
      }
    }
    const items: unknown[] = []
    for (let index = 0; count === null ? !(await this.#ends(']')) : index < count; index++) {
      const item = await this.#typed(
        type ?? (await this.#type()),
        want === true ? true : undefined,
        depth + 1,
      )
      if (want === true) items.push(item)
    }
    return items
  }

  /** `$` a type and `#` a count may come first. */
  async #header(): Promise<{ type: string | null; count: number | null }> {
    let type: string | null = null
    if (await this.#ends('$')) type = await this.#type()
    if (!(await this.#ends('#'))) {
      if (type !== null) throw damaged('a type without a count')
      return { type, count: null }
    }
    const count = this.#integer(await this.#type())
    if (!(count >= 0)) throw damaged('a negative count')
    // At least one byte each, but for types without any.
    if (type === null || (WIDTHS[type] ?? 1) > 0) this.#cursor.demand(count, 'a container')
    else if (count > MOST_VALUES) throw damaged('too large a count')
    return { type, count }
  }

  async #ends(mark: string): Promise<boolean> {
    const type = await this.#type()
    if (type === mark) return true
    this.#cursor.position--
    return false
  }

  /** Past no-ops. What follows has at most eight bytes of its own, so that it can be read without waiting. */
  async #type(): Promise<string> {
    const cursor = this.#cursor
    for (;;) {
      if (cursor.ready < 16) await cursor.fill(16)
      const type = String.fromCharCode(cursor.byte())
      if (type !== 'N') return type
      if (++this.#values > MOST_VALUES) throw new Unreadable(`has more than ${MOST_VALUES} values`)
    }
  }

  async #string(isWanted: boolean): Promise<string | null> {
    const length = this.#integer(await this.#type())
    this.#cursor.demand(length, 'a text')
    if (isWanted) return (await this.#cursor.take(length, 'a text')).toString('utf8')
    this.#cursor.skip(length)
    return null
  }

  async #scalar(type: string): Promise<unknown> {
    const cursor = this.#cursor
    if (cursor.ready < 8) await cursor.fill(8)
    if (type === 'Z') return null
    if (type === 'T' || type === 'F') return type === 'T'
    if (type === 'd') return cursor.view(4).readFloatBE(0)
    if (type === 'D') return cursor.view(8).readDoubleBE(0)
    if (type === 'C') return String.fromCharCode(cursor.byte())
    return this.#integer(type)
  }

  #integer(type: string): number {
    const cursor = this.#cursor
    if (type === 'U') return cursor.byte()
    if (type === 'i') return cursor.view(1).readInt8(0)
    if (type === 'I') return cursor.view(2).readInt16BE(0)
    if (type === 'l') return cursor.view(4).readInt32BE(0)
    if (type === 'L') return Number(cursor.view(8).readBigInt64BE(0))
    throw damaged(`an unknown type 0x${type.charCodeAt(0).toString(16)} at byte ${cursor.position - 1}`)
  }
}

function damaged(how: string): Unreadable {
  return new Unreadable(`is damaged UBJ: it has ${how}`)
}
