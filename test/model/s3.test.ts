import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { inspectSource } from '../../generators/model/index.ts'
import { open } from '../../generators/model/s3.ts'
import type { Failure } from '../../generators/problem.ts'
import { bigOnnx } from './big-onnx.ts'
import { type Answering, type Running, ranged, s3Error, serve, signedFor, stored } from './object-store.ts'

let server: Running | undefined
let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 's3-'))
  for (const [name, value] of Object.entries({
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: undefined,
    AWS_DEFAULT_REGION: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    AWS_MAX_ATTEMPTS: '2',
  })) {
    vi.stubEnv(name, value)
  }
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await server?.close()
  server = undefined
  rmSync(home, { recursive: true })
})

async function s3(answer: Answering): Promise<Running> {
  server = await serve(answer)
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url)
  return server
}

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251))
const etag = { etag: '"abc"' }

describe('reading by ranges', () => {
  test('every range is what the file holds, and a block is asked for once', async () => {
    const running = await s3(({ headers }) => ranged(stored(content), headers.range, etag))
    const source = await open('s3://models/some/model.bin')
    expect(source.bytes).toBe(content.length)
    for (const [offset, length] of [
      [0, 10],
      [65_530, 12],
      [299_990, 100],
      [1, 70_000],
      [0, 300_000],
      [300_000, 5],
      [200_000, 0],
    ] as const) {
      expect(await source.read(offset, length)).toEqual(content.subarray(offset, offset + length))
    }
    await source.close()
    expect(running.exchanges.map(({ url }) => url.split('?')[0])).toEqual(
      running.exchanges.map(() => '/models/some/model.bin'),
    )
    expect(running.transferred()).toBe(content.length)
  })

  test('who reads on gets more at a time', async () => {
    const megabytes = Buffer.alloc(8 * 1024 * 1024, 7)
    const running = await s3(({ headers }) => ranged(stored(megabytes), headers.range, etag))
    const source = await open('s3://models/model.bin')
    for (let offset = 0; offset < megabytes.length; offset += 4096) await source.read(offset, 4096)
    expect(running.exchanges.length).toBeLessThan(10)
    expect(running.transferred()).toBe(megabytes.length)
  })

  test('readers at the same time share what comes', async () => {
    const running = await s3(({ headers }) => ranged(stored(content), headers.range, etag))
    const source = await open('s3://models/model.bin')
    const parts = await Promise.all([
      source.read(100_000, 9),
      source.read(100_001, 9),
      source.read(100_002, 9),
    ])
    expect(parts).toEqual([100_000, 100_001, 100_002].map((at) => content.subarray(at, at + 9)))
    expect(running.exchanges.length).toBe(2)
  })

  test('a key is taken as it stands', async () => {
    const running = await s3(({ headers }) => ranged(stored(content), headers.range, etag))
    await open('s3://models/a b/c%20d/ü+#?.onnx')
    expect(decodeURIComponent(running.exchanges[0]?.url.split('?x-id')[0] ?? '')).toBe(
      '/models/a b/c%20d/ü+#?.onnx',
    )
  })

  test('a model that is replaced meanwhile is not read as half of each', async () => {
    let current = '"abc"'
    await s3(({ headers }) =>
      headers['if-match'] !== undefined && headers['if-match'] !== current
        ? { status: 412, body: s3Error('PreconditionFailed') }
        : ranged(stored(content), headers.range, { etag: current }),
    )
    const source = await open('s3://models/model.bin')
    current = '"def"'
    await expect(problemOf(source.read(200_000, 5))).resolves.toMatchObject({
      code: 'unreadable-model',
      message: expect.stringContaining('was replaced while it was read'),
    })
  })

  test('a passing fault is tried again', async () => {
    let tried = 0
    await s3(({ headers }) =>
      tried++ === 0 ? { status: 503, body: s3Error('SlowDown') } : ranged(stored(content), headers.range),
    )
    expect((await open('s3://models/model.bin')).bytes).toBe(content.length)
  })
})

describe('the bucket of another region', () => {
  const elsewhere =
    (refusal: (region: string) => ReturnType<Answering>): Answering =>
    ({ headers }) =>
      signedFor(headers) === 'eu-central-1' ? ranged(stored(content), headers.range) : refusal('eu-central-1')

  test.each([
    [
      'redirects',
      (region: string) => ({
        status: 301,
        headers: { 'x-amz-bucket-region': region },
        body: s3Error('PermanentRedirect'),
      }),
    ],
    [
      'says so',
      (region: string) => ({
        status: 400,
        body: s3Error('AuthorizationHeaderMalformed', `<Region>${region}</Region>`),
      }),
    ],
  ])('is followed when S3 %s, and asked there from then on', async (_, refusal) => {
    const running = await s3(elsewhere(refusal))
    const source = await open('s3://models/model.bin')
    await source.read(100_000, 5)
    await source.read(250_000, 5)
    expect(running.exchanges.map(({ headers }) => signedFor(headers))).toEqual([
      'us-east-1',
      'eu-central-1',
      'eu-central-1',
      'eu-central-1',
    ])
  })

  test('is an error when the region that it names redirects again', async () => {
    const running = await s3(() => ({
      status: 301,
      headers: { 'x-amz-bucket-region': 'eu-west-3' },
      body: s3Error('PermanentRedirect'),
    }))
    const problem = await problemOf(open('s3://models/model.bin'))
    expect(problem.message).toBe(
      's3://models/model.bin is in another region than eu-west-3 (bucket models, key model.bin)',
    )
    expect(running.exchanges.length).toBe(2)
  })
})

