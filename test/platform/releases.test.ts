import { describe, expect, test } from 'vitest'
import type { FrameworkName, ModelFormat } from '../../generators/model/signature.ts'
import { contradictions } from '../../generators/platform/contradictions.ts'
import { pythonChoices } from '../../generators/platform/decide.ts'
import {
  adviseFrameworkVersion,
  frameworkProblems,
  isOlder,
  versionWarnings,
} from '../../generators/platform/releases.ts'
import type { PinTraits } from '../../generators/platform/subject.ts'

function written(name: FrameworkName, version: string | null, format: ModelFormat, traits: PinTraits = {}) {
  return { framework: { name, version }, format, traits }
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
