import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Facts } from '../../generators/project/facts.ts'
import { allEmittedPaths, type Template, type Templates } from '../../generators/project/layers.ts'
import { render } from '../../generators/project/render.ts'
import type { Answers } from '../../generators/questions/answers.ts'

const answers = { cloud: 'lambda', iac: 'sam', packaging: 'zip' } as unknown as Answers
const facts = { name: 'a "b"' } as unknown as Facts

type Named = { readonly part: (name: string, otherwise?: string) => string; readonly name: string }

/** As the compiler makes it of an EJS file. */
function template(write: (named: Named, literal: (value: unknown) => string) => string): Template {
  return { render: (named, literal) => write(named as Named, literal) }
}

function emitted(templates: Templates): Record<string, unknown> {
  const files = render(answers, facts, templates, new Map())
  return Object.fromEntries([...files.values()].map(({ path, content }) => [path, content]))
}

const asking = (name: string, otherwise?: string) => template(({ part }) => `all: ${part(name, otherwise)}`)

test('a part of a chosen layer stands where it is asked for, and is no file of its own', () => {
  const templates = {
    'base/Makefile.ejs': asking('targets'),
    'iac/sam/_parts/targets': { text: 'deploy' },
    'iac/cdk/_parts/targets': { text: 'synth' },
  }
  expect(emitted(templates)).toEqual({ Makefile: 'all: deploy' })
  expect(allEmittedPaths(templates)).toEqual(['Makefile'])
})

test('the part of a later layer wins, and one that hangs on another answer follows its layer', () => {
  const cloud = { 'base/Makefile.ejs': asking('targets'), 'cloud/lambda/_parts/targets': { text: 'cloud' } }
  expect(emitted({ 'iac/sam/_parts/targets': { text: 'tool' }, ...cloud })).toEqual({ Makefile: 'all: tool' })
  expect(emitted({ 'cloud/lambda/+packaging-zip/_parts/targets': { text: 'zip' }, ...cloud })).toEqual({
    Makefile: 'all: zip',
  })
})

test('its values are written in the language of the file that asks', () => {
  const templates = {
    'base/one.py.ejs': template(({ part }) => part('the name')),
    'base/two.sh.ejs': template(({ part }) => part('the name')),
    'cloud/lambda/_parts/the name.ejs': template(({ name }, literal) => literal(name)),
  }
  expect(emitted(templates)).toEqual({ 'one.py': `'a "b"'`, 'two.sh': `'a "b"'` })
  const quoted = { ...templates, 'base/three.json.ejs': template(({ part }) => part('the name')) }
  expect(emitted(quoted)['three.json']).toBe('"a \\"b\\""')
})

test('a part may ask for another part', () => {
  const templates = {
    'base/Makefile.ejs': asking('outer'),
    'cloud/lambda/_parts/outer.ejs': template(({ part }) => `[${part('inner')}]`),
    'iac/sam/_parts/inner': { text: 'here' },
  }
  expect(emitted(templates)).toEqual({ Makefile: 'all: [here]' })
})

test('what no layer has is a mistake, unless the template says what stands there then', () => {
  expect(() => emitted({ 'base/Makefile.ejs': asking('targets') })).toThrow(
    'Makefile needs the part "targets", which no chosen layer has',
  )
  expect(emitted({ 'base/Makefile.ejs': asking('targets', 'none') })).toEqual({ Makefile: 'all: none' })
})

test('a fact that a part names must exist, too', () => {
  const templates = {
    'base/Makefile.ejs': asking('targets'),
    'iac/sam/_parts/targets.ejs': template((named) =>
      String((named as unknown as { nothing: string }).nothing),
    ),
  }
  expect(() => emitted(templates)).toThrow('iac/sam/_parts/targets.ejs names the unknown fact "nothing"')
})

test.each(['Makefile.ejs', 'README.md.ejs'])('base/%s names no tool that deploys, and no cloud', (file) => {
  const text = readFileSync(join(import.meta.dirname, '../../templates/base', file), 'utf8')
  const others = text.replaceAll(/create[- ]lambda-model/g, '')
  expect(others).not.toMatch(/\b(?:lambda|aws|sam|cloudformation)\b/i)
})

test.each(['scripts/export_onnx.py.ejs', 'tests/test_export.py.ejs', 'pyproject.toml.ejs'])(
  'base/%s knows no framework and no model type',
  (file) => {
    const text = readFileSync(join(import.meta.dirname, '../../templates/base', file), 'utf8')
    expect(text).not.toMatch(/\bis(?:Image|Tensor|Echo|Tabular|Keras|Pytorch|Onnx)\b/)
  },
)
