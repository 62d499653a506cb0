import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { run } from '../generators/commands/run.ts'

const folders: string[] = []

/** An empty folder that is gone after the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'create-lambda-model-'))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever was answered
  readonly json: () => any
}

/** Runs a command line without a terminal, as automation does. */
export async function cli(
  argv: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  const code = await run(argv, {
    cwd: options.cwd ?? emptyFolder(),
    env: { PATH: process.env.PATH, ...options.env },
    interactive: false,
    colours: false,
    columns: () => 80,
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    guarded: (work) => work(new AbortController().signal),
  })
  return { code, stdout, stderr, json: () => JSON.parse(stdout) }
}

/** Every file below a folder with its content, by path. */
export function filesBelow(folder: string, below = ''): Record<string, string> {
  const files: Record<string, string> = {}
  for (const name of readdirSync(join(folder, below))) {
    const path = below === '' ? name : `${below}/${name}`
    if (statSync(join(folder, path)).isDirectory()) Object.assign(files, filesBelow(folder, path))
    else files[path] = readFileSync(join(folder, path), 'latin1')
  }
  return files
}

/** A model of test/models by its file name. */
export function model(name: string): string {
  return join(import.meta.dirname, 'models', name)
}
