import { distance } from 'fastest-levenshtein'

/** Nobody types a longer word by mistake. */
const LONGEST = 80

/** The candidate that a slip of the hand turned into `text`; `undefined` when none is near. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > LONGEST) return undefined
  const word = text.toLowerCase()
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(word, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  const best = ranked[0]
  return best && best.edits <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined
}
