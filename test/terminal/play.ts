import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import xterm from '@xterm/headless'
import { builtCli } from '../package/pack.ts'

export type Step = { readonly await: string } & ({ readonly keys: string } | { readonly signal: string })

export const ENTER = '\r'
export const DOWN = '\u001b[B'
export const CTRL_C = '\u0003'
export const CTRL_D = '\u0004'

export interface Played {
  /** `null`: it hung. */
  readonly code: number | null
  /** Every byte that reached the terminal. */
  readonly output: string
  readonly reached: number
}

interface Stage {
  readonly argv?: readonly string[]
  readonly cwd: string
  readonly steps: readonly Step[]
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the built command line in a pseudo terminal and plays keys to it. */
export function play({ argv = [], cwd, steps, columns = 80, env = {} }: Stage): Played {
  const plain = { PATH: process.env.PATH, HOME: cwd, TERM: 'xterm-256color', LANG: 'C.UTF-8' }
  const script = {
    command: [process.execPath, builtCli, ...argv],
    cwd,
    env: { ...plain, ...env },
    columns,
    rows: 60,
    steps,
  }
  const ran = spawnSync('python3', [join(import.meta.dirname, 'play_keys.py')], {
    input: JSON.stringify(script),
    encoding: 'utf8',
    timeout: 90_000,
  })
  if (ran.status !== 0) throw new Error(`play_keys.py: ${ran.stderr}`)
  return JSON.parse(ran.stdout)
}

/** What somebody in front of the terminal sees at the end. */
export async function screen({ output }: Played, columns: number): Promise<string> {
  const terminal = new xterm.Terminal({ cols: columns, rows: 200, allowProposedApi: true })
  await new Promise<void>((done) => terminal.write(output, done))
  const lines = Array.from({ length: 200 }, (_, row) => {
    return terminal.buffer.active.getLine(row)?.translateToString(true) ?? ''
  })
  return lines.join('\n').trimEnd()
}
