import type { FrameworkName, Signature } from '../model/signature.ts'
import { fact } from './fact.ts'
import { frameworks, type Pin } from './frameworks.ts'

const onnxmltools: Pin[] = [
  { name: 'onnxmltools', version: '1.16.0', marker: null },
  // Of the two, onnxmltools needs the other.
  { name: 'skl2onnx', version: '1.20.0', marker: null },
]

/** What `make export` installs beside the project's own packages, for that one run. */
const converters = fact<Partial<Record<FrameworkName, readonly Pin[]>>>(
  {
    sklearn: [{ name: 'skl2onnx', version: '1.20.0', marker: null }],
    lightgbm: onnxmltools,
    xgboost: onnxmltools,
    catboost: [],
  },
  {
    source: 'https://pypi.org/project/skl2onnx, onnxmltools, onnx; measured: 1,000 rows answered alike',
    seen: '2026-11',
    matters: 'whether a model can be converted, and what converts it',
  },
)

const onnxVersion = fact('1.23.2', {
  source: 'https://pypi.org/project/onnx',
  seen: '2026-11',
  matters: 'what writes the converted file',
})

export function convertersFor(framework: FrameworkName): readonly Pin[] {
  const own = converters.value[framework]
  if (own === undefined) return []
  const { package: name, releases } = frameworks.onnx
  return [
    ...own,
    { name: 'onnx', version: onnxVersion.value, marker: null },
    { name, version: releases[0].version, marker: null },
  ]
}

/** Measured by converting: the rest fails in its converter, or converts and answers wrongly. */
export function canExport({ framework, modelType, task, features, traits }: Signature): boolean {
  if (modelType !== 'tabular' || traits.outliers || (traits.targets ?? 1) > 1) return false
  const isNumeric = (features ?? []).every(({ dtype }) => dtype === 'number')
  const answersScores = task === 'regression' || traits.probabilities === true
  switch (framework.name) {
    case 'sklearn':
      return !/^HistGradientBoosting/.test(traits.estimator ?? '') && !traits.alsoNeeds?.length
    case 'lightgbm':
      return answersScores
    case 'xgboost':
      return answersScores && isNumeric && !traits.linear
    case 'catboost':
      return answersScores && isNumeric
    default:
      return false
  }
}
