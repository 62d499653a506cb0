import { env as processEnvironment } from 'node:process'
import { Failure } from '../problem.ts'
import { type Credentials, credentialsOf, regionOf } from './aws-credentials.ts'
import { BLOCK, bucketAndKey, failed, readInBlocks } from './remote.ts'
import { type Place, type S3Answer, S3Refusal, send } from './s3-request.ts'
import type { ModelSource } from './source.ts'

/**
 * `s3://bucket/key`, by signed requests of our own. The first request brings the size and the first block; a bucket of
 * another region is followed there once, and asked there from then on.
 * Throws Failure: 2 where there is no such bucket or key, else 1.
 */
export async function open(path: string, environment = processEnvironment): Promise<ModelSource> {
  const object = await connect(path, environment)
  const { bytes, etag, content } = object.head
  return {
    path,
    bytes,
    read: readInBlocks(bytes, (start, end) => range(object, start, end, etag), content),
    sha256: () => storedSha256(object),
    close: async () => {},
  }
}

interface S3Object {
  readonly path: string
  readonly place: Place
  readonly credentials: Credentials | null
  readonly attempts: number
}

interface Head {
  readonly bytes: number
  readonly etag: string | undefined
  readonly content: Buffer
}

async function connect(path: string, environment: NodeJS.ProcessEnv): Promise<S3Object & { head: Head }> {
  const region = regionOf(environment)
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL || undefined
  const place = { ...bucketAndKey(path), region, endpoint }
  const attempts = Number(environment.AWS_MAX_ATTEMPTS) || 3
  const unsigned = { path, place, credentials: null, attempts }
  const credentials = await credentialsOf(environment).catch((error) => {
    throw explained(error, unsigned)
  })
  const first = { ...unsigned, credentials }
  try {
    return { ...first, head: await firstBlock(first) }
  } catch (error) {
    const elsewhere = regionNamedBy(error)
    if (elsewhere === null || elsewhere === region) throw explained(error, first)
    const second = { ...first, place: { ...place, region: elsewhere } }
    try {
      return { ...second, head: await firstBlock(second) }
    } catch (again) {
      throw explained(again, second)
    }
  }
}

async function ask(
  method: 'GET' | 'HEAD',
  { place, credentials, attempts }: S3Object,
  headers: Readonly<Record<string, string>>,
): Promise<S3Answer> {
  return send(method, place, headers, credentials as Credentials, attempts)
}

async function firstBlock(object: S3Object): Promise<Head> {
  const { headers, body } = await ask('GET', object, { range: `bytes=0-${BLOCK - 1}` })
  const bytes = Number(/\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] ?? headers['content-length'] ?? 0)
  if (bytes === 0) throw empty(object.path)
  return { bytes, etag: headers.etag, content: body }
}

async function range(
  object: S3Object,
  start: number,
  end: number,
  etag: string | undefined,
): Promise<Buffer> {
  try {
    const { body } = await ask('GET', object, {
      range: `bytes=${start}-${end - 1}`,
      // A model that is replaced meanwhile would be read as half of each.
      ...(etag === undefined ? {} : { 'if-match': etag }),
    })
    if (body.length === end - start) return body
    throw new Error(`${body.length} bytes came instead of ${end - start}`)
  } catch (error) {
    throw explained(error, object)
  }
}

/** The checksum that the object was uploaded with; one of parts (`…-3`) is not the file's. */
async function storedSha256(object: S3Object): Promise<string | null> {
  try {
    const { headers } = await ask('HEAD', object, { 'x-amz-checksum-mode': 'ENABLED' })
    const stored = headers['x-amz-checksum-sha256']
    if (typeof stored !== 'string' || !/^[A-Za-z0-9+/]{43}=$/.test(stored)) return null
    return Buffer.from(stored, 'base64').toString('hex')
  } catch {
    return null
  }
}

// ---- what went wrong, in words

