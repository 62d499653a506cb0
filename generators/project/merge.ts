import type { CopiedFile, ProjectFile } from './files.ts'
import { compare } from './order.ts'
import { STATE_FOLDER } from './snapshot.ts'
import { mergeDependencies, mergeJson } from './structured-merge.ts'
import { mergeText, usesCrlf, withoutCr } from './text-merge.ts'

export type VerdictName =
  | 'same'
  | 'updated'
  | 'kept'
  | 'merged'
  | 'conflict'
  | 'added'
  | 'deleted'
  | 'removed'
  | 'moved'
  | 'replaced'

export interface Verdict {
  readonly path: string
  readonly verdict: VerdictName
  /** Where a moved file was. */
  readonly from?: string
}

/** A file as it is on disk, or as it was rendered: bytes, and whether it may be executed. */
export interface Snapshot {
  readonly content: Uint8Array
  readonly executable: boolean
}

/** A managed file as the generator wrote it, by its stable id. */
export interface PristineFile extends Snapshot {
  readonly id: string
  readonly path: string
}

/** What is to be done on disk; `content: null` removes the file. */
export interface Change {
  readonly path: string
  readonly content: Uint8Array | CopiedFile | null
  readonly executable: boolean
}

/** The three sides of a text that was merged with conflicts, for git's index. */
export interface Conflict {
  readonly path: string
  readonly base: Snapshot | null
  readonly ours: Snapshot
  readonly theirs: Snapshot
}

export interface Merge {
  readonly verdicts: readonly Verdict[]
  readonly changes: readonly Change[]
  readonly conflicts: readonly Conflict[]
}

export interface MergeInputs {
  readonly base: readonly PristineFile[]
  /** By path; `undefined`: there is no such file. */
  readonly disk: (path: string) => Snapshot | undefined
  readonly next: readonly PristineFile[]
  /** Deleted files come back. */
  readonly restore?: boolean
}

/** Base, disk and the new render to one verdict a file. Touches nothing: what is to be done is in `changes`. */
export function merge({ base, disk, next, restore = false }: MergeInputs): Merge {
  const before = new Map(base.map((file) => [file.id, file]))
  const after = new Map(next.map((file) => [file.id, file]))
  const outcomes = [...new Set([...before.keys(), ...after.keys()])].flatMap((id) => {
    const outcome = judge(before.get(id), after.get(id), disk, restore)
    return outcome ? [outcome] : []
  })
  outcomes.sort((a, b) => compare(a.verdict.path, b.verdict.path))
  const changes = outcomes.flatMap((outcome) => outcome.changes)
  return {
    verdicts: outcomes.map((outcome) => outcome.verdict),
    // A path that one file leaves and another takes is not removed.
    changes: changes.filter(
      ({ path, content }) =>
        content !== null || !changes.some((other) => other.path === path && other.content !== null),
    ),
    conflicts: outcomes.flatMap((outcome) => (outcome.conflict ? [outcome.conflict] : [])),
  }
}

interface Outcome {
  readonly verdict: Verdict
  readonly changes: readonly Change[]
  readonly conflict?: Conflict
}

type Disk = MergeInputs['disk']

function judge(
  base: PristineFile | undefined,
  next: PristineFile | undefined,
  disk: Disk,
  restore: boolean,
): Outcome | null {
  if (base && next) return judgeBoth(base, next, disk, restore)
  if (next) return judgeNew(next, disk)
  return base ? judgeGone(base, disk) : null
}

function judgeNew(next: PristineFile, disk: Disk): Outcome {
  const there = disk(next.path)
  if (!there) return said(next.path, 'added', [written(next.path, next)])
  if (equal(there, next)) return said(next.path, 'same')
  return beside(next)
}

function judgeGone(base: PristineFile, disk: Disk): Outcome | null {
  const there = disk(base.path)
  if (!there) return null
  return equal(there, base) ? said(base.path, 'removed', [removal(base.path)]) : said(base.path, 'kept')
}

function judgeBoth(base: PristineFile, next: PristineFile, disk: Disk, restore: boolean): Outcome {
  const renamed = base.path !== next.path
  const there = disk(base.path)
  if (!there) {
    // The user may have moved it to its new place already.
    if (renamed && disk(next.path)) return judgeInPlace(base, next, disk(next.path) as Snapshot)
    return restore ? said(next.path, 'added', [written(next.path, next)]) : said(next.path, 'deleted')
  }
  if (!renamed) return judgeInPlace(base, next, there)
  if (disk(next.path)) return beside(next)
  return moved(base, judgeInPlace(base, next, there), there)
}

