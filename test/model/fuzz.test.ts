import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Report } from './fuzz-worker.ts'

/** `FUZZ=100000 npx vitest run test/model/fuzz.test.ts`; a mutant's number tells the same mutant again. */
const MUTANTS = Number(process.env.FUZZ ?? 2_000)
const BATCH = 1_000
/** Far above the second that a mutant may take: a loaded machine must not kill an honest worker. */
const KILL_AFTER = 10_000

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
const worker = join(folder, 'worker.mjs')

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./fuzz-worker.ts', import.meta.url))],
    outfile: worker,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['./s3.ts', './gs.ts'],
    logLevel: 'error',
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

test(`${MUTANTS} mutants end in a signature or in a problem, within a second and 300 MB`, {
  timeout: 3_600_000,
}, async () => {
  const failures: string[] = []
  let slowest = 0
  let read = 0
  for (let from = 0; from < MUTANTS; from += BATCH) {
    const batch = await run(from, Math.min(from + BATCH, MUTANTS))
    failures.push(...batch.failures)
    slowest = Math.max(slowest, batch.slowest)
    read += batch.read
  }
  console.log(
    `${MUTANTS} mutants: ${read} read, the slowest took ${slowest.toFixed(0)} ms, ${failures.length} failed`,
  )
  expect(failures).toEqual([])
})

function run(from: number, to: number): Promise<{ failures: string[]; slowest: number; read: number }> {
  const failures: string[] = []
  let current = 'before the first mutant'
  return new Promise((resolve) => {
    const thread = new Worker(worker, {
      workerData: { folder: fileURLToPath(new URL('../models', import.meta.url)), from, to },
      resourceLimits: { maxOldGenerationSizeMb: 300, maxYoungGenerationSizeMb: 64 },
    })
    let timer: NodeJS.Timeout
    const watch = () => {
      clearTimeout(timer)
      timer = setTimeout(() => void thread.terminate(), KILL_AFTER)
    }
    let end = { slowest: 0, read: 0 }
    let isDone = false
    watch()
    thread.on('message', (report: Report) => {
      watch()
      if ('began' in report) current = report.name
      else if ('failed' in report) failures.push(`${report.name}: ${report.failed}`)
      else {
        end = report
        isDone = true
      }
    })
    thread.on('error', (error) => failures.push(`${current}: ${error.message}`))
    thread.on('exit', () => {
      clearTimeout(timer)
      if (!isDone)
        failures.push(`${current}: the worker ended (killed after ${KILL_AFTER} ms, or out of memory)`)
      resolve({ failures, ...end })
    })
  })
}
