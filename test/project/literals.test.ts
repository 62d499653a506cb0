import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { hcl, json, literalFor, make, md, py, sh, toml, ts, yaml } from '../../generators/project/literals.ts'

/** What people have in names: quotes, newlines, and the marks of every language that we emit. */
const HOSTILE = [
  'plain',
  '',
  ' padded ',
  `both " and '`,
  `'''`,
  '"""',
  'line\nbreak\r\n',
  '${HOME} $(id) `id`',
  '<%= x %> {{ x }} {% x %}',
  '# comment',
  'null',
  'yes',
  '1e3',
  '0x10',
  '12:30',
  '- item',
  'key: value',
  '\u0000\u0007\u001b[31m\u007f\u0085\u2028\u2029\ufeff',
  'größe_ß漢字🦜',
  '\\',
  '\\n',
  '*',
  '&a',
  '!tag',
  '%',
  '@at',
  '=',
  '~',
]

describe('YAML', () => {
  test.each(HOSTILE)('%j comes back from a YAML reader', (text) => {
    expect(parse(`value: ${yaml(text)}`)).toEqual({ value: text })
    expect(parse(`value: ${yaml(text)}`, { version: '1.1' })).toEqual({ value: text })
    expect(parse(`value: ${yaml([text])}`)).toEqual({ value: [text] })
    expect(parse(`value: ${yaml({ [text]: text })}`)).toEqual({ value: { [text]: text } })
  })

  test('any text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parse(`value: ${yaml(text)}`)).toEqual({ value: text })
      }),
    )
  })

  test('what is safe stays plain, as a person would write it', () => {
    expect([yaml('python3.13'), yaml('/predict'), yaml(512), yaml(true), yaml('https')]).toEqual([
      'python3.13',
      '/predict',
      '512',
      'true',
      'https',
    ])
  })
})

describe('shell', () => {
  test.each(HOSTILE.filter((text) => !text.includes('\u0000')))(
    '%j is one word, and runs nothing',
    (text) => {
      const echoed = execFileSync('/bin/sh', ['-c', `printf %s ${sh(text)}`], { encoding: 'utf8' })
      expect(echoed).toBe(text)
    },
  )
})

describe('Python and TOML', () => {
  const python = (code: string) => execFileSync('python3', ['-c', code], { encoding: 'utf8' })

  test('every hostile text comes back from Python', () => {
    const values = [...HOSTILE, true, false, null, 1.5, { a: [1] }]
    const back = python(`import json; print(json.dumps(${py(values)}))`)
    expect(JSON.parse(back)).toEqual(values)
  })

  test('every hostile text comes back from TOML', () => {
    const document = `value = ${toml(HOSTILE)}\ntable = ${toml({ 'a b': HOSTILE[3] })}\n`
    const back = python(`
import json, sys
try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib
print(json.dumps(tomllib.loads(json.loads(${py(json(document))}))))`)
    expect(JSON.parse(back)).toEqual({ value: HOSTILE, table: { 'a b': HOSTILE[3] } })
  })

  test('strings look as the formatter writes them', () => {
    expect([py('a'), py('say "x"'), py(`it's`), py(`"'`)]).toEqual([`"a"`, `'say "x"'`, `"it's"`, `"\\"'"`])
  })
})

describe('TypeScript', () => {
  const evaluated = (code: string): unknown => new Function(`return (${code})`)()

  test.each([...HOSTILE, '`${process.exit()}`', '*/', '</script>', '\u{e0001}', '\ud800'])(
    '%j comes back',
    (text) => {
      expect(ts(text)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
      expect(evaluated(ts([text, { [text]: text }]))).toEqual([text, { [text]: text }])
    },
  )

  test('any text comes back, and so does a key that JavaScript takes for the prototype', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => evaluated(ts(text)) === text))
    const back = evaluated(ts(JSON.parse('{"__proto__": [1, null, true]}'))) as object
    expect(Object.entries(back)).toEqual([['__proto__', [1, null, true]]])
  })

  test('what is written into a .ts file is such a literal', () => {
    expect(literalFor('infra/bin/app.ts')({ a: ['say "x"'] })).toBe('{ "a": ["say \\"x\\""] }')
  })
})

describe('HCL', () => {
  /** As Terraform reads a quoted string: escapes, then `$${` and `%%{`. */
  function read(literal: string): string {
    const long = literal.replace(/\\U([0-9a-f]{8})/g, (_, code) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    )
    return JSON.parse(long).replace(/([$%])\1\{/g, '$1{')
  }

  test.each(HOSTILE)('%j comes back, and nothing in it is a template', (text) => {
    expect(read(hcl(text))).toBe(text)
    expect(hcl(text).replaceAll(/([$%])\1\{/g, '')).not.toMatch(/[$%]\{/)
  })

  test('lists, objects and null', () => {
    expect(hcl({ a: ['${x}', 1, true, null], 'b c': {} })).toBe(
      '{ "a" = ["$${x}", 1, true, null], "b c" = {} }',
    )
    expect(hcl('%{ if }$${x}')).toBe('"%%{ if }$$${x}"')
  })
})

describe('Markdown and Make', () => {
  test.each(HOSTILE)('%j stays on one line and inside its cell', (text) => {
    expect(md(text)).not.toMatch(/[\n\r]|(?<!\\)\||<%|<[a-z]/)
    expect(make(text)).not.toMatch(/[\n\r]/)
  })

  test('nothing is expanded by make', () => {
    expect(make('$(shell id) # x')).toBe('$$(shell id) \\# x')
  })
})

test('the language follows the emitted path; a kind of file that we do not know takes plain words only', () => {
  expect(literalFor('infra/a.yaml')('no')).toBe('"no"')
  expect(literalFor('Dockerfile')('a b')).toBe(`'a b'`)
  expect(literalFor('.python-version')('3.13')).toBe('3.13')
  expect(() => literalFor('.python-version')('$(id)')).toThrow('cannot be written')
})
