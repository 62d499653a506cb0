import { damagedData, Inflated } from './inflated.ts'

const UNCOMPRESSED = 0x80000000

/** The LZ4 frame format, as joblib writes it; its checksums are not verified, the pickle inside is. */
export function inflateLz4(input: Buffer, limit: number): Buffer {
  const output = new Inflated(limit)
  const flags = input[4] ?? 0
  if (flags >> 6 !== 1) throw damagedData()
  const hasBlockChecksums = (flags & 0x10) !== 0
  const hasContentSize = (flags & 0x08) !== 0
  const hasDictionary = (flags & 0x01) !== 0
  if (hasDictionary) throw damagedData()
  let at = 7 + (hasContentSize ? 8 : 0)
  for (;;) {
    if (at + 4 > input.length) throw damagedData()
    const header = input.readUInt32LE(at)
    at += 4
    if (header === 0) return output.content
    const size = header & ~UNCOMPRESSED
    if (at + size > input.length) throw damagedData()
    const block = input.subarray(at, at + size)
    if (header >>> 31) output.append(block)
    else inflateBlock(block, output)
    at += size + (hasBlockChecksums ? 4 : 0)
  }
}

function inflateBlock(block: Buffer, output: Inflated): void {
  let at = 0
  const next = (): number => {
    const byte = block[at++]
    if (byte === undefined) throw damagedData()
    return byte
  }
  const length = (start: number): number => {
    let total = start
    if (start === 15) for (let more = 255; more === 255; total += more) more = next()
    return total
  }
  while (at < block.length) {
    const token = next()
    const literals = length(token >> 4)
    if (at + literals > block.length) throw damagedData()
    output.append(block.subarray(at, at + literals))
    at += literals
    // The last sequence ends after its literals.
    if (at === block.length) return
    const distance = next() | (next() << 8)
    output.repeat(distance, length(token & 15) + 4)
  }
}
