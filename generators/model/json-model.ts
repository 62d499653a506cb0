import { readCatboostJson } from './catboost.ts'
import { pickJson } from './json-pick.ts'
import type { Signature } from './signature.ts'
import type { ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'
import { readXgboostJson } from './xgboost.ts'

/** XGBoost or CatBoost, by their keys. */
export async function readJsonModel(source: ModelSource): Promise<Signature> {
  const keys = { version: true, learner: {}, features_info: {}, oblivious_trees: {}, trees: {} } as const
  const found = (await pickJson(source, keys)) as Record<string, unknown>
  if (found.learner !== undefined && found.version !== undefined) return readXgboostJson(source)
  if (found.features_info !== undefined) return readCatboostJson(source)
  throw new Unreadable(
    'is JSON, but neither a model of XGBoost nor of CatBoost',
    'Save the model as its library does: booster.save_model("model.json").',
    'unknown-format',
  )
}
