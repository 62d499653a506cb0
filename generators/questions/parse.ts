import type { Label } from '../model/signature.ts'

/** `a, b,c` -> three words. An empty text is an empty list. A JSON list of words is one, too: its words may hold commas. */
export function splitList(text: string): string[] {
  const list = jsonList(text)
  if (list) return list.map(String)
  return text.trim() === '' ? [] : text.split(',').map((item) => item.trim())
}

/** `["0", 1]` as it is: what its words are is told. `null`: it is none, a name may begin with a bracket. */
export function jsonList(text: string): Label[] | null {
  if (!text.startsWith('[')) return null
  try {
    return JSON.parse(text) as Label[]
  } catch {
    return null
  }
}

/** The content of an `@file`: a JSON list is taken as it is, else one item a line. */
export function listFromFile(path: string, text: string): unknown {
  if (path.endsWith('.json')) return JSON.parse(text)
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
