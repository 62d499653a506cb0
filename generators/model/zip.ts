import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { type Archive, MOST_MEMBERS } from './archive.ts'
import { inMemory, type ModelSource, part } from './source.ts'
import { truncated, Unreadable } from './unreadable.ts'

const END_RECORD = 22
const LONGEST_COMMENT = 0xffff
const LARGEST_DIRECTORY = 16 << 20
const MOST_INFLATED = 64 << 20

interface Entry {
  readonly method: number
  readonly packed: number
  readonly size: number
  readonly at: number
}

/** By the central directory at the end: of a model of gigabytes, that and the members asked for are read. */
export async function openZip(source: ModelSource): Promise<Archive> {
  const entries = await readDirectory(source)
  return { names: [...entries.keys()], open: (name) => openMember(source, name, entries.get(name)) }
}

async function readDirectory(source: ModelSource): Promise<Map<string, Entry>> {
  const { count, size, at } = await findDirectory(source)
  if (size > LARGEST_DIRECTORY || count > MOST_MEMBERS) throw new Unreadable('is a zip with too many members')
  if (at + size > source.bytes) throw truncated('the zip directory', size, source.bytes - at)
  const directory = await source.read(at, size)
  const entries = new Map<string, Entry>()
  let position = 0
  for (let index = 0; index < count; index++) {
    if (position + 46 > directory.length || directory.readUInt32LE(position) !== 0x02014b50) {
      throw new Unreadable('is a damaged zip: its directory breaks off')
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      directory.readUInt16LE(position + offset),
    )
    const nameEnd = position + 46 + (nameLength ?? 0)
    const extraEnd = nameEnd + (extraLength ?? 0)
    const name = directory.toString('utf8', position + 46, nameEnd)
    if (!entries.has(name))
      entries.set(name, readEntry(directory, position, directory.subarray(nameEnd, extraEnd)))
    position = extraEnd + (commentLength ?? 0)
  }
  return entries
}

async function findDirectory(source: ModelSource): Promise<{ count: number; size: number; at: number }> {
  const tailAt = Math.max(0, source.bytes - END_RECORD - LONGEST_COMMENT)
  const tail = await source.read(tailAt, source.bytes - tailAt)
  const end = tail.lastIndexOf('PK\x05\x06', tail.length - END_RECORD, 'latin1')
  if (end < 0 || end + END_RECORD > tail.length) throw new Unreadable('is a damaged zip: its end is missing')
  const found = {
    count: tail.readUInt16LE(end + 10),
    size: tail.readUInt32LE(end + 12),
    at: tail.readUInt32LE(end + 16),
  }
  const locator = end - 20
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return found
  const large = await source.read(Number(tail.readBigUInt64LE(locator + 8)), 56)
  if (large.length < 56 || large.readUInt32LE(0) !== 0x06064b50) return found
  const [count = 0, size = 0, at = 0] = [32, 40, 48].map((offset) => Number(large.readBigUInt64LE(offset)))
  return { count, size, at }
}

/** Sizes above 4 GiB stand in an extra field, in this order, each only where its own place is full. */
function readEntry(directory: Buffer, position: number, extra: Buffer): Entry {
  const sizes = [24, 20, 42].map((offset) => directory.readUInt32LE(position + offset))
  let at = 0
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2)
  let wide = at + 4
  const [size = 0, packed = 0, start = 0] = sizes.map((value) => {
    if (value !== 0xffffffff || wide + 8 > extra.length) return value
    wide += 8
    return Number(extra.readBigUInt64LE(wide - 8))
  })
  return { method: directory.readUInt16LE(position + 10), size, packed, at: start }
}

async function openMember(
  source: ModelSource,
  name: string,
  entry: Entry | undefined,
): Promise<ModelSource | null> {
  if (!entry) return null
  const header = await source.read(entry.at, 30)
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) {
    throw new Unreadable(`is a damaged zip: ${name} does not stand where the directory says`)
  }
  const start = entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  if (start + entry.packed > source.bytes) throw truncated(name, entry.packed, source.bytes - start)
  if (entry.method === 0) return part(source, start, entry.packed)
  if (entry.method !== 8)
    throw new Unreadable(`holds ${name} compressed by method ${entry.method}, which is not read here`)
  if (entry.size > MOST_INFLATED || entry.packed > MOST_INFLATED) throw tooLarge(name)
  return inMemory(source.path, await inflate(await source.read(start, entry.packed), name))
}

async function inflate(packed: Buffer, name: string): Promise<Buffer> {
  try {
    return await promisify(inflateRaw)(packed, { maxOutputLength: MOST_INFLATED })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(name)
    throw new Unreadable(`is a damaged zip: ${name} cannot be inflated`)
  }
}

function tooLarge(name: string): Unreadable {
  return new Unreadable(
    `holds ${name}, which inflates to more than ${MOST_INFLATED >> 20} MiB and is not read here`,
    'Give the model itself, not packed.',
    'too-large',
  )
}
