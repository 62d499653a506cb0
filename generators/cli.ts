import { constants } from 'node:os'
import { readArguments } from './commands/arguments.ts'
import { report } from './commands/report.ts'
import { Failure } from './problem.ts'
import type { Shell } from './shell.ts'

/** argv in, exit code out; the only file that touches `process`. */
async function main(argv: readonly string[], shell: Shell): Promise<number> {
  const [word, ...rest] = argv
  const command = word === 'inspect' ? word : 'new'
  const read = readArguments(command === 'new' ? argv : rest)
  const json = read.run.has('json')
  try {
    if (read.run.has('help')) {
      shell.stdout((await import('./commands/help.ts')).help())
      return 0
    }
    if (read.run.has('version')) {
      shell.stdout(`${(await import('./version.ts')).version}\n`)
      return 0
    }
    if (command === 'inspect') {
      if (read.problems.length > 0) throw new Failure(read.problems, 2)
      await (await import('./commands/inspect.ts')).inspectModel(read, shell)
    } else {
      await (await import('./commands/new.ts')).newProject(read, shell)
    }
    return 0
  } catch (error) {
    return report(error, shell, json)
  }
}

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
    else process.exit(signal === 'SIGINT' ? 130 : 128 + constants.signals[signal])
  })
}

// The AWS SDK's warning about Node 20 is for its own users, not for ours.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

const quiet = process.argv.includes('--json')
void main(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  interactive: Boolean(process.stdin.isTTY && process.stdout.isTTY) && !quiet,
  colours: Boolean(process.stdout.isTTY) && !process.env.NO_COLOR && !process.argv.includes('--no-color'),
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  guarded,
}).then((code) => {
  process.exitCode = code
})
