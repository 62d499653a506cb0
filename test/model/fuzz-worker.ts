import { readdirSync, readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { readSignature } from '../../generators/model/index.ts'
import { inMemory } from '../../generators/model/source.ts'
import { type Fixture, mutant } from './mutants.ts'

/** What the main thread is told: before a mutant that it began, after it what was wrong, at the end that all is done. */
export type Report =
  | { began: number; name: string }
  | { failed: string; name: string }
  | { done: number; slowest: number; read: number }

const { folder, from, to } = workerData as { folder: string; from: number; to: number }
const SLOW = 1_000
const MUCH = 300 << 20

const fixtures: Fixture[] = readdirSync(folder)
  .filter((name) => !/\.(cases\.json|py|md|png|jpg)$/.test(name))
  .map((name) => ({ name, content: readFileSync(`${folder}/${name}`) }))

const tell = (report: Report) => parentPort?.postMessage(report)

let slowest = 0
let read = 0
for (let index = from; index < to; index++) {
  const { name, content } = mutant(fixtures, index)
  tell({ began: index, name })
  let took = await time(name, content)
  // A machine that does something else beside is no fault of the reader.
  for (let again = 0; took > SLOW && again < 4; again++) took = Math.min(took, await time(name, content))
  slowest = Math.max(slowest, took)
  if (took > SLOW) tell({ failed: `took ${took.toFixed(0)} ms`, name })
  const { heapUsed, external } = process.memoryUsage()
  if (heapUsed + external > MUCH) tell({ failed: `holds ${(heapUsed + external) >> 20} MiB`, name })
}

async function time(name: string, content: Buffer): Promise<number> {
  const start = performance.now()
  try {
    JSON.stringify(await readSignature(inMemory(name.replace(/ .*/, ''), content)))
    read++
  } catch (error) {
    if ((error as Error).name !== 'Unreadable')
      tell({ failed: (error as Error).stack ?? String(error), name })
  }
  return performance.now() - start
}

tell({ done: to - from, slowest, read })
