import { type Archive, textOf } from './archive.ts'
import type { Label } from './signature.ts'
import { listOf } from './tabular.ts'

export const LONGEST_LIST = 1 << 20

/** The one class list among an archive's members: lines in a `.txt`, or JSON. Two that differ are no answer. */
export async function classListIn(
  archive: Archive,
  belongs: (name: string) => boolean,
): Promise<Label[] | null> {
  const candidates = archive.names.filter(
    (name) => belongs(name) && /\.(txt|json|csv|names|labels)$/i.test(name),
  )
  const telling = candidates.filter((name) =>
    /class|label|names|index|categor/i.test(name.split('/').at(-1) ?? ''),
  )
  const lists: Label[][] = []
  for (const name of (telling.length > 0 ? telling : candidates).slice(0, 20)) {
    const member = await archive.open(name)
    if (!member || member.bytes > LONGEST_LIST) continue
    const list = listOf((await textOf(archive, name)) ?? '')
    if (list) lists.push(list)
  }
  const [first] = lists
  return first && lists.every((list) => JSON.stringify(list) === JSON.stringify(first)) ? first : null
}
