import { diffArrays } from 'diff'

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
  const b = lines(base)
  const merged: string[] = []
  let conflicts = 0
  let at = 0
  for (const region of regions(hunks(b, lines(disk)), hunks(b, lines(next)))) {
    merged.push(...b.slice(at, region.start))
    at = region.end
    const yours = applied(b, region, region.yours)
    const theirs = applied(b, region, region.theirs)
    if (region.theirs.length === 0 || same(yours, theirs)) merged.push(...yours)
    else if (region.yours.length === 0) merged.push(...theirs)
    else {
      conflicts += 1
      merged.push(OURS, ...yours, MIDDLE, ...theirs, THEIRS)
    }
  }
  merged.push(...b.slice(at))
  const text = merged.join('\n')
  return { text: usesCrlf(disk) ? text.replaceAll('\n', '\r\n') : text, conflicts }
}

/** Lines `start` to before `end` of the base become `lines`. */
interface Hunk {
  readonly start: number
  readonly end: number
  readonly lines: readonly string[]
}

/** Myers' difference: in proportion to the lines times the changes, also where lines repeat. */
function hunks(base: readonly string[], side: readonly string[]): Hunk[] {
  const found: { start: number; end: number; lines: string[] }[] = []
  let at = 0
  let open: { start: number; end: number; lines: string[] } | null = null
  for (const { value, added, removed } of diffArrays([...base], [...side])) {
    if (!added && !removed) {
      at += value.length
      open = null
      continue
    }
    if (!open) {
      open = { start: at, end: at, lines: [] }
      found.push(open)
    }
    if (added) open.lines.push(...value)
    else {
      at += value.length
      open.end = at
    }
  }
  return found
}

interface Region {
  readonly start: number
  readonly end: number
  readonly yours: readonly Hunk[]
  readonly theirs: readonly Hunk[]
}

/** Hunks that overlap, or touch: which of the two comes first would be a guess. */
function regions(yours: readonly Hunk[], theirs: readonly Hunk[]): Region[] {
  const all = [
    ...yours.map((hunk) => ({ hunk, mine: true })),
    ...theirs.map((hunk) => ({ hunk, mine: false })),
  ].sort((a, b) => a.hunk.start - b.hunk.start || a.hunk.end - b.hunk.end)
  const found: { start: number; end: number; yours: Hunk[]; theirs: Hunk[] }[] = []
  for (const { hunk, mine } of all) {
    let region = found.at(-1)
    if (!region || hunk.start > region.end) {
      region = { start: hunk.start, end: hunk.end, yours: [], theirs: [] }
      found.push(region)
    }
    region.end = Math.max(region.end, hunk.end)
    if (mine) region.yours.push(hunk)
    else region.theirs.push(hunk)
  }
  return found
}

/** One side's lines of a region. */
function applied(base: readonly string[], { start, end }: Region, hunksInside: readonly Hunk[]): string[] {
  const result: string[] = []
  let at = start
  for (const hunk of hunksInside) {
    result.push(...base.slice(at, hunk.start), ...hunk.lines)
    at = hunk.end
  }
  return [...result, ...base.slice(at, end)]
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index])
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
