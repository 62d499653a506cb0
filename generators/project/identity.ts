import type { Policy } from './files.ts'

/**
 * New path -> the path that the file had when it was first emitted. A renamed template gets a row here,
 * so that `update` carries the user's edits along; without a row a path is its own id.
 */
const RENAMED: Readonly<Record<string, string>> = {}

/** The user's own from the first day: written at creation, never merged. */
const ONCE = ['app/features.py', 'app/custom_objects.py', 'model/cases.json']

export function idOf(path: string): string {
  return RENAMED[path] ?? path
}

/** Everything below model/ but its description is the user's, too. */
export function policyOf(path: string): Policy {
  const isModel = path.startsWith('model/') && path !== 'model/model.json'
  return isModel || ONCE.includes(path) ? 'once' : 'managed'
}
