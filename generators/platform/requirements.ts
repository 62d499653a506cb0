import { fact } from './fact.ts'
import type { Pin } from './frameworks.ts'
import { isOlder } from './releases.ts'

/** A line of the user's requirements, as pyproject.toml takes it. */
export interface Requirement {
  /** As PyPI normalises it: `scikit-learn`. */
  readonly name: string
  /** `>=1,<2`; empty where any version will do. */
  readonly versions: string
  /** Only its version is asked for: no extras, no address. */
  readonly plain: boolean
  readonly text: string
}

const NAME = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[A-Za-z0-9._,\s-]*\])?\s*/
const VERSION = /^(?:===|~=|[=!]=|[<>]=?)\s*[A-Za-z0-9][A-Za-z0-9.*+!_-]*$/
const WHEEL = /^@\s*https:\/\/[^\s;]+\.whl(?:#\S*)?$/
const MARKER =
  /^(?:\s+|[()]|and\b|or\b|not\b|in\b|===|~=|[=!]=|[<>]=?|(?:python_version|python_full_version|os_name|sys_platform|platform_\w+|implementation_\w+)\b|"[^"\\]*"|'[^'\\]*')+$/

/** PEP 508, without what cannot be installed elsewhere; `null`: it is none. */
export function requirementOf(line: string): Requirement | null {
  const [, written, extras = ''] = NAME.exec(line) ?? []
  if (written === undefined) return null
  const rest = line.slice(NAME.exec(line)?.[0].length)
  const at = rest.indexOf(';')
  const what = (at < 0 ? rest : rest.slice(0, at)).trim().replace(/^\((.*)\)$/, '$1')
  const marker = at < 0 ? '' : rest.slice(at + 1).trim()
  if (at >= 0 && !MARKER.test(marker)) return null
  const isAddress = WHEEL.test(what)
  const versions = what === '' || isAddress ? [] : what.split(',').map((one) => one.trim())
  if (!versions.every((one) => VERSION.test(one))) return null
  const wanted = isAddress
    ? ` ${what.replace(/^@\s*/, '@ ')} `
    : versions.map((one) => one.replace(/\s/g, '')).join(',')
  const text = `${written}${extras.replace(/\s/g, '')}${wanted}${marker === '' ? '' : `; ${marker}`}`.trim()
  return {
    name: written.toLowerCase().replace(/[-_.]+/g, '-'),
    versions: isAddress ? '' : wanted,
    plain: extras === '' && !isAddress,
    text,
  }
}

/** The lines of a requirements file; hashes are left out, because the project's lock has its own. */
export function readRequirements(text: string): { lines: string[]; wrong: { line: number; text: string }[] } {
  const lines: string[] = []
  const wrong: { line: number; text: string }[] = []
  let begun = ''
  text.split(/\r?\n/).forEach((row, index) => {
    const joined = begun + row
    begun = joined.endsWith('\\') ? joined.slice(0, -1) : ''
    if (begun !== '') return
    const said = joined
      .replace(/(?:^|\s)#.*$/, '')
      .replace(/\s--hash=\S+/g, '')
      .trim()
    if (said === '') return
    const read = requirementOf(said)
    if (read) lines.push(read.text)
    else wrong.push({ line: index + 1, text: said })
  })
  if (begun.trim() !== '') wrong.push({ line: text.split(/\r?\n/).length, text: begun.trim() })
  return { lines, wrong }
}

/** What of the user's is installed beside the pins: a pin that satisfies a line serves it, another gives way. */
export function joined(
  pins: readonly Pin[],
  lines: readonly string[],
): { pins: readonly Pin[]; lines: readonly string[] } {
  const wanted = lines.map(requirementOf).filter((one) => one !== null)
  const isServed = (one: Requirement) =>
    one.plain && pins.some((pin) => pin.name === one.name && satisfies(pin.version, one.versions))
  const left = wanted.filter((one) => !isServed(one))
  return {
    pins: pins.filter((pin) => !left.some(({ name }) => name === pin.name)),
    lines: left.map(({ text }) => text),
  }
}

/** Does `2.5.5` satisfy `>=1.20,<3`? */
export function satisfies(version: string, versions: string): boolean {
  return versions
    .split(',')
    .filter((one) => one !== '')
    .every((one) => {
      const [, operator = '', bound = ''] = /^([=!~<>]+)(.*)$/.exec(one) ?? []
      const older = isOlder(version, bound)
      const newer = isOlder(bound, version)
      const within = (prefix: string) => `${version}.`.startsWith(`${prefix}.`)
      const equal = bound.endsWith('.*') ? within(bound.slice(0, -2)) : !older && !newer
      if (operator === '>=') return !older
      if (operator === '<=') return !newer
      if (operator === '<') return older
      if (operator === '>') return newer
      if (operator === '!=') return !equal
      if (operator === '~=') return !older && within(bound.split('.').slice(0, -1).join('.'))
      return equal
    })
}

/** In MiB, unpacked and compiled, with what they pull in beside numpy. */
export const packageSizes = fact(
  {
    pandas: 39,
    scipy: 104,
    'scikit-learn': 143,
    matplotlib: 87,
    pillow: 22,
    nltk: 19,
    polars: 179,
    pyarrow: 162,
    'opencv-python-headless': 153,
    requests: 4,
    pydantic: 10,
    statsmodels: 185,
  },
  {
    source: 'wheels of the package index for x86_64 and Python 3.13, unpacked, without tests, compiled',
    seen: '2026-11',
    matters: 'whether --requirements still fit a zip',
  },
)

/** What a package counts whose size was not measured. */
export const UNKNOWN_MIB = 10

/** What they add to the framework's own packages. */
export function requirementsMiB(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + (sizeOf(line) ?? UNKNOWN_MIB), 0)
}

/** The names of those whose size was not measured. */
export function unmeasured(lines: readonly string[]): string[] {
  return lines.flatMap((line) => (sizeOf(line) === undefined ? (requirementOf(line)?.name ?? []) : []))
}

function sizeOf(line: string): number | undefined {
  const sizes: Readonly<Record<string, number>> = packageSizes.value
  return sizes[requirementOf(line)?.name ?? '']
}
