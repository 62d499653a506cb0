import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noModel } from '../../generators/model/echo.ts'
import { MiB } from '../../generators/platform/fact.ts'
import { catalogue } from '../../generators/questions/catalogue.ts'
import { splitList } from '../../generators/questions/parse.ts'
import { resolve } from '../../generators/questions/resolve.ts'
import { type RawValue, readValue } from '../../generators/questions/value.ts'

const nothing = { given: new Map<string, RawValue>(), model: null, directory: 'svc' }

function given(values: Record<string, unknown>) {
  return {
    ...nothing,
    given: new Map(Object.entries(values).map(([name, value]) => [name, { value, origin: 'flag' as const }])),
  }
}

describe('every question', () => {
  test.each(catalogue.map((question) => [question.name, question] as const))(
    '%s is answered by a default that passes its own check',
    (name, question) => {
      const resolved = resolve(nothing)
      expect(resolved.answers).toHaveProperty([name])
      const value = resolved.answers[name]
      const applies = question.when?.(resolved.known) ?? true
      if (applies && value !== null)
        expect(question.check?.(value as never, resolved.known) ?? null).toBeNull()
    },
  )

  test('has one name, one help line, and choices that say what they mean', () => {
    const names = catalogue.map((question) => question.name)
    expect(new Set(names).size).toBe(names.length)
    for (const { help, kind, choices, default: preset } of catalogue) {
      expect(help).not.toMatch(/\n|\.$/)
      expect(Object.keys(choices ?? {}).length > 0).toBe(kind === 'choice')
      expect(preset).toBeTypeOf('function')
    }
  })

  test('whatever comes in from an answers file ends as a value or a problem', () => {
    fc.assert(
      fc.property(fc.constantFrom(...catalogue), fc.anything(), (question, raw) => {
        const read = readValue(question, raw)
        if ('code' in read) expect(read.fix).not.toBe('')
        else expect(read).toHaveProperty('value')
        resolve(given({ [question.name]: raw }))
      }),
      { numRuns: 500 },
    )
  })

  test.each([{ toString: '' }, Object.create(null), [], null])('a switch is not %j', (raw) => {
    const tracing = catalogue.find(({ name }) => name === 'tracing')
    expect(tracing && readValue(tracing, raw)).toMatchObject({ code: 'bad-value', option: '--tracing' })
  })
})

describe('answers that depend on each other', () => {
  test('the time-out stays below the gateway', () => {
    const timeout = (endpoint: string) => resolve(given({ endpoint })).answers.timeout
    expect([timeout('http-api'), timeout('rest-api')]).toEqual([29, 28])
    expect(timeout('none')).toBeGreaterThan(29)
  })

  test('without an endpoint there is neither path nor auth nor cors', () => {
    expect(resolve(given({ endpoint: 'none' })).answers).toMatchObject({ path: null, auth: null, cors: [] })
  })

  test('--classes means classification', () => {
    expect(resolve(given({ classes: 'a,b' })).answers.task).toBe('classification')
  })

  test('API keys with an HTTP API: both ways out', () => {
    const [problem] = resolve(given({ auth: 'api-key' })).problems
    expect(problem?.fix).toMatch(/--endpoint rest-api.*--auth iam/)
  })

  test('labels keep the type that they have in JSON', () => {
    const classes = (text: string) =>
      resolve(given({ task: 'classification', classes: text })).answers.classes
    expect(classes('0,1')).toEqual([0, 1])
    expect(classes('true,false')).toEqual([true, false])
    expect(classes('01,1.5,-3,x')).toEqual(['01', '1.5', -3, 'x'])
  })
})

describe('a bucket of models', () => {
  const sha256 = '0123456789abcdef'.repeat(4)
  const file = { path: 'm.onnx', bytes: 3 * 1024 * MiB, sha256 }
  const signature = {
    ...noModel.signature,
    modelType: 'tabular' as const,
    framework: { name: 'onnx' as const, version: null },
  }
  const bucketFor = (values: Record<string, unknown>) =>
    resolve({ ...given({ name: 'score', 'model-store': 'bucket', ...values }), model: { file, signature } })

  test('is called after the project and its model, or is where the model came from', () => {
    expect(bucketFor({}).answers.bucket).toBe('score-models-01234567')
    expect(bucketFor({ name: 'sthree-x' }).answers.bucket).toBe('models-01234567')
    expect(bucketFor({ model: 's3://ours/m.onnx' }).answers.bucket).toBe('ours')
    expect(bucketFor({ model: 'gs://theirs/m.onnx' }).answers.bucket).toBe('score-models-01234567')
    expect(bucketFor({ bucket: 'mine' }).answers.bucket).toBe('mine')
    const onGoogle = { cloud: 'cloud-functions', name: 'google-x' }
    expect(bucketFor({ ...onGoogle, model: 'gs://theirs/m.onnx' }).answers.bucket).toBe('theirs')
    expect(bucketFor(onGoogle).answers.bucket).toBe('models-01234567')
  })

  test('leaves the model out of the package, and makes room for it in /tmp', () => {
    expect(bucketFor({}).answers).toMatchObject({ packaging: 'zip', 'tmp-size': 6400 })
    const { answers } = resolve({ ...given({ 'model-store': 'bundled' }), model: { file, signature } })
    expect(answers).toMatchObject({ packaging: 'image', 'tmp-size': 512, bucket: null })
  })

  test('has a name that S3 takes, and none without a store', () => {
    expect(bucketFor({ bucket: 'No_Such' }).problems).toMatchObject([
      { option: '--bucket', code: 'bad-value' },
    ])
    expect(resolve(given({ bucket: 'mine' })).problems).toMatchObject([{ code: 'does-not-apply' }])
  })
})

test('a category that training did not see is left to models that answer it: XGBoost refuses it', () => {
  const unknown = (name: 'lightgbm' | 'xgboost') =>
    resolve({
      ...given({ 'unknown-categories': 'model' }),
      model: {
        file: { path: 'm.json', bytes: 1000, sha256: '0'.repeat(64) },
        signature: {
          ...noModel.signature,
          modelType: 'tabular',
          framework: { name, version: null },
          features: [{ name: 'colour', dtype: 'category', categories: ['blue', 'red'] }],
        },
      },
    }).problems.filter(({ option }) => option === '--unknown-categories')
  expect(unknown('lightgbm')).toEqual([])
  expect(unknown('xgboost')).toMatchObject([{ fix: expect.stringContaining('null') }])
})

describe('text to values', () => {
  test.each([
    ['', []],
    [' a , b,c ', ['a', 'b', 'c']],
    ['["a,b", "c"]', ['a,b', 'c']],
    ['[not json', ['[not json']],
  ])('%j is %j', (text, words) => {
    expect(splitList(text)).toEqual(words)
  })
})
