import { createVerify, generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Outside, open } from '../../generators/model/gs.ts'
import { inspectSource } from '../../generators/model/index.ts'
import type { Failure } from '../../generators/problem.ts'
import { bigOnnx } from './big-onnx.ts'
import {
  type Answering,
  type Reply,
  type Running,
  ranged,
  type StoredFile,
  serve,
  stored,
} from './object-store.ts'

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251))

let home: string
let running: Running | undefined

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gs-'))
})

afterEach(async () => {
  await running?.close()
  running = undefined
  rmSync(home, { recursive: true })
})

/** All of Google on one loopback server: its hosts are told apart by a header. */
async function google(
  answer: (host: string, request: Parameters<Answering>[0]) => Reply | 'hang up',
  environment: NodeJS.ProcessEnv = {},
) {
  const server = await serve((request) => answer(String(request.headers['x-meant-for']), request))
  running = server
  const outside: Outside = {
    environment: { HOME: home, ...environment },
    fetch: (input, init) => {
      const url = new URL(String(input))
      const headers = { ...(init?.headers as Record<string, string>), 'x-meant-for': url.host }
      return fetch(`${server.url}${url.pathname}${url.search}`, { ...init, headers })
    },
    pause: async () => {},
  }
  return { server, outside }
}

/** Cloud Storage's JSON API for one object. */
function storage(file: StoredFile, more: Record<string, string> = {}): Answering {
  return ({ url, headers }) =>
    url.includes('alt=media')
      ? ranged(file, headers.range)
      : { status: 200, body: JSON.stringify({ size: String(file.bytes), generation: '17', ...more }) }
}

const asUser = {
  type: 'authorized_user',
  client_id: 'id',
  client_secret: 'secret',
  refresh_token: 'refresh',
  quota_project_id: 'mine',
}
const noMetadataServer: Reply = { status: 404 }
const token = (access_token: string, expires_in = 3600): Reply => ({
  status: 200,
  body: JSON.stringify({ access_token, expires_in }),
})
const refusal = (status: number, message: string): Reply => ({
  status,
  body: JSON.stringify({ error: { code: status, message } }),
})

function credentials(value: unknown): NodeJS.ProcessEnv {
  const file = join(home, 'credentials.json')
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
  return { GOOGLE_APPLICATION_CREDENTIALS: file }
}

describe('reading by ranges', () => {
  test('every range is what the object holds, of one generation', async () => {
    const { server, outside } = await google((host, request) =>
      host === 'storage.googleapis.com' ? storage(stored(content))(request) : noMetadataServer,
    )
    const source = await open('gs://models/some/model v1.bin', outside)
    expect(source.bytes).toBe(content.length)
    for (const [offset, length] of [
      [0, 10],
      [65_530, 12],
      [299_990, 100],
      [0, 300_000],
      [300_000, 5],
    ] as const) {
      expect(await source.read(offset, length)).toEqual(content.subarray(offset, offset + length))
    }
    expect(await source.sha256()).toBeNull()
    const urls = server.exchanges.map(({ url }) => url).filter((url) => url.includes('/storage/'))
    expect(urls[0]).toBe('/storage/v1/b/models/o/some%2Fmodel%20v1.bin')
    expect(urls.slice(1).every((url) => url.endsWith('?alt=media&generation=17'))).toBe(true)
  })

  test('the signature of an ONNX of 1 GB costs less than 2 MB', async () => {
    const model = bigOnnx(1024 ** 3)
    const { server, outside } = await google((host, request) =>
      host === 'storage.googleapis.com' ? storage(model)(request) : noMetadataServer,
    )
    const { signature, file } = await inspectSource(await open('gs://models/big.onnx', outside))
    console.log(
      `${file.bytes} bytes of ONNX: ${server.exchanges.length} requests, ${server.transferred()} bytes transferred`,
    )
    expect(signature.classes).toEqual(['setosa', 'versicolor', 'virginica'])
    expect(server.transferred()).toBeLessThan(2_000_000)
  })

  test.each(['127.0.0.1:1', 'http://127.0.0.1:1/'])(
    'STORAGE_EMULATOR_HOST=%s is talked to without credentials',
    async (host) => {
      const { server, outside } = await google((_, request) => storage(stored(content))(request), {
        STORAGE_EMULATOR_HOST: host,
      })
      expect((await open('gs://models/model.bin', outside)).bytes).toBe(content.length)
      expect(server.exchanges.map(({ headers }) => [headers['x-meant-for'], headers.authorization])).toEqual([
        ['127.0.0.1:1', undefined],
        ['127.0.0.1:1', undefined],
      ])
    },
  )

  test('an emulator that knows no ranges is read all the same', async () => {
    const { outside } = await google(
      (_, { url }) =>
        url.includes('alt=media')
          ? { status: 200, body: content }
          : { status: 200, body: JSON.stringify({ size: '300000' }) },
      {
        STORAGE_EMULATOR_HOST: '127.0.0.1:1',
      },
    )
    const source = await open('gs://models/model.bin', outside)
    expect(await source.read(200_000, 10)).toEqual(content.subarray(200_000, 200_010))
  })

  test('a passing fault is tried again, thrice at most', async () => {
    let faults = 2
    const { server, outside } = await google((host, request) => {
      if (host !== 'storage.googleapis.com') return noMetadataServer
      return faults-- > 0 ? refusal(503, 'Backend Error') : storage(stored(content))(request)
    })
    expect((await open('gs://models/model.bin', outside)).bytes).toBe(content.length)
    faults = Number.POSITIVE_INFINITY
    const before = server.exchanges.length
    expect((await problemOf(open('gs://models/model.bin', outside))).message).toContain(
      'cannot be read: 503 Backend Error',
    )
    // One of them asked the metadata server.
    expect(server.exchanges.length - before).toBe(4)
  })
})

