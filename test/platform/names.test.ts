import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bucketProblem,
  descriptionProblem,
  memoryProblem,
  nameProblem,
  originProblem,
  pathProblem,
  timeoutProblem,
  tmpSizeProblem,
  validName,
} from '../../generators/platform/names.ts'
import { regionProblem, regions, regionWarning } from '../../generators/platform/regions.ts'

const long = 'a'.repeat(64)

describe.each<[string, (value: string) => unknown, string[], string[]]>([
  [
    'a name',
    nameProblem,
    ['a', 'my-svc', 'iris2', 'a'.repeat(40)],
    ['', '-a', 'a-', 'a--b', 'A', '1a', 'a_b', 'a b', 'ä', 'a'.repeat(41), 'a\n', '$(id)', 'a.b'],
  ],
  [
    'an S3 bucket',
    (name) => bucketProblem(name, 'lambda'),
    ['abc', 'my.models-1', 'a'.repeat(63)],
    [
      'ab',
      long,
      'My',
      'a_b',
      '-ab',
      'ab-',
      'a..b',
      '10.0.0.1',
      'xn--a',
      'sthree-a',
      'amzn-s3-demo-a',
      'a-s3alias',
      'a--ol-s3',
      'a.mrap',
      'a--x-s3',
      'a--table-s3',
      'a/b',
      's3://a',
      'abc\n',
    ],
  ],
  [
    'a bucket of Cloud Storage',
    (name) => bucketProblem(name, 'cloud-functions'),
    ['abc', 'a_b', 'my.models', `${'a'.repeat(60)}.${'b'.repeat(60)}`],
    ['ab', long, 'goog-a', 'my-google', 'g00gle', 'A', '10.0.0.1'],
  ],
  [
    'a path',
    pathProblem,
    ['/', '/predict', '/v1/models/iris', '/a.b_c~d-e'],
    [
      '',
      'predict',
      '/predict/',
      '//a',
      '/a b',
      '/ü',
      '/{id}',
      '/..',
      '/a/./b',
      '/health',
      '/schema',
      '/ping',
      '/a?b',
      '/a#b',
      "/a'b",
      `/${'a'.repeat(200)}`,
    ],
  ],
  [
    'an origin',
    originProblem,
    ['*', 'https://a.example', 'http://localhost:3000', 'http://[::1]:80'],
    [
      '',
      'a.example',
      'https://',
      'https://a/',
      'https://a/b',
      'ftp://a',
      'https://a b',
      'https://*.a',
      "https://a'",
      'null',
    ],
  ],
  [
    'a description',
    descriptionProblem,
    ['Predicts irises', "it's “quoted” ${a} `b`", 'a'.repeat(2000)],
    ['', ' ', 'two\nlines', 'a\u0000', 'a\u2028b'],
  ],
  [
    'a region',
    regionProblem,
    ['eu-central-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'ap-southeast-9'],
    [
      '',
      'eu',
      'eu-center-1',
      'eu-central',
      'eu-central-1a',
      'EU-CENTRAL-1',
      'us-east-1\n',
      'frankfurt',
      'us-east-0',
    ],
  ],
])('%s', (_, problemWith, good, bad) => {
  test.each(good)('%j is one', (value) => expect(problemWith(value)).toBeNull())
  test.each(bad)('%j is none', (value) => {
    expect(problemWith(value)).toMatchObject({
      code: 'bad-value',
      option: expect.stringMatching(/^--[a-z]+$/),
      value,
    })
  })
})

test('a region: what was meant', () => {
  expect(regionProblem('eu-center-1')).toMatchObject({
    message: '--region eu-center-1 is not an AWS region.',
    fix: 'Did you mean eu-central-1?',
  })
  expect(regionProblem('us-esat-1')?.fix).toBe('Did you mean us-east-1?')
  expect(regionProblem('qqqqqqqqqq')?.fix).toBe('Use a region like eu-central-1.')
})

test('a region that this version does not know is a warning', () => {
  expect(regionWarning('ap-southeast-9')?.code).toBe('unknown-region')
  expect(regionWarning('eu-central-1')).toBeNull()
  expect(regionWarning('eu-center-1')).toBeNull()
  expect(regions.value.map((value) => regionProblem(value))).toEqual(regions.value.map(() => null))
})

test('numbers keep to what Lambda takes, and the nearest one is told', () => {
  expect([128, 10_240].map((value) => memoryProblem(value))).toEqual([null, null])
  expect([127, 10_241, 512.5, Number.NaN].map((value) => memoryProblem(value)?.fix)).toEqual([
    'Use --memory 128.',
    'Use --memory 10240.',
    'Use --memory 513.',
    'Use --memory 128.',
  ])
  expect([1, 900].map((value) => timeoutProblem(value))).toEqual([null, null])
  expect(timeoutProblem(2000)?.message).toBe(
    '--timeout 2000 is not possible: Lambda takes whole seconds from 1 to 900.',
  )
  expect([512, 10_240].map(tmpSizeProblem)).toEqual([null, null])
  expect(tmpSizeProblem(0)?.fix).toBe('Use --tmp-size 512.')
})

test.each([
  ['Iris KNN (v2)', 'iris-knn-v2'],
  ['  Größe__x ', 'gro-e-x'],
  ['2024-model', 'model'],
  [`${'a'.repeat(39)}-b`, 'a'.repeat(39)],
  ['---', null],
  ['模型', null],
])('%j is made %j', (text, expected) => {
  expect(validName(text)).toBe(expected)
})

test('whatever comes in, a name that was made is valid, and a message is one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (text) => {
      const name = validName(text)
      if (name !== null) expect(nameProblem(name)).toBeNull()
      for (const problem of [
        nameProblem(text),
        pathProblem(text),
        originProblem(text),
        bucketProblem(text, 'lambda'),
        regionProblem(text),
        descriptionProblem(text),
      ]) {
        expect(`${problem?.message}${problem?.fix}`).not.toMatch(/\p{Cc}/u)
      }
    }),
  )
})
