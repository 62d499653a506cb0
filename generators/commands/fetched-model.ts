import { createHash } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from '../model/source.ts'
import { Failure } from '../problem.ts'
import { carriedName } from '../project/prepare.ts'
import type { Shell } from '../shell.ts'

export interface FetchedModel {
  readonly file: string
  readonly sha256: string
  /** Removes it again, when it has been copied into the project. */
  readonly dispose: () => void
}

const PART = 8 * 1024 * 1024
const PATIENCE_MS = 300

/** A model of s3:// or gs:// or in a bundle, into a temporary file, in parts; slow ones show how far they are. */
export async function fetchModel(
  url: string,
  shell: Pick<Shell, 'stderr'>,
  member?: string,
): Promise<FetchedModel> {
  const folder = mkdtempSync(join(tmpdir(), 'create-lambda-model-'))
  const dispose = () => rmSync(folder, { recursive: true, force: true })
  const file = join(folder, member === undefined ? 'model' : carriedName(member, null))
  const digest = createHash('sha256')
  try {
    const whole = await open(url)
    const target = openSync(file, 'w')
    const started = performance.now()
    let told = 0
    try {
      const source =
        member === undefined ? whole : await (await import('../model/bundle.ts')).memberOf(whole, member)
      for (let at = 0; at < source.bytes; ) {
        const part = await source.read(at, PART)
        if (part.length === 0) throw cutOff(url, at, source.bytes)
        digest.update(part)
        writeSync(target, part)
        at += part.length
        const tenth = Math.floor((10 * at) / source.bytes)
        if (performance.now() - started < PATIENCE_MS || tenth === told) continue
        told = tenth
        shell.stderr(`${url}: ${tenth * 10} % of ${Math.ceil(source.bytes / 2 ** 20)} MiB\n`)
      }
    } finally {
      closeSync(target)
      await whole.close()
    }
    return { file, sha256: digest.digest('hex'), dispose }
  } catch (error) {
    dispose()
    throw error
  }
}

function cutOff(url: string, at: number, bytes: number): Failure {
  const message = `${url} ended after ${at} of ${bytes} bytes.`
  return new Failure(
    [{ code: 'unreadable-model', option: '--model', value: url, message, fix: 'Run the command again.' }],
    1,
  )
}
