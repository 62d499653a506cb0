import { env as processEnvironment } from 'node:process'
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Failure } from '../problem.ts'
import { BLOCK, bucketAndKey, failed, readInBlocks } from './remote.ts'
import type { ModelSource } from './source.ts'

/**
 * `s3://bucket/key`, with the AWS SDK's own search for credentials. The first request brings the size and the first
 * block; a bucket of another region is followed there once, and asked there from then on.
 * Throws Failure: 2 where there is no such bucket or key, else 1.
 */
export async function open(path: string, environment = processEnvironment): Promise<ModelSource> {
  const { bucket, key } = bucketAndKey(path)
  const object: S3Object = { path, bucket, key }
  // Without it the SDK writes three lines about old Nodes into the interview.
  environment.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const { client, head } = await connect(object, environment)
  const { bytes, etag } = head

  return {
    path,
    bytes,
    read: readInBlocks(bytes, (start, end) => range(client, object, start, end, etag), head.content),
    sha256: () => storedSha256(client, object),
    close: async () => client.destroy(),
  }
}

interface S3Object {
  readonly path: string
  readonly bucket: string
  readonly key: string
}

interface Head {
  readonly bytes: number
  readonly etag: string | undefined
  readonly content: Buffer
}

async function connect(
  object: S3Object,
  environment: NodeJS.ProcessEnv,
): Promise<{ client: S3Client; head: Head }> {
  const first = clientFor(null, environment)
  try {
    return { client: first, head: await firstBlock(first, object) }
  } catch (error) {
    const region = regionNamedBy(error)
    if (region === null || region === (await regionOf(first))) throw await explained(error, first, object)
    first.destroy()
    const second = clientFor(region, environment)
    try {
      return { client: second, head: await firstBlock(second, object) }
    } catch (again) {
      throw await explained(again, second, object)
    }
  }
}

function clientFor(region: string | null, environment: NodeJS.ProcessEnv): S3Client {
  const configured = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION
  const elsewhere = environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL
  return new S3Client({
    // The SDK fails without any region, where S3 itself would tell the right one; a profile's own still counts.
    ...(region === null && (configured !== undefined || environment.AWS_PROFILE !== undefined)
      ? {}
      : { region: region ?? 'us-east-1' }),
    // A server in the place of S3 has no name for each bucket.
    ...(elsewhere === undefined ? {} : { endpoint: elsewhere, forcePathStyle: true }),
    // Ranges carry no checksum of their own.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
  })
}

async function firstBlock(client: S3Client, { path, bucket, key }: S3Object): Promise<Head> {
  const answer = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=0-${BLOCK - 1}` }),
  )
  const bytes = Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? answer.ContentLength ?? 0)
  if (bytes === 0) throw empty(path)
  return { bytes, etag: answer.ETag, content: await bodyOf(answer) }
}

async function range(
  client: S3Client,
  object: S3Object,
  start: number,
  end: number,
  etag: string | undefined,
): Promise<Buffer> {
  try {
    const answer = await client.send(
      new GetObjectCommand({
        Bucket: object.bucket,
        Key: object.key,
        Range: `bytes=${start}-${end - 1}`,
        // A model that is replaced meanwhile would be read as half of each.
        ...(etag === undefined ? {} : { IfMatch: etag }),
      }),
    )
    const content = await bodyOf(answer)
    if (content.length === end - start) return content
    throw new Error(`${content.length} bytes came instead of ${end - start}`)
  } catch (error) {
    throw await explained(error, client, object)
  }
}

async function bodyOf({
  Body: body,
}: {
  Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined
}): Promise<Buffer> {
  return body === undefined ? Buffer.alloc(0) : Buffer.from(await body.transformToByteArray())
}

/** The checksum that the object was uploaded with; one of parts (`…-3`) is not the file's. */
async function storedSha256(client: S3Client, { bucket, key }: S3Object): Promise<string | null> {
  try {
    const { ChecksumSHA256: stored } = await client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
    )
    if (stored === undefined || !/^[A-Za-z0-9+/]{43}=$/.test(stored)) return null
    return Buffer.from(stored, 'base64').toString('hex')
  } catch {
    return null
  }
}

// ---- what went wrong, in words

interface ServiceError {
  readonly name?: string
  readonly message?: string
  readonly code?: string
  /** Of AuthorizationHeaderMalformed. */
  readonly Region?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

function regionNamedBy(error: unknown): string | null {
  const { $response, Region } = error as ServiceError
  const region = $response?.headers?.['x-amz-bucket-region'] ?? Region
  return region !== undefined && /^[a-z0-9-]{1,32}$/.test(region) ? region : null
}

async function regionOf(client: S3Client): Promise<string> {
  return client.config.region().catch(() => 'unknown')
}

function empty(path: string): Failure {
  return failed('empty-model', path, `${path} is empty (0 bytes)`, 'Upload the model file again.')
}

async function explained(error: unknown, client: S3Client, object: S3Object): Promise<Failure> {
  if (error instanceof Failure) return error
  const { path, bucket, key } = object
  const { name = '', message = '', code, $metadata } = error as ServiceError
  const status = $metadata?.httpStatusCode
  const region = await regionOf(client)
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
