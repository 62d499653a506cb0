import type { Signature } from './signature.ts'
import type { ModelSource } from './source.ts'

/** A format is told by its content; `suffixes` only serve to say that a file's name is misleading. */
export interface Kind {
  /** As it reads in a sentence: "its content is …". */
  readonly name: string
  readonly suffixes: readonly string[]
  readonly recognises: (head: Buffer, source: ModelSource) => boolean
  readonly read: (source: ModelSource) => Promise<Signature>
}

/** How much of a file is looked at to tell its format. */
export const HEAD = 1_024
