import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { answering, freePort } from './emulator.ts'
import { uv } from './places.ts'

const VERSION = 'moto[server]==5.2.5'
/** It does in AWS itself what CloudFormation is told by a SAM template. */
const TRANSLATOR = 'aws-sam-translator==1.115.0'

/** AWS on this machine: what is written there is gone with it. */
export interface Moto {
  readonly url: string
  /** For programs that are to take it for AWS. */
  readonly env: Readonly<Record<string, string>>
  readonly stop: () => void
}

/** Never ends by itself: always call stop(). `program` is a Python file that starts it in its own way. */
export async function startMoto(program?: string): Promise<Moto> {
  const port = await freePort()
  const started = program ? ['python', join(import.meta.dirname, program)] : ['moto_server']
  const server = [...started, '--host', '127.0.0.1', '--port', String(port)]
  const args = [
    'tool',
    'run',
    '--quiet',
    '--python',
    '3.13',
    '--from',
    VERSION,
    '--with',
    TRANSLATOR,
    ...server,
  ]
  // In a folder whose .python-version names one, uv finds a Python of pyenv's.
  const cwd = join(import.meta.dirname, '../tools')
  // AWS knows where it is.
  const env = { ...process.env, AWS_DEFAULT_REGION: 'us-east-1' }
  const child: ChildProcess = spawn(uv, args, { cwd, env, stdio: 'ignore', detached: true })
  // The first run installs it.
  await answering(port, child, 120)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    // uv and the server that it runs.
    stop: () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid)
    },
  }
}
