/** Merges of what has a structure that lines do not show: JSON objects, and the dependency list of pyproject.toml. */

const CLASH = Symbol('both sides changed it')

/** Three JSON texts to one; `null` where the two sides clash, or a text is no JSON object. */
export function mergeJson(base: string, disk: string, next: string): string | null {
  const [b, d, n] = [parsed(base), parsed(disk), parsed(next)]
  if (!isObject(b) || !isObject(d) || !isObject(n)) return null
  const merged = mergeValue(b, d, n)
  if (merged === CLASH) return null
  return `${JSON.stringify(merged, null, indentOf(disk))}${disk.endsWith('\n') ? '\n' : ''}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function mergeValue(base: unknown, disk: unknown, next: unknown): unknown {
  if (same(disk, next) || same(base, next)) return disk
  if (same(base, disk)) return next
  if (!isObject(base) || !isObject(disk) || !isObject(next)) return CLASH
  const merged: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(disk), ...Object.keys(next)])) {
    const value = mergeValue(own(base, key), own(disk, key), own(next, key))
    if (value === CLASH) return CLASH
    if (value !== undefined)
      Object.defineProperty(merged, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return merged
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function indentOf(text: string): string {
  return /\n([ \t]+)"/.exec(text)?.[1] ?? '  '
}

const DEPENDENCIES = /^dependencies = \[\n([\s\S]*?)^\]\n/m

/**
 * pyproject.toml whose `dependencies` both sides changed: packages are merged by name, so that neighbours do not
 * clash. The three texts come back with the same list in them, for the lines' own merge to go on; `null` where a
 * package itself clashes, or the list is not one line a package.
 */
export function mergeDependencies(
  base: string,
  disk: string,
  next: string,
): readonly [string, string, string] | null {
  const texts = [base, disk, next] as const
  const [b, d, n] = texts.map(packagesOf)
  if (!b || !d || !n) return null
  const merged = new Map<string, string>()
  for (const name of [...new Set([...d.keys(), ...n.keys()])]) {
    const [inBase, onDisk, inNext] = [b.get(name), d.get(name), n.get(name)]
    if (onDisk !== inNext && inBase !== onDisk && inBase !== inNext) return null
    const line = inBase === onDisk ? inNext : onDisk
    if (line !== undefined) merged.set(name, line)
  }
  const list = `dependencies = [\n${[...merged.values()].map((line) => `${line}\n`).join('')}]\n`
  const replaced = (text: string) => text.replace(DEPENDENCIES, () => list)
  return [replaced(base), replaced(disk), replaced(next)]
}

/** The lines of the list by the name of their package; `null` when there is something else in it. */
function packagesOf(text: string): Map<string, string> | null {
  const inside = DEPENDENCIES.exec(text)?.[1]
  if (inside === undefined) return null
  const packages = new Map<string, string>()
  for (const line of inside.split('\n').slice(0, -1)) {
    const name = /^\s*"([A-Za-z0-9._-]+)[^"]*",\s*$/.exec(line)?.[1]
    const marker = /;\s*([^"]*)"/.exec(line)?.[1] ?? ''
    if (name === undefined) return null
    const key = `${name.toLowerCase().replace(/[._-]+/g, '-')} ${marker}`
    if (packages.has(key)) return null
    packages.set(key, line)
  }
  return packages
}
