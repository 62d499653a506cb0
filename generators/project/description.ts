import type { Feature, FrameworkName, Label, Signature, TensorInfo } from '../model/signature.ts'
import { frameworks } from '../platform/frameworks.ts'
import type { Answers } from '../questions/answers.ts'
import { type Preprocess, preprocessOf } from './pictures.ts'

/** The model as the project carries it. */
export interface CarriedModel {
  /** File name below `model/`. */
  readonly file: string
  readonly sha256: string
  readonly bytes: number
  readonly signature: Signature
}

/** `model/model.json`: what the service knows of its model. */
export interface ModelDescription {
  readonly name: string
  readonly version: string
  readonly file: string
  readonly sha256: string
  readonly format: string
  readonly framework: { readonly name: FrameworkName; readonly version: string | null }
  readonly task: string
  /** `integer`: the model's input takes whole numbers only, of this type. `nullable`: null is a value, too. `open`: so is a category that training did not see. */
  readonly features: readonly (Feature & {
    readonly integer?: string
    readonly nullable?: true
    readonly open?: true
  })[]
  readonly classes: readonly Label[] | null
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly preprocess: Preprocess | null
}

export function describeModel(
  answers: Answers,
  { file, sha256, signature }: CarriedModel,
  features: readonly Feature[],
  classes: readonly Label[] | null,
): ModelDescription {
  return {
    name: answers.name,
    version: sha256.slice(0, 12),
    file,
    sha256,
    format: signature.format,
    framework: signature.framework,
    task: answers.task ?? '',
    features: features.map((feature, index) => ({
      ...feature,
      ...integerType(signature, index),
      ...(takesNull(answers, feature) && { nullable: true }),
      ...(answers['unknown-categories'] === 'model' && feature.categories && { open: true }),
    })),
    classes,
    inputs: signature.inputs,
    outputs: signature.outputs,
    preprocess: preprocessOf(answers, signature),
  }
}

/** Gradient boosting has learnt what a missing value means; whoever else wants null takes it in features.py. */
export function takesNull({ framework: name }: Answers, { dtype, nullable }: Feature): boolean {
  if (nullable) return true
  const which = frameworks[name ?? 'none'].takesNull
  return which === 'every feature' || (which === 'numbers' && dtype === 'number')
}

/** ONNX inputs have a type: one input for each feature, or one for all. */
function integerType({ framework, inputs }: Signature, index: number): { integer?: string } {
  const dtype = (inputs.length > 1 ? inputs[index] : inputs[0])?.dtype ?? ''
  return (framework.name === 'onnx' || framework.name === 'keras') && /^u?int\d/.test(dtype)
    ? { integer: dtype }
    : {}
}

/** Names that were given replace those that a library made up; kinds and levels stay the file's. */
export function servedFeatures(answers: Answers, signature: Signature): Feature[] {
  const known = signature.features ?? signature.traits.columnTypes
  return answers.features.map((name, index) => ({ dtype: 'number', ...known?.[index], name }))
}