/** The edits follow a file that the template renamed. */
function moved(base: PristineFile, inPlace: Outcome, there: Snapshot): Outcome {
  const { path, verdict } = inPlace.verdict
  const arrives = inPlace.changes.some((change) => change.path === path)
  const arrived = arrives ? inPlace.changes : [written(path, there), ...inPlace.changes]
  const outcome: Outcome = {
    verdict: { path, verdict: verdict === 'conflict' ? 'conflict' : 'moved', from: base.path },
    changes: [removal(base.path), ...arrived],
  }
  return inPlace.conflict ? { ...outcome, conflict: inPlace.conflict } : outcome
}

function judgeInPlace(base: PristineFile, next: PristineFile, there: Snapshot): Outcome {
  const { path } = next
  const executable = there.executable === base.executable ? next.executable : there.executable
  if (equal(there, next)) return said(path, 'same')
  if (equal(base, next)) return said(path, 'kept')
  if (equal(there, base))
    return said(path, 'updated', [
      written(path, { content: likeDisk(next.content, there.content), executable }),
    ])
  if (sameContent(base.content, next.content) || sameContent(there.content, next.content)) {
    return said(path, 'merged', [written(path, { content: there.content, executable })])
  }
  if (sameContent(base.content, there.content)) {
    return said(path, 'merged', [
      written(path, { content: likeDisk(next.content, there.content), executable }),
    ])
  }
  const [b, d, n] = [textOf(base.content), textOf(there.content), textOf(next.content)]
  if (b === null || d === null || n === null) return beside(next)
  const { text, conflicts } = mergeTexts(path, b, d, n)
  const change = written(path, { content: Buffer.from(text), executable })
  if (conflicts === 0) return said(path, 'merged', [change])
  return { ...said(path, 'conflict', [change]), conflict: { path, base, ours: there, theirs: next } }
}

function mergeTexts(
  path: string,
  base: string,
  disk: string,
  next: string,
): { text: string; conflicts: number } {
  const byLines = mergeText(base, disk, next)
  if (byLines.conflicts === 0) return byLines
  if (path.endsWith('.json')) {
    const json = mergeJson(withoutCr(base), withoutCr(disk), withoutCr(next))
    if (json !== null) return { text: usesCrlf(disk) ? json.replaceAll('\n', '\r\n') : json, conflicts: 0 }
  }
  if (path.endsWith('pyproject.toml')) {
    const aligned = mergeDependencies(withoutCr(base), withoutCr(disk), withoutCr(next))
    if (aligned) {
      const [b, d, n] = aligned
      return mergeText(b, usesCrlf(disk) ? d.replaceAll('\n', '\r\n') : d, n)
    }
  }
  return byLines
}

/** Ours comes beside what is the user's. */
function beside(next: PristineFile): Outcome {
  return said(next.path, 'conflict', [written(`${next.path}.new`, next)])
}

function said(path: string, verdict: VerdictName, changes: readonly Change[] = []): Outcome {
  return { verdict: { path, verdict }, changes }
}

function written(path: string, { content, executable }: Snapshot): Change {
  return { path, content, executable }
}

function removal(path: string): Change {
  return { path, content: null, executable: false }
}

function equal(a: Snapshot, b: Snapshot): boolean {
  return a.executable === b.executable && sameContent(a.content, b.content)
}

/** Texts are the same whatever their line ends: a checkout on Windows is no edit. */
function sameContent(a: Uint8Array, b: Uint8Array): boolean {
  if (Buffer.compare(a, b) === 0) return true
  const [x, y] = [textOf(a), textOf(b)]
  return x !== null && y !== null && withoutCr(x) === withoutCr(y)
}

/** `null`: not text. */
function textOf(content: Uint8Array): string | null {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  if (buffer.includes(0)) return null
  const text = buffer.toString('utf8')
  return Buffer.from(text, 'utf8').equals(buffer) ? text : null
}

/** A new text with the line ends that the file has on disk. */
function likeDisk(content: Uint8Array, there: Uint8Array): Uint8Array {
  const [text, shown] = [textOf(content), textOf(there)]
  if (text === null || shown === null || !usesCrlf(shown)) return content
  return Buffer.from(withoutCr(text).replaceAll('\n', '\r\n'))
}

/** The managed files of a render, as a merge wants them. */
export function managed(files: Iterable<ProjectFile>): PristineFile[] {
  return [...files].flatMap(({ id, path, content, executable, policy }) => {
    if (
      policy !== 'managed' ||
      path.startsWith(`${STATE_FOLDER}/`) ||
      (typeof content === 'object' && 'copyOf' in content)
    )
      return []
    return [
      { id, path, executable, content: typeof content === 'string' ? Buffer.from(content, 'utf8') : content },
    ]
  })
}
