import { diff3Merge } from 'node-diff3'

export interface MergedText {
  readonly text: string
  readonly conflicts: number
}

/** Conflict markers as git writes them; `ours` is the user's side. */
const OURS = '<<<<<<< yours'
const MIDDLE = '======='
const THEIRS = '>>>>>>> template'

/** Whether a text still holds our own markers, so that another merge would bury them. */
export function holdsMarkers(text: string): boolean {
  const lines = new Set(text.split(/\r?\n/))
  return lines.has(OURS) && lines.has(THEIRS)
}

/**
 * The three-way merge of a text by lines. Works on LF and writes back the line ends of the user's file;
 * the same change on both sides is no conflict.
 */
export function mergeText(base: string, disk: string, next: string): MergedText {
  const crlf = usesCrlf(disk)
  const [b, d, n] = [lines(base), lines(disk), lines(next)]
  const { head, tail, middle } = unchangedEnds(d, b, n)
  const merged = [...head]
  let conflicts = 0
  for (const region of diff3Merge(...middle, { excludeFalseConflicts: true })) {
    if (region.ok) merged.push(...region.ok)
    else if (region.conflict) {
      conflicts += 1
      merged.push(OURS, ...region.conflict.a, MIDDLE, ...region.conflict.b, THEIRS)
    }
  }
  merged.push(...tail)
  const text = merged.join('\n')
  return { text: crlf ? text.replaceAll('\n', '\r\n') : text, conflicts }
}

/** More line ends of Windows than of the rest of the world. */
export function usesCrlf(text: string): boolean {
  const all = text.split('\n').length - 1
  const windows = text.split('\r\n').length - 1
  return windows * 2 > all
}

export function withoutCr(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

function lines(text: string): string[] {
  return withoutCr(text).split('\n')
}

type Three = readonly [string[], string[], string[]]

/** What all three share at both ends is left out of the comparison, which is quadratic where lines repeat. */
function unchangedEnds(
  a: string[],
  o: string[],
  b: string[],
): { head: string[]; middle: Three; tail: string[] } {
  const shortest = Math.min(a.length, o.length, b.length)
  let front = 0
  while (front < shortest && a[front] === o[front] && o[front] === b[front]) front += 1
  let back = 0
  while (
    back < shortest - front &&
    a.at(-1 - back) === o.at(-1 - back) &&
    o.at(-1 - back) === b.at(-1 - back)
  )
    back += 1
  const middle = (all: string[]) => all.slice(front, all.length - back)
  return {
    head: a.slice(0, front),
    middle: [middle(a), middle(o), middle(b)],
    tail: a.slice(a.length - back),
  }
}
