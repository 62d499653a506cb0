/** `managed` files are merged on update; `once` files are the user's own from the first day. */
export type Policy = 'managed' | 'once'

/** Too large to be held in memory: copied when the project is written. */
export interface CopiedFile {
  readonly copyOf: string
}

export interface ProjectFile {
  /** Stays the same when a template moves: the emitted path when the file was first introduced. */
  readonly id: string
  readonly path: string
  readonly content: string | Uint8Array | CopiedFile
  readonly executable: boolean
  readonly policy: Policy
}

/** By path in the project, sorted. */
export type ProjectFiles = ReadonlyMap<string, ProjectFile>
