/**
 * One thing that is wrong, as a value: nothing below `cli.ts` prints or exits.
 * `message` names what was wrong with the value, `fix` says what to do next.
 */
export interface Problem {
  /** Stable, for programs: `unreadable-model`, `bad-value`, … */
  readonly code: string
  /** The option that mends it, with its dashes: `--features`. */
  readonly option?: string
  readonly value?: unknown
  readonly message: string
  readonly fix: string
}

/** Something to know that stops nothing. */
export interface Warning {
  readonly code: string
  readonly message: string
}

/** 1: failed. 2: another command line mends it. 130: the user stopped it. */
export type FailureExit = 1 | 2 | 130

/** Carries every problem found to `cli.ts`, which alone prints and exits. */
export class Failure extends Error {
  readonly problems: readonly Problem[]
  readonly exitCode: FailureExit

  constructor(problems: readonly Problem[], exitCode: FailureExit) {
    super(problems.map((problem) => problem.message).join('\n'))
    this.name = 'Failure'
    this.problems = problems
    this.exitCode = exitCode
  }
}

/** By name: each chunk of the bundle has a class of its own. */
export function isFailure(error: unknown): error is Failure {
  return error instanceof Error && error.name === 'Failure'
}

/** Reports everything at once: wrong usage (2) when another command line mends any of it, else a failure (1). */
export function refuse(usage: readonly Problem[], failures: readonly Problem[]): void {
  if (usage.length + failures.length === 0) return
  throw new Failure([...usage, ...failures], usage.length > 0 ? 2 : 1)
}
