#!/usr/bin/env node
import { fstatSync, statSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { run } from './commands/run.ts'

// argv in, exit code out; the only file that touches `process`.

/** Set while files are written: then a signal asks for an orderly end, and the writer cleans up. */
let writing: AbortController | null = null

async function guarded<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  writing = new AbortController()
  try {
    return await work(writing.signal)
  } finally {
    writing = null
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (writing) writing.abort()
    else process.exit(128 + constants.signals[signal])
  })
}

const argv = process.argv.slice(2)
const seesColours = mayBeTerminal(1) && process.stdout.isTTY
void run(argv, {
  cwd: workingDirectory(),
  env: process.env,
  interactive: Boolean(seesColours && mayBeTerminal(0) && process.stdin.isTTY) && !argv.includes('--json'),
  colours: Boolean(seesColours) && !process.env.NO_COLOR && !argv.includes('--no-color'),
  columns: () => (seesColours && process.stdout.columns) || 80,
  stdout: (text) => say(1, text),
  stderr: (text) => say(2, text),
  guarded,
}).then((code) => {
  process.exitCode = code
})

/** Empty: somebody has removed the directory that we were started in. */
function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return ''
  }
}

/** To look at `process.stdin` or `process.stdout` loads node's streams and sockets, a fifth of the time of `--help`. */
function mayBeTerminal(descriptor: 0 | 1): boolean {
  if (process.platform === 'win32') return true
  try {
    const { rdev } = fstatSync(descriptor)
    return rdev !== 0 && rdev !== statSync('/dev/null', { throwIfNoEntry: false })?.rdev
  } catch {
    // Closed by who started us: `<&-`.
    return false
  }
}

function say(descriptor: 1 | 2, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      // `… | head` closes our output: the rest is not wanted, and that is no failure of ours.
      if (code === 'EPIPE' || code === 'EBADF') return
      // A pipe that somebody set to non-blocking is full: its reader is slower than we are.
      if (code !== 'EAGAIN') {
        // A full disk behind `> file`: what was to be said there can be said nowhere.
        if (descriptor === 1) say(2, `What was to be printed cannot be written: ${message}\n`)
        process.exit(1)
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
