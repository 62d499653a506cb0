import { damagedData, Inflated } from './inflated.ts'

const LONGEST_CODE = 20
const GROUP_LENGTH = 50

/** bzip2, with one stream or several in a row; its checksums are not verified, the pickle inside is. */
export function inflateBzip2(input: Buffer, limit: number): Buffer {
  const output = new Inflated(limit)
  const bits = new Bits(input)
  while (bits.left >= 80) {
    const largest = streamHeader(bits) * 100_000
    for (;;) {
      const mark = bits.read(24) * 0x1000000 + bits.read(24)
      bits.read(24)
      bits.read(8)
      if (mark === 0x177245385090) break
      if (mark !== 0x314159265359) throw damagedData()
      inflateBlock(bits, largest, output)
    }
    bits.toNextByte()
  }
  return output.content
}

function streamHeader(bits: Bits): number {
  const magic = bits.read(24)
  const level = bits.read(8) - 0x30
  if (magic !== 0x425a68 || level < 1 || level > 9) throw damagedData()
  return level
}

class Bits {
  readonly #input: Buffer
  #at = 0
  #held = 0
  #count = 0

  constructor(input: Buffer) {
    this.#input = input
  }

  get left(): number {
    return (this.#input.length - this.#at) * 8 + this.#count
  }

  read(count: number): number {
    while (this.#count < count) {
      const byte = this.#input[this.#at++]
      if (byte === undefined) throw damagedData()
      this.#held = ((this.#held << 8) | byte) >>> 0
      this.#count += 8
    }
    this.#count -= count
    return (this.#held >>> this.#count) & ((1 << count) - 1)
  }

  toNextByte(): void {
    this.#count -= this.#count % 8
  }
}

/** A canonical Huffman code: for each length, the largest code and where its symbols begin. */
interface Code {
  readonly limits: Int32Array
  readonly bases: Int32Array
  readonly symbols: Uint16Array
}

function inflateBlock(bits: Bits, largest: number, output: Inflated): void {
  if (bits.read(1) !== 0) throw damagedData()
  const origin = bits.read(24)
  const used = usedBytes(bits)
  const groups = bits.read(3)
  const selectors = readSelectors(bits, groups)
  const codes = Array.from({ length: groups }, () => readCode(bits, used.length + 2))
  const { links, counts, length } = readSymbols(bits, used, selectors, codes, largest)
  if (origin >= length) throw damagedData()
  chain(links, counts, length)
  writeOut(links, origin, length, output)
}

function usedBytes(bits: Bits): number[] {
  const ranges = bits.read(16)
  const used: number[] = []
  for (let range = 0; range < 16; range++) {
    if (!(ranges & (0x8000 >> range))) continue
    const present = bits.read(16)
    for (let low = 0; low < 16; low++) if (present & (0x8000 >> low)) used.push(range * 16 + low)
  }
  if (used.length === 0) throw damagedData()
  return used
}

function readSelectors(bits: Bits, groups: number): Uint8Array {
  if (groups < 2 || groups > 6) throw damagedData()
  const selectors = new Uint8Array(bits.read(15))
  const order = [0, 1, 2, 3, 4, 5]
  for (let index = 0; index < selectors.length; index++) {
    let position = 0
    while (bits.read(1)) if (++position >= groups) throw damagedData()
    const [group = 0] = order.splice(position, 1)
    order.unshift(group)
    selectors[index] = group
  }
  return selectors
}

function readCode(bits: Bits, symbolCount: number): Code {
  const widths = new Uint8Array(symbolCount)
  let width = bits.read(5)
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    while (bits.read(1)) width += bits.read(1) ? -1 : 1
    if (width < 1 || width > LONGEST_CODE) throw damagedData()
    widths[symbol] = width
  }
  const symbols = new Uint16Array(symbolCount)
  const limits = new Int32Array(LONGEST_CODE + 1).fill(-1)
  const bases = new Int32Array(LONGEST_CODE + 1)
  let code = 0
  let placed = 0
  for (let length = 1; length <= LONGEST_CODE; length++) {
    bases[length] = placed - code
    for (let symbol = 0; symbol < symbolCount; symbol++) {
      if (widths[symbol] !== length) continue
      symbols[placed++] = symbol
      code++
    }
    limits[length] = code - 1
    code *= 2
  }
  return { limits, bases, symbols }
}

function readSymbol(bits: Bits, { limits, bases, symbols }: Code): number {
  let code = 0
  for (let length = 1; length <= LONGEST_CODE; length++) {
    code = (code << 1) | bits.read(1)
    if (code <= (limits[length] as number)) {
      const symbol = symbols[code + (bases[length] as number)]
      if (symbol !== undefined) return symbol
    }
  }
  throw damagedData()
}

/** Huffman, runs and move-to-front undone: the last column of the sorted rotations. */
function readSymbols(
  bits: Bits,
  used: number[],
  selectors: Uint8Array,
  codes: readonly Code[],
  largest: number,
) {
  const links = new Uint32Array(largest)
  const counts = new Uint32Array(256)
  const order = [...used]
  const endOfBlock = used.length + 1
  let length = 0
  let run = 0
  let runUnit = 1
  for (let taken = 0; ; taken++) {
    const code = codes[selectors[Math.floor(taken / GROUP_LENGTH)] ?? -1]
    if (!code) throw damagedData()
    const symbol = readSymbol(bits, code)
    if (symbol <= 1) {
      run += runUnit * (symbol + 1)
      runUnit *= 2
      if (run > largest) throw damagedData()
      continue
    }
    if (run > 0) {
      const byte = order[0] as number
      if (length + run > largest) throw damagedData()
      links.fill(byte, length, length + run)
      counts[byte] = (counts[byte] as number) + run
      length += run
      run = 0
      runUnit = 1
    }
    if (symbol === endOfBlock) return { links, counts, length }
    if (length >= largest) throw damagedData()
    const [byte = 0] = order.splice(symbol - 1, 1)
    order.unshift(byte)
    links[length++] = byte
    counts[byte] = (counts[byte] as number) + 1
  }
}

/** The way from each row to the next stands above the byte in the low eight bits. */
function chain(links: Uint32Array, counts: Uint32Array, length: number): void {
  let total = 0
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte] as number
    counts[byte] = total
    total += count
  }
  for (let row = 0; row < length; row++) {
    const byte = (links[row] as number) & 0xff
    const place = counts[byte] as number
    counts[byte] = place + 1
    links[place] = (links[place] as number) | (row << 8)
  }
}

/** Four equal bytes are followed by how often the byte comes again. */
function writeOut(links: Uint32Array, origin: number, length: number, output: Inflated): void {
  let at = (links[origin] as number) >>> 8
  let previous = -1
  let same = 0
  for (let row = 0; row < length; row++) {
    const link = links[at] as number
    at = link >>> 8
    const byte = link & 0xff
    if (same === 4) {
      if (byte > 0) output.repeat(1, byte)
      same = 0
      previous = -1
      continue
    }
    same = byte === previous ? same + 1 : 1
    previous = byte
    output.push(byte)
  }
}
