// A far-away file read by ranges: in blocks that are kept, so that a reader which jumps about asks for little, and seldom.
import { Failure, type FailureExit } from '../problem.ts'

/** The bytes from `start` to before `end`, both inside the file. */
export type Fetch = (start: number, end: number) => Promise<Buffer>

export const BLOCK = 64 * 1024
const KEPT_BLOCKS = 256
const MOST_AHEAD = 64

/**
 * A read by blocks. Who goes on where the last read ended gets twice as much as before each time: a file that is
 * read to its end is not asked for in thousands of requests. `head` is what came with the first answer.
 */
export function readInBlocks(bytes: number, fetch: Fetch, head: Buffer) {
  const kept = new Map<number, Buffer>()
  let ahead = 1
  let expected = -1
  keep(0, head)

  function keep(first: number, content: Buffer): void {
    for (let at = 0; at < content.length; at += BLOCK) {
      const block = content.subarray(at, at + BLOCK)
      const number = first + at / BLOCK
      // A block that the answer cut short is not the whole block.
      if (block.length < Math.min(BLOCK, bytes - number * BLOCK)) break
      kept.delete(number)
      kept.set(number, Buffer.from(block))
    }
    for (const number of kept.keys()) {
      if (kept.size <= KEPT_BLOCKS) break
      kept.delete(number)
    }
  }

  async function fetchBlocks(first: number, last: number): Promise<Buffer> {
    ahead = first === expected ? Math.min(MOST_AHEAD, ahead * 2) : 1
    const end = Math.min(bytes, Math.max(last + 1, first + ahead) * BLOCK)
    const content = await fetch(first * BLOCK, end)
    expected = Math.ceil(end / BLOCK)
    keep(first, content)
    return content
  }

  async function read(offset: number, length: number): Promise<Buffer> {
    const end = Math.min(bytes, offset + length)
    if (end <= offset) return Buffer.alloc(0)
    const parts: Buffer[] = []
    const last = Math.floor((end - 1) / BLOCK)
    let number = Math.floor(offset / BLOCK)
    while (number <= last) {
      const block = kept.get(number)
      if (block !== undefined) {
        parts.push(cut(block, number * BLOCK, offset, end))
        number += 1
        continue
      }
      let missing = number
      while (missing < last && !kept.has(missing + 1)) missing += 1
      parts.push(
        cut(await fetchBlocks(number, missing), number * BLOCK, offset, Math.min(end, (missing + 1) * BLOCK)),
      )
      number = missing + 1
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }

  // One after the other: two readers of the same block fetch it once.
  let turn: Promise<unknown> = Promise.resolve()
  return (offset: number, length: number): Promise<Buffer> => {
    const result = turn.then(() => read(offset, length))
    turn = result.catch(() => {})
    return result
  }
}

/** Of `content`, which begins at `start`, what lies between `from` and `to`. */
function cut(content: Buffer, start: number, from: number, to: number): Buffer {
  return content.subarray(Math.max(0, from - start), to - start)
}

export function failed(
  code: string,
  path: string,
  message: string,
  fix: string,
  exit: FailureExit = 1,
): Failure {
  return new Failure([{ code, option: '--model', value: path, message, fix }], exit)
}

/** `bucket` and the rest of `scheme://bucket/rest`, which is taken as it stands: nothing in it is an escape. */
export function bucketAndKey(path: string): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^[a-z0-9]+:\/\/([^/]*)\/?(.*)$/s.exec(path) ?? []
  if (bucket !== '' && key !== '' && !key.endsWith('/')) return { bucket, key }
  const scheme = path.slice(0, path.indexOf(':'))
  const what = bucket === '' ? 'no bucket' : key === '' ? 'no object' : 'a folder, not an object'
  throw failed('bad-value', path, `${path} names ${what}.`, `Write ${scheme}://BUCKET/KEY.`, 2)
}
