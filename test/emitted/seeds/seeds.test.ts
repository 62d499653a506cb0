/**
 * What five published tutorials build by hand comes out of one command line each, and answers the events of
 * their texts. Where a text is silent or wrong (empty bodies, missing features), ours are added.
 * S4, a picture classifier, has its own test; that S5's projects pass theirs is tested in ../google.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { environmentOf, passesItsTests } from '../environment.ts'
import { flagsFor, generate, type Project } from '../project.ts'
import { stdoutOf } from '../run.ts'

test('S1: CatBoost in an image, with Poetry; a bare object in, records out', async () => {
  const project = await generate('seed-1', [
    ...flagsFor('shop-catboost.cbm'),
    ...['--answer', 'records', '--packaging', 'image', '--arch', 'arm64', '--endpoint', 'none'],
    ...['--package-manager', 'poetry'],
  ])
  expect(textOf(project, 'Dockerfile')).toContain('FROM')
  expect(textOf(project, 'template.yaml')).toContain('arm64')
  const { inputs, outputs } = cases(project)
  const [one, several, empty, list] = await answersTo(project, [inputs[0], inputs, {}, []])
  const records = outputs.map(({ label, probabilities: [leaves, stays] = [] }) => ({
    label,
    probabilities: { leaves: expect.closeTo(leaves ?? NaN, 5), stays: expect.closeTo(stays ?? NaN, 5) },
  }))
  expect(one).toEqual(records.slice(0, 1))
  expect(several).toEqual(records)
  expect(empty).toMatchObject({ status: 422 })
  expect(empty.errors).toHaveLength(4)
  expect(list).toMatchObject({ status: 422 })
  await passesItsTests(project)
})

test('S2: scikit-learn in an image behind a REST API; four numbers in, the class out', async () => {
  const project = await generate('seed-2', [
    ...flagsFor('iris-knn.joblib'),
    ...['--packaging', 'image', '--endpoint', 'rest-api', '--path', '/predict', '--warmup', 'schedule'],
  ])
  const template = textOf(project, 'template.yaml')
  for (const part of ['PackageType: Image', 'Outputs:', 'Dockerfile']) expect(template).toContain(part)
  const [answer, refused, warm] = await answersTo(project, [
    rest('/predict', { features: [3, 5, 4, 5] }),
    rest('/predict', { features: [3, 5, 4] }),
    { warmup: true },
  ])
  expect(answer).toMatchObject({ statusCode: 200 })
  const { predictions } = documentIn(answer)
  expect(predictions).toMatchObject([{ label: 'virginica' }])
  expect(Object.keys(predictions[0].probabilities)).toEqual(['setosa', 'versicolor', 'virginica'])
  expect(refused).toMatchObject({ statusCode: 422 })
  expect(warm).toEqual({ warm: true })
  await passesItsTests(project)
})

// The text's model lies in a bucket. There is no such choice yet: the package holds it.
test('S3: LightGBM in a zip; rows of twelve numbers in, a number between 0 and 1 out', async () => {
  const project = await generate('seed-3', [
    ...flagsFor('seed3-lightgbm.txt'),
    ...['--answer', 'value', '--packaging', 'zip', '--path', '/predictadult'],
  ])
  const row = [39, 7, 13, 4, 1, 0, 4, 1, 2174, 0, 40, 39]
  const probability = expect.closeTo(0.8904460705698505, 5)
  const [invoked, posted, two] = await answersTo(project, [
    { body: [row] },
    http('/predictadult', JSON.stringify([row]), 'application/x-www-form-urlencoded'),
    { body: [row, row] },
  ])
  expect([invoked, posted]).toMatchObject([{ statusCode: 200 }, { statusCode: 200 }])
  expect([documentIn(invoked), documentIn(posted)]).toEqual([probability, probability])
  expect(documentIn(two)).toEqual([probability, probability])
  await passesItsTests(project)
})

test('S5: a logistic regression; G1 to G10 as strings in, success and a text out', async () => {
  const project = await generate('seed-5', [
    ...flagsFor('games-logit.joblib'),
    ...['--answer', 'response', '--path', '/logit'],
  ])
  const { inputs, outputs } = cases(project)
  const texts = Object.fromEntries(Object.entries(Object(inputs[0])).map(([name, v]) => [name, String(v)]))
  const { G1: _, ...missing } = texts
  const text = JSON.stringify(texts)
  const [bare, bareMissing, ...posted] = await answersTo(project, [
    texts,
    missing,
    { body: text },
    http('/logit', text),
    http('/', text),
    http('/default/logit', text, 'application/json', 'default'),
    rest('/logit', texts),
    http('/logit', JSON.stringify(missing)),
  ])
  const refusedPost = posted.pop()
  for (const answer of posted) expect(answer).toMatchObject({ statusCode: 200 })
  for (const document of [bare, ...posted.map(documentIn)]) {
    expect(document).toEqual({ success: true, response: expect.stringMatching(/^0\.\d+$/) })
    expect(Number(document.response)).toBeCloseTo(outputs[0]?.probabilities?.[1] ?? NaN, 5)
  }
  const problem = { success: false, status: 422, errors: [{ field: 'G1', row: 0 }] }
  expect(bareMissing).toMatchObject(problem)
  expect(refusedPost).toMatchObject({ statusCode: 422 })
  expect(documentIn(refusedPost)).toMatchObject(problem)
  await passesItsTests(project)
})

describe('S5 on Google', () => {
  const google = ['--cloud', 'cloud-functions', '--answer', 'response', '--path', '/pred']
  const ask = (path: string, document: unknown, type = 'application/json') => ({
    method: 'POST',
    path,
    headers: { 'content-type': type },
    body: JSON.stringify(document),
  })

  test('an echo, to prove the plumbing', async () => {
    const echo = await generate('seed-5-echo', ['--model-type', 'echo', '--cloud', 'cloud-functions'])
    const [said, silent] = await answersOnGoogle(echo, [ask('/', { msg: 'hello' }), ask('/', {})])
    expect(documentIn(said)).toEqual({ response: 'hello', success: true })
    expect(documentIn(silent)).toEqual({ success: false })
  })

  test.each(['games-logit.joblib', 'games.keras'])(
    '%s: G1 to G10 as strings in, success and a text out',
    async (model) => {
      const project = await generate(`seed-5-google-${model}`, [...flagsFor(model), ...google])
      const { inputs, outputs } = cases(project)
      const texts = Object.fromEntries(
        Object.entries(Object(inputs[0])).map(([name, v]) => [name, String(v)]),
      )
      const { G1: _, ...missing } = texts
      const [atPath, atRoot, asForm, refused] = await answersOnGoogle(project, [
        ask('/pred', texts),
        ask('/', texts),
        ask('/pred', texts, 'application/x-www-form-urlencoded'),
        ask('/pred', missing),
      ])
      for (const answer of [atPath, atRoot, asForm]) {
        const document = documentIn(answer)
        expect(document).toEqual({ success: true, response: expect.stringMatching(/^0\.\d+$/) })
        expect(Number(document.response)).toBeCloseTo(outputs[0]?.probabilities?.[1] ?? NaN, 5)
      }
      expect(documentIn(refused)).toMatchObject({ success: false, status: 422, errors: [{ field: 'G1' }] })
    },
  )
})

async function answersOnGoogle(project: Project, requests: readonly unknown[]) {
  const file = join(project.folder, '../seed-requests.json')
  writeFileSync(file, JSON.stringify(requests))
  const program = join(import.meta.dirname, '../google/answer.py')
  const printed = await stdoutOf(await environmentOf(project), [program, file], { in: project.folder })
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '')
}

interface Cases {
  readonly inputs: readonly unknown[]
  readonly outputs: readonly { readonly label: unknown; readonly probabilities?: readonly number[] }[]
}

function cases(project: Project): Cases {
  return JSON.parse(textOf(project, 'model/cases.json'))
}

function textOf({ folder }: Project, file: string): string {
  return existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : ''
}

async function answersTo(project: Project, events: readonly unknown[]) {
  const sender = join(import.meta.dirname, 'send.py')
  const python = await environmentOf(project)
  const printed = await stdoutOf(python, [sender, JSON.stringify(events)], { in: project.folder })
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '')
}

function documentIn(answer: { readonly body: string }) {
  return JSON.parse(answer.body)
}

function http(path: string, body: string, type = 'application/json', stage = '$default') {
  return {
    version: '2.0',
    rawPath: path,
    headers: { 'content-type': type },
    requestContext: { stage, http: { method: 'POST', path } },
    body,
    isBase64Encoded: false,
  }
}

function rest(path: string, document: unknown) {
  return {
    path,
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json' },
    requestContext: { stage: 'prod', httpMethod: 'POST', path: `/prod${path}` },
    body: JSON.stringify(document),
    isBase64Encoded: false,
  }
}
