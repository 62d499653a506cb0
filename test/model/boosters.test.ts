import { expect, test } from 'vitest'
import { readLightgbm } from '../../generators/model/lightgbm.ts'
import { inMemory } from '../../generators/model/source.ts'
import { describeXgboost } from '../../generators/model/xgboost.ts'
import { pins } from '../../generators/platform/pins.ts'

/** A LightGBM file without its trees. */
function lightgbm(objective: string) {
  const header = `tree\nversion=v4\nnum_class=3\nmax_feature_idx=0\nobjective=${objective}\nfeature_names=x\nfeature_infos=[0:1]`
  return readLightgbm(inMemory('model.txt', Buffer.from(`${header}\n\nTree=0\n\nend of trees\n`)))
}

test.each([
  ['multiclass num_class:3', true],
  ['multiclassova num_class:3 sigmoid:1', false],
])('LightGBM, %s: scores are probabilities only where they sum to 1', async (objective, probabilities) => {
  expect((await lightgbm(objective)).traits).toMatchObject({ probabilities, classCount: 3 })
})

test.each([
  ['gblinear', true],
  ['gbtree', undefined],
])('XGBoost, %s: a linear model is asked in another way than trees', (name, linear) => {
  const learner = {
    learner_model_param: { num_feature: '2' },
    objective: { name: 'reg:squarederror' },
    gradient_booster: { name },
  }
  expect(describeXgboost('xgboost-json', { learner }).traits.linear).toBe(linear)
})

test.each([
  ['lightgbm', 'sklearn-joblib', true],
  ['lightgbm', 'sklearn-pickle', true],
  ['lightgbm', 'lightgbm-text', false],
  ['xgboost', 'xgboost-ubj', false],
] as const)('%s in %s: joblib is pinned where a pickle is loaded', (framework, format, isPinned) => {
  const names = pins(framework, null, { python: '3.13', arch: 'x86_64', format }).map(({ name }) => name)
  expect(names.includes('joblib')).toBe(isPinned)
})
