import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { environmentOf, passesItsLinters, passesItsTests } from './environment.ts'
import { emitted, models, tool } from './places.ts'
import { generate, type Project } from './project.ts'
import { run } from './run.ts'

/** Each would break out of at least one of the languages that a project is written in. */
const sets: Record<string, { features: string[]; classes: string[]; description: string }> = {
  quotes: {
    features: ["it's", 'say "so"', "'''", '"""'],
    classes: ["'", '"', '`'],
    description: `it's "so", '''three''' and """three""" and \`ticks\``,
  },
  'line ends': {
    features: ['two\nlines', 'carriage\rreturn', 'tab\tstop', 'line separator'],
    classes: ['a\nb', ' leading and trailing ', '\u0085next line'],
    description: 'one: two # three - four',
  },
  templates: {
    features: ['${HOME}', '<%= name %>', '{{ name }}', '{braces}'],
    classes: ['$(touch /tmp/owned)', '<%- 1 %>', '%(name)s'],
    description: '${AWS::Region} $(touch owned) `touch owned` <%= x %> {{ x }} %d $$ $HOME',
  },
  backslashes: {
    features: ['\\', 'C:\\new\\table', '\\N{BULLET}', '\\u0041'],
    classes: ['\\"', "\\'", '\\\\'],
    description: 'C:\\new \\u0041 \\ ',
  },
  words: {
    features: ['instances', 'features', 'body', 'requestContext'],
    classes: ['null', 'true', '1.0'],
    description: 'null',
  },
  'names of Python': {
    features: ['__class__', 'class', 'warmup', 'None'],
    classes: ['label', 'probabilities', 'value'],
    description: '- [x]: *a* | > & ! %',
  },
  letters: {
    features: ['Größe', '日本語', 'مرحبا', '🌷 tulip'],
    classes: ['é', 'e\u0301', '\u202eright to left'],
    description: 'Größe, 日本語, مرحبا, 🌷 and \u202eright to left',
  },
  markup: {
    features: ['<script>alert(1)</script>', '&amp;', ']]>', '| a | b |'],
    classes: ['<b>', '# title', '[link](javascript:0)'],
    description: '</p><script>alert(1)</script> | a | [b](c) # d',
  },
  numbers: {
    features: ['1', '2.5', '-0', '1e3'],
    classes: ['yes', 'no', '0o17'],
    description: '1e3',
  },
}

const templates: string[] = []

describe.each(Object.entries(sets))('%s', (name, { features, classes, description }) => {
  const folder = join(emitted, 'hostile', name.replaceAll(' ', '-'))
  const at = (file: string) => join(folder, file)

  beforeAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(at('names.json'), JSON.stringify({ features, classes }))
    writeFileSync(at('features.json'), JSON.stringify(features))
    writeFileSync(at('classes.json'), JSON.stringify(classes))
    const scripts = join(import.meta.dirname, 'hostile')
    const zipmap = join(models, 'iris-zipmap.onnx')
    await run(tool('python'), [join(scripts, 'make_models.py'), zipmap, folder, at('names.json')])
    const sklearn = await environmentOf(
      await generate('hostile/sklearn', ['--model', join(models, 'iris-knn.joblib')]),
    )
    await run(sklearn, [join(scripts, 'fit_models.py'), folder, at('names.json')])
  })

  test.each([
    ['names in metadata', 'metadata.onnx', 'onnx'],
    ['names of inputs', 'named-inputs.onnx', 'onnx'],
    ['names of columns', 'numbers.joblib', 'sklearn'],
    ['names of columns, categories', 'words.joblib', 'sklearn'],
  ])('%s', async (_, model) => {
    await passesEverything(model, ['--model', at(model)])
  })

  test('names by flags', async () => {
    const flags = ['--features', `@${at('features.json')}`, '--classes', `@${at('classes.json')}`]
    await passesEverything('flags', ['--model', join(models, 'iris-logreg.pkl'), ...flags])
  })

  test('names of tensors', async () => {
    const project = await passesEverything('tensors.onnx', ['--model', at('tensors.onnx')], false)
    const { inputs } = JSON.parse(readFileSync(join(project.folder, 'model/model.json'), 'utf8'))
    expect(inputs.map((tensor: { name: string }) => tensor.name)).toEqual(features.slice(0, 3))
  })

  async function passesEverything(
    kind: string,
    flags: readonly string[],
    hasFeatures = true,
  ): Promise<Project> {
    const where = `hostile/${name.replaceAll(' ', '-')}/${kind.replace('.', '-')}`
    const project = await generate(where, [...flags, '--description', description])
    if (hasFeatures) expect(namesIn(project)).toEqual({ features, classes: new Set(classes) })
    await passesItsTests(project)
    await passesItsLinters(project)
    await run(tool('yamllint'), ['--strict', '.'], { in: project.folder })
    templates.push(join(project.folder, 'template.yaml'))
    const read = 'import sys, tomllib\nfor file in sys.argv[1:]: print(tomllib.loads(open(file).read()))'
    const printed = await run(tool('python'), ['-c', `${read}`, 'pyproject.toml', 'samconfig.toml'], {
      in: project.folder,
    })
    expect(printed).toContain('requires-python')
    return project
  }
})

test('the templates of all of them pass cfn-lint', async () => {
  expect(templates.length).toBeGreaterThan(0)
  await run(tool('cfn-lint'), ['--', ...templates])
})

/** scikit-learn sorts the classes. */
function namesIn({ folder }: Project): unknown {
  const { features, classes } = JSON.parse(readFileSync(join(folder, 'model/model.json'), 'utf8'))
  return { features: features.map((feature: { name: string }) => feature.name), classes: new Set(classes) }
}
