import { type Problem, refuse } from '../problem.ts'
import type { Shell } from '../shell.ts'
import { report } from './report.ts'

/** argv to exit code: reads the command line, runs one command, and says what went wrong. */
export async function run(argv: readonly string[], shell: Shell): Promise<number> {
  // Nothing but their texts is loaded for these two, whatever else stands beside them. `-auth none` is a mistake, no -h.
  if (argv.some((word) => /^(?:--help|-[hy]*h[hy]*)$/.test(word))) {
    shell.stdout((await import('./help.ts')).help())
    return 0
  }
  if (argv.includes('--version')) {
    shell.stdout(`${(await import('../version.ts')).version}\n`)
    return 0
  }
  const { misplaced, readArguments } = await import('./arguments.ts')
  const command = ['inspect', 'update', 'check'].find((name) => name === argv[0]) ?? 'new'
  const read = readArguments(command === 'new' ? argv : argv.slice(1))
  const args = { ...read, command, problems: [...read.problems, ...misplaced(read, command)] }
  try {
    if (shell.cwd === '') refuse([], [noDirectory])
    if (command === 'inspect') {
      await (await import('./inspect.ts')).inspectModel(args, shell)
    } else if (command === 'update') {
      return await (await import('./update.ts')).update(args, shell)
    } else if (command === 'check') {
      return await (await import('./check.ts')).check(args, shell)
    } else {
      await (await import('./new.ts')).newProject(args, shell)
    }
    return 0
  } catch (error) {
    return report(error, shell, args.run.has('json'))
  }
}

const noDirectory: Problem = {
  code: 'no-directory',
  message: 'The current directory does not exist any more.',
  fix: 'Change to one that does (cd ..), and run the command again.',
}
