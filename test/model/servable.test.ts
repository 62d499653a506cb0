import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { inspect } from '../../generators/model/index.ts'
import { notServable } from '../../generators/model/servable.ts'
import type { InspectedModel, Signature } from '../../generators/model/signature.ts'
import { describeXgboost } from '../../generators/model/xgboost.ts'

function said(signature: Partial<Signature>, isBrought = (_module: string) => false) {
  const whole = { warnings: [], inputs: [], outputs: [], traits: {}, modelType: 'tabular', ...signature }
  return notServable({ signature: whole } as unknown as InspectedModel, 'a.model', isBrought)
}

const torch = { name: 'pytorch', version: null } as const
const tensor = (name: string, shape: (number | null)[] | null) => ({ name, dtype: 'float32', shape })

test('a scripted file without shapes is to be traced', () => {
  const problem = said({ framework: torch, modelType: 'tensor', inputs: [tensor('x', null)] })
  expect(problem?.message).toContain('what shape')
  expect(problem?.fix).toContain('torch.jit.trace')
})

test('TorchScript of several tensors is to be converted', () => {
  const inputs = [tensor('a', [null, 1]), tensor('b', [null, 1])]
  expect(said({ framework: torch, inputs })?.fix).toContain('torch.onnx.export')
})

test('a pipeline that reads texts is to be fitted on a column of them', () => {
  const inputs = [{ name: 'X', dtype: 'str', shape: [null] }]
  const problem = said({ framework: { name: 'sklearn', version: '1.9.1' }, modelType: 'tensor', inputs })
  expect(problem?.message).toContain('a list of texts')
  expect(problem?.fix).toContain('ColumnTransformer')
})

test.each([
  [['shop.features'], 'shop'],
  [['helpers'], 'helpers.py'],
  [['shop', 'shop.features'], 'shop'],
])('own modules %j: the path that brings them', (ownModules, path) => {
  const framework = { name: 'sklearn', version: '1.9.1' } as const
  expect(said({ framework, traits: { ownModules } })?.fix).toBe(`Bring it along: --code PATH/TO/${path}`)
  expect(said({ framework, traits: { ownModules } }, (module) => ownModules.includes(module))).toBeNull()
})

test.each([
  ['binary:logistic', 'Save one model for each label.'],
  ['reg:squarederror', undefined],
])('XGBoost of two targets, %s', (name, fix) => {
  const learner_model_param = { num_feature: '4', num_class: '0', num_target: '2' }
  const signature = describeXgboost('xgboost-json', { learner: { learner_model_param, objective: { name } } })
  expect(said(signature)?.fix).toBe(fix)
})

test('CatBoost of texts is refused for what it is', async () => {
  await expect(
    inspect(fileURLToPath(new URL('../models/texts-catboost.cbm', import.meta.url))),
  ).rejects.toMatchObject({
    problems: [{ message: expect.stringContaining('of texts or embeddings') }],
  })
})
