import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { passesItsLinters, passesItsTests } from './environment.ts'
import { described, exportFrom, switched } from './exported.ts'
import { flagsFor, generate } from './project.ts'

/** Of each framework, with words, categories, nulls and early stopping; rows and pictures. */
const exported: Record<string, readonly string[]> = {
  'iris-knn.joblib': [],
  'diabetes-forest.joblib': [],
  'adult-columns.joblib': [],
  'adult-lightgbm.txt': [],
  'adult-lightgbm-words.txt': [],
  'iris-xgboost.json': [],
  'diabetes-xgboost.json': [],
  'iris-catboost.cbm': [],
  'games.keras': [],
  'homes.keras': [],
  'parts.keras': '--image-mean 0.5 --image-std 0.25 --classes 00-damaged,01-whole'.split(' '),
}

describe.each(Object.entries(exported))('%s', (model, flags) => {
  test('is converted, and the project that switches to the result answers its golden cases', async () => {
    const project = await generate(`${model}-exported`, [...flagsFor(model), ...flags])
    const before = described(project)
    const printed = await exportFrom(project)
    expect(printed).toMatch(/^10\d\d (rows|pictures), [45] of them golden: at most \d\.\de-0[6-9] apart/)
    await switched(project, printed)
    const after = described(project)
    for (const key of ['task', 'features', 'classes', 'preprocess']) expect(after[key]).toEqual(before[key])
    await passesItsTests(project)
    const files = project.report.files.filter((file) => existsSync(join(project.folder, file)))
    await passesItsLinters({ ...project, report: { ...project.report, files } })
  })
})

test('a conversion that answers otherwise is not written', async () => {
  const project = await generate('diabetes-forest.joblib-wrong', flagsFor('diabetes-forest.joblib'))
  const converter = join(project.folder, 'scripts/to_onnx.py')
  writeFileSync(converter, readFileSync(converter, 'utf8').replace('def convert', 'def converted'))
  const fewerTrees = `

def convert(forest: Any) -> Any:
    forest.estimators_ = forest.estimators_[1:]
    return converted(forest)
`
  appendFileSync(converter, fewerTrees)
  await expect(exportFrom(project)).rejects.toThrow('The converted model answers otherwise:')
  expect(existsSync(join(project.folder, 'build/diabetes-forest.onnx'))).toBe(false)
})
