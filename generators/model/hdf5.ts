import { LONGEST_TEXT } from './archive.ts'
import { Pages } from './pages.ts'
import type { ModelSource } from './source.ts'
import { truncated, Unreadable } from './unreadable.ts'

/**
 * The text attributes of an HDF5 file's root group, and nothing else: what Keras notes there.
 * After the HDF5 File Format Specification 3.0; sizes and bounds are checked at every step.
 */
export async function rootAttributes(source: ModelSource): Promise<Map<string, string>> {
  const file = await openFile(source)
  const attributes = new Map<string, string>()
  for (const message of await objectMessages(file, file.root)) {
    if (message.type !== 0x000c) continue
    const attribute = await readAttribute(file, message.body)
    if (attribute) attributes.set(attribute.name, attribute.value)
  }
  return attributes
}

const MOST_MESSAGES = 2_000
const LARGEST_BLOCK = 1 << 20

interface File {
  readonly pages: Pages
  /** Bytes of an address and of a length. */
  readonly offsetSize: number
  readonly lengthSize: number
  readonly root: number
}

interface Message {
  readonly type: number
  readonly body: Buffer
}

function damaged(what: string): Unreadable {
  return new Unreadable(`is a damaged HDF5 file: ${what}`)
}

function unsigned(buffer: Buffer, at: number, size: number): number {
  if (at + size > buffer.length || !(size === 1 || size === 2 || size === 4 || size === 8))
    throw damaged('a number is cut off')
  return size === 8 ? Number(buffer.readBigUInt64LE(at)) : buffer.readUIntLE(at, size)
}

/** The weights come after all that is read here. */
function whole({ bytes }: ModelSource, end: number): void {
  if (end > bytes) throw truncated('the file', end, bytes)
}

async function openFile(source: ModelSource): Promise<File> {
  const pages = new Pages(source)
  const head = await source.read(0, 128)
  const version = head[8]
  if (version === 0 || version === 1) {
    const [offsetSize, lengthSize] = [head[13] ?? 0, head[14] ?? 0]
    // Base, free space, end of file, driver; then the root's symbol table entry, whose second field is its header.
    const start = version === 0 ? 24 : 28
    whole(source, unsigned(head, start + 2 * offsetSize, offsetSize))
    const entry = start + 4 * offsetSize
    return { pages, offsetSize, lengthSize, root: unsigned(head, entry + offsetSize, offsetSize) }
  }
  if (version === 2 || version === 3) {
    const [offsetSize, lengthSize] = [head[9] ?? 0, head[10] ?? 0]
    whole(source, unsigned(head, 12 + 2 * offsetSize, offsetSize))
    return { pages, offsetSize, lengthSize, root: unsigned(head, 12 + 3 * offsetSize, offsetSize) }
  }
  throw damaged(`its superblock has version ${version}`)
}

async function objectMessages(file: File, address: number): Promise<Message[]> {
  const start = await file.pages.read(address, 4, 'the root object')
  return start.toString('latin1') === 'OHDR' ? newMessages(file, address) : oldMessages(file, address)
}

/** Version 1: messages aligned to eight bytes, continued in further blocks. */
async function oldMessages(file: File, address: number): Promise<Message[]> {
  const head = await file.pages.read(address, 16, 'the root object')
  if (head[0] !== 1) throw damaged('its root object is of an unknown kind')
  const messages: Message[] = []
  const blocks = [{ at: address + 16, size: head.readUInt32LE(8) }]
  for (const { at, size } of blocks) {
    const block = await readBlock(file, at, size)
    for (let position = 0; position + 8 <= block.length; ) {
      const type = block.readUInt16LE(position)
      const length = block.readUInt16LE(position + 2)
      const body = block.subarray(position + 8, position + 8 + length)
      addMessage(file, { type, body }, messages, blocks)
      position += 8 + length
    }
  }
  return messages
}

