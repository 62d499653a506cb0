import type { ImageTraits } from './signature.ts'
import type { ImageLayout } from './tabular.ts'
import { listOf } from './tabular.ts'

/** What a file leaves open about the way from a picture to its tensor, as names of options. */
export function imageQuestions(
  { height, width }: ImageLayout,
  dtype: string,
  metadata: ReadonlyMap<string, string> = new Map(),
): string[] {
  const told = normalisationOf(metadata)
  const open: string[] = []
  if (typeof height !== 'number' || typeof width !== 'number') open.push('image-size')
  // Whole bytes go in as they are: the model scales by itself.
  if (dtype !== 'uint8') {
    open.push('image-scale')
    if (!told.mean) open.push('image-mean')
    if (!told.std) open.push('image-std')
  }
  open.push('image-resize')
  return open
}

/** `mean` and `std` in metadata, where the author wrote them down. */
export function normalisationOf(metadata: ReadonlyMap<string, string>): Pick<ImageTraits, 'mean' | 'std'> {
  const mean = numbersIn(metadata.get('mean') ?? metadata.get('image_mean'))
  const std = numbersIn(metadata.get('std') ?? metadata.get('image_std'))
  return { ...(mean && { mean }), ...(std && { std }) }
}

function numbersIn(text: string | undefined): number[] | null {
  const values = listOf(text ?? '')?.map((value) => (typeof value === 'boolean' ? Number.NaN : Number(value)))
  return values && values.length <= 4 && values.every(Number.isFinite) ? values : null
}
