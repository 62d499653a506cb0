import { createGunzip, createInflate } from 'node:zlib'
import { inflateBzip2 } from './bzip2.ts'
import { tooLarge } from './inflated.ts'
import { inflateLz4 } from './lz4.ts'
import { inflateLzma, inflateXz } from './lzma.ts'
import { inMemory, type ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

/** Enough for every compressed model seen; a bomb of any size stops here. */
export const MOST_INFLATED = 64 << 20

const OWN_DECODERS = {
  bz2: { most: 4 << 20, limit: 32 << 20, decode: inflateBzip2 },
  xz: { most: 6 << 20, limit: 32 << 20, decode: inflateXz },
  lzma: { most: 6 << 20, limit: 32 << 20, decode: inflateLzma },
  lz4: { most: MOST_INFLATED, limit: MOST_INFLATED, decode: inflateLz4 },
}

export type Compression = 'gzip' | 'zlib' | 'bz2' | 'xz' | 'lzma' | 'lz4'

export function compressionOf(head: Buffer): Compression | null {
  const hex = head.toString('hex', 0, 6)
  if (hex.startsWith('1f8b')) return 'gzip'
  if (/^78(01|5e|9c|da)/.test(hex)) return 'zlib'
  if (hex.startsWith('425a68')) return 'bz2'
  if (hex === 'fd377a585a00') return 'xz'
  if (hex.startsWith('5d0000')) return 'lzma'
  if (hex.startsWith('04224d18')) return 'lz4'
  return null
}

/** The content in memory, at most `MOST_INFLATED` of it. Nothing is ever written. */
export async function inflate(source: ModelSource, compression: Compression): Promise<ModelSource> {
  const content = await inflated(source, compression)
  if (content.length === 0) throw new Unreadable(`is an empty ${compression} file`)
  return inMemory(source.path, content)
}

async function inflated(source: ModelSource, compression: Compression): Promise<Buffer> {
  if (compression === 'gzip') return throughZlib(source, createGunzip(), compression)
  if (compression === 'zlib') return throughZlib(source, createInflate(), compression)
  return ownDecoder(source, compression)
}

/** In memory, and slower than zlib: what would take longer than a second is to be dumped again. */
async function ownDecoder(source: ModelSource, compression: keyof typeof OWN_DECODERS): Promise<Buffer> {
  const { most, limit, decode } = OWN_DECODERS[compression]
  if (source.bytes > most) {
    throw new Unreadable(
      `has ${source.bytes} bytes compressed with ${compression}, which is not read above ${most >> 20} MiB`,
      'Dump it again: joblib.dump(model, path, compress=("gzip", 3)).',
      'too-large',
    )
  }
  return decode(await source.read(0, source.bytes), limit)
}

const CHUNK = 1 << 16

async function throughZlib(
  source: ModelSource,
  stream: ReturnType<typeof createGunzip>,
  name: string,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  const feed = async () => {
    for (let at = 0; at < source.bytes && !stream.destroyed; at += CHUNK) {
      const chunk = await source.read(at, CHUNK)
      if (!stream.write(chunk))
        await new Promise((resolve) => stream.once('drain', resolve).once('close', resolve))
    }
    stream.end()
  }
  const fed = feed().catch((error) => stream.destroy(error))
  try {
    for await (const chunk of stream) {
      size += chunk.length
      if (size > MOST_INFLATED) throw tooLarge(MOST_INFLATED)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof Unreadable) throw error
    throw new Unreadable(`is damaged: its ${name} data cannot be inflated (${(error as Error).message})`)
  } finally {
    stream.destroy()
    await fed
  }
  return Buffer.concat(chunks, size)
}