/** Version 2: a signature, flags that say which fields there are, messages without padding, a checksum. */
async function newMessages(file: File, address: number): Promise<Message[]> {
  const head = await file.pages.read(address, Math.min(64, file.pages.bytes - address), 'the root object')
  const flags = head[5] ?? 0
  const sizeAt = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0)
  const sizeWidth = 1 << (flags & 3)
  const extra = flags & 0x04 ? 2 : 0
  const messages: Message[] = []
  const blocks = [{ at: address + sizeAt + sizeWidth, size: unsigned(head, sizeAt, sizeWidth) }]
  for (const [index, { at, size }] of blocks.entries()) {
    // A continued block has a signature of its own, and its checksum is counted in.
    const whole = await readBlock(file, at, size)
    const block = index === 0 ? whole : whole.subarray(4, -4)
    for (let position = 0; position + 4 + extra <= block.length; ) {
      const type = block[position] ?? 0
      const length = block.readUInt16LE(position + 1)
      const start = position + 4 + extra
      addMessage(file, { type, body: block.subarray(start, start + length) }, messages, blocks)
      position = start + length
    }
  }
  return messages
}

function addMessage(
  file: File,
  message: Message,
  messages: Message[],
  blocks: { at: number; size: number }[],
): void {
  if (message.type === 0x0010) {
    const at = unsigned(message.body, 0, file.offsetSize)
    blocks.push({ at, size: unsigned(message.body, file.offsetSize, file.lengthSize) })
  } else messages.push(message)
  if (messages.length + blocks.length > MOST_MESSAGES) throw damaged('its root object does not end')
}

async function readBlock(file: File, at: number, size: number): Promise<Buffer> {
  if (size > LARGEST_BLOCK) throw damaged('a block of its root object is too large')
  return file.pages.read(at, size, 'a block of the root object')
}

/** Name, type, extent, value: each padded to eight bytes in version 1. */
async function readAttribute(file: File, body: Buffer): Promise<{ name: string; value: string } | null> {
  const version = body[0] ?? 0
  if (version < 1 || version > 3 || body.length < 8) return null
  const [nameSize, typeSize, spaceSize] = [2, 4, 6].map((at) => body.readUInt16LE(at)) as [
    number,
    number,
    number,
  ]
  const padded = (size: number) => (version === 1 ? Math.ceil(size / 8) * 8 : size)
  const nameAt = version === 3 ? 9 : 8
  const typeAt = nameAt + padded(nameSize)
  const valueAt = typeAt + padded(typeSize) + padded(spaceSize)
  const name = body.toString('utf8', nameAt, nameAt + nameSize).replace(/\0.*$/s, '')
  const type = body.subarray(typeAt, typeAt + typeSize)
  const value = await readText(file, type, body.subarray(valueAt))
  return value === null ? null : { name, value }
}

/** A text of fixed length stands in place; one of variable length in a global heap, of which the place has the address. */
async function readText(file: File, type: Buffer, value: Buffer): Promise<string | null> {
  if (type.length < 8) return null
  const kind = (type[0] ?? 0) & 15
  if (kind === 3) return value.toString('utf8', 0, type.readUInt32LE(4)).replace(/\0.*$/s, '')
  if (kind !== 9 || value.length < 8 + file.offsetSize) return null
  const length = value.readUInt32LE(0)
  const collection = unsigned(value, 4, file.offsetSize)
  const index = unsigned(value, 4 + file.offsetSize, 4)
  if (length === 0) return ''
  if (length > LONGEST_TEXT) throw damaged('an attribute is too long')
  return heapText(file, collection, index, length)
}

async function heapText(file: File, address: number, index: number, length: number): Promise<string> {
  const head = await file.pages.read(address, 8 + file.lengthSize, 'a heap')
  if (head.toString('latin1', 0, 4) !== 'GCOL') throw damaged('a heap is not where it should be')
  const end = address + unsigned(head, 8, file.lengthSize)
  for (
    let at = address + 8 + file.lengthSize, objects = 0;
    at + 8 + file.lengthSize <= end && objects < 70_000;
    objects++
  ) {
    const entry = await file.pages.read(at, 8 + file.lengthSize, 'a heap object')
    const size = unsigned(entry, 8, file.lengthSize)
    const content = at + 8 + file.lengthSize
    if (entry.readUInt16LE(0) === index) {
      return (await file.pages.read(content, Math.min(length, size), 'an attribute'))
        .toString('utf8')
        .replace(/\0+$/, '')
    }
    if (entry.readUInt16LE(0) === 0) break
    at = content + Math.ceil(size / 8) * 8
  }
  throw damaged('an attribute has no content')
}
