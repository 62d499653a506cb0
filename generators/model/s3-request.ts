import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Credentials } from './aws-credentials.ts'

export interface Place {
  readonly bucket: string
  readonly key: string
  readonly region: string
  /** A server in the place of S3; it has no name for each bucket. */
  readonly endpoint: string | undefined
}

export interface S3Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** An answer that is no success, with the code that S3 gives it. */
export class S3Refusal extends Error {
  readonly status: number
  /** The region that the bucket is in, where S3 names it. */
  readonly region: string | undefined

  constructor({ status, headers, body }: S3Answer) {
    const text = body.toString('utf8')
    super(inXml(text, 'Message') ?? `answered ${status}`)
    this.name = inXml(text, 'Code') ?? `Status${status}`
    this.status = status
    const named = headers['x-amz-bucket-region']
    this.region = typeof named === 'string' ? named : inXml(text, 'Region')
  }
}

const PASSING = new Set([429, 500, 502, 503, 504])
const CONNECT_MS = 5_000
const SILENCE_MS = 30_000

/** Sends a signed request, and again after a fault that passes. Throws S3Refusal for an answer that is no success. */
export async function send(
  method: 'GET' | 'HEAD',
  place: Place,
  headers: Readonly<Record<string, string>>,
  credentials: Credentials,
  attempts: number,
): Promise<S3Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await exchange(method, place, headers, credentials)
      if (answer.status < 300) return answer
      throw new S3Refusal(answer)
    } catch (error) {
      const passes = error instanceof S3Refusal ? PASSING.has(error.status) : true
      if (!passes || attempt >= attempts) throw error
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt * (0.5 + Math.random() / 2)))
    }
  }
}

async function exchange(
  method: string,
  place: Place,
  headers: Readonly<Record<string, string>>,
  credentials: Credentials,
): Promise<S3Answer> {
  const { origin, path } = address(place)
  const { request } = origin.protocol === 'http:' ? await import('node:http') : await import('node:https')
  const signed = sign({ method, host: origin.host, path, headers, region: place.region, credentials })
  return new Promise((resolve, reject) => {
    const { protocol, hostname, port } = origin
    // Not by URL, which would shorten `a/../b`: such keys exist.
    const sent = request({ method, protocol, hostname, port, path, headers: signed }, (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('error', reject)
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) })
      })
    })
    const connecting = setTimeout(() => {
      sent.destroy(Object.assign(new Error(`no connection within ${CONNECT_MS} ms`), { code: 'ETIMEDOUT' }))
    }, CONNECT_MS)
    sent.on('socket', (socket) => {
      if (!socket.connecting) clearTimeout(connecting)
      socket.once('connect', () => clearTimeout(connecting))
    })
    sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error(`no answer within ${SILENCE_MS} ms`)))
    sent.on('close', () => clearTimeout(connecting))
    sent.on('error', reject)
    sent.end()
  })
}

function address({ bucket, key, region, endpoint }: Place): { origin: URL; path: string } {
  const object = key.split('/').map(escaped).join('/')
  if (endpoint !== undefined) {
    const origin = new URL(endpoint)
    return { origin, path: `${origin.pathname.replace(/\/$/, '')}/${bucket}/${object}` }
  }
  const domain = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  // A certificate covers one name below the domain: a bucket with dots goes into the path.
  if (bucket.includes('.')) return { origin: new URL(`https://${domain}`), path: `/${bucket}/${object}` }
  return { origin: new URL(`https://${bucket}.${domain}`), path: `/${object}` }
}

/** AWS's own rule: every byte but letters, digits and -_.~ */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

interface ToSign {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly region: string
  readonly credentials: Credentials
  readonly now?: Date
}

/** AWS Signature Version 4 of a request without a body. Returns the headers to be sent. */
export function sign({
  method,
  host,
  path,
  headers,
  region,
  credentials,
  now = new Date(),
}: ToSign): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const day = time.slice(0, 8)
  const sent: Record<string, string> = {
    ...headers,
    host,
    'x-amz-content-sha256': EMPTY_SHA256,
    'x-amz-date': time,
    ...(credentials.token === undefined ? {} : { 'x-amz-security-token': credentials.token }),
  }
  const names = Object.keys(sent).sort()
  const lines = names.map((name) => `${name}:${sent[name]?.trim()}\n`).join('')
  const canonical = [method, path, '', lines, names.join(';'), EMPTY_SHA256].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const digest = createHash('sha256').update(canonical).digest('hex')
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${credentials.secret}`,
  )
  const signature = createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', time, scope, digest].join('\n'))
    .digest('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.key}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...sent, authorization }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function inXml(text: string, element: string): string | undefined {
  const found = new RegExp(`<${element}>([^<]*)</${element}>`).exec(text)?.[1]
  return found?.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? '')
}
