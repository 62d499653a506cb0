import type { Label } from './signature.ts'
import type { ModelSource } from './source.ts'
import { isLabel } from './tabular.ts'
import { Unreadable } from './unreadable.ts'

/** Members of a zip or tar, read by name and in memory: nothing is ever written. */
export interface Archive {
  readonly names: readonly string[]
  /** `null`: there is no such member. */
  open(name: string): Promise<ModelSource | null>
}

export const MOST_MEMBERS = 100_000
const LONGEST_TEXT = 16 << 20

export async function textOf(archive: Archive, name: string): Promise<string | null> {
  const member = await archive.open(name)
  if (!member) return null
  if (member.bytes > LONGEST_TEXT) {
    throw new Unreadable(
      `holds ${name} with ${member.bytes} bytes: more than ${LONGEST_TEXT >> 20} MiB of text`,
    )
  }
  return (await member.read(0, member.bytes)).toString('utf8')
}

export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Unreadable(`is damaged: ${what} is not JSON (${(error as Error).message.slice(0, 100)})`)
  }
}

/** JSON that somebody else wrote: every step down may lead nowhere. */
export function dig(value: unknown, ...keys: readonly (string | number)[]): unknown {
  let found = value
  for (const key of keys) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = (found as Record<string | number, unknown>)[key]
  }
  return found
}

export function textAt(value: unknown, ...keys: readonly (string | number)[]): string | null {
  const found = dig(value, ...keys)
  return typeof found === 'string' ? found : null
}

export function listAt(value: unknown, ...keys: readonly (string | number)[]): readonly unknown[] {
  const found = dig(value, ...keys)
  return Array.isArray(found) ? found : []
}

/** The place of a member on a disk must be inside the folder that it is unpacked into. */
export function isInside(name: string): boolean {
  return !/^([\\/]|[a-zA-Z]:)/.test(name) && !name.split(/[\\/]/).includes('..')
}

/** A JSON list of plain values, or `null`. */
export function labelsIn(value: unknown): Label[] | null {
  return Array.isArray(value) && value.every(isLabel) ? value : null
}
