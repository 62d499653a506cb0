import { cleanOfGit, runProgram } from '../program.ts'
import type { Conflict, Snapshot } from './merge.ts'

export interface Repository {
  /** Of these paths of the project, the ones that git has no committed copy of as they are. */
  readonly dirty: (paths: readonly string[]) => Promise<string[]>
  /** Records conflicts in the index, as a merge of git's own would: stages 1, 2 and 3. */
  readonly recordConflicts: (conflicts: readonly Conflict[]) => Promise<void>
}

/** The repository that a directory is in; `null` outside of one, or without git. */
export async function repositoryOf(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Repository | null> {
  const git = async (args: readonly string[], input?: string | Uint8Array) => {
    const { exitCode, code, stdout, stderr } = await runProgram('git', args, {
      cwd: directory,
      env: cleanOfGit(env),
      ...(input === undefined ? {} : { input }),
    })
    if (exitCode !== 0) throw new Error(`git ${args[0]} failed: ${stderr.trim() || (code ?? exitCode)}`)
    return stdout
  }
  let prefix: string
  try {
    prefix = (await git(['rev-parse', '--show-prefix'])).replace(/\n$/, '')
  } catch {
    return null
  }
  return {
    dirty: async (paths) => {
      if (paths.length === 0) return []
      const wanted = new Set(paths)
      const status = await git([
        'status',
        '--porcelain=v1',
        '-z',
        '--untracked-files=all',
        '--no-renames',
        '--',
        '.',
      ])
      return status
        .split('\0')
        .filter((entry) => entry !== '')
        .map((entry) => entry.slice(3))
        .filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length))
        .filter((path) => wanted.has(path))
    },
    recordConflicts: async (conflicts) => {
      if (conflicts.length === 0) return
      const stage = async (side: Snapshot | null, path: string, number: number) => {
        if (!side) return ''
        const sha = (await git(['hash-object', '-w', '--stdin'], side.content)).trim()
        return `${side.executable ? '100755' : '100644'} ${sha} ${number}\t${prefix}${path}\n`
      }
      let lines = ''
      for (const { path, base, ours, theirs } of conflicts) {
        lines += `0 ${'0'.repeat(40)}\t${prefix}${path}\n`
        lines += (await stage(base, path, 1)) + (await stage(ours, path, 2)) + (await stage(theirs, path, 3))
      }
      await git(['update-index', '--index-info'], lines)
    },
  }
}
