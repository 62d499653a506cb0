import { distance } from 'fastest-levenshtein'

/** `a, b,c` -> three words. An empty text is an empty list. A JSON list of words is one, too: its words may hold commas. */
export function splitList(text: string): string[] {
  if (text.startsWith('[')) {
    try {
      return (JSON.parse(text) as unknown[]).map(String)
    } catch {
      // A name may begin with a bracket.
    }
  }
  return text.trim() === '' ? [] : text.split(',').map((item) => item.trim())
}

/** The content of an `@file`: a JSON list is taken as it is, else one item a line. */
export function listFromFile(path: string, text: string): unknown {
  if (path.endsWith('.json')) return JSON.parse(text)
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** Nobody types a longer word by mistake. */
const LONGEST = 80

/** The nearest of some words, when it is near enough to be a slip of the keyboard. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined
  const ranked = words
    .map((candidate) => ({ candidate, edits: distance(word, candidate) }))
    .sort((a, b) => a.edits - b.edits)
  const best = ranked[0]
  return best && best.edits <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined
}
