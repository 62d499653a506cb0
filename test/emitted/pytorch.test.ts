import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { environmentOf, passesItsLinters, passesItsTests } from './environment.ts'
import { exportFrom, switched } from './exported.ts'
import { emitted, models, tool } from './places.ts'
import { flagsFor, generate, type Project } from './project.ts'
import { run } from './run.ts'

const standIn = join(import.meta.dirname, 'stand-in-torch')
const asPictures =
  '--image-scale 1/255 --image-mean 0.5,0.5,0.5 --image-std 0.25,0.25,0.25 --image-resize stretch'.split(' ')

/** Everything but PyTorch itself is installed and run: ONNX Runtime, which the stand-in asks, takes its place. */
async function passesWithoutPytorch(
  project: Project,
  env: Record<string, string> = {},
  switches = false,
): Promise<void> {
  const place = join(project.folder, 'pyproject.toml')
  const asked = readFileSync(place, 'utf8')
  expect(asked).toContain('torch = { index = "pytorch-cpu"')
  const others = asked.replace('"torch==2.15.0"', '"onnxruntime==1.31.1"')
  expect(others).not.toBe(asked)
  writeFileSync(place, others.replace(/^torch = .*\n/m, ''))
  const python = await environmentOf(project)
  await run(python, ['-m', 'pytest', '-p', 'no:cacheprovider'], {
    in: project.folder,
    env: { PYTHONPATH: standIn, ...env },
  })
  await passesItsLinters(project)
  if (!switches) return
  // To what the stand-in exports: PyTorch's own exporter was run by hand, see docs/decisions/pytorch.md.
  const printed = await exportFrom(project, { PYTHONPATH: standIn, ...env })
  expect(printed).toMatch(/^10\d\d (rows|pictures), \d of them golden: at most/)
  writeFileSync(place, asked)
  await switched(project, printed)
  await passesItsTests(project)
}

describe.each([
  ['parts-traced.pt', []],
  ['parts-traced.pt', ['--answer', 'records', '--endpoint', 'rest-api']],
  ['parts-scripted.pt', ['--image-size', '32x32', '--classes', '00-damaged,01-whole']],
  ['parts-bundle.tar.gz', ['--cloud', 'cloud-functions']],
])('%s %j, with a stand-in for PyTorch', (model, flags) => {
  test('passes its own tests and linters, golden pictures included', async () => {
    const project = await generate(`${model}-${flags.length}`, [...flagsFor(model), ...asPictures, ...flags])
    expect(existsSync(join(project.folder, 'Dockerfile'))).toBe(true)
    // The same network, as ONNX.
    const env = { STAND_IN_MODEL: join(models, 'parts-nchw.onnx') }
    await passesWithoutPytorch(project, env, flags.length === 0)
  })
})

describe.each([
  ['classes', [], []],
  ['numbers', ['archive/extra/classes.txt'], ['--task', 'regression']],
])('rows, %s, with a stand-in for PyTorch', (name, without, flags) => {
  test('passes its own tests and linters', async () => {
    mkdirSync(emitted, { recursive: true })
    const model = join(emitted, `${name}.pt`)
    const rows = [join(standIn, 'rows.py'), join(models, 'parts-traced.pt'), model, ...without]
    await run(tool('python'), rows)
    const named = ['--features', 'a,b,c,d']
    const project = await generate(`pytorch-${name}`, ['--model', model, ...named, ...flags])
    // Without classes, two targets.
    await passesWithoutPytorch(project, {}, true)
  })
})
