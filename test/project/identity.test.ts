import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { templates } from '../../build/templates.js'
import { idOf, policyOf } from '../../generators/project/identity.ts'
import { allEmittedPaths } from '../../generators/project/layers.ts'

const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'))

test('no file of an earlier version disappears without a note', () => {
  const ids = allEmittedPaths(templates).map(idOf)
  if (process.env.UPDATE_GOLDEN) {
    const known = [...new Set([...read('ids.json'), ...ids])].filter((id) => !(id in read('retired.json')))
    writeFileSync(join(import.meta.dirname, 'ids.json'), `${JSON.stringify(known.sort(), null, 2)}\n`)
  }
  const known: string[] = read('ids.json')
  const noted = Object.keys(read('retired.json'))
  expect(known.filter((id) => !ids.includes(id) && !noted.includes(id))).toEqual([])
  expect(ids.filter((id) => !known.includes(id))).toEqual([])
})

test("what is the user's own from the first day", () => {
  expect(
    ['app/features.py', 'model/iris.onnx', 'model/cases.json', 'model/model.json', 'app/api.py'].map(
      policyOf,
    ),
  ).toEqual(['once', 'once', 'once', 'managed', 'managed'])
})
