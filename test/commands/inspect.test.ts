import { describe, expect, test } from 'vitest'
import { patiently } from '../../generators/commands/patience.ts'
import { cli, model } from '../shell.ts'

describe('inspect', () => {
  test("the contract's document, with these keys and no others", async () => {
    const ran = await cli(['inspect', model('adult-columns.joblib'), '--json'])
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(Object.keys(ran.json())).toEqual([
      'ok',
      'file',
      'format',
      'framework',
      'modelType',
      'task',
      'inputs',
      'outputs',
      'features',
      'classes',
      'unknown',
      'warnings',
    ])
    expect(ran.json().file.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(ran.json().features[0]).toEqual({ name: 'age', dtype: 'number' })
    expect(ran.json().features[1]).toMatchObject({
      name: 'workclass',
      dtype: 'category',
      categories: expect.any(Array),
    })
  })

  test('training ranges are no part of it', async () => {
    const ran = await cli(['inspect', model('adult-lightgbm.txt'), '--json'])
    expect(ran.json().features.every((feature: object) => !('range' in feature))).toBe(true)
  })

  test('a page for people', async () => {
    const ran = await cli(['inspect', model('iris-logreg.pkl')])
    expect(ran.stdout).toMatch(/framework +sklearn 1\.9\.1[\s\S]*To be asked: --features/)
  })

  test('recognised but not servable: exit 0, with the way out', async () => {
    const ran = await cli(['inspect', model('parts.safetensors'), '--json'])
    expect([ran.code, ran.json().format]).toEqual([0, 'safetensors'])
    expect(ran.json().warnings.map((warning: { code: string }) => warning.code)).toContain(
      'unsupported-format',
    )
  })

  test('a warning of several lines is several lines', async () => {
    const { stdout } = await cli(['inspect', model('parts.safetensors')])
    expect(stdout).toContain('not the network.\n  Load it in Python as you do today')
    expect(stdout).not.toContain('\\u000a')
  })

  test.each([
    [
      ['inspect', 'https://models.example/iris.onnx'],
      /^Addresses that begin with s3:\/\/ or gs:\/\/ are read/,
    ],
    [['svc', '--yes', '--model', 'hf://iris.onnx'], /^Addresses/],
    [['inspect', 'C:/iris.onnx'], /^Check the path/],
  ])('%j: what is no path, and what is one', async (argv, fix) => {
    const ran = await cli([...argv, '--json'])
    expect([ran.code, ran.json().problems[0]]).toMatchObject([2, { fix: expect.stringMatching(fix) }])
  })

  test('every problem is told at once', async () => {
    const ran = await cli(['inspect', '--bogus', '--json'])
    expect(ran.json().problems.map((problem: { code: string }) => problem.code)).toEqual([
      'unknown-option',
      'usage',
    ])
  })

  test.each([
    [[], 2],
    [['a', 'b'], 2],
    [['/no/such/file'], 2],
    [[import.meta.dirname], 2],
    [[import.meta.filename], 1],
  ])('%j: exit %i', async (argv, code) => {
    const ran = await cli(['inspect', ...argv, '--json'])
    expect([ran.code, ran.json().ok]).toEqual([code, false])
  })
})

test('whoever waits for longer than 0.3 s is told for what', async () => {
  let said = ''
  const stderr = (text: string) => {
    said += text
  }
  await patiently('Reading quick.onnx', { stderr }, Promise.resolve())
  expect(said).toBe('')
  await patiently('Reading slow.onnx', { stderr }, new Promise((resolve) => setTimeout(resolve, 400)))
  expect(said).toBe('Reading slow.onnx …\n')
})
