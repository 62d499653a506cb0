// A fetched model under a network that does its worst, and under readers while it is exchanged: test/emitted/store/.
// On S3 (moto) the function has the rights that its template gives the role, and moto checks every signature.
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from './emulator.ts'
import { environmentOf } from './environment.ts'
import { type Moto, startMoto } from './moto.ts'
import { emulator, runtimePython } from './places.ts'
import { flagsFor, generate, type Project } from './project.ts'
import { stdoutOf } from './run.ts'

const FLIPS = 1000
/** Eleven kinds for the pointer and for the model, two for the description between them. */
const FAULTS = 24

interface Driven {
  readonly faults: readonly {
    readonly how: string
    readonly target: string
    readonly answered: number
    /** Every answer was the old model's, and what the old model says. */
    readonly old: boolean
    /** Of one request, in seconds, a look of 0.1 s at the bucket included. */
    readonly slowest: number
    /** `refresh` in GET /health; null while it is still being tried. */
    readonly told: { readonly failed: string } | null
    /** Afterwards the new model came, and was right. */
    readonly recovered: boolean
  }[]
  readonly cold: readonly string[]
  readonly flips: {
    readonly wrong: readonly unknown[]
    readonly served: { readonly a: number; readonly b: number }
  }
  readonly calls: readonly (readonly [string, string])[]
  readonly denied: readonly (readonly [string, string])[]
}

let moto: Moto

beforeAll(async () => {
  moto = await startMoto()
})

afterAll(() => moto?.stop())

describe.each(['s3', 'gcs'])('%s', (kind) => {
  let driven: Driven

  beforeAll(async () => {
    const project = await generate(`store-${kind}`, [
      ...flagsFor('seed3-lightgbm.txt'),
      ...['--model-store', 'bucket', '--bucket', 'store-test-models'],
    ])
    if (kind === 'gcs') await useCloudStorage(project)
    driven = await drive(project, kind)
  })

  test('a fault never brings a wrong model, a crash or a wait', () => {
    expect(driven.faults).toHaveLength(FAULTS)
    for (const fault of driven.faults) {
      expect(fault).toMatchObject({ old: true, recovered: true })
      expect(fault.answered).toBeGreaterThanOrEqual(5)
      expect(fault.slowest).toBeLessThan(1)
    }
    const failed = (mode: string) =>
      driven.faults.find(({ how, target }) => how === mode && target === 'model')
    expect(failed('wrong bytes')?.told?.failed).toMatch('SHA-256')
    expect(failed('403')?.told?.failed).toMatch('403')
    expect(failed('another region')?.told?.failed).toMatch('301')
    expect(driven.cold).toEqual([])
  })

  test(`${FLIPS} flips of the pointer: every answer is that of the version which it names`, () => {
    const { wrong, served } = driven.flips
    expect(wrong).toEqual([])
    expect(Math.min(served.a, served.b)).toBeGreaterThan(20)
  })

  test('it reads three objects, and may do nothing else', () => {
    const methods = new Set(driven.calls.map(([method]) => method))
    const objects = driven.calls.map(([, object]) => object).sort()
    expect([...methods]).toEqual(['GET'])
    expect(objects).toEqual(['current.json', 'model.json', 'seed3-lightgbm.txt'])
    const refused = ['another model', 'another stage', 'PutObject', 'DeleteObject', 'ListBucket']
    expect(driven.denied.map(([what]) => what)).toEqual(kind === 's3' ? refused : [])
    expect(driven.denied.every(([, code]) => code === 'AccessDenied')).toBe(true)
  })
})

test('a model that takes longer than a call may: 503 with Retry-After, and then its answers', async () => {
  const slow = ['--model-store', 'bucket', '--timeout', '5']
  const project = await generate('store-slow', [...flagsFor('iris-zipmap.onnx'), ...slow])
  const ports = [await freePort(), await freePort()].map(String)
  const driver = join(import.meta.dirname, 'store/slow.py')
  // The other one asks for rights by now.
  const open = await startMoto()
  const args = [driver, open.url, emulator, runtimePython('3.13'), ...ports]
  const printed = await stdoutOf(await environmentOf(project), args, { in: project.folder }).finally(
    open.stop,
  )
  const answers = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as [number, string | null, number][]
  const [last, ...before] = answers.toReversed()
  expect(last?.[0]).toBe(200)
  expect(before.length).toBeGreaterThan(0)
  for (const [status, retryAfter, seconds] of before) {
    expect([status, retryAfter]).toEqual([503, '5'])
    expect(seconds).toBeLessThan(5.5)
  }
})

/** The one module that knows whose the bucket is. */
async function useCloudStorage({ folder }: Project): Promise<void> {
  const flags = ['--cloud', 'cloud-functions', '--model-store', 'bucket', '--bucket', 'store-test-models']
  const google = await generate('store-google', [...flagsFor('seed3-lightgbm.txt'), ...flags])
  copyFileSync(join(google.folder, 'app/bucket.py'), join(folder, 'app/bucket.py'))
}

async function drive(project: Project, kind: string): Promise<Driven> {
  const log = join(project.folder, 'drive.log')
  const driver = join(import.meta.dirname, 'store/drive.py')
  const args = [driver, kind, moto.url, String(FLIPS), log]
  const printed = await stdoutOf(await environmentOf(project), args, { in: project.folder }).catch(
    (error) => {
      throw new Error(`${error}\n${readFileSync(log, 'utf8').slice(-2000)}`)
    },
  )
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Driven
}
