import { describe, expect, test } from 'vitest'
import { lookAtBucket } from '../../generators/commands/bucket-at-hand.ts'
import type { Answers } from '../../generators/questions/answers.ts'
import { type Reply, serve } from '../model/object-store.ts'

const ANSWERS = { cloud: 'lambda', bucket: 'scores-models', region: 'us-east-1' } as Answers
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }

async function seen(reply: Reply, answers = ANSWERS) {
  const server = await serve(() => reply)
  const found = await lookAtBucket(answers, { env: { ...KEYS, AWS_ENDPOINT_URL_S3: server.url } })
  await server.close()
  return { ...found, asked: server.exchanges.map(({ method, url }) => `${method} ${url}`) }
}

describe('with credentials', () => {
  test('a bucket of the same region is fine', async () => {
    const found = await seen({ status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } })
    expect(found).toEqual({ problems: [], warnings: [], asked: ['HEAD /scores-models/'] })
  })

  test.each([200, 301, 400])('one of another region is a problem that names it (%i)', async (status) => {
    const { problems } = await seen({ status, headers: { 'x-amz-bucket-region': 'eu-west-1' } })
    expect(problems).toMatchObject([
      { code: 'bucket-in-another-region', option: '--bucket', value: 'scores-models' },
    ])
    expect(problems[0]?.fix).toContain('--region eu-west-1')
  })

  test.each([
    [404, 'make release ARGS=--create-bucket makes it, in us-east-1'],
    [403, 'answers 403 to the credentials that are here'],
    [500, 'answers 500'],
  ])('what cannot be told is a warning (%i)', async (status, text) => {
    const { problems, warnings } = await seen({ status })
    expect(problems).toEqual([])
    expect(warnings).toMatchObject([
      { code: 'bucket-not-seen', message: expect.stringContaining(String(text)) },
    ])
  })
})

test('without credentials it is said, and nobody is asked', async () => {
  const { warnings } = await lookAtBucket(ANSWERS, { env: { HOME: '/nowhere' } })
  expect(warnings).toMatchObject([{ message: expect.stringContaining('no AWS credentials here') }])
})

test('a server that is not there is no problem of the project', async () => {
  const env = { ...KEYS, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }
  const { problems, warnings } = await lookAtBucket(ANSWERS, { env })
  expect(problems).toEqual([])
  expect(warnings).toMatchObject([{ code: 'bucket-not-seen' }])
})

test.each([
  ['a bundled model', { ...ANSWERS, bucket: null }],
  ['a bucket of Google', { ...ANSWERS, cloud: 'cloud-functions' as const }],
])('%s is nothing to look at', async (_, answers) => {
  expect(await seen({ status: 500 }, answers)).toEqual({ problems: [], warnings: [], asked: [] })
})
