import { expect, test } from 'vitest'
import { nearest } from '../generators/nearest.ts'

test.each([
  ['rest-pai', 'rest-api'],
  ['imgae', 'image'],
  ['ZIP', 'zip'],
  ['qwertyuiop', undefined],
  ['x'.repeat(100_000), undefined],
  ['x', undefined],
  ['', undefined],
])('near %.20j is %j', (text, expected) => {
  expect(nearest(text, ['zip', 'image', 'rest-api', 'http-api'])).toBe(expected)
})
