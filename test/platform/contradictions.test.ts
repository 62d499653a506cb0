import { describe, expect, test } from 'vitest'
import type { FrameworkName, ModelFormat } from '../../generators/model/signature.ts'
import { contradictions, type PlatformAnswers } from '../../generators/platform/contradictions.ts'
import {
  adviseMemory,
  advisePackaging,
  advisePython,
  adviseTimeout,
  adviseTmp,
} from '../../generators/platform/decide.ts'
import { frameworks } from '../../generators/platform/frameworks.ts'
import type { PinTraits } from '../../generators/platform/subject.ts'

const GiB = 1024 ** 3

function written(name: FrameworkName, version: string | null, format: ModelFormat, traits: PinTraits = {}) {
  return { framework: { name, version }, format, traits }
}

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
      'a model that no function can load',
      { packaging: 'zip', memory: 512 },
      iris,
      12 * GiB,
      '--model',
      'Lambda has 10240 MB at most',
      'Use a smaller model, or --cloud cloud-functions.',
    ],
    [
      'a model that no instance can load',
      { cloud: 'cloud-functions' },
      iris,
      40 * GiB,
      '--model',
      'Cloud Run has 32768 MB at most',
      'Use a smaller model.',
    ],
    [
      'a model that no image holds',
      { packaging: 'image' },
      written('catboost', '1.2.10', 'catboost-cbm'),
      9.8 * GiB,
      '--model-store',
      'images of 10240 MiB at most',
      'Use --model-store bucket.',
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
