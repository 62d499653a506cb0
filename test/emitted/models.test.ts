import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { environmentOf, passesItsLinters, passesItsTests } from './environment.ts'
import { models } from './places.ts'
import { flagsFor, generate, type Project } from './project.ts'
import { stdoutOf } from './run.ts'

const IRIS = 'sepal_length,sepal_width,petal_length,petal_width'
const FLOWERS = ['--code', join(models, '../own-code/flowers')]

/** Every tabular model that is served, with the flags for what its file does not hold. */
const served: Record<string, readonly string[]> = {
  'iris-plain.onnx': [],
  'iris-zipmap.onnx': [],
  'adult-columns.onnx': [],
  'adult-lightgbm.onnx': ['--features', namesIn('adult-lightgbm.onnx')],
  'iris-xgboost.onnx': ['--features', namesIn('iris-xgboost.onnx')],
  'diabetes-catboost.onnx': ['--features', namesIn('diabetes-catboost.onnx')],
  'iris-knn.joblib': [],
  'iris-knn-zlib.joblib': [],
  'iris-knn-gzip.joblib': [],
  'iris-knn-bz2.joblib': [],
  'iris-knn-xz.joblib': [],
  'iris-knn-lzma.joblib': [],
  'iris-knn-lz4.joblib': [],
  'iris-logreg.pkl': ['--features', IRIS],
  'iris-own.joblib': FLOWERS,
  'iris-own-first.joblib': [...FLOWERS, '--features', IRIS],
  'iris-own-object.pkl': [...FLOWERS, '--features', IRIS],
  'iris-kmeans.joblib': [],
  'adult-columns.joblib': [],
  'adult-array.joblib': ['--features', 'age,workclass,education,hours_per_week,capital_gain'],
  'adult-imputed.joblib': [],
  'adult-histogram.joblib': [],
  'diabetes-forest.joblib': [],
  'diabetes-forest.onnx': ['--features', 'age,bmi,bp'],
  'diabetes-bagging.joblib': [],
  'games-logit.joblib': [],
  'adult-lightgbm.txt': [],
  'adult-lightgbm-words.txt': [],
  'seed3-lightgbm.txt': [],
  'iris-xgboost.json': [],
  'iris-xgboost.ubj': ['--classes', '0,1,2'],
  'diabetes-xgboost.json': [],
  'diabetes-xgboost-stopped.ubj': [],
  'iris-catboost.cbm': [],
  'shop-catboost.cbm': [],
  'shop-catboost.json': [],
  'games.keras': [],
  'homes.keras': [],
  'games.h5': [],
}

/** What can be asked of the project beside the model, each tried with one model of either framework. */
const variations: Record<string, readonly string[]> = {
  strict: ['--strict-input'],
  logged: ['--log-predictions', '1'],
  'cors-http-api': ['--cors', 'https://app.example.com,https://other.example.com'],
  'cors-rest-api': ['--cors', '*', '--endpoint', 'rest-api', '--auth', 'api-key'],
  'function-url': ['--endpoint', 'function-url', '--cors', 'https://app.example.com'],
  'no-endpoint': ['--endpoint', 'none'],
  'root-path': ['--path', '/', '--endpoint', 'rest-api'],
  'deep-path': ['--path', '/v1/iris.score'],
  'longest-name': ['--name', 'a-service-with-the-longest-possible-name'],
  image: ['--packaging', 'image', '--tracing', '--warmup', 'schedule'],
  'python-3.12': ['--python', '3.12', '--arch', 'arm64'],
}

describe.each(Object.entries(served))('%s', (model, flags) => {
  test('passes its own tests and linters, and answers its golden cases in every event shape', async () => {
    const project = await generate(model, [...flagsFor(model), ...flags])
    await answersGoldenCases(project, join(models, `${model}.cases.json`))
    await passesItsTests(project)
    await passesItsLinters(project)
  })
})

describe.each(Object.entries(variations))('%s', (name, flags) => {
  test.each(['iris-zipmap.onnx', 'iris-knn.joblib'])('with %s', async (model) => {
    const project = await generate(`${model}-${name}`, [...flagsFor(model), ...flags])
    await answersGoldenCases(project, join(models, `${model}.cases.json`))
    await passesItsTests(project)
    await passesItsLinters(project)
  })
})

describe.each(['records', 'value', 'response'])('--answer %s', (answer) => {
  const kinds = ['iris-knn.joblib', 'adult-lightgbm.txt', 'diabetes-xgboost.json', 'iris-zipmap.onnx']
  test.each(kinds)('with %s', async (model) => {
    const project = await generate(`${model}-${answer}`, [...flagsFor(model), '--answer', answer])
    await answersGoldenCases(project, join(models, `${model}.cases.json`))
    await passesItsTests(project)
    await passesItsLinters(project)
  })
})

describe('without golden cases', () => {
  const asked = Object.entries(served).filter(([model]) => !model.startsWith('iris-knn-'))
  test.each(asked)('%s', async (model, flags) => {
    // Names are made up, unless not even their number is known.
    const isOwn = ['iris-own-first.joblib', 'iris-own-object.pkl'].includes(model)
    const needed = isOwn ? flags : flags.includes('--code') ? FLOWERS : []
    const project = await generate(`${model}-no-cases`, ['--model', join(models, model), ...needed])
    await passesItsTests(project)
    await passesItsLinters(project)
  })
})

