import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open as openFile, readdir, stat } from 'node:fs/promises'
import { Failure } from '../problem.ts'

/** Where a model's bytes come from. Read by ranges: a model of 2 GB is hashed in a stream, never loaded. */
export interface ModelSource {
  /** As given: a path, `s3://bucket/key` or `gs://bucket/object`. */
  readonly path: string
  readonly bytes: number
  /** The bytes from `offset` on: `length` of them, fewer only where the file ends. */
  read(offset: number, length: number): Promise<Buffer>
  /** `null` where the file is far away and carries none. */
  sha256(): Promise<string | null>
  close(): Promise<void>
}

/** Throws Failure: a path where no file is is wrong usage (2), one that cannot be read has failed (1). */
export async function open(path: string): Promise<ModelSource> {
  if (path.startsWith('s3://')) return (await import('./s3.ts')).open(path)
  if (path.startsWith('gs://')) return (await import('./gs.ts')).open(path)
  return openLocal(path)
}

/** Bytes that are already there: what was inflated, and the demo model that the package carries. */
export function inMemory(path: string, content: Uint8Array): ModelSource {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return {
    path,
    bytes: buffer.length,
    read: async (offset, length) => buffer.subarray(offset, offset + length),
    sha256: async () => createHash('sha256').update(buffer).digest('hex'),
    close: async () => {},
  }
}

/** Bytes that came in pieces: joined only where a range needs it, so that they are in memory once. */
export function inPieces(path: string, pieces: readonly Buffer[]): ModelSource {
  const starts: number[] = []
  let bytes = 0
  for (const piece of pieces) {
    starts.push(bytes)
    bytes += piece.length
  }
  const read = async (offset: number, length: number) => {
    const end = Math.min(offset + length, bytes)
    const parts: Buffer[] = []
    for (let index = pieceAt(starts, offset); index < pieces.length; index++) {
      const start = starts[index] as number
      if (start >= end) break
      parts.push((pieces[index] as Buffer).subarray(Math.max(offset - start, 0), end - start))
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }
  return { path, bytes, read, sha256: async () => null, close: async () => {} }
}

/** The last piece that starts at or before an offset. */
function pieceAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] as number) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** A part of another source, as a source: a member of an archive, a model inside a pickle. */
export function part(source: ModelSource, start: number, length: number): ModelSource {
  return {
    path: source.path,
    bytes: length,
    read: (offset, wanted) => source.read(start + offset, Math.max(0, Math.min(wanted, length - offset))),
    sha256: async () => null,
    close: async () => {},
  }
}

async function openLocal(path: string): Promise<ModelSource> {
  const file = await regularFile(path)
  const { size } = await file.stat()
  return {
    path,
    bytes: size,
    read: (offset, length) => readRange(file, offset, Math.min(length, size - offset)),
    sha256: () => hash(file, size),
    close: () => file.close(),
  }
}

async function regularFile(path: string): Promise<FileHandle> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) throw await directory(path)
    // Opening a pipe would wait for its other end.
    if (!found.isFile())
      throw failed('not-a-file', path, 'is not a regular file', 'Name the model file itself.', 2)
    if (found.size === 0) {
      throw failed('empty-model', path, 'is empty (0 bytes)', 'Write the model file again, or copy it again.')
    }
    return await openFile(path, constants.O_RDONLY)
  } catch (error) {
    throw asFailure(path, error)
  }
}

async function readRange(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  if (length <= 0) return Buffer.alloc(0)
  const target = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(target, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return target.subarray(0, filled)
}

async function hash(file: FileHandle, size: number): Promise<string> {
  const digest = createHash('sha256')
  // Two buffers: one is read while the other is hashed.
  const chunk = Math.min(size, 1 << 20)
  let [ready, next] = [Buffer.allocUnsafe(chunk), Buffer.allocUnsafe(chunk)]
  let position = 0
  let pending = file.read(ready, 0, chunk, 0)
  for (;;) {
    const { bytesRead } = await pending
    if (bytesRead === 0) return digest.digest('hex')
    position += bytesRead
    pending = file.read(next, 0, chunk, position)
    digest.update(ready.subarray(0, bytesRead))
    ;[ready, next] = [next, ready]
  }
}

async function directory(path: string): Promise<Failure> {
  const names: readonly string[] = await readdir(path).catch(() => [])
  const savedModel = names.includes('saved_model.pb')
  return failed(
    'model-is-a-directory',
    path,
    savedModel ? 'is a directory: a TensorFlow SavedModel' : 'is a directory, not a model file',
    savedModel
      ? 'Save the model as one file: keras.models.load_model(…).save("model.keras"), or export it to ONNX.'
      : 'Name the model file inside it.',
    // No other command line makes one file of it.
    savedModel ? 1 : 2,
  )
}

function asFailure(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const isAddress = /(?:^|\/)[a-z]{2,}:\//.test(path)
    const fix = isAddress
      ? 'Addresses that begin with s3:// or gs:// are read; of another, download the model and give its path.'
      : 'Check the path given to --model.'
    return failed('missing-model', path, 'does not exist', fix, 2)
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return failed(
      'model-not-permitted',
      path,
      'may not be read by this user',
      'Give yourself permission: chmod u+r FILE.',
    )
  }
  return failed('unreadable-model', path, `cannot be opened: ${message}`, 'Check the path and the disk.')
}

function failed(code: string, path: string, message: string, fix: string, exit: 1 | 2 = 1): Failure {
  return new Failure([{ code, option: '--model', value: path, message: `${path} ${message}`, fix }], exit)
}
