import { describe, expect, test } from 'vitest'
import type { FrameworkName, ModelFormat } from '../../generators/model/signature.ts'
import {
  adviseArch,
  adviseFrameworkVersion,
  adviseGoogleMemory,
  adviseMemory,
  advisePackaging,
  advisePython,
  adviseTimeout,
  adviseTmp,
  contradictions,
  devPins,
  frameworkProblems,
  isOlder,
  type PinTraits,
  type PlatformAnswers,
  packagesMiB,
  pins,
  pythonChoices,
  versionWarnings,
} from '../../generators/platform/decide.ts'
import { frameworks } from '../../generators/platform/frameworks.ts'

const GiB = 1024 ** 3

function written(name: FrameworkName, version: string | null, format: ModelFormat, traits: PinTraits = {}) {
  return { framework: { name, version }, format, traits }
}

const on313 = { python: '3.13', arch: 'x86_64' } as const

function pinned(name: FrameworkName, version: string | null, traits: PinTraits = {}, format?: ModelFormat) {
  return pins(name, version, { ...on313, traits, format }).map((pin) => `${pin.name}==${pin.version}`)
}

describe('the version that is pinned', () => {
  test.each([
    ['a pickle: exactly its own', 'sklearn', '1.5.1', undefined, '1.5.1'],
    ['a pickle of an unknown version: that, too', 'sklearn', '1.10.0', undefined, '1.10.0'],
    ['a pickle that names none: the newest', 'sklearn', null, undefined, '1.9.1'],
    ['ONNX: the newest runtime, whatever wrote it', 'onnx', '1.20.0', undefined, '1.31.1'],
    ['a document of an older XGBoost: the newest', 'xgboost', '2.1.4', 'xgboost-json', '3.4.1'],
    ['a document of a newer one: never below the file', 'xgboost', '3.9.0', 'xgboost-ubj', '3.9.0'],
    ['XGBoost in a pickle: exactly', 'xgboost', '3.2.0', 'sklearn-joblib', '3.2.0'],
    ['LightGBM, which never says', 'lightgbm', null, 'lightgbm-text', '4.7.0'],
  ] as const)('%s', (_, framework, version, format, expected) => {
    expect(adviseFrameworkVersion({ framework, version, format }).value).toBe(expected)
  })

  test.each([
    ['1.9.1', '1.10.0', true],
    ['1.10.0', '1.9.1', false],
    ['1.4.1', '1.4.1.post1', true],
    ['1.6.0rc1', '1.6.0', true],
    ['1.6.dev0', '1.6.0', true],
    ['2.15.0+cu132', '2.15.0', false],
    ['1.9', '1.9.0', false],
  ])('%s is older than %s: %s', (a, b, expected) => {
    expect(isOlder(a, b)).toBe(expected)
  })

  test('an unknown one is a warning, a known one none', () => {
    expect(versionWarnings(written('sklearn', '1.9.1', 'sklearn-joblib'))).toEqual([])
    expect(versionWarnings(written('onnx', null, 'onnx'))).toEqual([])
    expect(versionWarnings(written('lightgbm', null, 'lightgbm-text'))).toEqual([])
    expect(versionWarnings(written('sklearn', null, 'sklearn-pickle'))).toMatchObject([
      { code: 'unknown-framework-version' },
    ])
    const [newer] = versionWarnings(written('sklearn', '1.10.0', 'sklearn-joblib'))
    expect(newer?.message).toContain('scikit-learn 1.10.0')
    expect(newer?.message).toContain('the requirements of 1.9.1')
  })
})

describe('what nothing would answer rightly is refused', () => {
  test('a pickle older than every wheel that we offer', () => {
    const [problem] = frameworkProblems(written('sklearn', '1.2.2', 'sklearn-joblib'))
    expect(problem?.message).toContain('scikit-learn 1.2.2')
    expect(problem?.fix).toBe(
      'Train and save it again with scikit-learn 1.3.1 or later, or convert it to ONNX (skl2onnx) where scikit-learn 1.2.2 is installed.',
    )
    expect(pythonChoices('sklearn', '1.2.2')).toEqual([])
  })

  test.each([
    [{ irVersion: 13, opset: 26 }, []],
    [{ irVersion: 14, opset: 26 }, ['IR version 14, opset 26']],
    [{ irVersion: 9, opset: 28 }, ['IR version 9, opset 28']],
    [{}, []],
  ])('ONNX %j', (traits, expected) => {
    const problems = frameworkProblems(written('onnx', null, 'onnx', traits))
    expect(problems.map(({ value }) => String(value).replace(' and ', ', '))).toEqual(expected)
    for (const { fix } of problems) expect(fix).toBe('Export it again with ir_version <= 13 and opset <= 26.')
  })

  test('and nothing else is said then', () => {
    const old = written('sklearn', '1.1.0', 'sklearn-pickle')
    expect(contradictions({ python: '3.13', packaging: 'zip' }, old)).toEqual(frameworkProblems(old))
  })
})

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

