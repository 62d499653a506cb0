import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { inspectSource } from '../../generators/model/index.ts'
import { inMemory } from '../../generators/model/source.ts'

const model = (name: string) => readFileSync(fileURLToPath(new URL(`../models/${name}`, import.meta.url)))

/** Stored members, a central directory, an end record; check sums are left out, since no reader looks at them. */
function zip(members: Record<string, string>): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, text] of Object.entries(members)) {
    const content = Buffer.from(text)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(name.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    entry.writeUInt32LE(content.length, 20)
    entry.writeUInt32LE(content.length, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(at, 42)
    locals.push(local, Buffer.from(name), content)
    directory.push(entry, Buffer.from(name))
    at += 30 + name.length + content.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(directory.length / 2, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, ...directory, end])
}

const dense = (config: object) => ({ module: 'keras.layers', class_name: 'Dense', config })
const keras = (layers: object[]) =>
  zip({
    'metadata.json': '{"keras_version": "3.15.1"}',
    'config.json': JSON.stringify({ module: 'keras', class_name: 'Sequential', config: { layers } }),
    'model.weights.h5': '',
  })

const input = {
  module: 'keras.layers',
  class_name: 'InputLayer',
  config: { name: 'x', batch_shape: [null, 4] },
}
const patched = (name: string, at: number, byte: number) => {
  const content = Buffer.from(model(name))
  content[at] = byte
  return content
}

/** Recognised, and told how to make of it what can be served. */
const waysOut: Record<string, [content: Buffer, format: string, warning: string, message: RegExp]> = {
  'ONNX of an IR version that no runtime loads': [
    patched('iris-plain.onnx', 1, 14),
    'onnx',
    'unsupported-format',
    /IR version 14.*\n.*ir_version <= 13/,
  ],
  'a Lambda layer': [
    keras([input, { module: 'keras.layers', class_name: 'Lambda', config: {} }]),
    'keras',
    'unsupported-format',
    /Lambda/,
  ],
  'a layer of the user': [
    keras([
      input,
      {
        module: 'shop',
        class_name: 'Scale',
        registered_name: 'shop>Scale',
        config: { units: 3, activation: 'softmax' },
      },
    ]),
    'keras',
    'needs-code',
    /shop>Scale.*custom_objects/,
  ],
  'a function of the user': [
    keras([input, dense({ units: 1, activation: { class_name: 'function', config: 'shop>bend' } })]),
    'keras',
    'needs-code',
    /shop>bend.*custom_objects/,
  ],
  'several sigmoids': [
    keras([input, dense({ units: 3, activation: 'sigmoid' })]),
    'keras',
    'unsupported-format',
    /3 sigmoids.*\n.*softmax/,
  ],
  'text for Keras': [
    keras([{ ...input, config: { batch_shape: [null, 4], dtype: 'string' } }, dense({ units: 1 })]),
    'keras',
    'unsupported-format',
    /takes text/,
  ],
  'weights of PyTorch': [
    model('parts-state-dict.pt'),
    'torch-state-dict',
    'unsupported-format',
    /11 tensors.*\n.*\n.*torch\.jit\.trace/,
  ],
  'PyTorch before 1.6': [
    Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex'),
    'torch-state-dict',
    'unsupported-format',
    /1\.6/,
  ],
  'an exported program': [model('parts.pt2'), 'torch-export', 'unsupported-format', /torch\.onnx\.export/],
  safetensors: [model('parts.safetensors'), 'safetensors', 'unsupported-format', /torch\.jit\.trace/],
  'a SavedModel': [model('games-saved-model.tar.gz'), 'tf-saved-model', 'unsupported-format', /model\.keras/],
  'the binary format that XGBoost removed': [
    model('iris-xgboost-legacy.model'),
    'xgboost-binary',
    'unsupported-format',
    /XGBoost 3\.0/,
  ],
}

for (const [name, [content, format, warning, message]] of Object.entries(waysOut)) {
  test(`${name}: ${warning}`, async () => {
    const { signature } = await inspectSource(inMemory('model', content))
    expect(signature.format).toBe(format)
    expect(signature.warnings).toEqual([{ code: warning, message: expect.stringMatching(message) }])
  })
}

const refused: Record<string, [content: Buffer, code: string, message: RegExp]> = {
  'NumPy arrays': [zip({ 'a.npy': 'x', 'b.npy': 'y' }), 'unknown-format', /\.npz/],
  'a TorchServe archive': [zip({ 'MAR-INF/MANIFEST.json': '{}', 'model.pt': '' }), 'unknown-format', /\.mar/],
  'an empty zip': [zip({}), 'unknown-format', /./],
  'a Keras archive without layers': [
    zip({ 'metadata.json': '{}', 'config.json': '{}', 'model.weights.h5': '' }),
    'unreadable-model',
    /layers/,
  ],
}

for (const [name, [content, code, message]] of Object.entries(refused)) {
  test(`${name}: ${code}`, async () => {
    await expect(inspectSource(inMemory('model', content))).rejects.toMatchObject({
      name: 'Failure',
      exitCode: 1,
      problems: [{ code, message: expect.stringMatching(message) }],
    })
  })
}
