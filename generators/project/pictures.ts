import type { Signature } from '../model/signature.ts'
import { scaleOf, sidesOf } from '../questions/about-pictures.ts'
import type { Answers } from '../questions/answers.ts'
import type { CaseInputs, GoldenCases, Row } from './samples.ts'

/** `preprocess` in `model/model.json`: how a picture becomes a tensor. */
export interface Preprocess {
  readonly mode: string
  /** Width and height. */
  readonly size: readonly [number, number]
  readonly resize: string
  /** Each value v from 0 to 255 becomes (v * scale - mean) / std; whole bytes stay what they are. */
  readonly scale: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly layout: 'NCHW' | 'NHWC'
  readonly dtype: string
}

export function preprocessOf(answers: Answers, { inputs, traits }: Signature): Preprocess | null {
  const { 'image-mode': mode, 'image-resize': resize } = answers
  if (mode === null || resize === null) return null
  const channels = traits.image?.channels ?? (mode === 'L' ? 1 : mode.length)
  return {
    mode,
    size: sidesOf(answers['image-size'] ?? '') ?? [224, 224],
    resize,
    scale: scaleOf(answers['image-scale'] ?? 'none') ?? 1,
    mean: each(answers['image-mean'], 0, channels),
    std: each(answers['image-std'], 1, channels),
    layout: traits.image?.layout ?? 'NCHW',
    dtype: inputs[0]?.dtype ?? 'float32',
  }
}

/** One number for each channel. */
function each(values: readonly string[] | null, without: number, channels: number): number[] {
  const numbers = (values ?? []).map(Number)
  return numbers.length > 1 ? numbers : Array.from({ length: channels }, () => numbers[0] ?? without)
}

/** 8 x 6 pixels of a gradient, as PNG: what is sent where no golden case has a picture. */
const GRADIENT =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAGUlEQVR42mNkYPivwnAHE7EwGDNgBfSQAACVYAkUKxSL2gAAAABJRU5ErkJggg=='

export const PICTURES: CaseInputs = {
  names: ['image'],
  described:
    'inputs are {"file": "PICTURE.png"}, a picture beside the cases of at most 6 MB, or {"image": BASE64}',
}

/** The documents `{"image": base64}` that events and tests send. */
export function pictureSamples(cases: GoldenCases | null): Row[] {
  const golden = (cases?.inputs ?? []) as readonly Row[]
  return golden.length > 0 ? [...golden] : [{ image: GRADIENT }]
}

/** A media type by the first bytes; the samples are of the three that are taken. */
export function mediaTypeOf(base64: string): string {
  if (base64.startsWith('iVBOR')) return 'image/png'
  return base64.startsWith('UklGR') ? 'image/webp' : 'image/jpeg'
}

const BOUNDARY = '------------------------d74496d66958873e'
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`

/** What `curl -F image=@picture.png` sends, in base64. */
export function formOf(pictures: readonly string[]): string {
  const parts = pictures.flatMap((picture) => {
    const type = mediaTypeOf(picture)
    const disposition = `form-data; name="image"; filename="picture.${type.slice(6)}"`
    const head = `--${BOUNDARY}\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${type}\r\n\r\n`
    return [Buffer.from(head), Buffer.from(picture, 'base64'), Buffer.from('\r\n')]
  })
  return Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]).toString('base64')
}
