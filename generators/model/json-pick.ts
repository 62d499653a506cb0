import { Cursor, LONGEST_PIECE } from './cursor.ts'
import type { ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

/** Which parts of a document are wanted: `{ learner: { feature_names: true } }`. */
export interface Wanted {
  readonly [key: string]: Wanted | true
}

const MOST_KEPT = 8 << 20
const MOST_KEYS = 10_000
/** Of what is kept; what is scanned over may be nested as deeply as it likes. */
const DEEPEST = 500

/** The wanted parts of a large JSON document: forests are scanned over, not built. */
export async function pickJson(source: ModelSource, wanted: Wanted): Promise<unknown> {
  return new Picker(new Cursor(source)).object(wanted)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

class Picker {
  readonly #cursor: Cursor
  #kept = 0
  #keys = 0

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  async object(wanted: Wanted): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {}
    await this.#expect('{')
    if (await this.#comes('}')) return found
    do {
      if (++this.#keys > MOST_KEYS) throw new Unreadable(`has more than ${MOST_KEYS} keys`)
      const key = await this.#key()
      await this.#expect(':')
      const want = Object.hasOwn(wanted, key) ? wanted[key] : undefined
      if (want === true) found[key] = await this.#keep()
      else if (want !== undefined && (await this.#next()) === 0x7b) found[key] = await this.object(want)
      else await this.#value(null)
    } while (await this.#comes(','))
    await this.#expect('}')
    return found
  }

  /** The next byte that is no white space. */
  async #next(): Promise<number> {
    const cursor = this.#cursor
    for (;;) {
      if (cursor.ready === 0) await cursor.fill(1)
      const byte = cursor.byte()
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        cursor.position--
        return byte
      }
    }
  }

  async #comes(character: string): Promise<boolean> {
    if ((await this.#next()) !== character.charCodeAt(0)) return false
    this.#cursor.position++
    return true
  }

  async #expect(character: string): Promise<void> {
    if (!(await this.#comes(character)))
      throw damaged(`${character} is missing at byte ${this.#cursor.position}`)
  }

  async #key(): Promise<string> {
    const parts: Buffer[] = []
    if ((await this.#next()) !== QUOTE) throw damaged(`a key is missing at byte ${this.#cursor.position}`)
    await this.#value(parts, LONGEST_PIECE)
    return String(parse(Buffer.concat(parts)))
  }

  async #keep(): Promise<unknown> {
    const parts: Buffer[] = []
    await this.#value(parts, MOST_KEPT)
    return parse(Buffer.concat(parts))
  }

  /** Past one value, window by window; its bytes go to `parts` if it is wanted. */
  async #value(parts: Buffer[] | null, longest = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#next()
    const cursor = this.#cursor
    const state: Scan = { depth: 0, inString: false, escaped: false, isScalar: false, deepest: 0 }
    for (let taken = 0; ; ) {
      if (cursor.ready === 0) {
        if (cursor.left === 0) throw damaged('it breaks off')
        await cursor.fill(1)
      }
      const window = cursor.view(cursor.ready)
      const end = scan(window, state)
      const used = end < 0 ? window.length : end
      cursor.position -= window.length - used
      taken += used
      if (parts) {
        this.#kept += used
        if (taken > longest || this.#kept > MOST_KEPT) {
          throw new Unreadable('has a list of names that is too long')
        }
        if (state.deepest > DEEPEST) throw damaged(`it is nested more than ${DEEPEST} levels deep`)
        parts.push(Buffer.from(window.subarray(0, used)))
      }
      if (end >= 0) return
    }
  }
}

interface Scan {
  depth: number
  inString: boolean
  escaped: boolean
  isScalar: boolean
  deepest: number
}

/** Where the value ends in this window, or -1. */
function scan(window: Buffer, state: Scan): number {
  let { depth, inString, escaped, isScalar, deepest } = state
  for (let at = 0; at < window.length; at++) {
    const byte = window[at] as number
    if (inString) {
      if (escaped) escaped = false
      else if (byte === BACKSLASH) escaped = true
      else if (byte === QUOTE) {
        inString = false
        if (depth === 0) return at + 1
      }
    } else if (byte === QUOTE) inString = true
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) deepest = depth
    } else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return at
      if (--depth === 0) {
        state.deepest = deepest
        return at + 1
      }
    } else if (depth === 0 && (byte === 0x2c || byte === 0x3a || byte <= 0x20) && isScalar) return at
    else isScalar = true
  }
  Object.assign(state, { depth, inString, escaped, isScalar, deepest })
  return -1
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    throw damaged('a value makes no sense')
  }
}

function damaged(how: string): Unreadable {
  return new Unreadable(`is damaged JSON: ${how}`)
}
