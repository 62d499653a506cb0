// Every model of test/models through a real S3 server (moto) and the built command line: what comes from the bucket
// is what comes from the disk. Refusals, regions and faults are in test/model/s3.test.ts.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Moto, startMoto } from './moto.ts'
import { cli, models } from './places.ts'

const names = readdirSync(models).filter((name) => !/\.(?:cases\.json|md|py|png|jpg)$/.test(name))
const run = promisify(execFile)

let moto: Moto

beforeAll(async () => {
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true')
  moto = await startMoto()
  const s3 = new S3Client({
    region: 'us-east-1',
    endpoint: moto.url,
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  await s3.send(new CreateBucketCommand({ Bucket: 'models' }))
  for (const name of names) {
    // The SDK adds a CRC32 by itself; one of ours carries its SHA-256.
    const checksum = name === 'iris-knn.joblib' ? ({ ChecksumAlgorithm: 'SHA256' } as const) : {}
    await s3.send(
      new PutObjectCommand({
        Bucket: 'models',
        Key: `some/${name}`,
        Body: readFileSync(join(models, name)),
        ...checksum,
      }),
    )
  }
})

afterAll(() => moto?.stop())

async function inspect(model: string) {
  const env = { ...process.env, ...moto.env }
  const { stdout, stderr, code } = await run('node', [cli, 'inspect', model, '--json'], {
    env,
    timeout: 30_000,
  }).then(
    (done) => ({ ...done, code: 0 }),
    (failed) => failed,
  )
  return { answer: JSON.parse(stdout), stderr, code }
}

test.each(names)('%s', async (name) => {
  const path = join(models, name)
  const fromDisk = await inspect(path)
  const fromBucket = await inspect(`s3://models/some/${name}`)
  expect(fromBucket.code).toBe(fromDisk.code)
  expect(fromBucket.stderr).not.toContain('NodeVersionSupportWarning')
  const sameButFor = JSON.parse(JSON.stringify(fromDisk.answer).replaceAll(path, `s3://models/some/${name}`))
  if (sameButFor.file) {
    sameButFor.file.sha256 = name === 'iris-knn.joblib' ? sameButFor.file.sha256 : null
  }
  expect(fromBucket.answer).toEqual(sameButFor)
})

test('a key that is not there', async () => {
  const { answer, code } = await inspect('s3://models/some/nothing.onnx')
  expect(code).toBe(2)
  expect(answer.problems).toMatchObject([{ code: 'missing-model', option: '--model' }])
})
