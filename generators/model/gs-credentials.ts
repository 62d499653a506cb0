// Application-default credentials, searched for where Google's own libraries search, in their order:
// GOOGLE_APPLICATION_CREDENTIALS, gcloud's file, the metadata server of a machine in the cloud.
import { createSign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from '../problem.ts'
import type { Outside } from './gs.ts'
import { failed } from './remote.ts'

export interface Authorisation {
  readonly headers: () => Promise<Record<string, string>>
  /** Where they were found. */
  readonly source: string
  /** Whose they are, where that is known. */
  readonly account: string | null
}

interface CredentialsFile {
  readonly type?: string
  readonly client_id?: string
  readonly client_secret?: string
  readonly refresh_token?: string
  readonly quota_project_id?: string
  readonly client_email?: string
  readonly private_key?: string
  readonly private_key_id?: string
  readonly token_uri?: string
}

const TOKEN_URL = 'https://oauth2.googleapis.com/token'
const READ_ONLY = 'https://www.googleapis.com/auth/devstorage.read_only'

/** `null`: there are none, and what is public can still be read. */
export async function findAuthorisation(path: string, outside: Outside): Promise<Authorisation | null> {
  const { environment } = outside
  const named = environment.GOOGLE_APPLICATION_CREDENTIALS
  if (named !== undefined && named !== '') {
    const file = await readCredentials(named, path)
    if (file === null) throw unusable(path, named, 'is not there')
    return authorisationOf(file, named, path, outside)
  }
  const wellKnown = join(gcloudFolder(environment), 'application_default_credentials.json')
  const file = await readCredentials(wellKnown, path)
  return file === null ? fromMetadataServer(outside) : authorisationOf(file, wellKnown, path, outside)
}

function gcloudFolder({ CLOUDSDK_CONFIG, APPDATA, HOME }: NodeJS.ProcessEnv): string {
  if (CLOUDSDK_CONFIG !== undefined && CLOUDSDK_CONFIG !== '') return CLOUDSDK_CONFIG
  return APPDATA === undefined ? join(HOME ?? homedir(), '.config', 'gcloud') : join(APPDATA, 'gcloud')
}

async function readCredentials(file: string, path: string): Promise<CredentialsFile | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw unusable(path, file, `cannot be read: ${error.code}`)
  })
  if (text === null) return null
  try {
    const content: unknown = JSON.parse(text)
    if (typeof content === 'object' && content !== null) return content
  } catch {}
  throw unusable(path, file, 'is not JSON')
}

function authorisationOf(
  file: CredentialsFile,
  source: string,
  path: string,
  outside: Outside,
): Authorisation {
  if (file.type === 'authorized_user') {
    const { client_id = '', client_secret = '', refresh_token = '', quota_project_id } = file
    const form = { grant_type: 'refresh_token', client_id, client_secret, refresh_token }
    const project = quota_project_id === undefined ? {} : { 'x-goog-user-project': quota_project_id }
    return bearer({
      source,
      account: null,
      extra: project,
      ask: () => exchange(TOKEN_URL, form, source, path, outside),
    })
  }
  if (file.type === 'service_account') {
    const url = file.token_uri ?? TOKEN_URL
    const ask = async () => {
      const assertion = signedAssertion(file, url, source, path)
      return exchange(
        url,
        { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion },
        source,
        path,
        outside,
      )
    }
    return bearer({ source, account: file.client_email ?? null, extra: {}, ask })
  }
  throw unusable(
    path,
    source,
    `holds credentials of type ${JSON.stringify(file.type ?? null)}, which are not read here`,
  )
}

interface Token {
  readonly value: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

function bearer({
  source,
  account,
  extra,
  ask,
}: Pick<Authorisation, 'source' | 'account'> & {
  extra: Record<string, string>
  ask: () => Promise<Token>
}): Authorisation {
  let token: Token | null = null
  const headers = async () => {
    // A minute before its end it is renewed.
    if (token === null || token.until - 60_000 < Date.now()) token = await ask()
    return { authorization: `Bearer ${token.value}`, ...extra }
  }
  return { headers, source, account }
}

async function exchange(
  url: string,
  form: Record<string, string>,
  source: string,
  path: string,
  outside: Outside,
): Promise<Token> {
  const answer = await outside
    .fetch(url, { method: 'POST', body: new URLSearchParams(form), signal: AbortSignal.timeout(10_000) })
    .catch((error: Error & { cause?: { code?: string } }) => {
      throw unusable(path, source, `cannot be exchanged for a token: ${error.cause?.code ?? error.message}`)
    })
  const token = await tokenIn(answer)
  if (token !== null) return token
  throw unusable(path, source, `are refused by ${new URL(url).host} (${answer.status})`)
}

async function tokenIn(answer: Response): Promise<Token | null> {
  const content = (await answer.json().catch(() => null)) as {
    access_token?: string
    expires_in?: number
  } | null
  if (!answer.ok || typeof content?.access_token !== 'string') return null
  return { value: content.access_token, until: Date.now() + (content.expires_in ?? 3600) * 1000 }
}

function signedAssertion(
  { client_email, private_key = '', private_key_id }: CredentialsFile,
  audience: string,
  source: string,
  path: string,
): string {
  const now = Math.floor(Date.now() / 1000)
  const header = {
    alg: 'RS256',
    typ: 'JWT',
    ...(private_key_id === undefined ? {} : { kid: private_key_id }),
  }
  const claims = { iss: client_email, scope: READ_ONLY, aud: audience, iat: now, exp: now + 3600 }
  const unsigned = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  try {
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(private_key, 'base64url')}`
  } catch {
    throw unusable(path, source, 'holds no private key that can sign')
  }
}

/** Only machines in the cloud have one: elsewhere the name does not resolve, or nothing answers. */
async function fromMetadataServer(outside: Outside): Promise<Authorisation | null> {
  const host = outside.environment.GCE_METADATA_HOST ?? 'metadata.google.internal'
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`
  const ask = async () => {
    const answer = await outside.fetch(url, {
      headers: { 'Metadata-Flavor': 'Google' },
      signal: AbortSignal.timeout(1_000),
    })
    return tokenIn(answer)
  }
  const first = await ask().catch(() => null)
  if (first === null) return null
  let next: Token | null = first
  return bearer({
    source: 'the metadata server',
    account: null,
    extra: {},
    ask: async () => {
      const token = next ?? (await ask())
      next = null
      if (token === null) throw new Error('the metadata server gave no token')
      return token
    },
  })
}

function unusable(path: string, source: string, why: string): Failure {
  const fix = 'Sign in: gcloud auth application-default login. Or download the model and give its path.'
  return failed('no-credentials', path, `${path} cannot be read: the credentials in ${source} ${why}`, fix)
}
