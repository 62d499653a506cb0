import { execa } from 'execa'
import { root } from './places.ts'

interface Where {
  readonly in?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly seconds?: number
}

/** Runs a program to its end and gives what it printed; throws with all of it when it fails or takes too long. */
export async function run(program: string, args: readonly string[], where: Where = {}): Promise<string> {
  const { exitCode, output } = await attempt(program, args, where)
  if (exitCode === 0) return output
  const command = [program, ...args].join(' ')
  throw new Error(`${command.slice(0, 400)}\nended with ${exitCode}:\n${output}`)
}

/** What a program printed on stdout alone; throws as run() does. */
export async function stdoutOf(program: string, args: readonly string[], where: Where = {}): Promise<string> {
  const { exitCode, output, stdout } = await attempt(program, args, where)
  if (exitCode === 0) return stdout
  throw new Error(`${program} ${args.join(' ')}\nended with ${exitCode}:\n${output}`)
}

/** The same, for programs that may fail. */
export async function attempt(
  program: string,
  args: readonly string[],
  where: Where = {},
): Promise<{ exitCode: number | undefined; output: string; stdout: string }> {
  const { exitCode, all, stdout } = await execa(program, args, {
    cwd: where.in ?? root,
    env: { ...quiet, ...where.env },
    ...(where.input === undefined ? {} : { input: where.input }),
    timeout: (where.seconds ?? 240) * 1000,
    killSignal: 'SIGKILL',
    all: true,
    reject: false,
  })
  return { exitCode, output: all, stdout }
}

/** What would make one machine differ from another. */
const quiet = {
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONPATH: '',
  VIRTUAL_ENV: '',
  NO_COLOR: '1',
  FORCE_COLOR: '',
  SAM_CLI_TELEMETRY: '0',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
} satisfies Record<string, string>
