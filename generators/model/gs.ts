import { env as processEnvironment } from 'node:process'
import { Failure } from '../problem.ts'
import { type Authorisation, findAuthorisation } from './gs-credentials.ts'
import { BLOCK, bucketAndKey, failed, readInBlocks } from './remote.ts'
import type { ModelSource } from './source.ts'

/** What the outside world is for this module; a test hands in its own. */
export interface Outside {
  readonly environment: NodeJS.ProcessEnv
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds to the next try. */
  readonly pause: (milliseconds: number) => Promise<void>
}

const real: Outside = {
  environment: processEnvironment,
  fetch: (...request) => globalThis.fetch(...request),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/**
 * `gs://bucket/object` over Cloud Storage's JSON API, with application-default credentials; without any, as anybody
 * may. The object's generation is held fast: a model that is replaced meanwhile is still read as it was.
 * Throws Failure: 2 where there is no such bucket or object, else 1.
 */
export async function open(path: string, outside: Outside = real): Promise<ModelSource> {
  const { bucket, key } = bucketAndKey(path)
  const base = baseUrl(outside.environment)
  const isEmulated = outside.environment.STORAGE_EMULATOR_HOST !== undefined
  const authorisation = isEmulated ? null : await findAuthorisation(path, outside)
  const object: StoredObject = {
    path,
    bucket,
    key,
    url: `${base}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(key)}`,
    authorisation,
  }
  const about = (await (await request(object, '', {}, outside)).json()) as Metadata
  const bytes = Number(about.size)
  if (bytes === 0)
    throw failed('empty-model', path, `${path} is empty (0 bytes)`, 'Upload the model file again.')
  if (about.contentEncoding === 'gzip') {
    const message = `${path} is stored with Content-Encoding gzip, and so cannot be read by ranges`
    throw failed(
      'unreadable-model',
      path,
      message,
      `Download it and give its path: gcloud storage cp ${path} .`,
    )
  }
  const query = `?alt=media&generation=${encodeURIComponent(String(about.generation ?? ''))}`
  const fetchRange = (start: number, end: number) => range(object, query, start, end, outside)
  const head = await fetchRange(0, Math.min(bytes, BLOCK))
  return {
    path,
    bytes,
    read: readInBlocks(bytes, fetchRange, head),
    // Cloud Storage keeps CRC32C and MD5 only.
    sha256: async () => null,
    close: async () => {},
  }
}

interface StoredObject {
  readonly path: string
  readonly bucket: string
  readonly key: string
  readonly url: string
  readonly authorisation: Authorisation | null
}

interface Metadata {
  readonly size?: string
  readonly generation?: string
  readonly contentEncoding?: string
}

/** The host that the client libraries talk to, too; an emulator may be given without its scheme. */
function baseUrl({ STORAGE_EMULATOR_HOST: host }: NodeJS.ProcessEnv): string {
  if (host === undefined) return 'https://storage.googleapis.com'
  return (/^https?:\/\//.test(host) ? host : `http://${host}`).replace(/\/+$/, '')
}

async function range(
  object: StoredObject,
  query: string,
  start: number,
  end: number,
  outside: Outside,
): Promise<Buffer> {
  const answer = await request(object, query, { range: `bytes=${start}-${end - 1}` }, outside)
  const content = await answer.arrayBuffer().then(
    (bytes) => Buffer.from(bytes),
    (error: unknown) => Promise.reject(unreachable(object, error)),
  )
  // Emulators know no ranges.
  const asked = answer.status === 200 ? content.subarray(start, end) : content
  if (asked.length === end - start) return asked
  throw unreadable(object, `${asked.length} bytes came instead of ${end - start}`)
}

const TRIES = 3

async function request(
  object: StoredObject,
  query: string,
  headers: Record<string, string>,
  outside: Outside,
): Promise<Response> {
  const { authorisation, url } = object
  const signed = authorisation === null ? headers : { ...headers, ...(await authorisation.headers()) }
  for (let tried = 1; ; tried++) {
    const answer = await outside
      .fetch(`${url}${query}`, { headers: signed, signal: AbortSignal.timeout(30_000) })
      .catch((error: unknown) => (tried < TRIES ? null : Promise.reject(unreachable(object, error))))
    if (answer?.ok) return answer
    const isPassing = answer === null || answer.status === 429 || answer.status >= 500
    if (answer !== null && (!isPassing || tried === TRIES)) throw await explained(answer, object)
    await answer?.body?.cancel()
    await outside.pause(200 * 4 ** (tried - 1))
  }
}

async function explained(answer: Response, object: StoredObject): Promise<Failure> {
  const { path, bucket, key, authorisation } = object
  const { status } = answer
  const detail = await messageOf(answer)
  const where = `bucket ${bucket}, object ${key}`
  if (status === 404) {
    const missing = /bucket/i.test(detail)
      ? `there is no bucket ${bucket} (object ${key})`
      : `the bucket has no such object (${where})`
    const fix = `Check --model: gcloud storage ls gs://${bucket}/`
    return failed('missing-model', path, `${path} does not exist: ${missing}`, fix, 2)
  }
  if ((status === 401 || status === 403) && authorisation === null) {
    const fix = 'Sign in: gcloud auth application-default login. Or download the model and give its path.'
    return failed(
      'no-credentials',
      path,
      `${path} needs Google Cloud credentials, and none were found (${where})`,
      fix,
    )
  }
  if (status === 401) {
    const fix = 'Sign in again: gcloud auth application-default login.'
    return failed(
      'no-credentials',
      path,
      `${path} cannot be read: Google Cloud refuses the credentials of ${authorisation?.source} (${where})`,
      fix,
    )
  }
  if (status === 403) {
    const fix = `Grant roles/storage.objectViewer on gs://${bucket} to ${authorisation?.account ?? 'the account of these credentials'}.`
    return failed(
      'model-not-permitted',
      path,
      `${path} may not be read with these credentials: storage.objects.get is missing (${where})`,
      fix,
    )
  }
  return unreadable(object, `${status} ${detail}`.trim())
}

async function messageOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => '')
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } }
    return String(error?.message ?? '').slice(0, 200)
  } catch {
    return text.replace(/\s+/g, ' ').slice(0, 200)
  }
}

function unreachable(object: StoredObject, error: unknown): Failure {
  if (error instanceof Failure) return error
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } }
  return unreadable(object, cause?.code ?? cause?.message ?? message)
}

function unreadable({ path, bucket, key }: StoredObject, reason: string): Failure {
  const fix = 'Check the network; or download the model and give its path.'
  return failed(
    'unreadable-model',
    path,
    `${path} cannot be read: ${reason} (bucket ${bucket}, object ${key})`,
    fix,
  )
}
