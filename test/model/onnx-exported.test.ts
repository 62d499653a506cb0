import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inspectSource } from '../../generators/model/index.ts'
import { EXPORTED_AS, readExported } from '../../generators/model/onnx-exported.ts'
import { inMemory } from '../../generators/model/source.ts'
import { canExport, convertersFor } from '../../generators/platform/converters.ts'
import { frameworks } from '../../generators/platform/frameworks.ts'

const features = [
  { name: 'width', dtype: 'number', range: [0, 7.5], nullable: true },
  { name: 'colour', dtype: 'category', categories: ['red', 'blue'] },
]
const whole = { task: 'classification', features, classes: [0, 1] }

function read(known: unknown) {
  return readExported(JSON.stringify(known), 2)
}

test('what export_onnx.py leaves in a file is read as it was', () => {
  expect(read(whole)).toEqual(whole)
  expect(read({ ...whole, task: 'regression', classes: null })).toMatchObject({ features, classes: null })
})

test('of a feature, only what is known of features', () => {
  expect(read({ ...whole, features: [{ ...features[0], handler: 'x' }, features[1]] })).toEqual(whole)
})

test('pictures have no features', () => {
  const known = { ...whole, features: [] }
  expect(readExported(JSON.stringify(known), null)).toEqual(known)
  expect(readExported(JSON.stringify(whole), null)).toBeNull()
})

const damaged: Record<string, unknown> = {
  'no object': 7,
  null: null,
  'a list': [whole],
  'no task': { ...whole, task: undefined },
  'an unknown task': { ...whole, task: 'ranking' },
  'features of no list': { ...whole, features: { length: 2 } },
  'fewer features than the graph takes': { ...whole, features: features.slice(1) },
  'more features than the graph takes': { ...whole, features: [...features, { name: 'x', dtype: 'number' }] },
  'a feature twice': { ...whole, features: [features[0], features[0]] },
  'a feature without a name': { ...whole, features: [{ dtype: 'number' }, features[1]] },
  'an empty name': { ...whole, features: [{ name: '', dtype: 'number' }, features[1]] },
  'a feature that is null': { ...whole, features: [null, features[1]] },
  'an unknown dtype': { ...whole, features: [{ name: 'a', dtype: 'numbers' }, features[1]] },
  'a dtype in a list': { ...whole, features: [{ name: 'a', dtype: ['number'] }, features[1]] },
  'categories of objects': { ...whole, features: [features[0], { ...features[1], categories: [{}] }] },
  'a range of words': { ...whole, features: [{ ...features[0], range: ['0', '1'] }, features[1]] },
  'a range of three': { ...whole, features: [{ ...features[0], range: [0, 1, 2] }, features[1]] },
  'a range that is null': { ...whole, features: [{ ...features[0], range: null }, features[1]] },
  'no classes': { ...whole, classes: null },
  'one class': { ...whole, classes: [1] },
  'a class twice': { ...whole, classes: ['a', 'a'] },
  'classes of lists': { ...whole, classes: [[0], [1]] },
}

test.each(Object.entries(damaged))('%s: the graph is asked', (_what, known) => {
  expect(read(known)).toBeNull()
})

test.each(['', '{', '{"task": "classification"', 'null\u0000'])('%j is no JSON', (text) => {
  expect(readExported(text, 2)).toBeNull()
})

const plain = readFileSync(new URL('../models/iris-plain.onnx', import.meta.url))

/** The iris model with one more entry of metadata: ModelProto's field 14, appended as protobuf allows. */
function withMetadata(value: string): Buffer {
  const [key, text] = [Buffer.from(EXPORTED_AS), Buffer.from(value)]
  const entry = Buffer.concat([
    Buffer.from([0x0a, key.length]),
    key,
    Buffer.from([0x12, ...varint(text.length)]),
    text,
  ])
  return Buffer.concat([plain, Buffer.from([0x72, ...varint(entry.length)]), entry])
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(value >> 7)]
}

async function inspected(content: Buffer) {
  return (await inspectSource(inMemory('iris.onnx', content))).signature
}

test('a file that carries it has its names and classes', async () => {
  const names = ['a', 'b', 'c', 'd'].map((name) => ({ name, dtype: 'number' }))
  const known = { task: 'classification', features: names, classes: ['x', 'y', 'z'] }
  expect(await inspected(withMetadata(JSON.stringify(known)))).toMatchObject({ ...known, unknown: [] })
})

test.each(['{"task": "classi', JSON.stringify({ ...whole, task: 'regression' }), '[]'])(
  'a file in which it is damaged is read like one without it: %s',
  async (value) => {
    const [one, other] = [await inspected(withMetadata(value)), await inspected(plain)]
    for (const key of ['task', 'features', 'classes', 'unknown'] as const)
      expect(one[key]).toEqual(other[key])
  },
)

test('layers that TensorFlow alone computes are not converted, and tensors are no rows', () => {
  const keras = { framework: { name: 'keras' }, modelType: 'image', traits: {} }
  const exports = (...differs: object[]) => canExport(Object.assign({}, keras, ...differs))
  expect(exports()).toBe(true)
  expect(exports({ traits: { tensorflow: true } })).toBe(false)
  expect(exports({ modelType: 'tensor' })).toBe(false)
})

test.each(Object.values(frameworks))('$name: there is a converter, or nothing is converted', ({ name }) => {
  const signature = {
    framework: { name, version: null },
    modelType: 'tabular',
    task: 'regression',
    features: [{ name: 'a', dtype: 'number' }],
    traits: {},
  } as unknown as Parameters<typeof canExport>[0]
  expect(convertersFor(name).length > 0).toBe(canExport(signature))
})
