import { createHash, createHmac } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { credentialsOf, regionOf } from '../../generators/model/aws-credentials.ts'
import { sign } from '../../generators/model/s3-request.ts'
import { emptyFolder } from '../shell.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK' }

/** A home with these files below `.aws`, and a PATH on which `aws` is what is given. */
function home(files: Record<string, string>, aws?: string) {
  const folder = emptyFolder()
  mkdirSync(join(folder, '.aws'))
  mkdirSync(join(folder, 'bin'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, '.aws', name), text)
  if (aws !== undefined) {
    writeFileSync(join(folder, 'bin/aws'), `#!/bin/sh\n${aws}\n`)
    chmodSync(join(folder, 'bin/aws'), 0o755)
  }
  return { HOME: folder, PATH: join(folder, 'bin') }
}

describe('credentials come from', () => {
  test('the environment', async () => {
    const env = {
      ...home({ credentials: '[default]\naws_access_key_id=X\naws_secret_access_key=Y' }),
      ...KEYS,
    }
    expect(await credentialsOf(env)).toEqual({ key: 'AK', secret: 'SK', token: undefined })
    expect(await credentialsOf({ ...env, AWS_SESSION_TOKEN: 'T' })).toMatchObject({ token: 'T' })
  })

  test('the profile that is named, before the environment', async () => {
    const credentials =
      '[default]\naws_access_key_id = X\n[work]\naws_access_key_id = W\naws_secret_access_key = V=/+\n'
    const env = { ...home({ credentials }), ...KEYS, AWS_PROFILE: 'work' }
    expect(await credentialsOf(env)).toEqual({ key: 'W', secret: 'V=/+', token: undefined })
  })

  test('the default profile, whose settings may stand in config', async () => {
    const config =
      '# ours\n[profile work]\naws_access_key_id=no\n[default]\r\naws_access_key_id=X\r\ns3 =\n  aws_secret_access_key = nested\naws_secret_access_key=Y\naws_session_token=Z\nregion=eu-west-1\n'
    const env = home({ config })
    expect(await credentialsOf(env)).toEqual({ key: 'X', secret: 'Y', token: 'Z' })
    expect(regionOf(env)).toBe('eu-west-1')
    expect(regionOf({ ...env, AWS_PROFILE: 'work' })).toBe('us-east-1')
    expect(regionOf({ ...env, AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-2')
  })

  test('the AWS CLI, for all that needs a sign-in or a role', async () => {
    const config = '[profile sso]\nsso_session = company\nsso_role_name = reader\n'
    const said = `echo "{\\"Version\\": 1, \\"AccessKeyId\\": \\"C\\", \\"SecretAccessKey\\": \\"$6\\", \\"SessionToken\\": \\"T\\"}"`
    const env = { ...home({ config }, said), AWS_PROFILE: 'sso' }
    // The sixth word is the profile: aws configure export-credentials --format process --profile sso.
    expect(await credentialsOf(env)).toEqual({ key: 'C', secret: 'sso', token: 'T' })
  })

  test('nowhere: what the CLI says is passed on', async () => {
    await expect(credentialsOf(home({}))).rejects.toMatchObject({ name: 'CredentialsProviderError' })
    const refusing = home({}, 'echo "The SSO session has expired" >&2; exit 255')
    await expect(credentialsOf(refusing)).rejects.toThrow('The SSO session has expired')
  })
})

describe('signatures', () => {
  test("are those of AWS's own example", () => {
    const { authorization } = sign({
      method: 'GET',
      host: 'examplebucket.s3.amazonaws.com',
      path: '/test.txt',
      headers: { range: 'bytes=0-9' },
      region: 'us-east-1',
      credentials: {
        key: 'AKIAIOSFODNN7EXAMPLE',
        secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        token: undefined,
      },
      now: new Date('2013-05-24T00:00:00Z'),
    })
    expect(authorization).toMatch(
      /Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41$/,
    )
  })

  /** node's hashes in the shape that the SDK's signer wants. */
  class Sha256 {
    readonly #hash
    constructor(secret?: string | Uint8Array) {
      this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
    }
    update(data: string | Uint8Array) {
      this.#hash.update(data)
    }
    async digest() {
      return new Uint8Array(this.#hash.digest())
    }
    reset() {}
  }

  test("are those of the SDK's signer", async () => {
    const word = fc.stringMatching(/^[A-Za-z0-9+/=_-]{1,40}$/)
    await fc.assert(
      fc.asyncProperty(
        word,
        word,
        fc.option(word, { nil: undefined }),
        word,
        async (key, secret, token, name) => {
          const credentials = { key, secret, token }
          const now = new Date('2026-11-21T10:20:30.456Z')
          const path = `/models/${encodeURIComponent(name)}.onnx`
          const headers = { range: 'bytes=0-65535', 'if-match': '"abc"' }
          const ours = sign({
            method: 'GET',
            host: 'h.example',
            path,
            headers,
            region: 'eu-west-1',
            credentials,
            now,
          })
          const signer = new SignatureV4({
            service: 's3',
            region: 'eu-west-1',
            uriEscapePath: false,
            sha256: Sha256 as never,
            credentials: { accessKeyId: key, secretAccessKey: secret, ...(token && { sessionToken: token }) },
          })
          const request = { method: 'GET', protocol: 'https:', hostname: 'h.example', path, query: {} }
          const { authorization: _, ...unsigned } = ours
          const theirs = await signer.sign({ ...request, headers: unsigned } as never, { signingDate: now })
          expect(ours.authorization).toBe(
            (theirs as unknown as { headers: Record<string, string> }).headers.authorization,
          )
        },
      ),
      { numRuns: 50 },
    )
  })
})
