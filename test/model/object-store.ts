// Stand-ins for S3 and Cloud Storage on the loopback interface, with what emulators leave out: regions, refusals, faults.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StoredFile {
  readonly bytes: number
  read(start: number, end: number): Buffer
}

export interface Exchange {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  /** Of the answer's body. */
  readonly bytes: number
}

export interface Running {
  readonly url: string
  readonly exchanges: Exchange[]
  /** Body bytes of all answers. */
  transferred(): number
  close(): Promise<void>
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
}

export type Answering = (request: {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}) => Reply | 'hang up'

export function stored(content: Uint8Array): StoredFile {
  return { bytes: content.length, read: (start, end) => Buffer.from(content.subarray(start, end)) }
}

export async function serve(answer: Answering): Promise<Running> {
  const exchanges: Exchange[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const reply = answer({ method, url, headers, body: Buffer.concat(chunks).toString() })
      exchanges.push({
        method,
        url,
        headers,
        bytes: reply === 'hang up' ? 0 : Buffer.byteLength(reply.body ?? ''),
      })
      if (reply === 'hang up') request.socket.destroy()
      else send(response, method, reply)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    transferred: () => exchanges.reduce((sum, { bytes }) => sum + bytes, 0),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function send(response: ServerResponse, method: string, { status, headers = {}, body = '' }: Reply): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers })
  response.end(method === 'HEAD' ? undefined : body)
}

/** 206 with what `Range` asks for, 416 where there is nothing, 200 with all without one. */
export function ranged(
  file: StoredFile,
  range: string | undefined,
  headers: Record<string, string> = {},
): Reply {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
  if (from === undefined) return { status: 200, headers, body: file.read(0, file.bytes) }
  const start = Number(from)
  if (start >= file.bytes) return { status: 416, headers, body: s3Error('InvalidRange') }
  const end = Math.min(file.bytes, Number(to) + 1)
  const contentRange = `bytes ${start}-${end - 1}/${file.bytes}`
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, body: file.read(start, end) }
}

export function s3Error(code: string, more = '', message = `${code} of the stand-in`): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>1</RequestId></Error>`
}

/** The region that a request was signed for. */
export function signedFor(headers: IncomingMessage['headers']): string | null {
  return /Credential=[^/]+\/\d{8}\/([^/]+)\/s3\//.exec(headers.authorization ?? '')?.[1] ?? null
}