function regionNamedBy(error: unknown): string | null {
  const region = error instanceof S3Refusal ? error.region : undefined
  return region !== undefined && /^[a-z0-9-]{1,32}$/.test(region) ? region : null
}

function empty(path: string): Failure {
  return failed('empty-model', path, `${path} is empty (0 bytes)`, 'Upload the model file again.')
}

function explained(error: unknown, { path, place }: S3Object): Failure {
  if (error instanceof Failure) return error
  const { bucket, key, region } = place
  const { name = '', message = '', code } = error as NodeJS.ErrnoException
  const status = error instanceof S3Refusal ? error.status : undefined
  const where = `bucket ${bucket}, key ${key}, region ${region}`

  if (name === 'NoSuchBucket') {
    const fix = 'Check the bucket in --model, and that the credentials belong to its AWS partition.'
    return failed(
      'missing-model',
      path,
      `${path} does not exist: there is no bucket ${bucket} (key ${key}, region ${region})`,
      fix,
      2,
    )
  }
  if (name === 'NoSuchKey' || status === 404) {
    const fix = `Check the key in --model: aws s3 ls s3://${bucket}/`
    return failed(
      'missing-model',
      path,
      `${path} does not exist: the bucket has no such key (${where})`,
      fix,
      2,
    )
  }
  if (name === 'InvalidRange' || status === 416) return empty(path)
  if (name === 'PreconditionFailed' || status === 412) {
    return failed(
      'unreadable-model',
      path,
      `${path} was replaced while it was read (${where})`,
      'Run the same command again.',
    )
  }
  if (name === 'InvalidObjectState') {
    const fix = `Restore it first: aws s3api restore-object --bucket ${bucket} --key ${key} --restore-request Days=1`
    return failed('unreadable-model', path, `${path} is archived and cannot be read at once (${where})`, fix)
  }
  if (CREDENTIALS_MISSING.has(name)) {
    const fix =
      'Sign in (aws sso login, or aws configure), or set AWS_PROFILE; or download the model and give its path.'
    return failed(
      'no-credentials',
      path,
      `${path} needs AWS credentials, and none were found (${where})`,
      fix,
    )
  }
  if (CREDENTIALS_REFUSED.has(name)) {
    const fix = 'Sign in again: aws sso login, or new keys in the environment or ~/.aws/credentials.'
    return failed(
      'no-credentials',
      path,
      `${path} cannot be read: AWS refuses the credentials, ${name} (${where})`,
      fix,
    )
  }
  if (status === 403) {
    const permission = /kms:Decrypt/i.test(message)
      ? 'kms:Decrypt on the key that encrypts it'
      : `s3:GetObject on arn:aws:s3:::${bucket}/${key}`
    const fix = `Allow ${permission}. Without s3:ListBucket on the bucket a missing key is refused in the same way: check the key, too.`
    return failed(
      'model-not-permitted',
      path,
      `${path} may not be read with these credentials: ${permission} is missing (${where})`,
      fix,
    )
  }
  if (status === 301 || name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed') {
    const fix = `Set AWS_REGION to the region of the bucket: aws s3api get-bucket-location --bucket ${bucket}`
    return failed(
      'unreadable-model',
      path,
      `${path} is in another region than ${region} (bucket ${bucket}, key ${key})`,
      fix,
    )
  }
  const named = [code, name === 'Error' ? '' : name].filter((part) => part && !message.includes(part))
  const reason = oneLine([...named, message].join(' ')) || 'no answer'
  const fix =
    'Check the network and AWS_REGION, AWS_ENDPOINT_URL_S3 and the proxy; or download the model and give its path.'
  return failed('unreadable-model', path, `${path} cannot be read: ${reason} (${where})`, fix)
}

const CREDENTIALS_MISSING = new Set(['CredentialsProviderError', 'TokenProviderError'])
const CREDENTIALS_REFUSED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 200)
}
