import type { InspectedModel } from './signature.ts'

/** Every type of project has a model but an echo; all that is said of models is left out of that one. */
export function hasModel(modelType: unknown): boolean {
  return modelType !== 'echo'
}

/** Stands where a model would: an echo has none, and proves that all around it works. */
export const noModel: InspectedModel = {
  file: { path: '', bytes: 0, sha256: null },
  signature: {
    format: 'none',
    framework: { name: 'none', version: null },
    modelType: 'echo',
    task: null,
    inputs: [],
    outputs: [],
    features: null,
    classes: null,
    unknown: [],
    warnings: [],
    traits: {},
  },
}
