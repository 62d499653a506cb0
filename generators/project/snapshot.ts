import type { Signature } from '../model/signature.ts'
import type { AnswerName, Answers } from '../questions/answers.ts'
import type { ProjectFile, ProjectFiles } from './files.ts'
import { compare } from './order.ts'

/** State of an emitted project, read by `update` and `check` years later. */
export const STATE_FOLDER = '.lambda-model'
export const ANSWERS_PATH = `${STATE_FOLDER}/answers.json`
export const PRISTINE_PATH = `${STATE_FOLDER}/pristine.jsonl`

export interface AnswersFile {
  readonly generator: string
  readonly answers: Answers
  /** The names that the user chose: only these are fixed, `update` decides the others anew. */
  readonly given: readonly AnswerName[]
  /** `null` for an echo. */
  readonly model: RecordedModel | null
}

export interface RecordedModel {
  /** Below `model/`; never the user's own path. */
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly signature: Signature
  /** SHA-256 of `model/cases.json` as it was written; `null` without golden cases. */
  readonly cases: string | null
}

export function answersFile(state: AnswersFile): string {
  return `${JSON.stringify(state, null, 2)}\n`
}

/**
 * The managed files exactly as they were rendered, one a line, sorted by path: the base of every later merge.
 * One file a line, so that git merges two branches that both updated.
 */
export function pristine(files: ProjectFiles): string {
  return [...files.values()]
    .filter((file) => file.policy === 'managed')
    .sort((a, b) => compare(a.path, b.path))
    .map((file) => `${JSON.stringify(snapshotOf(file))}\n`)
    .join('')
}

function snapshotOf({ id, path, executable, content }: ProjectFile) {
  const mode = executable ? '755' : '644'
  if (typeof content === 'string') return { id, path, mode, content }
  if (content instanceof Uint8Array)
    return { id, path, mode, base64: Buffer.from(content).toString('base64') }
  throw new Error(`${path} is managed, so its content must be at hand`)
}
