import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import Generator from 'yeoman-generator'
import { createHelpers } from 'yeoman-test'
import LambdaModel from '../../generators/app/index.ts'
import { cli, emptyFolder, filesBelow, model } from '../shell.ts'

const helpers = createHelpers({})
const NAMESPACE = 'lambda-model:app'
/** yeoman-test forces everything unless told otherwise. */
const NOBODY_SAID = { force: false }

/** Runs the generator as `yo lambda-model` would, in a folder of its own. */
function yo(cwd: string, words: string[], options: object, answers: Record<string, unknown> | null = null) {
  const context = helpers
    .run(LambdaModel, { namespace: NAMESPACE }, { cwd })
    .withArguments(words)
    .withOptions({ ...NOBODY_SAID, git: false, ...options } as object)
  return answers ? context.withAnswers(answers) : context
}

const flags = (given: Record<string, unknown>) =>
  Object.entries(given).map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`))

describe('yo lambda-model writes the same bytes as the command line', () => {
  test.each([
    ['the demo', {}],
    [
      'scikit-learn with cases',
      { model: model('iris-knn.joblib'), cases: model('iris-knn.joblib.cases.json') },
    ],
    [
      'many options',
      {
        endpoint: 'rest-api',
        auth: 'api-key',
        packaging: 'image',
        memory: 2048,
        tracing: true,
        'log-predictions': 0.5,
      },
    ],
    ['lists', { cors: 'https://a.example,https://b.example', region: 'eu-central-1' }],
  ] as [string, Record<string, unknown>][])('%s', async (_, given) => {
    const [direct, yeoman] = [emptyFolder(), emptyFolder()]
    const ran = await cli(['svc', ...flags(given), '--yes', '--no-git'], { cwd: direct })
    expect(ran.stderr).toBe('')
    await yo(yeoman, ['svc'], { ...given, yes: true })
    const files = filesBelow(yeoman)
    expect(Object.keys(files).length).toBeGreaterThan(20)
    expect(files).toEqual(filesBelow(direct))
  })

  test('as answers to its prompts', async () => {
    const [direct, yeoman] = [emptyFolder(), emptyFolder()]
    const given = {
      model: model('iris-knn.joblib'),
      endpoint: 'function-url',
      auth: 'none',
      region: 'eu-west-1',
    }
    await cli(['svc', ...flags(given), '--yes', '--no-git'], { cwd: direct })
    await yo(yeoman, ['svc'], {}, given)
    expect(filesBelow(yeoman)).toEqual(filesBelow(direct))
  })
})

test('it asks the same questions', async () => {
  const cwd = emptyFolder()
  const { askedQuestions } = await yo(cwd, [], {}, { name: 'flowers' })
  expect(askedQuestions.map(({ name }: { name: string }) => name)).toEqual([
    'model',
    'name',
    'cloud',
    'packaging',
    'iac',
    'endpoint',
    'auth',
    'region',
  ])
  expect(readdirSync(cwd)).toEqual(['flowers'])
})

describe('failures carry the exit code that yo ends with', () => {
  test('wrong usage: every problem, each with what mends it', async () => {
    const cwd = emptyFolder()
    const options = { region: 'eu-center-1', endpoint: 'http-apo', yes: true }
    const error = await yo(cwd, ['svc'], options).then(
      () => null,
      (reason) => reason,
    )
    expect(error).toMatchObject({ code: 2 })
    expect(error.message).toContain('Did you mean eu-central-1?')
    expect(error.message).toContain('Did you mean http-api?')
    expect(readdirSync(cwd)).toEqual([])
  })

  test('an unreadable model is 1', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'notes.txt'), 'not a model')
    await expect(yo(cwd, ['svc'], { model: 'notes.txt', yes: true })).rejects.toMatchObject({ code: 1 })
  })

  test('a directory that is not empty is refused, and what is in it stays', async () => {
    const cwd = emptyFolder()
    mkdirSync(join(cwd, 'svc'))
    writeFileSync(join(cwd, 'svc/work.py'), 'mine')
    await expect(yo(cwd, ['svc'], { yes: true })).rejects.toMatchObject({ code: 2 })
    expect(filesBelow(cwd)).toEqual({ 'svc/work.py': 'mine' })
  })

  test('--force writes beside what differs, without a question', async () => {
    const [direct, yeoman] = [emptyFolder(), emptyFolder()]
    for (const cwd of [direct, yeoman]) {
      mkdirSync(join(cwd, 'svc'))
      writeFileSync(join(cwd, 'svc/Makefile'), 'mine:\n')
    }
    await cli(['svc', '--yes', '--force', '--no-git'], { cwd: direct })
    await yo(yeoman, ['svc'], { yes: true, force: true })
    expect(filesBelow(yeoman)).toEqual(filesBelow(direct))
    expect(readFileSync(join(yeoman, 'svc/Makefile'), 'utf8')).toBe('mine:\n')
    expect(readdirSync(join(yeoman, 'svc'))).toContain('Makefile.new')
  })

  test('Ctrl-C at a prompt is 130, and nothing is left behind', async () => {
    const cwd = emptyFolder()
    const stop = Object.assign(new Error('stopped'), { name: 'ExitPromptError' })
    const context = yo(cwd, ['svc'], {}, {}).onGenerator((generator) => {
      generator.prompt = () => Promise.reject(stop)
    })
    await expect(context).rejects.toMatchObject({ code: 130 })
    expect(readdirSync(cwd)).toEqual([])
  })
})

test('another generator composes with it, and finds its files', async () => {
  class Platform extends Generator {
    inner: LambdaModel | undefined

    async composing() {
      const options = { namespace: NAMESPACE, generatorOptions: { yes: true, git: false } }
      const Inner = {
        Generator: LambdaModel,
        path: join(import.meta.dirname, '../../generators/app/index.ts'),
      }
      this.inner = (await this.composeWith(
        Inner as never,
        { generatorArgs: ['svc'], ...options } as never,
      )) as never
    }

    async install() {
      this.fs.append(this.destinationPath('svc/README.md'), 'Run by the platform team.')
      this.fs.write(this.destinationPath('svc/OWNERS'), `${this.inner?.decided?.resolved.answers.name}\n`)
    }
  }
  const cwd = emptyFolder()
  await helpers
    .run(Platform as never, { namespace: 'platform:app' }, { cwd })
    .withOptions({ force: true } as object)
  const files = filesBelow(cwd)
  expect(files['svc/OWNERS']).toBe('svc\n')
  expect(files['svc/app/handler.py']).toBeDefined()
  expect(files['svc/README.md']).toContain('Run by the platform team.')
})

test('a preview writes nothing', async () => {
  const cwd = emptyFolder()
  await yo(cwd, ['svc'], { yes: true, 'dry-run': true })
  expect(readdirSync(cwd)).toEqual([])
})
