import { pipeline, Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { inflateBzip2 } from './bzip2.ts'
import { tooLarge } from './inflated.ts'
import { inflateLz4 } from './lz4.ts'
import { inflateLzma, inflateXz } from './lzma.ts'
import type { Compression } from './marks.ts'
import { inMemory, inPieces, type ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

/** Enough for every compressed model seen; a bomb of any size stops here. */
const MOST_INFLATED = 64 << 20
/** Weights hardly shrink: what does not either may be larger, a packed resnet50 has 98 MB. */
const HONEST_RATIO = 8
const MOST_HONEST = 176 << 20

const OWN_DECODERS = {
  bz2: { most: 4 << 20, limit: 32 << 20, decode: inflateBzip2 },
  xz: { most: 6 << 20, limit: 32 << 20, decode: inflateXz },
  lzma: { most: 6 << 20, limit: 32 << 20, decode: inflateLzma },
  lz4: { most: MOST_INFLATED, limit: MOST_INFLATED, decode: inflateLz4 },
}

/** The content in memory, within the limits above. Nothing is ever written. */
export async function inflate(source: ModelSource, compression: Compression): Promise<ModelSource> {
  const content = await inflated(source, compression)
  if (content.bytes === 0) throw new Unreadable(`is an empty ${compression} file`)
  return content
}

async function inflated(source: ModelSource, compression: Compression): Promise<ModelSource> {
  if (compression === 'gzip') return throughZlib(source, createGunzip({ chunkSize: PIECE }), compression)
  if (compression === 'zlib') return throughZlib(source, createInflate({ chunkSize: PIECE }), compression)
  return inMemory(source.path, await ownDecoder(source, compression))
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
const PIECE = 1 << 18

async function throughZlib(
  source: ModelSource,
  stream: ReturnType<typeof createGunzip>,
  name: string,
): Promise<ModelSource> {
  const pieces: Buffer[] = []
  let size = 0
  let taken = 0
  const chunks = async function* () {
    for (let at = 0; at < source.bytes; at += CHUNK) {
      const chunk = await source.read(at, CHUNK)
      taken += chunk.length
      yield chunk
    }
  }
  // What goes wrong in it comes out of the loop below.
  pipeline(Readable.from(chunks()), stream, () => {})
  try {
    for await (const piece of stream) {
      size += piece.length
      const most = Math.min(Math.max(MOST_INFLATED, taken * HONEST_RATIO), MOST_HONEST)
      if (size > most) throw tooLarge(most)
      pieces.push(piece)
    }
  } catch (error) {
    if (error instanceof Unreadable || (error as Error).name === 'Failure') throw error
    throw new Unreadable(`is damaged: its ${name} data cannot be inflated (${(error as Error).message})`)
  } finally {
    stream.destroy()
  }
  return inPieces(source.path, pieces)
}
