import { expect, test } from 'vitest'
import { joined, readRequirements, requirementOf, satisfies } from '../../generators/platform/requirements.ts'

test.each([
  ['pandas', 'pandas'],
  ['Scikit_Learn == 1.9.1', 'Scikit_Learn==1.9.1'],
  ['uvicorn [standard] >= 0.30, < 1', 'uvicorn[standard]>=0.30,<1'],
  ["tomli~=2.0 ; python_version < '3.11'", "tomli~=2.0; python_version < '3.11'"],
  [
    'ours @ https://example.com/ours-1-py3-none-any.whl',
    'ours @ https://example.com/ours-1-py3-none-any.whl',
  ],
])('%s is a requirement', (line, text) => {
  expect(requirementOf(line)?.text).toBe(text)
})

test.each([
  '-e .',
  '-r other.txt',
  '--index-url https://example.com',
  './ours.whl',
  'ours @ file:///home/me/ours.whl',
  'ours @ git+https://example.com/ours',
  'pandas = 2',
  'pandas==2; rm -rf',
  'pandas==2"]',
  '',
])('%s is none', (line) => {
  expect(requirementOf(line)).toBeNull()
})

test('a file: comments, hashes and continued lines; what cannot travel along is named by its line', () => {
  const text = '# ours\npandas==2.3.0 \\\r\n    --hash=sha256:ab  # locked\n\n-e .\nnltk\n'
  expect(readRequirements(text)).toEqual({
    lines: ['pandas==2.3.0', 'nltk'],
    wrong: [{ line: 5, text: '-e .' }],
  })
})

test.each([
  ['2.5.5', '', true],
  ['2.5.5', '>=1.20,<3', true],
  ['2.5.5', '~=2.5', true],
  ['2.5.5', '~=2.4.0', false],
  ['2.5.5', '==2.*', true],
  ['2.5.5', '!=2.5.5', false],
  ['2.5.5', '<2.5.5', false],
  ['1.5', '==1.5.0', true],
])('%s satisfies %s: %s', (version, versions, is) => {
  expect(satisfies(version, versions)).toBe(is)
})

test('a pin that satisfies a line serves it, another one gives way', () => {
  const pins = [
    { name: 'numpy', version: '2.5.5', marker: null },
    { name: 'scipy', version: '1.18.1', marker: null },
  ]
  const both = joined(pins, ['NumPy>=2', 'scipy==1.17.1', 'nltk'])
  expect(both.pins.map(({ name }) => name)).toEqual(['numpy'])
  expect(both.lines).toEqual(['scipy==1.17.1', 'nltk'])
})
