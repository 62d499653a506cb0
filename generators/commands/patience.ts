import type { Shell } from '../shell.ts'

const PATIENCE_MS = 300

/** Says on stderr what is being waited for, once it takes longer than somebody waits without wondering. */
export async function patiently<Result>(
  what: string,
  shell: Pick<Shell, 'stderr'>,
  work: Promise<Result>,
): Promise<Result> {
  const timer = setTimeout(() => shell.stderr(`${what} …\n`), PATIENCE_MS)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}
