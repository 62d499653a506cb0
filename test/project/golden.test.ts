import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, emptyFolder, filesBelow, model } from '../shell.ts'

/** Whole projects as they are emitted: the diff of a change to a template is read here. `npm run golden` renders them anew. */
const GOLDEN: Record<string, string[]> = {
  'iris-knn-zip': ['--model', model('iris-knn.joblib'), '--cases', model('iris-knn.joblib.cases.json')],
  // Seed S2 of the product's mission: nearest neighbours in an image behind a REST API, kept warm.
  'iris-knn-image': [
    ...['--model', model('iris-knn.joblib'), '--cases', model('iris-knn.joblib.cases.json')],
    ...['--packaging', 'image', '--endpoint', 'rest-api', '--auth', 'api-key', '--warmup', 'schedule'],
  ],
  // Seed S3: LightGBM rows in a zip, the model in a bucket.
  'adult-bucket': [
    ...['--model', model('seed3-lightgbm.txt'), '--cases', model('seed3-lightgbm.txt.cases.json')],
    ...['--model-store', 'bucket', '--answer', 'value'],
  ],
  'iris-google': [
    ...['--model', model('iris-plain.onnx'), '--cases', model('iris-plain.onnx.cases.json')],
    ...['--cloud', 'cloud-functions'],
  ],
  tokens: ['--model', model('tokens.onnx'), '--cases', model('tokens.onnx.cases.json')],
  'echo-cdk': ['--model-type', 'echo', '--iac', 'cdk', '--endpoint', 'rest-api', '--warmup', 'provisioned'],
  'iris-onnx-zip': ['--description', 'Iris flowers by their measures', '--warmup', 'snapstart'],
}

const folder = join(import.meta.dirname, '../golden')

/** What is in a golden project: its text. The model is test/models' own, and the snapshot repeats the files. */
function texts(files: Record<string, string>): Record<string, string> {
  const left = Object.entries(files).filter(
    ([path]) => !/^model\/(?!.*\.json$)/.test(path) && !path.endsWith('pristine.jsonl'),
  )
  return Object.fromEntries(left)
}

test.each(Object.entries(GOLDEN))('%s', async (name, argv) => {
  const cwd = emptyFolder()
  const ran = await cli([name, ...argv, '--yes', '--no-git'], { cwd })
  expect(ran.code).toBe(0)
  const emitted = texts(filesBelow(join(cwd, name)))
  if (process.env.UPDATE_GOLDEN) {
    rmSync(join(folder, name), { recursive: true, force: true })
    for (const [path, content] of Object.entries(emitted)) {
      mkdirSync(dirname(join(folder, name, path)), { recursive: true })
      writeFileSync(join(folder, name, path), content, 'latin1')
    }
  }
  expect(emitted).toEqual(texts(filesBelow(join(folder, name))))
})

test('no golden project is left without a case', () => {
  const known = Object.keys(GOLDEN).sort()
  const there = [...new Set(Object.keys(filesBelow(folder)).map((path) => path.split('/')[0]))].sort()
  expect(there).toEqual(known)
  expect(readFileSync(join(folder, 'iris-knn-zip/app/handler.py'), 'utf8')).toContain('def handler(')
})
