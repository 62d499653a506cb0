import { screen } from '@inquirer/testing/vitest'
import { describe, expect, test } from 'vitest'
import type { InspectedModel, Signature } from '../../generators/model/signature.ts'
import { askForModel, askWhatIsLeft } from '../../generators/questions/interview.ts'
import type { Resolved } from '../../generators/questions/resolve.ts'
import { ask } from '../../generators/questions/terminal.ts'
import type { RawValue } from '../../generators/questions/value.ts'
import type { Shell } from '../../generators/shell.ts'

/** A network: rows of thirty numbers in, two scores out, and no word about what they mean. */
const NETWORK: Signature = {
  format: 'onnx',
  framework: { name: 'onnx', version: 'pytorch 2.15.0' },
  modelType: 'tabular',
  task: null,
  inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 30] }],
  outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 2] }],
  features: null,
  classes: null,
  unknown: ['task', 'features', 'classes', 'output'],
  warnings: [],
  traits: { featureCount: 30, scoresOutput: 'y' },
}

const MODEL: InspectedModel = {
  file: { path: 'net.onnx', bytes: 40_000, sha256: '0'.repeat(64) },
  signature: NETWORK,
}

function shell(said: string[] = []): Shell {
  const nothing = async () => {
    throw new Error('nothing is written by an interview')
  }
  return {
    cwd: '/',
    env: { HOME: '/home/ada' },
    interactive: true,
    colours: false,
    columns: () => 80,
    stdout: (text) => said.push(text),
    stderr: (text) => said.push(text),
    guarded: nothing,
  }
}

/** Answers every question, by its own words, with Enter or what is given; returns what the screens showed. */
async function interview(
  keys: Record<string, string>,
  given: Record<string, unknown> = {},
  model = MODEL,
): Promise<{ resolved: Resolved; screens: string[] }> {
  const values = new Map<string, RawValue>(
    Object.entries(given).map(([name, value]) => [name, { value, origin: 'flag' }]),
  )
  const screens: string[] = []
  let done = false
  const running = askWhatIsLeft({ given: values, model, directory: 'svc' }, () => [], ask, shell())
  const finished = running.finally(() => {
    done = true
  })
  while (!done) {
    const shown = screen.getScreen()
    screens.push(shown)
    const question = Object.keys(keys).find((words) => shown.includes(words))
    if (question !== undefined) {
      const text = keys[question] ?? ''
      delete keys[question]
      if (text === '↓') screen.keypress('down')
      else if (text.startsWith('⌫')) for (const _ of text) screen.keypress('backspace')
      else screen.type(text)
    }
    screen.keypress('enter')
    await Promise.race([screen.next(), finished])
  }
  return { resolved: await running, screens }
}

describe('a model that says little is asked about', () => {
  test('by defaults alone, each with its reason', async () => {
    const { resolved, screens } = await interview({})
    expect(resolved.problems).toEqual([])
    expect(resolved.answers.features).toHaveLength(30)
    const features = screens.find((text) => text.includes("features' names")) ?? ''
    expect(features).toContain('the file holds no names')
    expect(features).toContain('(feature_1,feature_2,…,feature_30: 30 in all)')
  })

  test('one answer opens the next question', async () => {
    const { resolved, screens } = await interview({
      'What does the model tell?': '↓',
    })
    const asked = (words: string) => screens.some((text) => text.includes(words))
    const [classification, other] =
      resolved.answers.task === 'classification' ? [true, 'regression'] : [false, 'classification']
    expect(asked('What are the classes')).toBe(classification)
    expect(asked("What are the model's scores?")).toBe(classification)
    expect(other).not.toBe(resolved.answers.task)
  })

  test('a wrong number of names is said, and asked again', async () => {
    const { resolved, screens } = await interview(
      { 'names 3 features': '⌫⌫⌫⌫⌫', "features' names": 'a,b,c' },
      { task: 'regression' },
      { ...MODEL, signature: { ...NETWORK, traits: { ...NETWORK.traits, featureCount: 4 } } },
    )
    expect(screens.some((text: string) => text.includes('names 3 features, but the model takes 4'))).toBe(
      true,
    )
    expect(resolved.answers.features).toHaveLength(4)
  })

  test('what a flag answers is not asked', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `f${index}`).join(',')
    const given = {
      task: 'regression',
      features: names,
      name: 'svc',
      cloud: 'lambda',
      packaging: 'zip',
      iac: 'sam',
      endpoint: 'none',
      region: 'eu-west-1',
    }
    const { screens } = await interview({}, given)
    expect(screens.filter((text) => text.includes('?'))).toEqual([])
  })
})

test('control characters of a model file do not reach the terminal', async () => {
  const said: string[] = []
  const hostile = { ...NETWORK, features: [{ name: '\u001b[2Jgone', dtype: 'number' as const }], traits: {} }
  const given = new Map<string, RawValue>(
    Object.entries({
      task: 'regression',
      name: 'svc',
      cloud: 'lambda',
      packaging: 'zip',
      iac: 'sam',
      endpoint: 'none',
      region: 'eu-west-1',
    }).map(([name, value]) => [name, { value, origin: 'flag' as const }]),
  )
  const inputs = { given, model: { ...MODEL, signature: hostile }, directory: 'svc' }
  await askWhatIsLeft(inputs, () => [], ask, shell(said))
  expect(said.join('')).toContain('\\u001b[2Jgone')
  expect(said.join('')).not.toContain('\u001b')
})

test.each([
  ['~/models/a.onnx', '/home/ada/models/a.onnx'],
  ["'/data/my model.onnx' ", '/data/my model.onnx'],
  ['s3://bucket/key', 's3://bucket/key'],
])('the path %s is read as %s', async (typed, path) => {
  const given = new Map<string, RawValue>()
  const read = async (values: ReadonlyMap<string, RawValue>) => ({
    inspected: null,
    usage: [],
    problems: [],
    path: values.get('model')?.value,
  })
  const answered = askForModel(
    given,
    read,
    async (prompt) => {
      if (prompt.type === 'input') await prompt.validate(typed)
      return typed
    },
    shell(),
  )
  expect((await answered).path).toBe(path)
  expect(given.get('model')).toEqual({ value: path, origin: 'prompt' })
})
