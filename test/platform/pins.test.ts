import { describe, expect, test } from 'vitest'
import type { FrameworkName, ModelFormat } from '../../generators/model/signature.ts'
import { frameworks } from '../../generators/platform/frameworks.ts'
import { devPins, pins } from '../../generators/platform/pins.ts'
import type { PinTraits } from '../../generators/platform/subject.ts'

const on313 = { python: '3.13', arch: 'x86_64' } as const

function pinned(name: FrameworkName, version: string | null, traits: PinTraits = {}, format?: ModelFormat) {
  return pins(name, version, { ...on313, traits, format }).map((pin) => `${pin.name}==${pin.version}`)
}

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