describe('what went wrong is named', () => {
  const where = 'bucket models, key iris.onnx, region us-east-1'

  test.each([
    [404, 'NoSuchKey', 'missing-model', `does not exist: the bucket has no such key (${where})`, 2],
    [
      404,
      'NoSuchBucket',
      'missing-model',
      'does not exist: there is no bucket models (key iris.onnx, region us-east-1)',
      2,
    ],
    [
      403,
      'AccessDenied',
      'model-not-permitted',
      `s3:GetObject on arn:aws:s3:::models/iris.onnx is missing (${where})`,
      1,
    ],
    [403, 'ExpiredToken', 'no-credentials', `AWS refuses the credentials, ExpiredToken (${where})`, 1],
    [
      403,
      'InvalidAccessKeyId',
      'no-credentials',
      `AWS refuses the credentials, InvalidAccessKeyId (${where})`,
      1,
    ],
    [
      403,
      'SignatureDoesNotMatch',
      'no-credentials',
      `AWS refuses the credentials, SignatureDoesNotMatch (${where})`,
      1,
    ],
    [403, 'InvalidObjectState', 'unreadable-model', `is archived and cannot be read at once (${where})`, 1],
    [416, 'InvalidRange', 'empty-model', 'is empty (0 bytes)', 1],
    [500, 'InternalError', 'unreadable-model', `cannot be read: InternalError of the stand-in (${where})`, 1],
  ])('%i %s', async (status, name, code, message, exitCode) => {
    await s3(() => ({ status, body: s3Error(name) }))
    const failure = await failureOf(open('s3://models/iris.onnx'))
    expect(failure.exitCode).toBe(exitCode)
    expect(failure.problems[0]).toMatchObject({ code, option: '--model', value: 's3://models/iris.onnx' })
    expect(failure.problems[0]?.message).toContain('s3://models/iris.onnx')
    expect(failure.problems[0]?.message).toContain(message)
  })

  test('a key of KMS that may not be used', async () => {
    const denied =
      'User: arn:aws:iam::1:user/u is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:1'
    await s3(() => ({ status: 403, body: s3Error('AccessDenied', '', denied) }))
    const { message, fix } = await problemOf(open('s3://models/iris.onnx'))
    expect(message).toContain('kms:Decrypt on the key that encrypts it is missing')
    expect(fix).toContain('Allow kms:Decrypt')
  })

  test('no credentials at all', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
    await s3(() => ({ status: 500 }))
    const { code, message } = await problemOf(open('s3://models/iris.onnx'))
    expect(code).toBe('no-credentials')
    expect(message).toContain(where)
  })

  test('nobody listens', async () => {
    const gone = await s3(() => 'hang up')
    await gone.close()
    server = undefined
    const { code, message } = await problemOf(open('s3://models/iris.onnx'))
    expect(code).toBe('unreadable-model')
    expect(message).toContain('ECONNREFUSED')
  })

  test('the line is cut in the middle', async () => {
    await s3(({ headers }) => {
      if (!headers.range?.startsWith('bytes=0-')) return 'hang up'
      return ranged(stored(content), headers.range)
    })
    const source = await open('s3://models/iris.onnx')
    await expect(problemOf(source.read(200_000, 10))).resolves.toMatchObject({ code: 'unreadable-model' })
  })

  test.each([
    ['s3://', 'no bucket'],
    ['s3:///key', 'no bucket'],
    ['s3://bucket', 'no object'],
    ['s3://bucket/', 'no object'],
    ['s3://bucket/folder/', 'a folder, not an object'],
  ])('%s names %s', async (path, what) => {
    const failure = await failureOf(open(path))
    expect(failure.exitCode).toBe(2)
    expect(failure.problems[0]?.message).toBe(`${path} names ${what}.`)
  })
})

describe('the SHA-256', () => {
  const digest = createHash('sha256').update(content)
  const hex = digest.copy().digest('hex')
  const base64 = digest.copy().digest('base64')
  const withChecksum =
    (checksum: string | null): Answering =>
    ({ method, headers }) =>
      method === 'HEAD'
        ? {
            status: 200,
            headers:
              checksum !== null && headers['x-amz-checksum-mode'] === 'ENABLED'
                ? { 'x-amz-checksum-sha256': checksum }
                : {},
          }
        : ranged(stored(content), headers.range)

  test.each([
    ['that the object carries', base64, hex],
    ['is not known of an upload in parts', `${base64}-3`, null],
    ['is not known without one', null, null],
  ])('%s', async (_, checksum, expected) => {
    await s3(withChecksum(checksum))
    const source = await open('s3://models/model.bin')
    expect(await source.sha256()).toBe(expected)
  })

  test('is not known where the head may not be read', async () => {
    await s3(({ method, headers }) =>
      method === 'HEAD' ? { status: 403 } : ranged(stored(content), headers.range),
    )
    expect(await (await open('s3://models/model.bin')).sha256()).toBeNull()
  })
})

test('the signature of an ONNX of 1 GB costs less than 2 MB', async () => {
  const model = bigOnnx(1024 ** 3)
  const running = await s3(({ method, headers }) =>
    method === 'HEAD' ? { status: 200 } : ranged(model, headers.range, etag),
  )
  const source = await open('s3://models/big.onnx')
  const { signature } = await inspectSource(source)
  console.log(
    `${source.bytes} bytes of ONNX: ${running.exchanges.length} requests, ${running.transferred()} bytes transferred`,
  )
  expect(source.bytes).toBeGreaterThan(1024 ** 3)
  expect(signature.inputs.length).toBeGreaterThan(0)
  expect(signature.classes).toEqual(['setosa', 'versicolor', 'virginica'])
  expect(running.transferred()).toBeLessThan(2_000_000)
})

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ name: 'Failure' })
  return error as Failure
}

async function problemOf(promise: Promise<unknown>) {
  const [problem] = (await failureOf(promise)).problems
  if (problem === undefined) throw new Error('no problem')
  return problem
}
