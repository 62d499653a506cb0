import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Problem, refuse } from '../problem.ts'
import { cleanOfGit, runProgram } from '../program.ts'
import type { Shell } from '../shell.ts'
import { type Outcome, show } from './show.ts'

/** After the files: a git repository, with --install the environment and the tests, and the last word. */
export async function finish(outcome: Outcome, shell: Shell): Promise<void> {
  const { directory, preview, run } = outcome
  const withoutGit = preview || run.has('no-git') ? [] : await makeRepository(directory, shell)
  const isAsked = run.has('install') && !preview
  const failed = isAsked ? await install(directory, shell, run.has('quiet')) : []
  const isInstalled = isAsked && failed.length === 0
  await conclude([...withoutGit, ...failed], run, () => show(outcome, isInstalled, shell))
}

/** The last word of a command, and what failed: with --json the one document of a failure is that of its problems. */
export async function conclude(
  failed: readonly Problem[],
  run: Outcome['run'],
  lastWord: () => Promise<void>,
): Promise<void> {
  if (failed.length === 0 || !run.has('json')) await lastWord()
  refuse([], failed)
}

/** Nothing to do inside a repository that is there already; without git, nothing is missing. */
async function makeRepository(directory: string, shell: Shell): Promise<Problem[]> {
  if (isInRepository(directory)) return []
  const { exitCode, code, stderr } = await runProgram('git', ['init', '--quiet', '--initial-branch=main'], {
    cwd: directory,
    env: cleanOfGit(shell.env),
  })
  if (exitCode === 0) return []
  if (code === 'ENOENT') {
    shell.stderr('git is not installed: the project is not a repository yet.\n')
    return []
  }
  return [
    {
      code: 'git-failed',
      message: `git init failed in ${directory}: ${stderr}`,
      fix: 'Run git init there yourself.',
    },
  ]
}

function isInRepository(directory: string): boolean {
  if (existsSync(join(directory, '.git'))) return true
  const above = dirname(directory)
  return above !== directory && isInRepository(above)
}

/** `make setup` and `make test`. Returns what failed. */
export async function install(directory: string, shell: Shell, quiet: boolean): Promise<Problem[]> {
  for (const target of ['setup', 'test']) {
    if (!quiet) shell.stderr(`make ${target}\n`)
    const { code, exitCode, all } = await runProgram('make', [target], {
      cwd: directory,
      env: shell.env,
      ...(quiet ? {} : { watch: shell.stderr }),
    })
    if (exitCode === 0) continue
    const message =
      code === 'ENOENT'
        ? '--install needs make, which is not installed.'
        : `make ${target} failed (exit ${exitCode}) in ${directory}:\n${all.trimEnd().split('\n').slice(-20).join('\n')}`
    const fix =
      code === 'ENOENT'
        ? 'The project is there. Run the lines of its README by hand.'
        : `The project is there. Run make ${target} in it again.`
    return [{ code: 'install-failed', option: '--install', value: target, message, fix }]
  }
  return []
}
