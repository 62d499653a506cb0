import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { environmentOf, passesItsTests } from './environment.ts'
import { flagsFor, generate } from './project.ts'
import { attempt, run } from './run.ts'

/** What app/features.py asks for in RAW, the rows that clients send then, and what make() does with each. */
const CASES = {
  'words, where the model takes numbers': {
    model: 'iris-plain.onnx',
    raw: '{"name": "code", "dtype": "string"}',
    rows: [{ code: 'ab' }, { code: 'abc' }],
    made: '{name: float(len(row["code"])) for name in NAMES}',
  },
  'nothing that may be null, where the model takes null': {
    model: 'iris-xgboost.json',
    raw: '{"name": "width", "dtype": "number"}',
    rows: [{ width: 1.5 }, { width: 2 }],
    made: '{name: row["width"] for name in NAMES}',
  },
}

/** As app/features.py says: RAW, make(), then record_cases with rows of one's own. */
test.each(Object.entries(CASES))('RAW: %s', async (_what, { model, raw, rows, made }) => {
  const project = await generate('raw', flagsFor(model))
  const own = `from app import MODEL, Feature, Row

RAW: list[Feature] | None = [${raw}]
NAMES = [feature["name"] for feature in MODEL["features"]]


def make(rows: list[Row]) -> list[Row]:
    return [${made} for row in rows]
`
  writeFileSync(join(project.folder, 'app/features.py'), own)
  writeFileSync(join(project.folder, 'rows.json'), JSON.stringify(rows))
  const [python, where] = [await environmentOf(project), { in: project.folder }]
  const [name] = Object.keys(rows[0] ?? {})
  const { output } = await attempt(python, ['-m', 'pytest', '-q', 'tests/test_inputs.py'], where)
  expect(output).toContain(`no sample has ['${name}']`)
  const recorded = await run(python, ['-m', 'scripts.record_cases', 'rows.json'], where)
  expect(recorded).toContain('wrote model/cases.json')
  await passesItsTests(project)
})
