import { expect, test } from 'vitest'
import { parseYaml } from '../../generators/questions/yaml.ts'

test('words stay words, numbers are numbers', () => {
  expect(parseYaml('warmup: none\ntracing: on\nname: no\npython: 3.13\ncors: [a, "*"]\n')).toEqual({
    warmup: 'none',
    tracing: 'on',
    name: 'no',
    python: 3.13,
    cors: ['a', '*'],
  })
})

test('an alias is followed', () => {
  expect(parseYaml('features: &names [a, b]\nclasses: *names')).toEqual({
    features: ['a', 'b'],
    classes: ['a', 'b'],
  })
})

test.each([
  [
    'by width',
    Array.from({ length: 12 }, (_, i) => `l${i}: &l${i} [${`${i ? `*l${i - 1}` : 'x'},`.repeat(9)}]`).join(
      '\n',
    ),
  ],
  ['by a circle', 'a: &a [*a]'],
])('an attack with aliases ends %s', (_, text) => {
  expect(() => parseYaml(text)).toThrow('through its aliases')
})
