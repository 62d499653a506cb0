import { describe, expect, test } from 'vitest'
import { advisePackaging, cpusFor } from '../../generators/platform/decide.ts'
import { googleRegions, regionProblem, regionWarning } from '../../generators/platform/regions.ts'
import { resolve } from '../../generators/questions/resolve.ts'

const GOOGLE = { cloud: 'cloud-functions' }

function resolved(values: Record<string, unknown>) {
  const given = new Map(
    Object.entries(values).map(([name, value]) => [name, { value, origin: 'flag' as const }]),
  )
  return resolve({ given, model: null, directory: 'svc' })
}

test('what belongs to Lambda alone falls away', () => {
  const { answers, problems, open } = resolved(GOOGLE)
  expect(problems).toEqual([])
  expect(answers).toMatchObject({
    endpoint: null,
    warmup: 'none',
    tracing: false,
    arch: 'x86_64',
    iac: 'gcloud',
  })
  expect(answers).toMatchObject({
    region: 'us-central1',
    auth: 'iam',
    path: '/predict',
    packaging: 'zip',
    timeout: 60,
  })
  const asked = open.map(({ name }) => name)
  expect(asked).toContain('auth')
  for (const name of ['cloud', 'endpoint', 'arch', 'warmup', 'tracing']) expect(asked).not.toContain(name)
})

test.each([
  ['endpoint', 'rest-api', 'has no meaning'],
  ['warmup', 'snapstart', 'has no meaning'],
  ['arch', 'arm64', 'has no meaning'],
  ['auth', 'api-key', 'Cloud Run knows no keys'],
  ['iac', 'sam', 'does not work with --cloud cloud-functions'],
  ['iac', 'serverless', 'stops at Python 3.9'],
  ['region', 'us-east-1', 'is not a Google region'],
  ['memory', 128, 'Cloud Run takes whole MB from 512 to 32768'],
  ['timeout', 4000, 'Cloud Run takes whole seconds from 1 to 3600'],
])('--%s %s is a problem', (name, value, said) => {
  const { problems } = resolved({ ...GOOGLE, [name]: value })
  expect(problems.map(({ option }) => option)).toEqual([`--${name}`])
  expect(problems[0]?.message).toContain(said)
  expect(problems[0]?.fix).not.toBe('')
})

test('gcloud does not deploy to Lambda', () => {
  const [problem] = resolved({ iac: 'gcloud' }).problems
  expect(problem).toMatchObject({ option: '--iac', fix: expect.stringContaining('--iac sam') })
})

test('web pages that Cloud Run would turn away are a warning', () => {
  const pages = { cors: ['https://app.example.com'] }
  expect(resolved({ ...GOOGLE, ...pages }).warnings).toMatchObject([{ code: 'preflight-refused' }])
  expect(resolved({ ...GOOGLE, ...pages, auth: 'none' }).warnings).toEqual([])
})

describe('facts', () => {
  test('regions', () => {
    expect(googleRegions.value.map((region) => regionProblem(region, 'cloud-functions'))).toEqual(
      googleRegions.value.map(() => null),
    )
    expect(regionWarning('europe-west99', 'cloud-functions')?.message).toContain('Google regions')
    expect(regionProblem('europe_west1', 'cloud-functions')?.fix).toBe('Did you mean europe-west1?')
  })

  test('processors grow with memory', () => {
    expect([512, 4096, 4097, 8192, 8193, 16_385, 32_768].map(cpusFor)).toEqual([1, 1, 2, 2, 4, 6, 8])
  })

  test('no size of packages forbids the upload of the source', () => {
    const subject = { framework: 'keras', version: null, extraBytes: 5e9 } as const
    expect(advisePackaging({ ...subject, cloud: 'cloud-functions' }).value).toBe('zip')
    expect(advisePackaging(subject).value).toBe('image')
  })
})
