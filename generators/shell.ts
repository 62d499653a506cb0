import type { Warning } from './problem.ts'

/** The outside world, handed in: tests read what was printed, and only `cli.ts` touches `process`. */
export interface Shell {
  /** Empty: it is gone. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether somebody can answer: without a terminal nothing ever waits. */
  readonly interactive: boolean
  readonly colours: boolean
  /** Width of the terminal, which may change while somebody answers. */
  readonly columns: () => number
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Runs what must not end halfway: Ctrl-C aborts the signal instead of ending the process. */
  readonly guarded: <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>
}

/** Four marks, and nothing where colours are off. */
export function paint(colours: boolean) {
  const mark = (open: number, close: number) => (text: string) =>
    colours ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return { bold: mark(1, 22), dim: mark(2, 22), red: mark(31, 39), green: mark(32, 39) }
}

export function countOf(files: number): string {
  return files === 1 ? '1 file' : `${files} files`
}

/** A warning may have several lines: those after the first are indented, so that none looks like a line of its own. */
export function warningLine({ message }: Warning): string {
  return `Warning: ${message.split('\n').map(visible).join('\n  ')}`
}

/** What a file holds must not steer a terminal: its control characters are shown as text. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u${code.toString(16).padStart(4, '0')}`
  })
}
