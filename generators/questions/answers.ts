import type { FrameworkName, Label, ModelType, Task } from '../model/signature.ts'
import type { Cloud, Tool } from '../platform/infrastructure.ts'
import type { PackageManager } from '../platform/managers.ts'
import type { PythonVersion } from '../platform/runtimes.ts'

export type AnswerForm = 'predictions' | 'records' | 'value' | 'response'

/** Every resolved answer, keyed by its flag's name without dashes, as `.lambda-model/answers.json` keeps it. */
export interface Answers {
  /** As given; `null`: the demo model. In a project: `model/FILE`. */
  model: string | null
  /** The user's own packages and modules: paths as given, in a project as they lie in it. */
  code: readonly string[]
  /** The user's own dependencies, one PEP 508 line each. */
  requirements: readonly string[]
  'model-type': ModelType
  /** `null` for an echo, as is all else that is said of models. */
  framework: FrameworkName | null
  task: Task | null
  /** What the scores of an ONNX classifier without labels are; `null` where the model says. */
  output: 'probabilities' | 'logits' | null
  features: readonly string[]
  /** `null` for regressions. */
  classes: readonly Label[] | null
  /** `224x112`, width and height; these six are `null` for models that take no pictures. */
  'image-size': string | null
  'image-mode': 'RGB' | 'BGR' | 'L' | 'RGBA' | null
  /** `1/255`, a number or `none`; `null` with the next two where whole bytes go in as they are. */
  'image-scale': string | null
  /** One number, or one a channel; empty for none. */
  'image-mean': readonly string[] | null
  'image-std': readonly string[] | null
  /** `stretch`, `crop:N` or `pad`. */
  'image-resize': string | null
  cases: string | null
  name: string
  description: string
  cloud: Cloud
  /** `null` on Google, where a function has its URL. */
  endpoint: 'http-api' | 'rest-api' | 'function-url' | 'none' | null
  /** `null` without an endpoint. */
  path: string | null
  auth: 'iam' | 'api-key' | 'none' | null
  cors: readonly string[]
  answer: AnswerForm | null
  packaging: 'zip' | 'image'
  'model-store': 'bundled' | 'bucket' | null
  /** Where models are fetched from; `null` when they are bundled. */
  bucket: string | null
  iac: Tool
  warmup: 'none' | 'schedule' | 'snapstart' | 'provisioned'
  python: PythonVersion
  arch: 'x86_64' | 'arm64'
  /** MB */
  memory: number
  /** seconds */
  timeout: number
  /** MB */
  'tmp-size': number
  tracing: boolean
  /** The share of predictions that are logged, 0 to 1. */
  'log-predictions': number
  'strict-input': boolean
  /** `null`: the model's file names no categories. */
  'unknown-categories': 'refuse' | 'model' | null
  'package-manager': PackageManager
  region: string
}

export type AnswerName = keyof Answers

/** Files that lie in a project: where they came from is forgotten. */
export const carriedAnswers: readonly AnswerName[] = ['model', 'cases', 'code']

/** Names of what exists outside of the project by now: they stay, whoever chose them. */
export const keptAnswers: readonly AnswerName[] = ['name', 'bucket']
