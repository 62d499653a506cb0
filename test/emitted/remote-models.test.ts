// Every model of test/models through a real S3 server (moto) and the built command line: what comes from the bucket
// is what comes from the disk. Refusals, regions and faults are in test/model/s3.test.ts.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { cli, models, uv } from './places.ts'

const MOTO = 'moto[server]==5.2.5'
const names = readdirSync(models).filter((name) => !/\.(?:cases\.json|md|py|png|jpg)$/.test(name))
const run = promisify(execFile)

let moto: ChildProcess
let url: string

beforeAll(async () => {
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true')
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const args = [
    'tool',
    'run',
    '--quiet',
    '--python',
    '3.13',
    '--from',
    MOTO,
    'moto_server',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
  ]
  // In a folder whose .python-version names one, uv finds a Python of pyenv's.
  moto = spawn(uv, args, { cwd: join(import.meta.dirname, '../tools'), stdio: 'ignore', detached: true })
  const s3 = new S3Client({
    region: 'us-east-1',
    endpoint: url,
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  await answering(`${url}/moto-api/`)
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

afterAll(() => {
  // uv and the server that it runs.
  if (moto.pid !== undefined) process.kill(-moto.pid)
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function answering(page: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(page).catch(() => null)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${page} does not answer`)
}

async function inspect(model: string) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
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
