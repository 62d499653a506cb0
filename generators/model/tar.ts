import { type Archive, MOST_MEMBERS } from './archive.ts'
import { type ModelSource, part } from './source.ts'
import { truncated, Unreadable } from './unreadable.ts'

const BLOCK = 512
const LONGEST_NAME = 64 << 10

export async function openTar(source: ModelSource): Promise<Archive> {
  const members = new Map<string, { at: number; size: number }>()
  let longName: string | null = null
  for (let at = 0; at + BLOCK <= source.bytes; ) {
    const header = await source.read(at, BLOCK)
    if (header[0] === 0) break
    const size = sizeIn(header)
    const type = String.fromCharCode(header[156] ?? 0)
    const content = at + BLOCK
    if (content + size > source.bytes)
      throw truncated('a member of the archive', size, source.bytes - content)
    if (type === 'L' || type === 'x') longName = await nameIn(source, content, size, type)
    else {
      // Only plain files: a link would lead out of the archive.
      if (type === '0' || type === '\0')
        members.set(withoutDot(longName ?? shortName(header)), { at: content, size })
      longName = null
    }
    if (members.size > MOST_MEMBERS) throw new Unreadable(`has more than ${MOST_MEMBERS} members`)
    at = content + Math.ceil(size / BLOCK) * BLOCK
  }
  return {
    names: [...members.keys()],
    open: async (name) => {
      const member = members.get(name)
      return member ? part(source, member.at, member.size) : null
    },
  }
}

function sizeIn(header: Buffer): number {
  // GNU writes sizes above 8 GiB as a binary number.
  if ((header[124] ?? 0) & 0x80) return Number(header.readBigUInt64BE(128))
  const digits = header
    .toString('latin1', 124, 136)
    .replace(/[\0 ].*$/s, '')
    .trim()
  if (!/^[0-7]*$/.test(digits)) throw new Unreadable('is a damaged tar: a size is no number')
  return Number.parseInt(digits || '0', 8)
}

function shortName(header: Buffer): string {
  const field = (from: number, to: number) => header.toString('utf8', from, to).replace(/\0.*$/s, '')
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? field(345, 500) : ''
  return prefix ? `${prefix}/${field(0, 100)}` : field(0, 100)
}

async function nameIn(source: ModelSource, at: number, size: number, type: string): Promise<string | null> {
  const text = (await source.read(at, Math.min(size, LONGEST_NAME))).toString('utf8')
  if (type === 'L') return text.replace(/\0.*$/s, '')
  return /^\d+ path=([^\n]*)\n/m.exec(text)?.[1] ?? null
}

function withoutDot(name: string): string {
  return name.replace(/^(\.\/)+/, '')
}
