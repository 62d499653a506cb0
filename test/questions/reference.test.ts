import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { help } from '../../generators/commands/help.ts'
import { catalogue } from '../../generators/questions/catalogue.ts'
import { answersSchema, reference } from '../../generators/questions/reference.ts'

const docs = join(import.meta.dirname, '../../docs')

test('docs/reference.md and docs/answers.schema.json are what the catalogue says (npm run docs)', () => {
  expect(readFileSync(join(docs, 'reference.md'), 'utf8')).toBe(reference())
  expect(readFileSync(join(docs, 'answers.schema.json'), 'utf8')).toBe(answersSchema())
})

test('--help names every question and every choice, in lines that fit a terminal', () => {
  const text = help()
  for (const { name, choices } of catalogue) {
    expect(text).toContain(`--${name}`)
    for (const choice of Object.keys(choices ?? {})) expect(text).toContain(choice)
  }
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
})
