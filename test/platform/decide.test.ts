import { describe, expect, test } from 'vitest'
import {
  adviseArch,
  adviseGoogleMemory,
  adviseMemory,
  advisePackaging,
  advisePython,
  adviseTimeout,
  adviseTmp,
  packagesMiB,
  pythonChoices,
} from '../../generators/platform/decide.ts'

const GiB = 1024 ** 3

describe('python follows from the wheels', () => {
  test.each([
    ['1.9.1', '3.13', ['3.13', '3.12']],
    ['1.5.2', '3.13', ['3.13', '3.12']],
    ['1.5.1', '3.12', ['3.12']],
    ['1.4.2', '3.12', ['3.12']],
    ['1.3.2', '3.12', ['3.12']],
    ['1.5.3', '3.13', ['3.13', '3.12']],
    ['2.0.0', '3.13', ['3.13', '3.12']],
  ])('scikit-learn %s: %s', (version, expected, choices) => {
    expect(advisePython('sklearn', version).value).toBe(expected)
    expect(pythonChoices('sklearn', version)).toEqual(choices)
  })

  test('and says why it is not the newest', () => {
    expect(advisePython('sklearn', '1.4.2').reason).toBe(
      'scikit-learn 1.4.2 has no wheels for 3.13; AWS patches 3.12 until 2028-10',
    )
  })

  test('the processor is the common one', () => {
    expect(adviseArch('onnx', null).value).toBe('x86_64')
  })
})

describe('zip or image', () => {
  test.each([
    ['a small model of scikit-learn', { framework: 'sklearn', version: '1.9.1', modelBytes: 15_120 }, 'zip'],
    ['the same on Graviton', { framework: 'sklearn', version: '1.9.1', arch: 'arm64' }, 'zip'],
    ['a model of 100 MB beside it', { framework: 'sklearn', version: '1.9.1', modelBytes: 1e8 }, 'image'],
    [
      'the same, fetched from a bucket',
      { framework: 'sklearn', version: '1.9.1', modelBytes: 1e8, modelStore: 'bucket' },
      'zip',
    ],
    ['the same, as ONNX', { framework: 'onnx', version: null, modelBytes: 1e8 }, 'zip'],
    ["much of the user's own", { framework: 'onnx', version: null, extraBytes: 2e8 }, 'image'],
    ['PyTorch', { framework: 'pytorch', version: null }, 'image'],
    ['CatBoost', { framework: 'catboost', version: null, modelStore: 'bucket' }, 'image'],
    [
      'CatBoost in a pipeline of scikit-learn',
      { framework: 'sklearn', version: '1.9.1', traits: { alsoNeeds: ['catboost'] } },
      'image',
    ],
  ] as const)('%s', (_, subject, expected) => {
    expect(advisePackaging(subject).value).toBe(expected)
  })

  test('the reason holds the size and the limit', () => {
    expect(advisePackaging({ framework: 'sklearn', version: '1.9.1', modelBytes: 1e8 }).reason).toBe(
      `about ${packagesMiB({ framework: 'sklearn', version: '1.9.1' }) + 95} MiB unpacked is more than the 250 MiB that a zip may have`,
    )
  })
})

describe('memory, time-out and /tmp', () => {
  test.each([
    ['onnx', 1_000, 512],
    ['onnx', 200e6, 768],
    ['sklearn', 15_120, 1024],
    ['sklearn', 1e9, 4608],
    ['pytorch', 45e6, 2048],
    ['onnx', 30 * GiB, 10_240],
  ] as const)('%s with %i bytes of model: %i MB', (framework, modelBytes, expected) => {
    const { value, reason } = adviseMemory({ framework, modelBytes })
    expect(value).toBe(expected)
    expect(reason.includes('new AWS accounts are capped at 3008 MB')).toBe(expected > 3008)
  })

  test('a model of a bucket is loaded beside the one that it replaces', () => {
    const subject = { framework: 'sklearn', version: '1.9.1', modelBytes: 1e9, modelStore: 'bucket' } as const
    const { value, reason } = adviseMemory(subject)
    expect(value).toBe(8960)
    expect(reason).toContain('the model, loaded twice while it is replaced, need about 5852 MiB')
    const google = adviseGoogleMemory({ ...subject, cloud: 'cloud-functions' })
    expect(google.reason).toContain('the model, loaded twice while it is replaced,')
    expect(google.value).toBeGreaterThan(adviseMemory(subject).value)
  })

  test.each([
    ['http-api', 29],
    ['rest-api', 28],
    ['function-url', 60],
    ['none', 60],
  ] as const)('%s: %i s', (endpoint, expected) => {
    expect(adviseTimeout({ endpoint }).value).toBe(expected)
  })

  test.each([
    ['bundled', 5 * GiB, 512],
    ['bucket', 1_000_000, 512],
    ['bucket', GiB, 2304],
    ['bucket', 20 * GiB, 10_240],
  ] as const)('%s with %i bytes: %i MB of /tmp', (modelStore, modelBytes, expected) => {
    expect(adviseTmp({ modelStore, modelBytes }).value).toBe(expected)
  })
})