describe('credentials', () => {
  test("a person's: the refresh token is exchanged once", async () => {
    const { server, outside } = await google((host, request) => {
      if (host === 'oauth2.googleapis.com') return token('of-a-person')
      expect(request.headers).toMatchObject({
        authorization: 'Bearer of-a-person',
        'x-goog-user-project': 'mine',
      })
      return storage(stored(content))(request)
    }, credentials(asUser))
    const source = await open('gs://models/model.bin', outside)
    await source.read(200_000, 10)
    expect(
      server.exchanges.filter(({ headers }) => headers['x-meant-for'] === 'oauth2.googleapis.com').length,
    ).toBe(1)
  })

  test('a token that ends soon is renewed', async () => {
    let given = 0
    const { outside } = await google(
      (host, request) =>
        host === 'oauth2.googleapis.com' ? token(`t${++given}`, 30) : storage(stored(content))(request),
      credentials(asUser),
    )
    const source = await open('gs://models/model.bin', outside)
    await source.read(200_000, 10)
    expect(given).toBe(3)
  })

  test("gcloud's own file is found", async () => {
    mkdirSync(join(home, '.config/gcloud'), { recursive: true })
    writeFileSync(join(home, '.config/gcloud/application_default_credentials.json'), JSON.stringify(asUser))
    const { outside } = await google((host, request) =>
      host === 'oauth2.googleapis.com'
        ? token('x')
        : request.headers.authorization === 'Bearer x'
          ? storage(stored(content))(request)
          : refusal(401, 'no'),
    )
    expect((await open('gs://models/model.bin', outside)).bytes).toBe(content.length)
  })

  test('a service account signs for itself', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const account = {
      type: 'service_account',
      client_email: 'robot@mine.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      private_key_id: 'k1',
      token_uri: 'https://oauth2.googleapis.com/token',
    }
    const { outside } = await google((host, request) => {
      if (host !== 'oauth2.googleapis.com') return storage(stored(content))(request)
      const form = new URLSearchParams(request.body)
      const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
      const verified = createVerify('RSA-SHA256')
        .update(`${head}.${claims}`)
        .verify(publicKey, signature, 'base64url')
      const { iss, aud, scope, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString())
      expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({
        alg: 'RS256',
        typ: 'JWT',
        kid: 'k1',
      })
      expect({ verified, iss, aud, lasts: exp - iat }).toEqual({
        verified: true,
        iss: account.client_email,
        aud: account.token_uri,
        lasts: 3600,
      })
      expect(scope).toBe('https://www.googleapis.com/auth/devstorage.read_only')
      return token('of-a-robot')
    }, credentials(account))
    expect((await open('gs://models/model.bin', outside)).bytes).toBe(content.length)
  })

  test('of the machine in the cloud', async () => {
    const { server, outside } = await google((host, request) => {
      if (host !== 'metadata.google.internal') return storage(stored(content))(request)
      expect(request.headers['metadata-flavor']).toBe('Google')
      return token('of-the-machine')
    })
    await open('gs://models/model.bin', outside)
    expect(server.exchanges.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Bearer of-the-machine',
      'Bearer of-the-machine',
    ])
  })

  test.each([
    ['is not JSON', '{"type": ', 'is not JSON'],
    [
      'of another kind',
      { type: 'external_account' },
      'holds credentials of type "external_account", which are not read here',
    ],
    [
      'without a key',
      { type: 'service_account', client_email: 'a@b', private_key: 'none' },
      'holds no private key that can sign',
    ],
  ])('a file that %s', async (_, file, why) => {
    const { outside } = await google(() => token('never'), credentials(file))
    const { code, message } = await problemOf(open('gs://models/model.bin', outside))
    expect(code).toBe('no-credentials')
    expect(message).toContain(why)
    expect(message).toContain(join(home, 'credentials.json'))
  })

  test('a file that is named and not there', async () => {
    const { outside } = await google(() => token('never'), {
      GOOGLE_APPLICATION_CREDENTIALS: join(home, 'nothing.json'),
    })
    expect((await problemOf(open('gs://models/model.bin', outside))).message).toContain(
      'nothing.json is not there',
    )
  })

  test('that were withdrawn', async () => {
    const { outside } = await google(
      (host) =>
        host === 'oauth2.googleapis.com'
          ? { status: 400, body: '{"error": "invalid_grant"}' }
          : noMetadataServer,
      credentials(asUser),
    )
    expect((await problemOf(open('gs://models/model.bin', outside))).message).toContain(
      'are refused by oauth2.googleapis.com (400)',
    )
  })
})

