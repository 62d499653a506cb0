/**
 * Values as literals of the language they land in. A project name, a feature name or a description is data:
 * whatever it holds, the file it is written into stays well-formed and executes none of it.
 */
export type Literal = (value: unknown) => string

/** JSON, and what JSON shares with other languages: double quotes, `\uXXXX` for everything that is not printable. */
export function json(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent)
}

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** A double-quoted string in which unprintable characters are `\uXXXX` (`\UXXXXXXXX` above the first plane). */
function quoted(text: string, aboveFirstPlane = longEscape): string {
  const escaped = text
    .replace(/["\\]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t')
    .replace(/\r/g, '\\r')
  return `"${escaped.replace(CONTROL, (character) => codePoint(character, aboveFirstPlane))}"`
}

function codePoint(character: string, aboveFirstPlane: (code: number) => string): string {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? aboveFirstPlane(code) : `\\u${code.toString(16).padStart(4, '0')}`
}

const longEscape = (code: number) => `\\U${code.toString(16).padStart(8, '0')}`

/** Python: strings in ruff's double quotes, True, False, None, lists and dicts. */
export function py(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return pythonString(value)
  if (Array.isArray(value)) return `[${value.map(py).join(', ')}]`
  const items = Object.entries(value as object).map(([key, item]) => `${py(key)}: ${py(item)}`)
  return `{${items.join(', ')}}`
}

/** Python's formatter prefers single quotes where double ones would need escaping. */
function pythonString(text: string): string {
  if (text.includes('"') && !text.includes("'")) {
    return `'${quoted(text).slice(1, -1).replace(/\\"/g, '"')}'`
  }
  return quoted(text)
}

/** What YAML 1.1 and 1.2 readers both take as a plain string. */
const PLAIN_YAML = /^[A-Za-z/][A-Za-z0-9 _./@-]*$/
const YAML_WORD = /^(?:y|n|yes|no|on|off|true|false|null|~)$/i

export function yaml(value: unknown): string {
  if (typeof value === 'string') {
    const plain = PLAIN_YAML.test(value) && !YAML_WORD.test(value) && !value.endsWith(' ')
    return plain ? value : quoted(value)
  }
  if (Array.isArray(value)) return `[${value.map(yaml).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${yaml(key)}: ${yaml(item)}`)
      .join(', ')}}`
  }
  return json(value ?? null)
}

export function toml(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const items = Object.entries(value).map(([key, item]) => `${quoted(key)} = ${toml(item)}`)
    return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`
  }
  return json(value)
}

/** TypeScript: JavaScript has its own way to write a character beyond the first plane, and one key that is no key. */
export function ts(value: unknown): string {
  if (typeof value === 'string') return quoted(value, (code) => `\\u{${code.toString(16)}}`)
  if (Array.isArray(value)) return `[${value.map(ts).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const items = Object.entries(value).map(
      ([key, item]) => `${key === '__proto__' ? '["__proto__"]' : ts(key)}: ${ts(item)}`,
    )
    return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`
  }
  return json(value ?? null)
}

/** HCL, the language of Terraform: as TOML has it, and `${` and `%{` begin nothing. */
export function hcl(value: unknown): string {
  if (typeof value === 'string') return quoted(value).replace(/[$%](?=\{)/g, '$&$&')
  if (Array.isArray(value)) return `[${value.map(hcl).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const items = Object.entries(value).map(([key, item]) => `${hcl(key)} = ${hcl(item)}`)
    return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`
  }
  return json(value ?? null)
}

/** One word of a POSIX shell. */
export function sh(value: unknown): string {
  const text = String(value)
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`
}

/** Text of a Makefile: nothing in it is expanded. */
export function make(value: unknown): string {
  return String(value)
    .replace(/[\r\n]+/g, ' ')
    .replace(/\$/g, '$$$$')
    .replace(/#/g, '\\#')
}

/** Text of a Markdown page on one line: no mark-up, no HTML, no cell of a table breaks. */
export function md(value: unknown): string {
  return String(value)
    .replace(/[\r\n]+/g, ' ')
    .replace(CONTROL, ' ')
    .replace(/[\\`*_[\]|]/g, '\\$&')
    .replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '')
}

function plainOnly(path: string): Literal {
  return (value) => {
    const text = String(value)
    if (/^[A-Za-z0-9._/:@-]*$/.test(text)) return text
    throw new Error(`${path}: ${json(text)} cannot be written into this kind of file`)
  }
}

const BY_ENDING: Record<string, Literal> = { py, json, yaml, yml: yaml, toml, ts, tf: hcl, hcl, sh, md }
const BY_NAME: Record<string, Literal> = { Makefile: make, Dockerfile: sh }

/** How `<%=` writes a value into the file at `path` of the emitted project. */
export function literalFor(path: string): Literal {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const ending = name.slice(name.lastIndexOf('.') + 1)
  return BY_NAME[name] ?? BY_ENDING[ending] ?? plainOnly(path)
}
