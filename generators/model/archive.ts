import { isLabel, type Label } from './signature.ts'
import type { ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

/** Members of a zip or tar, read by name and in memory: nothing is ever written. */
export interface Archive {
  readonly names: readonly string[]
  /** `null`: there is no such member. */
  open(name: string): Promise<ModelSource | null>
}

export const MOST_MEMBERS = 100_000
export const LONGEST_TEXT = 8 << 20
const DEEPEST = 500

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

/** Checked first: eight million brackets would take a gigabyte. */
export function parseJson(text: string, what: string): unknown {
  if (depthOf(text) > DEEPEST)
    throw new Unreadable(`is damaged: ${what} is nested more than ${DEEPEST} levels deep`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Unreadable(`is damaged: ${what} is not JSON (${(error as Error).message.slice(0, 100)})`)
  }
}

/** Brackets in texts count too: only an upper bound is needed. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth)
    else if ((code === 0x7d || code === 0x5d) && depth > 0) depth--
  }
  return deepest
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
