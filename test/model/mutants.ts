import { deflateRawSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'

/** A model file, and what of it is inflated: damage is done inside too, where a check sum would not stop it. */
export interface Fixture {
  readonly name: string
  readonly content: Buffer
}

/** The same number, the same damage: mulberry32. */
export function randomness(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

export function mutant(fixtures: readonly Fixture[], index: number): Fixture {
  const random = randomness(index * 7919 + 1)
  const { name, content } = fixtures[index % fixtures.length] as Fixture
  const other = fixtures[random(fixtures.length)] as Fixture
  const damages = 1 + random(3)
  let damaged = content
  let how = ''
  for (let count = 0; count < damages; count++) {
    const kind = DAMAGES[random(DAMAGES.length)] as (typeof DAMAGES)[number]
    damaged = inside(damaged, random(3) === 0, (bytes) => kind(bytes, random, other.content))
    how += ` ${kind.name}`
  }
  return { name: `${name} #${index}${how}`, content: damaged }
}

type Random = (below: number) => number
type Damage = (bytes: Buffer, random: Random, other: Buffer) => Buffer

function inside(bytes: Buffer, wanted: boolean, damage: (bytes: Buffer) => Buffer): Buffer {
  if (wanted && bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      return gzipSync(damage(gunzipSync(bytes, { maxOutputLength: 1 << 24 })), { level: 1 })
    } catch {}
  }
  if (wanted && bytes[0] === 0x78) {
    try {
      return gzipSync(damage(inflateSync(bytes, { maxOutputLength: 1 << 24 })), { level: 1 })
    } catch {}
  }
  return damage(bytes)
}

const flipBits: Damage = (bytes, random) => {
  const copy = Buffer.from(bytes)
  for (let count = 1 + random(16); count > 0; count--) {
    const at = random(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << random(8))
  }
  return copy
}

/** Headers are short, and most of what a reader trusts stands in them. */
const flipEarly: Damage = (bytes, random) => {
  const copy = Buffer.from(bytes)
  for (let count = 1 + random(6); count > 0; count--) copy[random(Math.min(copy.length, 400))] = random(256)
  return copy
}

/** A zip's directory and LightGBM's parameters stand last. */
const flipLate: Damage = (bytes, random) => {
  const copy = Buffer.from(bytes)
  for (let count = 1 + random(6); count > 0; count--)
    copy[Math.max(0, copy.length - 1 - random(2_000))] = random(256)
  return copy
}

const truncate: Damage = (bytes, random) => bytes.subarray(0, random(bytes.length + 1))

const lengthField: Damage = (bytes, random) => {
  const copy = Buffer.from(bytes)
  const width = [1, 2, 4, 8][random(4)] as number
  if (copy.length <= width) return copy
  const at = random(copy.length - width)
  const value = [0, 1, 127, 128, 255, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1][random(9)] as number
  for (let byte = 0; byte < width; byte++) copy[at + byte] = Math.floor(value / 256 ** byte) & 255
  if (random(4) === 0) copy.fill(255, at, at + width)
  return copy
}

const nest: Damage = (bytes, random) => {
  const at = random(bytes.length)
  const opening = [']', '(', '}', '[', '{', '{"a":', '\x0a\x05', 'S', '\x32'][random(9)] as string
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(opening.repeat(1 + random(20_000)), 'latin1'),
    bytes.subarray(at),
  ])
}

const repeatPart: Damage = (bytes, random) => {
  const at = random(bytes.length)
  const part = bytes.subarray(at, at + 1 + random(200))
  return Buffer.concat([
    bytes.subarray(0, at),
    ...Array.from({ length: 1 + random(500) }, () => part),
    bytes.subarray(at),
  ])
}

const removePart: Damage = (bytes, random) => {
  const at = random(bytes.length)
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(300))])
}

const splice: Damage = (bytes, random, other) => {
  const at = random(bytes.length)
  const from = random(other.length)
  return Buffer.concat([
    bytes.subarray(0, at),
    other.subarray(from, from + random(4_000)),
    bytes.subarray(at + random(4_000)),
  ])
}

/** A megabyte of one byte, packed to a thousandth of it. */
const bomb: Damage = (bytes, random) => {
  const filling = Buffer.alloc((1 + random(8)) << 20, random(256))
  return random(2) === 0
    ? gzipSync(Buffer.concat([bytes.subarray(0, 200), filling]), { level: 1 })
    : Buffer.concat([bytes.subarray(0, random(bytes.length)), deflateRawSync(filling)])
}

const traversal: Damage = (bytes) => {
  const text = bytes.toString('latin1')
  return Buffer.from(
    text.replace(/(?:archive|parts|games|config|classes)(?=[./])/g, (name) =>
      '../../../../..'.slice(0, name.length),
    ),
    'latin1',
  )
}

const DAMAGES = [
  flipBits,
  flipEarly,
  flipLate,
  truncate,
  lengthField,
  nest,
  repeatPart,
  removePart,
  splice,
  bomb,
  traversal,
] as const
