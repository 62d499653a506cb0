import { createHash } from 'node:crypto'
import type { ModelSource } from './source.ts'

/** A model that is already in memory: the demo model of the package. */
export function inMemory(path: string, content: Uint8Array): ModelSource {
  return {
    path,
    bytes: content.byteLength,
    read: async (offset, length) => Buffer.from(content.subarray(offset, offset + length)),
    sha256: async () => createHash('sha256').update(content).digest('hex'),
    close: async () => {},
  }
}
