import { expect, test } from 'vitest'
import { readProject } from '../../generators/platform/pyproject.ts'

const poetry = (rows: string) => `[tool.poetry]
name = "theirs"

[tool.poetry.dependencies]
python = "^3.12"
${rows}

[tool.poetry.group.dev.dependencies]
pytest = "*"
`

test.each([
  ['pandas = "^2.1.3"', 'pandas>=2.1.3,<3'],
  ['pandas = "^0.2.3"  # old', 'pandas>=0.2.3,<0.3'],
  ['pandas = "^0.0.3"', 'pandas>=0.0.3,<0.0.4'],
  ['pandas = "^0"', 'pandas>=0,<1'],
  ['pandas = "~1.2.3"', 'pandas>=1.2.3,<1.3'],
  ['pandas = "~1"', 'pandas>=1,<2'],
  ['pandas = "1.2.3"', 'pandas==1.2.3'],
  ['pandas = "1.2.*"', 'pandas==1.2.*'],
  ['pandas = "*"', 'pandas'],
  ['pandas = ">=1.2, <3"', 'pandas>=1.2,<3'],
  [`"pandas" = {version = "^2", extras = ["aws", "sql"]}`, 'pandas[aws,sql]>=2,<3'],
  [
    `pandas = { version = '^2', markers = "sys_platform == 'linux'" }`,
    "pandas>=2,<3; sys_platform == 'linux'",
  ],
  ['catboost = "1.2.5"', 'catboost'],
])('Poetry: %s', (row, line) => {
  expect(readProject(poetry(row), null)).toEqual({ lines: [line], wrong: [] })
})

test('what is optional stays behind; what cannot travel is told with its line', () => {
  const rows = 'a = {version = "1", optional = true}\nb = {git = "https://x.example/b"}\nc = "one of them"'
  expect(readProject(poetry(rows), null)).toEqual({
    lines: [],
    wrong: [
      { line: 7, text: 'b = {git = "https://x.example/b"}' },
      { line: 8, text: 'c = "one of them"' },
    ],
  })
})

const listed = `[project]
name = "theirs"  # [project]
dependencies = [
    "pandas[aws]>=2 ; python_version >= '3.12'",  # "no-dependency"
    'NLTK', "scikit-learn==1.3.2",
]
keywords = ["no", "dependency"]

[project.optional-dependencies]
more = ["polars"]

[dependency-groups]
dev = ["pytest"]
`

test('the list that every tool reads', () => {
  const { lines, wrong } = readProject(listed, null)
  expect([lines, wrong]).toEqual([["pandas[aws]>=2; python_version >= '3.12'", 'NLTK', 'scikit-learn'], []])
})

test('on one line, or empty', () => {
  expect(readProject('[project]\ndependencies = ["a", "b>=1"]\n', null).lines).toEqual(['a', 'b>=1'])
  expect(readProject('[project]\ndependencies = []\nx = ["a"]\n', null).lines).toEqual([])
  expect(readProject('', null)).toEqual({ lines: [], wrong: [] })
})

test('in the versions of the lock, unless it has several', () => {
  const lock = `[[package]]
name = "pandas"
version = "2.2.3"

[package.dependencies]
numpy = "*"

[[package]]
name = "nltk"
version = "3.9"

[[package]]
name = "nltk"
version = "3.8"
`
  expect(readProject(listed, lock).lines).toEqual([
    "pandas[aws]==2.2.3; python_version >= '3.12'",
    'NLTK',
    'scikit-learn',
  ])
})
