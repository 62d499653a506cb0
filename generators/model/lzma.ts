import { damagedData, Inflated } from './inflated.ts'
import { Unreadable } from './unreadable.ts'

/** `.lzma`: five bytes of properties, the size (or -1: up to an end mark), the data. */
export function inflateLzma(input: Buffer, limit: number): Buffer {
  if (input.length < 18) throw damagedData()
  const output = new Inflated(limit)
  const decoder = new LzmaDecoder(output)
  decoder.setProperties(input[0] as number)
  const size = input.readBigUInt64LE(5)
  decoder.start(input, 13, input.length)
  decoder.decode(size === 0xffffffffffffffffn ? Number.POSITIVE_INFINITY : Number(size))
  return output.content
}

/** `.xz`: blocks of LZMA2 chunks. Checks at the end of a block are not verified, the pickle inside is. */
export function inflateXz(input: Buffer, limit: number): Buffer {
  const output = new Inflated(limit)
  const checkSize = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64][(input[7] ?? 0) & 15] ?? 0
  let at = 12
  for (;;) {
    const headerUnits = input[at]
    if (headerUnits === undefined) throw damagedData()
    // An index follows the last block.
    if (headerUnits === 0) return output.content
    demandLzma2(input, at)
    at = inflateBlock(input, at + (headerUnits + 1) * 4, output)
    at = ((at + 3) & ~3) + checkSize
  }
}

function demandLzma2(input: Buffer, at: number): void {
  const flags = input[at + 1] ?? 0
  let filter = at + 2
  for (const hasSize of [flags & 0x40, flags & 0x80]) {
    if (!hasSize) continue
    while ((input[filter] ?? 0) & 0x80) filter++
    filter++
  }
  if ((flags & 3) !== 0 || input[filter] !== 0x21) {
    throw new Unreadable(
      'is compressed with an xz filter that is not read here',
      'Dump it again: joblib.dump(model, path, compress=("gzip", 3)).',
    )
  }
}

/** LZMA2: each chunk says what of the decoder's state it starts anew. */
function inflateBlock(input: Buffer, start: number, output: Inflated): number {
  const decoder = new LzmaDecoder(output)
  let hasProperties = false
  let at = start
  for (;;) {
    const control = input[at]
    if (control === undefined) throw damagedData()
    if (control === 0) return at + 1
    if (control < 0x80) {
      if (control > 2 || at + 3 > input.length) throw damagedData()
      const size = input.readUInt16BE(at + 1) + 1
      if (at + 3 + size > input.length) throw damagedData()
      output.append(input.subarray(at + 3, at + 3 + size))
      at += 3 + size
      continue
    }
    if (at + 6 > input.length) throw damagedData()
    const size = ((control & 0x1f) << 16) + input.readUInt16BE(at + 1) + 1
    const packed = input.readUInt16BE(at + 3) + 1
    const reset = (control >> 5) & 3
    at += 5
    if (reset >= 2) {
      decoder.setProperties(input[at++] as number)
      hasProperties = true
    } else if (reset === 1) decoder.resetState()
    if (!hasProperties || at + packed > input.length) throw damagedData()
    decoder.start(input, at, at + packed)
    decoder.decode(size)
    at += packed
  }
}

const INITIAL = 1 << 10
const MATCHES_END = 0xffffffff
const MOST_RESETS = 2_000

function bits(count: number): Uint16Array {
  return new Uint16Array(count).fill(INITIAL)
}

/** How long a match is: short, middle or long, by position. */
interface Lengths {
  readonly choice: Uint16Array
  readonly low: Uint16Array
  readonly middle: Uint16Array
  readonly high: Uint16Array
}

function lengths(): Lengths {
  return { choice: bits(2), low: bits(16 << 3), middle: bits(16 << 3), high: bits(256) }
}

/** After the reference decoder of the LZMA specification; names of the parts as there. */
class LzmaDecoder {
  readonly #output: Inflated
  #input: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0
  #resets = 0
  #range = 0
  #code = 0
  #literalContext = 3
  #literalMask = 0
  #positionMask = 3
  #state = 0
  #distances: [number, number, number, number] = [0, 0, 0, 0]
  #literals = bits(0)
  #isMatch = bits(192)
  #isRepeat = bits(12)
  #isRepeat0 = bits(12)
  #isRepeat1 = bits(12)
  #isRepeat2 = bits(12)
  #isRepeat0Long = bits(192)
  #slots = bits(4 << 6)
  #special = bits(115)
  #align = bits(16)
  #matchLengths = lengths()
  #repeatLengths = lengths()

  constructor(output: Inflated) {
    this.#output = output
  }

  setProperties(properties: number): void {
    if (!(properties < 9 * 5 * 5)) throw damagedData()
    this.#literalContext = properties % 9
    const rest = Math.floor(properties / 9)
    this.#literalMask = (1 << (rest % 5)) - 1
    this.#positionMask = (1 << Math.floor(rest / 5)) - 1
    // 4 MiB at most: lc + lp may be 12 in a hostile file.
    this.#literals = bits(0x300 << (this.#literalContext + (rest % 5)))
    this.resetState()
  }

