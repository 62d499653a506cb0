export interface Ended {
  /** `null`: it could not be started, or a signal ended it. */
  readonly exitCode: number | null
  /** Why it could not be started: `ENOENT`. */
  readonly code: string | undefined
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they came. */
  readonly all: string
}

interface Start {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly input?: string | Uint8Array
  /** Sees what is printed, as it comes. */
  readonly watch?: (text: string) => void
}

/** Runs a program to its end, without a shell; never rejects. */
export async function runProgram(
  name: string,
  args: readonly string[],
  { cwd, env, input = '', watch }: Start,
): Promise<Ended> {
  // Loaded late: most runs start nothing.
  const { spawn } = await import('node:child_process')
  return new Promise((resolve) => {
    const child = spawn(name, args, { cwd, env: { ...env } })
    const texts = { stdout: '', stderr: '', all: '' }
    child.on('error', ({ code }: NodeJS.ErrnoException) => resolve({ exitCode: null, code, ...texts }))
    // Where no more files may be open there are not even pipes.
    if (!child.stdin) return
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        texts[stream] += text
        texts.all += text
        watch?.(text)
      })
    }
    child.on('close', (exitCode) => resolve({ exitCode, code: undefined, ...texts }))
    // A program that does not read its input ends before all of it is written.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/** A git hook that calls us sets GIT_DIR and its like for its own repository. */
export function cleanOfGit<Value>(env: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')))
}