describe('pins', () => {
  test('of scikit-learn: the numpy of its time', () => {
    expect(pinned('sklearn', '1.9.1')).toEqual([
      'joblib==1.6.0',
      'numpy==2.5.5',
      'scikit-learn==1.9.1',
      'scipy==1.18.1',
      'threadpoolctl==3.8.0',
    ])
    expect(pinned('sklearn', '1.3.2')).toContain('numpy==1.26.4')
  })

  test('lz4 only where the file is compressed with it', () => {
    expect(pinned('sklearn', '1.9.1', { compression: 'lz4' })).toContain('lz4==4.4.5')
    expect(pinned('sklearn', '1.9.1', { compression: 'xz' }).join()).not.toContain('lz4')
  })

  test('ONNX Runtime stays behind on Intel Macs, if that loads the model', () => {
    const runtimes = (traits: PinTraits) =>
      pins('onnx', null, { ...on313, traits }).filter(({ name }) => name === 'onnxruntime')
    expect(runtimes({ irVersion: 8, opset: 15 })).toEqual([
      {
        name: 'onnxruntime',
        version: '1.31.1',
        marker: "sys_platform != 'darwin' or platform_machine != 'x86_64'",
      },
      {
        name: 'onnxruntime',
        version: '1.23.2',
        marker: "sys_platform == 'darwin' and platform_machine == 'x86_64'",
      },
    ])
    expect(runtimes({ irVersion: 12, opset: 15 })).toEqual([
      { name: 'onnxruntime', version: '1.31.1', marker: null },
    ])
  })

  test('XGBoost without CUDA, and by its other name on Macs', () => {
    expect(pins('xgboost', '3.4.1', on313).filter(({ name }) => name.startsWith('xgboost'))).toEqual([
      { name: 'xgboost', version: '3.4.1', marker: "sys_platform == 'darwin'" },
      { name: 'xgboost-cpu', version: '3.4.1', marker: "sys_platform != 'darwin'" },
    ])
  })

  test('two libraries in one pickle, in versions that go together', () => {
    expect(
      pinned('lightgbm', null, { alsoNeeds: ['sklearn'], sklearnVersion: '1.3.2' }, 'sklearn-joblib'),
    ).toEqual([
      'joblib==1.6.0',
      'lightgbm==4.7.0',
      'numpy==1.26.4',
      'scikit-learn==1.3.2',
      'scipy==1.17.1',
      'threadpoolctl==3.8.0',
    ])
    expect(pinned('sklearn', '1.9.1', { alsoNeeds: ['lightgbm', 'nowhere'] })).toContain('lightgbm==4.7.0')
  })

  test.each(Object.keys(frameworks) as FrameworkName[])(
    'of %s: no name twice under one marker, sorted',
    (name) => {
      for (const { version } of frameworks[name].releases) {
        for (const traits of [
          {},
          { irVersion: 8, opset: 15, alsoNeeds: ['sklearn', 'lightgbm', 'xgboost', 'catboost'] },
        ]) {
          const all = pins(name, version, { ...on313, traits, format: 'sklearn-pickle' })
          const keys = all.map((pin) => `${pin.name} ${pin.marker ?? ''}`)
          expect(keys).toEqual([...new Set(keys)].sort())
          expect(all.filter((pin) => pin.marker === null).map((pin) => pin.name)).toEqual([
            ...new Set(all.filter((pin) => pin.marker === null).map((pin) => pin.name)),
          ])
        }
      }
      expect(devPins().map((pin) => pin.name)).toEqual(['boto3', 'hypothesis', 'mypy', 'pytest', 'ruff'])
    },
  )
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

describe('answers that contradict each other', () => {
  const iris = written('sklearn', '1.9.1', 'sklearn-joblib')
  const cases: [
    string,
    PlatformAnswers,
    ReturnType<typeof written> | null,
    number,
    string,
    string,
    string,
  ][] = [
    [
      'keys',
      { auth: 'api-key', endpoint: 'http-api' },
      null,
      0,
      '--auth',
      '--endpoint http-api',
      'Use --endpoint rest-api, or --auth iam.',
    ],
    [
      'time-out, HTTP',
      { timeout: 30, endpoint: 'http-api' },
      null,
      0,
      '--timeout',
      '--endpoint http-api',
      'Use --timeout 29, or --endpoint function-url.',
    ],
    [
      'time-out, REST',
      { timeout: 29, endpoint: 'rest-api' },
      null,
      0,
      '--timeout',
      '--endpoint rest-api',
      'Use --timeout 28, or --endpoint function-url.',
    ],
    [
      'SnapStart',
      { warmup: 'snapstart', 'tmp-size': 1024 },
      null,
      0,
      '--tmp-size',
      '--warmup snapstart',
      'Use --tmp-size 512, or --warmup provisioned.',
    ],
    [
      'SnapStart, region',
      { warmup: 'snapstart', region: 'ap-southeast-6' },
      null,
      0,
      '--region',
      '--warmup snapstart',
      'Use --warmup provisioned, or another region.',
    ],
    [
      'python',
      { python: '3.13' },
      written('sklearn', '1.4.2', 'sklearn-joblib'),
      0,
      '--python',
      'scikit-learn 1.4.2',
      'Use --python 3.12, or save the model with a later scikit-learn.',
    ],
    [
      'python of the companion',
      { python: '3.13' },
      written('lightgbm', null, 'sklearn-joblib', { alsoNeeds: ['sklearn'], sklearnVersion: '1.3.2' }),
      0,
      '--python',
      'scikit-learn 1.3.2',
      'Use --python 3.12, or save the model with a later scikit-learn.',
    ],
    [
      'torch in a zip',
      { packaging: 'zip' },
      written('pytorch', null, 'torchscript'),
      0,
      '--packaging',
      '--framework pytorch',
      'Use --packaging image, or convert the model to ONNX.',
    ],
    [
      'a large model in a zip',
      { packaging: 'zip' },
      iris,
      1e8,
      '--packaging',
      '284 MiB unpacked',
      'Use --packaging image, or --model-store bucket.',
    ],
    [
      'too little memory',
      { memory: 128 },
      iris,
      1000,
      '--memory',
      'more than 131 MB',
      'Use --memory 1024, or leave it out.',
    ],
    [
      'too little of /tmp',
      { 'tmp-size': 512, 'model-store': 'bucket' },
      iris,
      GiB,
      '--tmp-size',
      '--model-store bucket',
      'Use --tmp-size 2304, or --model-store bundled.',
    ],
    [
      'a name that is taken',
      { name: 'numpy' },
      iris,
      0,
      '--name',
      '--name numpy',
      'Use --name numpy-service.',
    ],
  ]
  test.each(cases)('%s', (_, answers, signature, modelBytes, option, text, fix) => {
    const problems = contradictions(answers, signature, { modelBytes })
    expect(problems).toMatchObject([{ code: 'contradiction', option, fix }])
    expect(problems[0]?.message).toContain(text)
  })

  test('are all told at once', () => {
    const all = { auth: 'api-key', endpoint: 'http-api', timeout: 60, memory: 128, packaging: 'zip' } as const
    expect(contradictions(all, written('keras', null, 'keras')).map(({ option }) => option)).toEqual([
      '--auth',
      '--timeout',
      '--packaging',
      '--memory',
    ])
  })

  test.each(Object.keys(frameworks) as FrameworkName[])(
    'what is advised for %s never contradicts itself',
    (framework) => {
      for (const { version } of frameworks[framework].releases) {
        for (const endpoint of ['http-api', 'rest-api', 'function-url', 'none'] as const) {
          for (const modelBytes of [100, 50e6, GiB]) {
            for (const arch of ['x86_64', 'arm64'] as const) {
              const subject = { framework, version, modelBytes, arch }
              const answers: PlatformAnswers = {
                endpoint,
                arch,
                python: advisePython(framework, version, arch).value,
                packaging: advisePackaging(subject).value,
                memory: adviseMemory(subject).value,
                timeout: adviseTimeout({ endpoint }).value,
                'tmp-size': adviseTmp({ modelStore: 'bundled', modelBytes }).value,
                warmup: 'snapstart',
                auth: endpoint === 'rest-api' ? 'api-key' : 'iam',
              }
              expect(contradictions(answers, written(framework, version, 'onnx'), { modelBytes })).toEqual([])
            }
          }
        }
      }
    },
  )
})
