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
    pytorch: [],
    keras: [{ name: 'jax2onnx', version: '0.17.1', marker: null }],
  },
  {
    source:
      'https://pypi.org/project/skl2onnx, onnxmltools, jax2onnx, onnx; measured: 1,000 rows answered alike',
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
  const { name } = framework
  // Layers that only TensorFlow computes are not on JAX, whence Keras converts.
  if (frameworks[name].isNetwork) return modelType !== 'tensor' && !traits.tensorflow
  if (modelType !== 'tabular' || traits.outliers || (traits.targets ?? 1) > 1) return false
  // No converter knows what a class of the user's own does.
  if (traits.ownModules?.length) return false
  const isNumeric = (features ?? []).every(({ dtype }) => dtype === 'number')
  const answersScores = task === 'regression' || traits.probabilities === true
  switch (name) {
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

/** How many times as fast a cold start is, import, load and first call, once the model is converted. */
const fasterStart = fact<Partial<Record<FrameworkName, number>>>(
  { sklearn: 9, lightgbm: 2, xgboost: 3, catboost: 2, pytorch: 9, keras: 12 },
  {
    source:
      'small models: make bench before and after make export; Keras: rows and pictures; PyTorch: pictures',
    seen: '2026-11',
    matters: 'whether a conversion is recommended',
  },
)

/** Why somebody may want to convert. */
export function onnxRemark(signature: Signature): { reason: string; source: string } | undefined {
  const times = fasterStart.value[signature.framework.name]
  if (times === undefined || !canExport(signature)) return undefined
  const [own, onnx] = [frameworks[signature.framework.name], frameworks.onnx].map(
    ({ releases }) => releases[0].unpacked.x86_64,
  )
  return {
    reason: `the file's own; converted by make export it would start about ${times} times as fast, with ${onnx} MiB of packages instead of ${own}`,
    source: fasterStart.source,
  }
}
