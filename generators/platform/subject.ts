import type { FrameworkName, ModelFormat, Signature, Traits } from '../model/signature.ts'
import type { Cloud } from './infrastructure.ts'
import type { Arch } from './runtimes.ts'

/** A value that was decided, with what the user needs to agree or to overrule it. */
export interface Advice<T> {
  readonly value: T
  /** One clause, without a full stop: it stands beside a prompt and in the README. */
  readonly reason: string
  readonly source: string
}

export type Packaging = 'zip' | 'image'
export type Endpoint = 'http-api' | 'rest-api' | 'function-url' | 'none'

/** What decides pins and sizes beside the version. */
export type PinTraits = Pick<
  Traits,
  'irVersion' | 'opset' | 'alsoNeeds' | 'sklearnVersion' | 'tensorflow' | 'image'
> & {
  /** How a joblib file is compressed: only lz4 is not in Python's own library. */
  readonly compression?: string
}

/** What is decided about: the model, and the answers so far. What is null is not known yet. */
export interface Subject {
  readonly framework: FrameworkName
  /** What the file says of the version that wrote it. */
  readonly version: string | null
  readonly format?: ModelFormat | undefined
  readonly traits?: PinTraits
  readonly modelBytes?: number
  /** The user's own code and dependencies. */
  readonly extraBytes?: number
  readonly python?: string | null
  readonly arch?: Arch
  readonly packaging?: Packaging | null
  readonly modelStore?: 'bundled' | 'bucket'
  readonly cloud?: Cloud
}

export type Named = Pick<Subject, 'framework' | 'version' | 'format'>

/** The part of a signature that versions are decided by. */
export type Written = Pick<Signature, 'framework' | 'format' | 'traits'>
