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
