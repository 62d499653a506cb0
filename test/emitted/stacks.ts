import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { freePort } from './emulator.ts'
import { uv } from './places.ts'

const MOTO = 'moto[server]==5.2.5'

/** AWS on this machine, in which stacks come up: what is made there is gone with it. */
export interface Cloud {
  /** For programs that are to take it for AWS. */
  readonly env: Readonly<Record<string, string>>
  readonly stop: () => void
}

/** Never ends by itself: always call stop(). */
export async function startCloud(): Promise<Cloud> {
  const port = await freePort()
  const server = ['python', '../emitted/moto_stacks.py', '--host', '127.0.0.1', '--port', String(port)]
  const child = spawn(uv, ['run', '--quiet', '--no-project', '--python', '3.13', '--with', MOTO, ...server], {
    // In a folder whose .python-version names one, uv finds a Python of pyenv's.
    cwd: join(import.meta.dirname, '../tools'),
    stdio: 'ignore',
    detached: true,
  })
  const url = `http://127.0.0.1:${port}`
  // The first run installs it.
  const until = Date.now() + 120_000
  while (!(await isListening(url))) {
    if (child.exitCode !== null) throw new Error(`moto ended with ${child.exitCode} before it listened.`)
    if (Date.now() > until) throw new Error('moto does not listen after two minutes.')
    await later(200)
  }
  return {
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

async function isListening(url: string): Promise<boolean> {
  return await fetch(`${url}/moto-api/`).then(
    () => true,
    () => false,
  )
}