describe('what went wrong is named', () => {
  const where = 'bucket models, object iris.onnx'

  test.each([
    [
      404,
      'The specified bucket does not exist.',
      'missing-model',
      'there is no bucket models (object iris.onnx)',
      2,
    ],
    [404, 'No such object: models/iris.onnx', 'missing-model', `the bucket has no such object (${where})`, 2],
    [
      403,
      'robot does not have storage.objects.get access',
      'model-not-permitted',
      `storage.objects.get is missing (${where})`,
      1,
    ],
    [401, 'Invalid Credentials', 'no-credentials', `Google Cloud refuses the credentials of`, 1],
    [412, 'conditionNotMet', 'unreadable-model', `cannot be read: 412 conditionNotMet (${where})`, 1],
  ])('%i %s', async (status, text, code, message, exitCode) => {
    const { outside } = await google(
      (host) => (host === 'oauth2.googleapis.com' ? token('x') : refusal(status, text)),
      credentials(asUser),
    )
    const failure = await failureOf(open('gs://models/iris.onnx', outside))
    expect(failure.exitCode).toBe(exitCode)
    expect(failure.problems[0]).toMatchObject({ code, option: '--model', value: 'gs://models/iris.onnx' })
    expect(failure.problems[0]?.message).toContain(message)
  })

  test.each([401, 403])('%i without credentials', async (status) => {
    const { outside } = await google((host) =>
      host === 'storage.googleapis.com' ? refusal(status, 'Anonymous caller') : noMetadataServer,
    )
    expect(await problemOf(open('gs://models/iris.onnx', outside))).toMatchObject({
      code: 'no-credentials',
      message: `gs://models/iris.onnx needs Google Cloud credentials, and none were found (${where})`,
    })
  })

  test('an empty object, and one that is stored compressed', async () => {
    const { outside } = await google((_, request) => storage(stored(Buffer.alloc(0)))(request), {
      STORAGE_EMULATOR_HOST: 'x',
    })
    expect((await problemOf(open('gs://models/iris.onnx', outside))).code).toBe('empty-model')
    await running?.close()
    const { outside: other } = await google(
      (_, request) => storage(stored(content), { contentEncoding: 'gzip' })(request),
      { STORAGE_EMULATOR_HOST: 'x' },
    )
    expect((await problemOf(open('gs://models/iris.onnx', other))).message).toContain('Content-Encoding gzip')
  })

  test('the line is cut', async () => {
    const { outside } = await google(
      (_, { url }) =>
        url.includes('alt=media')
          ? 'hang up'
          : { status: 200, body: '{"size": "300000", "generation": "1"}' },
      {
        STORAGE_EMULATOR_HOST: 'x',
      },
    )
    expect((await problemOf(open('gs://models/iris.onnx', outside))).code).toBe('unreadable-model')
  })

  test.each(['gs://', 'gs://bucket', 'gs://bucket/folder/'])('%s is wrong usage', async (path) => {
    expect((await failureOf(open(path))).exitCode).toBe(2)
  })
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