  resetState(): void {
    // An encoder starts anew at a block; a hostile file could ask for it at every seventh byte.
    if (++this.#resets > MOST_RESETS) throw damagedData()
    this.#state = 0
    this.#distances = [0, 0, 0, 0]
    const { choice, low, middle, high } = this.#matchLengths
    const repeat = this.#repeatLengths
    for (const probabilities of [
      this.#literals,
      this.#isMatch,
      this.#isRepeat,
      this.#isRepeat0,
      this.#isRepeat1,
      this.#isRepeat2,
      this.#isRepeat0Long,
      this.#slots,
      this.#special,
      this.#align,
      choice,
      low,
      middle,
      high,
      repeat.choice,
      repeat.low,
      repeat.middle,
      repeat.high,
    ]) {
      probabilities.fill(INITIAL)
    }
  }

  start(input: Buffer, at: number, end: number): void {
    if (at + 5 > end || input[at] !== 0) throw damagedData()
    this.#input = input
    this.#at = at + 5
    this.#end = end
    this.#range = 0xffffffff
    this.#code = input.readUInt32BE(at + 1)
  }

  decode(size: number): void {
    const output = this.#output
    const goal = output.length + size
    while (output.length < goal) {
      const position = output.length & this.#positionMask
      const place = (this.#state << 4) + position
      if (this.#bit(this.#isMatch, place) === 0) {
        this.#literal()
        continue
      }
      const length = this.#bit(this.#isRepeat, this.#state)
        ? this.#repeated(place, position)
        : this.#match(position)
      if (length === 0) return
      output.repeat(this.#distances[0] + 1, Math.min(length, goal - output.length))
    }
  }

  #literal(): void {
    const output = this.#output
    const previous = output.length > 0 ? output.byteAt(1) : 0
    const context =
      ((output.length & this.#literalMask) << this.#literalContext) + (previous >> (8 - this.#literalContext))
    const base = 0x300 * context
    let symbol = 1
    if (this.#state >= 7) {
      if (this.#distances[0] >= output.length) throw damagedData()
      let matched = output.byteAt(this.#distances[0] + 1)
      while (symbol < 0x100) {
        const expected = (matched >> 7) & 1
        matched <<= 1
        const bit = this.#bit(this.#literals, base + ((1 + expected) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (expected !== bit) break
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(this.#literals, base + symbol)
    output.push(symbol & 0xff)
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6
  }

  #match(position: number): number {
    const [a, b, c] = this.#distances
    const length = this.#length(this.#matchLengths, position)
    this.#state = this.#state < 7 ? 7 : 10
    const distance = this.#distance(length)
    if (distance === MATCHES_END) return 0
    this.#distances = [distance, a, b, c]
    return length + 2
  }

  #repeated(place: number, position: number): number {
    const [a, b, c, d] = this.#distances
    const state = this.#state
    if (this.#bit(this.#isRepeat0, state) === 0) {
      if (this.#bit(this.#isRepeat0Long, place) === 0) {
        this.#state = state < 7 ? 9 : 11
        return 1
      }
    } else if (this.#bit(this.#isRepeat1, state) === 0) this.#distances = [b, a, c, d]
    else if (this.#bit(this.#isRepeat2, state) === 0) this.#distances = [c, a, b, d]
    else this.#distances = [d, a, b, c]
    this.#state = state < 7 ? 8 : 11
    return this.#length(this.#repeatLengths, position) + 2
  }

  #length({ choice, low, middle, high }: Lengths, position: number): number {
    if (this.#bit(choice, 0) === 0) return this.#tree(low, position << 3, 3)
    if (this.#bit(choice, 1) === 0) return 8 + this.#tree(middle, position << 3, 3)
    return 16 + this.#tree(high, 0, 8)
  }

  #distance(length: number): number {
    const slot = this.#tree(this.#slots, Math.min(length, 3) << 6, 6)
    if (slot < 4) return slot
    const direct = (slot >> 1) - 1
    const base = ((2 | (slot & 1)) << direct) >>> 0
    if (slot < 14) return base + this.#reverseTree(this.#special, base - slot, direct)
    let high = 0
    for (let left = direct - 4; left > 0; left--) {
      this.#range >>>= 1
      const bit = this.#code >>> 0 >= this.#range ? 1 : 0
      if (bit) this.#code = (this.#code - this.#range) >>> 0
      this.#normalise()
      high = high * 2 + bit
    }
    return (base + high * 16 + this.#reverseTree(this.#align, 0, 4)) >>> 0
  }

  #tree(probabilities: Uint16Array, offset: number, depth: number): number {
    let symbol = 1
    for (let level = 0; level < depth; level++)
      symbol = (symbol << 1) | this.#bit(probabilities, offset + symbol)
    return symbol - (1 << depth)
  }

  #reverseTree(probabilities: Uint16Array, offset: number, depth: number): number {
    let symbol = 1
    let value = 0
    for (let level = 0; level < depth; level++) {
      const bit = this.#bit(probabilities, offset + symbol)
      symbol = (symbol << 1) | bit
      value |= bit << level
    }
    return value
  }

  #bit(probabilities: Uint16Array, index: number): 0 | 1 {
    const probability = probabilities[index] as number
    const bound = (this.#range >>> 11) * probability
    if (this.#code < bound) {
      this.#range = bound
      probabilities[index] = probability + ((2048 - probability) >> 5)
      this.#normalise()
      return 0
    }
    this.#range -= bound
    this.#code -= bound
    probabilities[index] = probability - (probability >> 5)
    this.#normalise()
    return 1
  }

  #normalise(): void {
    if (this.#range >= 0x1000000) return
    if (this.#at >= this.#end) throw damagedData()
    this.#range = (this.#range << 8) >>> 0
    this.#code = ((this.#code << 8) | (this.#input[this.#at++] as number)) >>> 0
  }
}
