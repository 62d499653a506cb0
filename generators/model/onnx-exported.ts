import { type Feature, isLabel, type Label, type Task } from './signature.ts'

/** Under this key scripts/export_onnx.py of a project leaves what was known of the model before it was converted. */
export const EXPORTED_AS = 'lambda_model'

export interface Exported {
  readonly task: Task
  readonly features: readonly Feature[]
  readonly classes: Label[] | null
}

/** Null for what is not whole, or is about another model: then the graph is asked, as with every other file. */
export function readExported(text: string, featureCount: number | null): Exported | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return null
  }
  const { task, features, classes } = Object(parsed) as Record<string, unknown>
  if (task !== 'classification' && task !== 'regression') return null
  if (!Array.isArray(features) || features.length !== (featureCount ?? 0) || !features.every(isFeature))
    return null
  if (hasTwins(features.map(({ name }) => name))) return null
  if (task === 'regression') return { task, features: features.map(known), classes: null }
  if (!Array.isArray(classes) || classes.length < 2 || !classes.every(isLabel)) return null
  if (hasTwins(classes)) return null
  return { task, features: features.map(known), classes }
}

function hasTwins(all: readonly Label[]): boolean {
  return new Set(all).size < all.length
}

const DTYPES = new Set<unknown>(['number', 'string', 'boolean', 'category'])

function isFeature(one: unknown): one is Feature {
  const { name, dtype, categories = [], range = [0, 0] } = Object(one) as Record<string, unknown>
  return (
    typeof name === 'string' &&
    name !== '' &&
    DTYPES.has(dtype) &&
    Array.isArray(categories) &&
    categories.every(isLabel) &&
    Array.isArray(range) &&
    range.length === 2 &&
    range.every((end) => typeof end === 'number')
  )
}

function known({ name, dtype, categories, range, nullable }: Feature): Feature {
  return {
    name,
    dtype,
    ...(categories && { categories }),
    ...(range && { range }),
    ...(nullable === true && { nullable }),
  }
}
