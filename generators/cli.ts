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

// `… | head` closes our output: the rest is not wanted, and that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

// The AWS SDK's warning about Node 20 is for its own users, not for ours.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

const argv = process.argv.slice(2)
const terminal = Boolean(process.stdin.isTTY && process.stdout.isTTY)
void run(argv, {
  cwd: process.cwd(),
  env: process.env,
  interactive: terminal && !argv.includes('--json'),
  colours: Boolean(process.stdout.isTTY) && !process.env.NO_COLOR && !argv.includes('--no-color'),
  columns: () => process.stdout.columns || 80,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  guarded,
}).then((code) => {
  process.exitCode = code
})
