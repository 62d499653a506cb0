import { createGunzip, createInflate } from 'node:zlib'
import { inMemory, type ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

/** Enough for every compressed model seen; a bomb of any size stops here. */
export const MOST_INFLATED = 64 << 20

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
  throw new Unreadable(
    `is compressed with ${compression}`,
    'Dump it again: joblib.dump(model, path, compress=("gzip", 3)).',
  )
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
      if (size > MOST_INFLATED) throw tooLarge()
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

export function tooLarge(): Unreadable {
  return new Unreadable(
    `inflates to more than ${MOST_INFLATED >> 20} MiB, which is not read here`,
    'Save the model without compression: joblib.dump(model, path).',
    'too-large',
  )
}
