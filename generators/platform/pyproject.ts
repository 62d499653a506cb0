import { frameworks } from './frameworks.ts'
import { requirementOf } from './requirements.ts'

interface Read {
  readonly lines: string[]
  readonly wrong: { line: number; text: string }[]
}

/**
 * The dependencies of somebody's project, without its tools of development, in the versions of its lock (poetry.lock
 * and uv.lock name them alike). A framework comes without a version: which one is right, the model says.
 */
export function readProject(text: string, lock: string | null): Read {
  const locked = lockedVersions(lock ?? '')
  const wanted = listed(text) ?? poetrys(text)
  const lines: string[] = []
  const wrong: { line: number; text: string }[] = []
  for (const { line, said } of wanted) {
    const read = said === null ? null : requirementOf(said)
    if (read === null) {
      wrong.push({ line, text: (text.split(/\r?\n/)[line - 1] ?? '').trim() })
      continue
    }
    const version = locked.get(read.name)
    if (FRAMEWORKS.has(read.name)) lines.push(read.name)
    else if (version === undefined || read.text.includes('@')) lines.push(read.text)
    else lines.push(read.text.replace(/^([^\s;[=!<>~]+(?:\[[^\]]*\])?)[^;]*/, `$1==${version}`))
  }
  return { lines, wrong }
}

const FRAMEWORKS = new Set(
  Object.values(frameworks).flatMap(({ package: name }) => [name, name.replace(/-cpu$/, '')]),
)

interface Wanted {
  readonly line: number
  /** `null`: nothing that a project can carry. */
  readonly said: string | null
}

/** The lines of one table, with their numbers in the file. */
function tableOf(text: string, name: string): { line: number; row: string }[] {
  let inside = false
  return text.split(/\r?\n/).flatMap((row, index) => {
    const header = /^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?$/.exec(row)
    if (header) inside = header[1]?.replace(/["'\s]/g, '') === name
    return inside && !header ? [{ line: index + 1, row }] : []
  })
}

const STRING = /"((?:\\.|[^"\\])*)"|'([^']*)'/g

/** `[project] dependencies = ["pandas>=2"]`; `null`: it has none. */
function listed(text: string): Wanted[] | null {
  const rows = tableOf(text, 'project')
  const first = rows.findIndex(({ row }) => /^\s*dependencies\s*=\s*\[/.test(row))
  if (first < 0) return null
  const wanted: Wanted[] = []
  for (const { line, row } of rows.slice(first)) {
    const bare = row.replace(/^\s*dependencies\s*=\s*\[/, '')
    wanted.push(...stringsIn(bare).map((said) => ({ line, said })))
    if (withoutStrings(bare).includes(']')) break
  }
  return wanted
}

function stringsIn(row: string): string[] {
  const code = /^(?:"(?:\\.|[^"\\])*"|'[^']*'|[^#"'])*/.exec(row)?.[0] ?? ''
  return [...code.matchAll(STRING)].map(([, double, single]) =>
    double === undefined ? (single ?? '') : double.replace(/\\(["\\])/g, '$1'),
  )
}

function withoutStrings(row: string): string {
  return row.replace(STRING, '').replace(/#.*/, '')
}

/** `pandas = "^2"`, `pandas = {version = "^2", extras = ["aws"]}`, of Poetry's own table. */
function poetrys(text: string): Wanted[] {
  return tableOf(text, 'tool.poetry.dependencies').flatMap(({ line, row }) => {
    const [, name, value = ''] = /^\s*["']?([A-Za-z0-9][A-Za-z0-9._-]*)["']?\s*=\s*(.*)$/.exec(row) ?? []
    if (name === undefined || name === 'python') return []
    if (/^\{.*\boptional\s*=\s*true/.test(value)) return []
    const isTable = value.startsWith('{')
    const field = (key: string) =>
      new RegExp(`\\b${key}\\s*=\\s*("(?:\\\\.|[^"\\\\])*"|'[^']*')`).exec(value)?.[1] ?? ''
    const [version] = stringsIn(isTable ? field('version') : value)
    if (version === undefined) return [{ line, said: null }]
    const [extras = ''] = /\bextras\s*=\s*\[[^\]]*\]/.exec(value) ?? []
    const [marker] = isTable ? stringsIn(field('markers')) : []
    const names = stringsIn(extras).join(',')
    const bounds = version.split(',').map((one) => bound(one.trim()))
    const said = `${name}${names && `[${names}]`}${bounds.filter((one) => one !== '').join(',')}`
    return [{ line, said: bounds.includes(null) ? null : `${said}${marker ? `; ${marker}` : ''}` }]
  })
}

/** Poetry's `^1.2`, `~1.2`, `1.*` and `1.2.3` as everybody else writes them. */
function bound(text: string): string | null {
  if (text === '*' || text === '') return ''
  if (/^(?:[<>]=?|[=!~]=)/.test(text)) return text.replace(/\s+/g, '')
  const [, sign = '', version = '', star] = /^([~^]?)\s*v?(\d+(?:\.\d+)*)(\.\*)?$/.exec(text) ?? []
  if (version === '') return null
  if (sign === '') return `==${version}${star ?? ''}`
  const parts = version.split('.').map(Number)
  const firstOfWeight = parts.findIndex((part) => part > 0)
  const raised =
    sign === '~' ? Math.min(1, parts.length - 1) : firstOfWeight < 0 ? parts.length - 1 : firstOfWeight
  const next = parts.slice(0, raised + 1).map((part, at) => (at === raised ? part + 1 : part))
  return `>=${version},<${next.join('.')}`
}

/** By normalised name; of a package that is locked in several versions, none. */
function lockedVersions(lock: string): Map<string, string> {
  const found = new Map<string, string>()
  const twice = new Set<string>()
  for (const block of lock.split(/^\[\[package\]\]\s*$/m).slice(1)) {
    const name = /^name = "([^"]+)"/m
      .exec(block)?.[1]
      ?.toLowerCase()
      .replace(/[-_.]+/g, '-')
    const version = /^version = "([A-Za-z0-9.+!_-]+)"/m.exec(block)?.[1]
    if (name === undefined || version === undefined) continue
    if (found.has(name)) twice.add(name)
    found.set(name, version.replace(/\+.*$/, ''))
  }
  for (const name of twice) found.delete(name)
  return found
}
