import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { environmentOf, passesItsLinters, passesItsTests } from './environment.ts'
import { cli, uv } from './places.ts'
import { flagsFor, generate, type Project } from './project.ts'
import { stdoutOf } from './run.ts'

/** Of each framework, with words, categories, nulls and early stopping. */
const exported = [
  'iris-knn.joblib',
  'diabetes-forest.joblib',
  'adult-columns.joblib',
  'adult-lightgbm.txt',
  'adult-lightgbm-words.txt',
  'iris-xgboost.json',
  'diabetes-xgboost.json',
  'iris-catboost.cbm',
]

describe.each(exported)('%s', (model) => {
  test('is converted, and the project that switches to the result answers its golden cases', async () => {
    const project = await generate(`${model}-exported`, flagsFor(model))
    const before = described(project)
    const printed = await exportFrom(project)
    expect(printed).toMatch(/^1005 rows, 5 of them golden: at most \d\.\de-0[6-9] apart/)
    const command = printed.match(/npx create-lambda-model (update .*) && make lock setup test/)?.[1]
    const args = [cli, ...(command ?? '').split(' '), '--allow-dirty']
    const said = await stdoutOf(process.execPath, args, { in: project.folder })
    expect(said).not.toContain('callers')
    const after = described(project)
    expect(after.framework.name).toBe('onnx')
    for (const key of ['task', 'features', 'classes']) expect(after[key]).toEqual(before[key])
    expect(existsSync(join(project.folder, 'model/cases.json'))).toBe(true)
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

// biome-ignore lint/suspicious/noExplicitAny: what JSON holds
function described({ folder }: Project): any {
  return JSON.parse(readFileSync(join(folder, 'model/model.json'), 'utf8'))
}

async function exportFrom(project: Project): Promise<string> {
  const env = { PATH: `${dirname(uv)}:${process.env.PATH}` }
  return stdoutOf(await environmentOf(project), ['-m', 'scripts.export_onnx'], { in: project.folder, env })
}
