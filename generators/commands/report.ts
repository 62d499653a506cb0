import { Failure, isFailure, type Problem } from '../problem.ts'
import { paint, type Shell } from '../shell.ts'

/** Says what went wrong, all of it; never a stack trace. Returns the exit code. */
export function report(error: unknown, shell: Shell, json: boolean): number {
  const { problems, exitCode } = isFailure(error) ? error : unexpected(error)
  if (json) shell.stdout(`${JSON.stringify({ ok: false, problems })}\n`)
  shell.stderr(problems.map((problem) => text(problem, shell.colours)).join(''))
  return exitCode
}

function text({ message, fix }: Problem, colours: boolean): string {
  const { red } = paint(colours)
  return `${red(message)}\n${fix
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('')}`
}

function unexpected(error: unknown): Pick<Failure, 'problems' | 'exitCode'> {
  const { code = 'unexpected', message, syscall } = error as NodeJS.ErrnoException
  const problem = syscall
    ? {
        code: 'system',
        message: `The system refuses: ${message}`,
        fix: 'Mend this, and run the command again.',
      }
    : {
        code: 'internal',
        message: `Something went wrong that should not: ${message}`,
        fix: 'This is a mistake in create-lambda-model: please report it with the command and the model file, if you may.',
      }
  return new Failure([{ ...problem, value: code }], 1)
}
