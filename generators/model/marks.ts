import type { ModelSource } from './source.ts'

// How each format begins. Apart from the readers, which are loaded only for what they read.

export type Compression = 'gzip' | 'zlib' | 'bz2' | 'xz' | 'lzma' | 'lz4'

/** Field 1 (IR version) as a small number, then one of the fields that follow it in every ONNX file. */
export function looksLikeOnnx(head: Buffer): boolean {
  return head[0] === 0x08 && (head[1] ?? 255) < 30 && FIELDS_AFTER_VERSION.has(head[2] ?? 0)
}

/** Keys of fields 2 to 8 and 14. */
const FIELDS_AFTER_VERSION = new Set([0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72])

/** Protocols from 2 on begin with their number; the older ones have no mark: an object begins with one of these. */
export function looksLikePickle(head: Buffer): boolean {
  if (head[0] === 0x80) return (head[1] ?? 0) >= 2 && (head[1] ?? 9) <= 5
  return /^(\(|\]q|\}q|c[\w.]+\r?\n[\w.]+\r?\n)/.test(head.toString('latin1', 0, 200))
}

/** torch.save before 1.6: a magic number, a version and facts about the machine stand before the object, each a pickle. */
export function isLegacySave(head: Buffer): boolean {
  return head.toString('hex', 0, 14) === '80028a0a6cfc9c46f9206aa85019'
}

/** `{` and a key, whose length comes first: `{L…` with a long length, `{U`, `{i`, `{l` with a short one. */
export function looksLikeUbj(head: Buffer): boolean {
  return head[0] === 0x7b && [0x4c, 0x69, 0x55, 0x6c, 0x49].includes(head[1] ?? 0)
}

export function looksLikeJson(head: Buffer): boolean {
  return /^\{\s*"/.test(head.toString('latin1', 0, HEAD_OF_JSON))
}

const HEAD_OF_JSON = 200

export function looksLikeTar(head: Buffer): boolean {
  return head.toString('latin1', 257, 262) === 'ustar'
}

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

/** A length, then JSON. */
export function looksLikeSafetensors(head: Buffer, { bytes }: ModelSource): boolean {
  return (
    head.length > 10 &&
    head.toString('latin1', 8, 10) === '{"' &&
    Number(head.readBigUInt64LE(0)) <= bytes - 8
  )
}
