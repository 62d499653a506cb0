import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '../program.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface Credentials {
  readonly key: string
  readonly secret: string
  readonly token: string | undefined
}

/** No credentials were found; the name is the one that AWS's own libraries give it. */
export class NoCredentials extends Error {
  override readonly name = 'CredentialsProviderError'
}

/**
 * Keys in the environment, else in the profile; everything else (sso, roles, processes, machines of AWS) is asked of the
 * AWS CLI, which whoever signed in with `aws sso login` has. The AWS SDK does it all itself, and would be half of our package.
 */
export async function credentialsOf(environment: Environment): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = environment
  // A profile that is named is meant, whatever keys are there beside it.
  if (key && secret && !environment.AWS_PROFILE) return { key, secret, token: token || undefined }
  const profile = profileOf(environment)
  if (profile.aws_access_key_id && profile.aws_secret_access_key) {
    return {
      key: profile.aws_access_key_id,
      secret: profile.aws_secret_access_key,
      token: profile.aws_session_token,
    }
  }
  return fromCli(environment)
}

/** Whether there are credentials without asking the AWS CLI, which may wait for a machine's own. */
export function keysAtHand(environment: Environment): boolean {
  if (environment.AWS_PROFILE) return true
  return Boolean(
    (environment.AWS_ACCESS_KEY_ID && environment.AWS_SECRET_ACCESS_KEY) ||
      profileOf(environment).aws_access_key_id,
  )
}

export function regionOf(environment: Environment): string {
  return (
    environment.AWS_REGION || environment.AWS_DEFAULT_REGION || profileOf(environment).region || 'us-east-1'
  )
}

async function fromCli(environment: Environment): Promise<Credentials> {
  const profile = environment.AWS_PROFILE ? ['--profile', environment.AWS_PROFILE] : []
  const { exitCode, code, stdout, stderr } = await runProgram(
    'aws',
    ['configure', 'export-credentials', '--format', 'process', ...profile],
    { cwd: homedir(), env: environment },
  )
  if (code === 'ENOENT') throw new NoCredentials('no keys were found, and there is no AWS CLI to ask for any')
  if (exitCode !== 0) throw new NoCredentials(stderr.trim() || `aws ended with ${exitCode}`)
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(stdout)
  return { key: AccessKeyId, secret: SecretAccessKey, token: SessionToken }
}

/** What `~/.aws/credentials` and `~/.aws/config` hold of the profile; the first one wins. */
function profileOf(environment: Environment): Readonly<Record<string, string>> {
  const name = environment.AWS_PROFILE || 'default'
  const folder = join(environment.HOME || homedir(), '.aws')
  const config = environment.AWS_CONFIG_FILE || join(folder, 'config')
  const credentials = environment.AWS_SHARED_CREDENTIALS_FILE || join(folder, 'credentials')
  const heading = name === 'default' ? /^(?:profile\s+)?default$/ : null
  return {
    ...sectionOf(config, (title) => heading?.test(title) ?? title.replace(/^profile\s+/, '') === name),
    ...sectionOf(credentials, (title) => title === name),
  }
}

function sectionOf(path: string, isMeant: (title: string) => boolean): Record<string, string> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return {}
  }
  const found: Record<string, string> = {}
  let inside = false
  for (const line of text.split(/\r?\n/)) {
    const title = /^\s*\[(.*)\]/.exec(line)?.[1]?.trim()
    if (title !== undefined) inside = isMeant(title)
    // An indented line belongs to a setting of its own: `s3 =` and what is below it.
    const [, name, value] = /^([^\s#;=]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (inside && name !== undefined && value) found[name.toLowerCase()] = value
  }
  return found
}
