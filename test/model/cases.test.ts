import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { inspect } from '../../generators/model/index.ts'
import type { Feature, InspectedModel, Label } from '../../generators/model/signature.ts'

/** What make_models.py wrote beside each model: what is true, and which of it stands in the file (`knowable`). */
interface Cases {
  readonly model: string
  readonly format: string
  readonly framework: string
  readonly kind: 'tabular' | 'image' | 'tensor'
  readonly task: 'binary' | 'multiclass' | 'regression' | 'tensor'
  readonly features:
    | readonly {
        name: string
        type: 'number' | 'category'
        categories?: readonly string[]
        nullable?: true
      }[]
    | null
  readonly classes: readonly Label[] | null
  readonly knowable: readonly string[]
  readonly feature_count?: number
  /** Modules of its maker's own. */
  readonly needs_code?: readonly string[]
  readonly preprocess?: {
    size: [number, number]
    layout: 'NCHW' | 'NHWC'
    mode: string
    mean?: number[]
    std?: number[]
  }
}

const folder = fileURLToPath(new URL('../models/', import.meta.url))

export const cases: readonly Cases[] = readdirSync(folder)
  .filter((name) => name.endsWith('.cases.json'))
  .map((name) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8')))

/** The case calls them knowable; the legacy format has only their number. */
const NAMES_ARE_NOT_IN_THE_FILE = ['iris-xgboost-legacy.model']

const UNSUPPORTED = [
  'torch-state-dict',
  'torch-module',
  'torch-export',
  'tf-saved-model',
  'safetensors',
  'xgboost-binary',
]

for (const known of cases) {
  describe(known.model, () => {
    const inspected = inspect(`${folder}${known.model}`)
    const knows = (what: string) =>
      known.knowable.includes(what) && !NAMES_ARE_NOT_IN_THE_FILE.includes(known.model)

    test('format, model type and task', async () => {
      const { signature } = await inspected
      expect(signature.format).toBe(known.format.replace(/^(sklearn-joblib|torchscript)-.*/, '$1'))
      expect(signature.modelType).toBe(known.kind)
      const task = {
        binary: 'classification',
        multiclass: 'classification',
        regression: 'regression',
        tensor: null,
      }[known.task]
      if (signature.task === null) expect(signature.unknown.includes('task')).toBe(known.kind !== 'tensor')
      else expect(signature.task).toBe(task)
      const ownCode = known.needs_code ? ['pickle-globals', 'needs-code'] : []
      expect(signature.warnings.map(({ code }) => code)).toEqual(
        UNSUPPORTED.includes(signature.format) ? ['unsupported-format'] : ownCode,
      )
      expect(signature.traits.ownModules).toEqual(known.needs_code)
    })

    test('features: those of the file, or null and a question', async () => {
      const { signature } = await inspected
      if (knows('features')) {
        expect(plain(signature.features)).toEqual(known.features?.map(asFeature) ?? null)
        expect(signature.unknown).not.toContain('features')
      } else {
        expect(signature.features).toBeNull()
        expect(signature.unknown.includes('features')).toBe(known.kind === 'tabular')
        // An encoder knows its columns by their position.
        if (signature.format === 'sklearn-joblib' && known.features?.some(({ categories }) => categories))
          expect(signature.traits.columnTypes).toEqual(known.features.map(typeOf))
        else expect(signature.traits).not.toHaveProperty('columnTypes')
      }
      if (known.feature_count !== undefined) {
        expect(signature.traits.featureCount).toBe(known.feature_count)
        expect(signature.inputs.map(({ shape }) => shape?.[1])).toEqual([known.feature_count])
      }
    })

    test('classes: those of the file with their type, or null and a question', async () => {
      const { signature } = await inspected
      const asked = signature.unknown.includes('classes')
      if (knows('classes')) {
        expect(signature.classes).toEqual(known.classes)
        expect(asked).toBe(false)
      } else {
        expect(signature.classes).toBeNull()
        expect(asked).toBe(known.task !== 'regression' && known.task !== 'tensor')
      }
    })

    test('the version of the library that wrote it, where the file has it', async () => {
      const { signature } = await inspected
      const version = versionIn(known.framework, signature)
      expect(signature.framework.version).toBe(version)
    })

    if (known.preprocess && known.kind === 'image') {
      test('size and layout of pictures', async () => {
        const { signature } = await inspected
        const { image } = signature.traits
        const [width, height] = known.preprocess?.size ?? []
        const sized = knows('shape')
        expect(signature.unknown.includes('image-size')).toBe(!sized && signature.inputs.length > 0)
        if (!sized) return expect([image?.width ?? null, image?.height ?? null]).toEqual([null, null])
        expect(image).toMatchObject({ layout: known.preprocess?.layout, width, height })
        if (knows('mean'))
          expect(image).toMatchObject({ mean: known.preprocess?.mean, std: known.preprocess?.std })
        else expect(image).not.toHaveProperty('mean')
      })
    }
  })
}

function asFeature({ name, type, ...known }: NonNullable<Cases['features']>[number]): Feature {
  return { name, dtype: type, ...known }
}

function typeOf({ type, categories }: NonNullable<Cases['features']>[number]) {
  return categories ? { dtype: type, categories } : null
}

/** Ranges are not in the cases. */
function plain(features: readonly Feature[] | null): Feature[] | null {
  return features?.map(({ range: _, ...feature }) => feature) ?? null
}

/** Of "keras 3.15.1, tensorflow 2.21.0" the format's own; ONNX, LightGBM, TorchScript and the weights hold none. */
function versionIn(framework: string, { format }: InspectedModel['signature']): string | null {
  const library = {
    'sklearn-joblib': 'scikit-learn',
    'sklearn-pickle': 'scikit-learn',
    'xgboost-json': 'xgboost',
    'xgboost-ubj': 'xgboost',
    'catboost-cbm': 'catboost',
    'catboost-json': 'catboost',
    keras: 'keras',
    'keras-h5': 'keras',
    'tf-saved-model': 'tensorflow',
    'torch-export': 'torch',
  }[format as string]
  return library === undefined ? null : (new RegExp(`${library} ([\\w.]+)`).exec(framework)?.[1] ?? null)
}
