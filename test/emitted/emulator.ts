import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { emulator as program, runtimePython } from './places.ts'

/** A function on Lambda's own runtime client, behind the runtime interface emulator. */
export interface Emulator {
  /** The answer to one event. The emulator dies of two at once: wait for each. */
  readonly invoke: (event: string) => Promise<unknown>
  readonly log: () => string
  readonly stop: () => Promise<void>
}

interface What {
  /** What Lambda unpacks to /var/task: nothing else but the runtime client can be imported. */
  readonly folder: string
  readonly python: string
  /** The function's environment, as its template gives it. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeout?: number
  readonly memory?: number
}

/** Neither the emulator nor the client ends by itself: always call stop(). */
export async function startEmulator({
  folder,
  python,
  env = {},
  timeout = 29,
  memory = 512,
}: What): Promise<Emulator> {
  const [port, runtimePort] = [await freePort(), await freePort()]
  const child = spawn(
    program,
    [
      ...['--runtime-interface-emulator-address', `127.0.0.1:${port}`],
      ...['--runtime-api-address', `127.0.0.1:${runtimePort}`],
      ...[runtimePython(python), '-m', 'awslambdaric', 'app.handler.handler'],
    ],
    {
      cwd: folder,
      // A process group of its own: the client is the emulator's child and must end with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: '/usr/bin:/bin',
        LANG: 'C.UTF-8',
        LAMBDA_TASK_ROOT: folder,
        AWS_REGION: 'us-east-1',
        AWS_LAMBDA_FUNCTION_NAME: 'predict',
        AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeout),
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
        ...env,
      },
    },
  )
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => printed.push(String(data)))
  const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`
  await answering(port, child)
  return {
    invoke: async (event) => {
      const signal = AbortSignal.timeout((timeout + 5) * 1000)
      const answer = await fetch(url, { method: 'POST', body: event, signal })
      return await answer.json()
    },
    log: () => printed.join(''),
    stop: () => stop(child),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  process.kill(-child.pid, 'SIGKILL')
  await ended
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Waits until something listens there; throws when the program ended instead, or after so many seconds. */
export async function answering(port: number, child: ChildProcess, seconds = 10): Promise<void> {
  for (let tries = 0; tries < seconds * 20; tries += 1) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode} before it listened.`)
    const isListening = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (isListening) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Nothing listens on port ${port} after ${seconds} s.`)
}