/** A project's own tests predict every golden picture; its events send one as it is, in a form and in JSON. */
describe.each(['digits.onnx', 'parts-nchw.onnx', 'parts-nhwc-uint8.onnx'])('pictures for %s', (model) => {
  test.each([[[]], [['--packaging', 'image', '--endpoint', 'rest-api', '--answer', 'records']]])(
    '%j',
    async (flags) => {
      const project = await generate(`${model}-${flags.length}`, [...flagsFor(model), ...flags])
      await passesItsTests(project)
      await passesItsLinters(project)
    },
  )
})

test.each([[], ['--answer', 'value', '--warmup', 'schedule']])('pictures for Keras %j', async (...flags) => {
  const asPictures = '--image-mean 0.5 --image-std 0.25 --classes 00-damaged,01-whole'.split(' ')
  const project = await generate(`parts.keras-${flags.length}`, [
    ...flagsFor('parts.keras'),
    ...asPictures,
    ...flags,
  ])
  await passesItsTests(project)
  await passesItsLinters(project)
})

/** Any ONNX model can be served as tensors in, tensors out. */
const tensors: Record<string, readonly string[]> = {
  'tokens.onnx': [],
  'iris-plain.onnx': ['--path', '/', '--endpoint', 'rest-api', '--cors', '*'],
  'adult-columns.onnx': ['--endpoint', 'none', '--packaging', 'image', '--log-predictions', '1'],
  'parts-nhwc-uint8.onnx': ['--endpoint', 'function-url', '--path', '/v1/score'],
}

describe.each(Object.entries(tensors))('tensors of %s', (model, flags) => {
  test('are served from the file alone', async () => {
    const file = join(models, model)
    const project = await generate(`${model}-tensors`, ['--model', file, '--model-type', 'tensor', ...flags])
    await passesItsTests(project)
    await passesItsLinters(project)
  })
})

const goldenTensors = ['tokens.onnx', 'datatypes.onnx']

test.each(goldenTensors)(
  'tensors of %s are answered as golden cases say, in every event shape',
  async (model) => {
    const project = await generate(`golden-${model}`, flagsFor(model))
    await answersGoldenCases(project, join(models, `${model}.cases.json`))
    await passesItsTests(project)
    await passesItsLinters(project)
  },
)

/** Encoders that ignore what they have not seen, and trees that take it as missing. */
const withCategories = ['adult-columns.joblib', 'adult-columns.onnx', 'adult-lightgbm-words.txt']

test.each(withCategories)('categories that %s has not seen are left to it', async (model) => {
  const flags = [...flagsFor(model), '--unknown-categories', 'model']
  const project = await generate(`${model}-open`, flags)
  await passesItsTests(project)
  await passesItsLinters(project)
  const { inputs } = JSON.parse(readFileSync(join(project.folder, 'model/cases.json'), 'utf8'))
  const row = JSON.stringify({ ...inputs[0], workclass: 'never seen', education: 'never seen' })
  const program = `import sys; from app.handler import handler; print(handler(${row}, None))`
  const printed = await stdoutOf(await environmentOf(project), ['-c', program], { in: project.folder })
  expect(printed).toContain("'predictions': [{'label'")
})

/** What an echo can be asked beside its type. */
const echoes: Record<string, readonly string[]> = {
  plain: [],
  'no-endpoint': ['--endpoint', 'none'],
  'rest-api': ['--endpoint', 'rest-api', '--path', '/', '--cors', '*'],
  image: ['--packaging', 'image', '--package-manager', 'pip'],
}

test.each(Object.entries(echoes))('echo, %s', async (name, flags) => {
  const project = await generate(`echo-${name}`, ['--model-type', 'echo', ...flags])
  await passesItsTests(project)
  await passesItsLinters(project)
})

test('without a model', async () => {
  const project = await generate('demo', [])
  await passesItsTests(project)
  await passesItsLinters(project)
})

function namesIn(model: string): string {
  const { inputs } = JSON.parse(readFileSync(join(models, `${model}.cases.json`), 'utf8'))
  return Object.keys(inputs[0]).join(',')
}

async function answersGoldenCases(project: Project, cases: string): Promise<void> {
  const file = join(project.folder, 'model/model.json')
  const { features, classes } = JSON.parse(readFileSync(file, 'utf8'))
  const names = features.map((feature: { name: string }) => feature.name)
  const { answers } = JSON.parse(readFileSync(join(project.folder, '.lambda-model/answers.json'), 'utf8'))
  const driver = join(import.meta.dirname, 'post_every_case.py')
  const { path, answer } = answers
  const args = [
    driver,
    cases,
    JSON.stringify(names),
    JSON.stringify(classes),
    path ?? '/predict',
    answer ?? 'tensors',
  ]
  const printed = await stdoutOf(await environmentOf(project), args, { in: project.folder })
  const { answered, wrong } = JSON.parse(printed.trim().split('\n').at(-1) ?? '')
  expect(wrong).toEqual([])
  expect(answered).toBeGreaterThan(200)
}
