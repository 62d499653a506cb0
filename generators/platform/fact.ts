/** Something true of a platform, with what is needed to check it again. */
export interface Fact<T> {
  readonly value: T
  /** Where it was read: a page and its heading. "measured" means: by `npm run facts:refresh`. */
  readonly source: string
  /** Month of the last look, `2026-11`. */
  readonly seen: string
  /** What is decided by it. */
  readonly matters: string
}

export function fact<const T>(value: T, about: Omit<Fact<T>, 'value'>): Fact<T> {
  return { value, ...about }
}

export const MiB = 1024 * 1024
