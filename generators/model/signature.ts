import type { Warning } from '../problem.ts'

/** A label keeps the JSON type that the model gives it. */
export type Label = string | number | boolean

export function isLabel(value: unknown): value is Label {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  )
}

/** `null` where the file does not say; a named dynamic dimension is its name. */
export type Dimension = number | string | null

export interface TensorInfo {
  readonly name: string
  /** numpy's name: `float32`, `int64`, `str`, … */
  readonly dtype: string
  /** `null`: the rank is unknown. */
  readonly shape: readonly Dimension[] | null
}

export interface Feature {
  readonly name: string
  readonly dtype: 'number' | 'string' | 'boolean' | 'category'
  /** The levels seen in training, in the model's own order. */
  readonly categories?: readonly Label[]
  /** Smallest and largest value seen in training; makes samples, never a 422. */
  readonly range?: readonly [number, number]
  /** A missing value is one that the model knows what to do with. */
  readonly nullable?: true
}

export type ModelFormat =
  | 'onnx'
  | 'sklearn-joblib'
  | 'sklearn-pickle'
  | 'lightgbm-text'
  | 'xgboost-json'
  | 'xgboost-ubj'
  | 'catboost-cbm'
  | 'catboost-json'
  | 'torchscript'
  | 'keras'
  | 'keras-h5'
  | 'torch-state-dict'
  | 'torch-module'
  | 'torch-export'
  | 'tf-saved-model'
  | 'safetensors'
  | 'xgboost-binary'
  | 'none'

/** `none`: an echo runs no model. */
export type FrameworkName =
  | 'onnx'
  | 'sklearn'
  | 'lightgbm'
  | 'xgboost'
  | 'catboost'
  | 'pytorch'
  | 'keras'
  | 'none'
export type ModelType = 'tabular' | 'image' | 'tensor' | 'echo'
export type Task = 'classification' | 'regression'

/**
 * What a model file says about itself, read without running it.
 * The file does not hold what is `null`; `unknown` lists which of those must be asked.
 */
export interface Signature {
  readonly format: ModelFormat
  readonly framework: { readonly name: FrameworkName; readonly version: string | null }
  readonly modelType: ModelType
  readonly task: Task | null
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly features: readonly Feature[] | null
  readonly classes: readonly Label[] | null
  readonly unknown: readonly string[]
  readonly warnings: readonly Warning[]
  /** What only the emitted project and the decisions need; not part of `inspect`'s answer. */
  readonly traits: Traits
}

export interface Traits {
  /** How many values one row has, known even where the names are not. */
  readonly featureCount?: number
  /** Where the names are not known: what is known of the columns by their position. */
  readonly columnTypes?: readonly (Pick<Feature, 'dtype' | 'categories' | 'nullable'> | null)[]
  /** scikit-learn: the class name of the last step, e.g. `KNeighborsClassifier`. */
  readonly estimator?: string
  /** scikit-learn: the model must be given a DataFrame-like table with named columns (a ColumnTransformer by name). */
  readonly namedColumns?: boolean
  /** Whether the model gives probabilities (predict_proba, or a probability output). */
  readonly probabilities?: boolean
  /** scikit-learn: keys from the unpickled object to the estimator; empty when it is the object itself. */
  readonly rootPath?: readonly (string | number)[]
  /** ONNX: which output holds the label, and which the scores; `zipmap`: the scores are a list of dicts. */
  readonly labelOutput?: string
  readonly scoresOutput?: string
  readonly zipmap?: boolean
  /** ONNX, `zipmap='columns'`: one output for each class, in the order of the classes. */
  readonly scoreColumns?: readonly string[]
  /** ONNX: scores are raw and must be normalised by this function. */
  readonly normalise?: 'softmax' | 'sigmoid'
  /** ONNX */
  readonly irVersion?: number
  readonly opset?: number
  /** ONNX: one [N,1] input for each feature. */
  readonly namedInputs?: boolean
  /** Pictures: where channels, height and width stand, and what the file says about normalising. */
  readonly image?: ImageTraits
  /** A bundle: which member of the archive is the model, and its size. */
  readonly member?: string
  readonly memberBytes?: number
  /** What the file is compressed with. */
  readonly compression?: string
  /** How many classes there are, where the file does not say which. */
  readonly classCount?: number
  /** XGBoost: a linear model, not trees. */
  readonly linear?: boolean
  /** Pickles: the keys from the pickled object to the model, where that is a dict, list or tuple: `['model']`. */
  readonly within?: readonly (string | number)[]
  /** Libraries that a pickle needs beside its framework: `lightgbm` inside a scikit-learn pipeline. */
  readonly alsoNeeds?: readonly string[]
  /** A LightGBM wrapper in a pickle: the scikit-learn that its label encoder comes from. */
  readonly sklearnVersion?: string
  /** What predicts is an object of the user's own, which holds the estimator. */
  readonly inOwnObject?: true
  /** Modules of the user's own whose objects are in the pickle, named with `needs-code`. */
  readonly ownModules?: readonly string[]
  /** How many targets a regression predicts, when more than one. */
  readonly targets?: number
  /** Keras: layers that only TensorFlow computes as they were trained, or of the user's own. */
  readonly tensorflow?: boolean
  /** An outlier detector: labels 1 and -1. */
  readonly outliers?: boolean
}

export interface ImageTraits {
  readonly layout: 'NCHW' | 'NHWC'
  readonly channels: number
  readonly height: Dimension
  readonly width: Dimension
  readonly mean?: readonly number[]
  readonly std?: readonly number[]
}

export interface ModelFile {
  /** The path or URL as given. */
  readonly path: string
  readonly bytes: number
  /** `null` for s3:// and gs:// unless the object carries one. */
  readonly sha256: string | null
}

export interface InspectedModel {
  readonly file: ModelFile
  readonly signature: Signature
}
