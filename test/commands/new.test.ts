import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { serve } from '../model/object-store.ts'
import { cli, emptyFolder, filesBelow, model } from '../shell.ts'

const KNN = ['--model', model('iris-knn.joblib'), '--yes', '--no-git']

describe('a new project', () => {
  test('the demo model needs nothing but --yes', async () => {
    const cwd = emptyFolder()
    const ran = await cli(['my-svc', '--yes', '--no-git', '--json'], { cwd })
    expect(ran.code).toBe(0)
    const answer = ran.json()
    expect(Object.keys(answer)).toEqual([
      'ok',
      'directory',
      'answers',
      'decisions',
      'warnings',
      'files',
      'command',
      'next',
    ])
    expect(answer.directory).toBe(join(cwd, 'my-svc'))
    expect(answer.command).toMatch(/^npm create lambda-model@\S+ my-svc -- --yes --no-git$/)
    expect(Object.keys(filesBelow(join(cwd, 'my-svc'))).sort()).toEqual([...answer.files].sort())
    expect(answer.files).toContain('app/handler.py')
  })

  test('within a repository that ignores models, its model is not ignored', async () => {
    const cwd = emptyFolder()
    const git = (...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' })
    git('init', '--quiet')
    writeFileSync(join(cwd, '.gitignore'), '*.joblib\nmodel/\n')
    await cli(['services/iris', ...KNN], { cwd })
    git('add', '--all')
    expect(git('ls-files', 'services/iris/model').split('\n')).toContain(
      'services/iris/model/iris-knn.joblib',
    )
  })

  test('an echo has no model, and is updated like any other project', async () => {
    const cwd = emptyFolder()
    const made = await cli(['echo', '--model-type', 'echo', '--yes', '--no-git', '--json'], { cwd })
    const { answers, files } = made.json()
    expect([answers.model, answers.framework, answers.answer]).toEqual([null, null, null])
    expect(files.filter((path: string) => /^model|predictor|features/.test(path))).toEqual([])
    expect((await cli(['check', 'echo', '--strict'], { cwd })).code).toBe(0)
    const update = (...flags: string[]) =>
      cli(['update', 'echo', '--allow-dirty', '--json', ...flags], { cwd })
    const written = (await update('--memory', '512')).json().verdicts
    expect(written.map(({ path }: { path: string }) => path)).toContain('template.yaml')
    const refused = await update('--model', model('iris-knn.joblib'))
    expect([refused.code, refused.json().problems[0].option]).toEqual([2, '--model'])
  })

  test('--json prints one document on stdout, and nothing else', async () => {
    const ran = await cli(['svc', ...KNN, '--json'])
    expect(ran.stdout.trim().split('\n')).toHaveLength(1)
    expect(ran.stderr).toBe('')
  })

  test('same answers, same bytes, whatever the directory, the clock and the place of the model', async () => {
    const [one, two] = [emptyFolder(), emptyFolder()]
    await cli(['a/svc', ...KNN], { cwd: one })
    await cli(['svc', ...KNN], { cwd: two, env: { TZ: 'Asia/Tokyo', LANG: 'de_DE' } })
    expect(filesBelow(join(one, 'a/svc'))).toEqual(filesBelow(join(two, 'svc')))
  })

  test("nothing in a project names the user's own paths", async () => {
    const cwd = emptyFolder()
    await cli(['svc', ...KNN, '--cases', model('iris-knn.joblib.cases.json')], { cwd })
    const leaking = Object.entries(filesBelow(join(cwd, 'svc'))).filter(
      ([, text]) => text.includes(import.meta.dirname) || text.includes(cwd),
    )
    expect(leaking.map(([path]) => path)).toEqual([])
  })

  test.each([
    [['--model', model('iris-knn.joblib')], 'iris-knn'],
    [['--model', model('iris-knn.joblib'), '--name', 'flowers'], 'flowers'],
    [[], 'iris-demo'],
  ])('%j is made in %s', async (argv, directory) => {
    const cwd = emptyFolder()
    const ran = await cli([...argv, '--yes', '--no-git', '--json'], { cwd })
    expect([ran.json().directory, ran.json().answers.name]).toEqual([join(cwd, directory), directory])
  })

  test('the name comes from the directory, made valid', async () => {
    const ran = await cli(['My Schönster_Service!', '--yes', '--no-git', '--json'])
    expect(ran.json().answers.name).toBe('my-schonster-service')
  })

  test('the state that later versions update from', async () => {
    const cwd = emptyFolder()
    await cli(['svc', ...KNN, '--memory', '2048', '--cases', model('iris-knn.joblib.cases.json')], { cwd })
    const files = filesBelow(join(cwd, 'svc'))
    const state = JSON.parse(files['.lambda-model/answers.json'] ?? '')
    expect(state.given).toEqual(['memory'])
    expect(state.answers).toMatchObject({
      model: 'model/iris-knn.joblib',
      memory: 2048,
      python: '3.13',
      packaging: 'zip',
    })
    expect(state.model).toMatchObject({
      path: 'model/iris-knn.joblib',
      signature: { format: 'sklearn-joblib' },
    })
    const snapshot = readFileSync(join(cwd, 'svc/.lambda-model/pristine.jsonl'), 'utf8')
    const lines = snapshot
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map((line) => line.path)).toEqual(lines.map((line) => line.path).sort())
    for (const { path, content } of lines)
      expect([path, Buffer.from(content).toString('latin1')]).toEqual([path, files[path]])
    const once = ['app/features.py', 'model/cases.json', 'model/iris-knn.joblib']
    const managed = Object.keys(files).filter(
      (path) => !once.includes(path) && !path.startsWith('.lambda-model/'),
    )
    expect(lines.map((line) => line.path)).toEqual(managed.sort())
  })

  test('the answers of a project make the same project again', async () => {
    const cwd = emptyFolder()
    const chosen = ['--name', 'svc', '--memory', '2048', '--model-store', 'bucket', '--bucket', 'of-the-team']
    await cli(['one', ...KNN, ...chosen], { cwd })
    const ran = await cli(['two', '--answers', 'one/.lambda-model/answers.json', '--yes', '--no-git'], {
      cwd,
    })
    expect(ran.stderr).toBe('')
    const [one, two] = [filesBelow(join(cwd, 'one')), filesBelow(join(cwd, 'two'))]
    expect(two).toEqual(one)
  })
})

describe('the order of precedence', () => {
  const ANSWERS = {
    json: '{"memory": 1111, "region": "eu-west-1", "python": "3.12"}',
    yaml: 'memory: 1111\nregion: eu-west-1\npython: 3.12\n',
  }

  test.each(Object.entries(ANSWERS))('flag > environment > answers file (%s)', async (ending, text) => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, `a.${ending}`), text)
    const ran = await cli(['svc', ...KNN, '--json', '--answers', `a.${ending}`, '--memory', '3003'], {
      cwd,
      env: { LAMBDA_MODEL_MEMORY: '2002', LAMBDA_MODEL_REGION: 'us-west-2' },
    })
    expect(ran.json().answers).toMatchObject({ memory: 3003, region: 'us-west-2', python: '3.12' })
  })

  test.each([
    ['LAMBDA_MODEL_MEMRY', ' Did you mean LAMBDA_MODEL_MEMORY?'],
    ['LAMBDA_MODEL_STORE', ' Did you mean LAMBDA_MODEL_MODEL_STORE?'],
    ['LAMBDA_MODEL_QQQQQQQQ', ''],
  ])('%s is ignored, and said', async (name, meant) => {
    const message = `${name} belongs to no option, and is ignored.${meant}`
    const env = { [name]: '1024', LAMBDA_MODEL_REGION: 'us-west-2', LAMBDA_MODEL_EMPTIED: '' }
    const cwd = emptyFolder()
    const ran = await cli(['svc', ...KNN, '--json'], { cwd, env })
    expect(ran.json().warnings[0]).toEqual({ code: 'unknown-variable', message })
    expect(ran.stderr).toBe(`Warning: ${message}\n`)
    const refused = await cli(['svc', ...KNN, '--json'], { cwd, env })
    expect([refused.code, refused.stderr.split('\n')[0]]).toEqual([2, `Warning: ${message}`])
    for (const argv of [
      ['update', 'svc'],
      ['check', 'svc'],
      ['svc2', ...KNN, '--quiet'],
    ])
      expect((await cli(argv, { cwd, env })).stderr).toBe('')
  })

  test('a decision says why, and a flag ends it', async () => {
    const decided = (await cli(['svc', ...KNN, '--json'])).json()
    const memory = decided.decisions.find((decision: { name: string }) => decision.name === 'memory')
    expect(memory).toMatchObject({ name: 'memory', value: decided.answers.memory })
    expect([memory.reason, memory.source].every((text) => text.length > 10)).toBe(true)
    const given = (await cli(['svc', ...KNN, '--json', '--memory', '2048'])).json()
    expect(given.decisions.map((decision: { name: string }) => decision.name)).not.toContain('memory')
  })
})

describe('what the file does not hold', () => {
  const LOGREG = ['--model', model('iris-logreg.pkl'), '--no-git', '--json']

  test('is made up with --yes, and said', async () => {
    const answer = (await cli(['svc', ...LOGREG, '--yes'])).json()
    expect(answer.answers.features).toEqual(['feature_1', 'feature_2', 'feature_3', 'feature_4'])
    expect(answer.decisions).toContainEqual(
      expect.objectContaining({ name: 'features', reason: 'the file holds no names' }),
    )
  })

  test('comes from a flag or a file of names', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'names.txt'), 'a\nb c\nd,e\n"f"\n')
    writeFileSync(join(cwd, 'labels.json'), '["0", 1, true]')
    const answer = (
      await cli(['svc', ...LOGREG, '--yes', '--features', '@names.txt', '--classes', '@labels.json'], { cwd })
    ).json()
    expect(answer.answers.features).toEqual(['a', 'b c', 'd,e', '"f"'])
    expect(answer.answers.classes).toEqual(['0', 1, true])
  })
})

describe('golden cases', () => {
  const LIGHTGBM = ['--model', model('adult-lightgbm.onnx'), '--yes', '--no-git', '--json']

  test('name the features, where the file does not', async () => {
    const answer = (
      await cli(['svc', ...LIGHTGBM, '--cases', model('adult-lightgbm.onnx.cases.json')])
    ).json()
    expect(answer.answers.features).toContain('native_country')
  })

  test('that do not fit the model are refused, with what does not fit', async () => {
    const ran = await cli(['svc', ...LIGHTGBM, '--cases', model('iris-knn.joblib.cases.json')])
    expect([ran.code, ran.json().problems[0]]).toMatchObject([2, { code: 'bad-cases', option: '--cases' }])
    expect(ran.json().problems[0].message).toMatch(/inputs\[0\] lacks|setosa/)
  })

  test.each([
    [{ value: 1 }, 'outputs[0] has no label'],
    [{ label: 'setosa', probabilities: { setosa: 1 } }, 'outputs[0].probabilities is not a list of numbers'],
    [{ label: 'setosa', probabilities: ['1', 0, 0] }, 'outputs[0].probabilities is not a list of numbers'],
  ])('whose answer is %j are refused: the tests of the project would fail', async (output, message) => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'c.json'), JSON.stringify({ inputs: [[1, 2, 3, 4]], outputs: [output] }))
    const ran = await cli(['svc', ...KNN, '--json', '--cases', 'c.json'], { cwd })
    expect([ran.code, ran.json().problems]).toMatchObject([
      2,
      [{ message: expect.stringContaining(message) }],
    ])
  })

  test.each<[string, object, string | null]>([
    ['adult-columns.joblib', { age: 'old' }, 'inputs[1].age "old" is not a number'],
    ['adult-columns.joblib', { age: true }, 'inputs[1].age true is not a number: write 1'],
    [
      'adult-columns.joblib',
      { age: null, education: 'PhD' },
      'inputs[1].age is null; inputs[1].education "PhD"',
    ],
    ['adult-columns.joblib', { education: 'PhD' }, '"PhD" is not one of Bachelors, Doctorate'],
    ['adult-columns.joblib', { age: '39.5', beside: null }, null],
    ['adult-lightgbm.txt', { age: 'old' }, 'inputs[1].age "old" is not a number'],
    ['adult-lightgbm.txt', { age: null }, null],
  ])('of %s with %j: what the service would refuse is refused', async (file, changed, message) => {
    const cwd = emptyFolder()
    const cases = JSON.parse(readFileSync(model(`${file}.cases.json`), 'utf8'))
    Object.assign(cases.inputs[1], changed)
    const flags = ['--model', model(file), '--yes', '--dry-run', '--json', '--cases', 'c.json']
    writeFileSync(join(cwd, 'c.json'), JSON.stringify(cases))
    const named = await cli(['svc', ...flags], { cwd })
    const inOrder = cases.features.map(({ name }: { name: string }) => name)
    cases.inputs = cases.inputs.map((row: Record<string, unknown>) =>
      inOrder.map((name: string) => row[name]),
    )
    writeFileSync(join(cwd, 'c.json'), JSON.stringify(cases))
    for (const ran of [named, await cli(['svc', ...flags], { cwd })]) {
      expect([ran.code, ran.json().problems?.length]).toEqual(message === null ? [0, undefined] : [2, 1])
      if (message !== null) expect(ran.json().problems[0].message).toContain(message)
    }
  })
})

describe('wrong usage: exit 2, every problem with the flag that mends it, nothing written', () => {
  test('all problems at once', async () => {
    const cwd = emptyFolder()
    mkdirSync(join(cwd, 'svc'))
    writeFileSync(join(cwd, 'svc/mine.txt'), '')
    const ran = await cli(
      [
        'svc',
        '--modle',
        'x',
        '--packaging',
        'imagee',
        '--memory',
        '5',
        '--region',
        'eu-center-1',
        '--auth',
        'api-key',
        '--json',
        '--yes',
      ],
      { cwd },
    )
    expect(ran.code).toBe(2)
    expect(ran.json().ok).toBe(false)
    const said = Object.fromEntries(
      ran.json().problems.map((problem: { option: string; fix: string }) => [problem.option, problem.fix]),
    )
    expect(said).toMatchObject({
      '--modle': 'Did you mean --model?',
      '--packaging': expect.stringContaining('Did you mean image?'),
      '--memory': expect.stringContaining('128'),
      '--region': expect.stringContaining('eu-central-1'),
      '--auth': expect.stringContaining('--endpoint rest-api'),
      directory: expect.stringContaining('--force'),
    })
    expect(filesBelow(cwd)).toEqual({ 'svc/mine.txt': '' })
    for (const { message } of ran.json().problems) expect(ran.stderr).toContain(message)
  })

  test.each([
    [['--model', '/no/such/model.onnx'], 'missing-model'],
    [['--model', import.meta.dirname], 'model-is-a-directory'],
    [['--model'], 'missing-value'],
    [['--json=yes'], 'bad-value'],
    [['--answers', 'nowhere.json'], 'bad-answers'],
    [['--cases', 'nowhere.json'], 'bad-cases'],
    [['one', 'two'], 'unexpected-argument'],
    [['--name', 'Not Valid'], 'bad-value'],
    [['--features', 'a,b'], 'bad-value'],
    [['--features', 'a,b,c,a'], 'bad-value'],
    [['--classes', 'a,b,b'], 'bad-value'],
    [['--classes', '[null, {}, 1]'], 'bad-value'],
    [['--path', 'predict'], 'bad-value'],
    [['--log-predictions', '2'], 'bad-value'],
    [['--iac', 'pulumi'], 'bad-value'],
    [['--endpoint', 'none', '--auth', 'iam'], 'does-not-apply'],
    [['--timeout', '30'], 'contradiction'],
  ])('%j: %s', async (argv, code) => {
    const ran = await cli([...argv, '--yes', '--json', '--no-git'])
    const [problem] = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '').problems
    expect([ran.code, problem.code]).toEqual([2, code])
    expect(problem.fix).not.toBe('')
  })

  test.each([
    ['--name My_Service', '--name', 'small letters, digits', 'Use --name my-service.'],
    [`--name ${'a'.repeat(41)}`, '--name', 'up to 40', `Use --name ${'a'.repeat(40)}.`],
    ['--model-store bucket --bucket sthree-x', '--bucket', 'sthree- are reserved', 'like my-models'],
    ['--model-store bucket --bucket My_Models', '--bucket', 'small letters', 'like my-models'],
    ['--warmup snapstart --warmup provisioned', '--warmup', 'takes one value', 'Give --warmup snapstart, or'],
    ['--warmup snapstart,provisioned', '--warmup', 'not one of its choices', 'Choose one of none, schedule'],
    ['--warmup snapstart --tmp-size 1024', '--tmp-size', 'with --warmup snapstart', 'Use --tmp-size 512'],
    ['--warmup schedule --cloud cloud-functions', '--warmup', 'has no meaning', 'Leave --warmup out.'],
    ['--endpoint http-api --auth api-key', '--auth', 'only a REST API has keys', 'Use --endpoint rest-api'],
    ['--endpoint none --auth api-key', '--auth', 'has no meaning', 'Leave --auth out.'],
    ['--description two\nlines', '--description', 'line breaks', 'Use one line'],
  ])('%s: what a service would refuse is one problem with its mend', async (argv, option, message, fix) => {
    const cwd = emptyFolder()
    const ran = await cli(['svc', ...argv.split(' '), '--yes', '--json', '--no-git'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.json().problems).toMatchObject([
      { option, message: expect.stringContaining(message), fix: expect.stringContaining(fix) },
    ])
    expect(filesBelow(cwd)).toEqual({})
  })

  test('a bucket in another region', async () => {
    const cwd = emptyFolder()
    const s3 = await serve(() => ({ status: 200, headers: { 'x-amz-bucket-region': 'eu-west-1' } }))
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_S3: s3.url,
    }
    const store = ['--model-store', 'bucket', '--bucket', 'my-models']
    const ran = await cli(['svc', ...KNN, ...store, '--json'], { cwd, env })
    await s3.close()
    expect([ran.code, ran.json().problems]).toMatchObject([
      2,
      [{ option: '--bucket', fix: 'Use --region eu-west-1, or another --bucket.' }],
    ])
    expect(filesBelow(cwd)).toEqual({})
  })

  test('without a terminal and without --yes every open question is named with its flag', async () => {
    const ran = await cli(['svc', '--model', model('iris-logreg.pkl'), '--json'])
    expect(ran.code).toBe(2)
    const options = ran.json().problems.map((problem: { option: string }) => problem.option)
    expect(options).toEqual(expect.arrayContaining(['--features', '--endpoint', '--auth', '--region']))
    expect(options).not.toContain('--classes')
  })

  test.each([
    [
      ['svc', '--yes', '--restore', '--strict'],
      ['--restore', '--strict'],
    ],
    [
      ['update', '--force', '--no-git', '--strict'],
      ['--force', '--no-git', '--strict', 'directory'],
    ],
    [
      ['check', '--install'],
      ['--install', 'directory'],
    ],
    [
      ['inspect', model('iris-plain.onnx'), '--packaging', 'zip', '--allow-dirty'],
      ['--packaging', '--allow-dirty'],
    ],
  ])('an option that the command would pass over is refused: %j', async (argv, options) => {
    const ran = await cli([...argv, '--json'])
    expect([ran.code, ran.json().problems.map(({ option }: { option: string }) => option)]).toEqual([
      2,
      options,
    ])
  })

  test('one dash too few is no question for help', async () => {
    const ran = await cli(['svc', '-auth', 'none', '--yes', '--json'])
    expect([ran.code, ran.json().problems[0].option]).toEqual([2, '-a'])
    for (const word of ['-h', '-yh', '-hy', '--help']) expect((await cli([word])).code).toBe(0)
  })

  test('flags that npm kept for itself: the line with -- is printed', async () => {
    const env = {
      npm_config_user_agent: 'npm/11.19.1 node/v20',
      npm_config_packaging: 'true',
      npm_config_tracing: 'true',
    }
    const ran = await cli(['my-svc', 'image', '--json'], { env })
    expect(ran.code).toBe(2)
    const [problem, ...others] = ran.json().problems
    expect(problem.fix).toBe('npm create lambda-model my-svc -- --packaging image --tracing')
    expect(others).toEqual([])
  })

  test.each([
    ['m.onnx image svc 900', 'svc -- --model m.onnx --packaging image --memory 900'],
    ['image svc 900 s3://b/m', 'svc -- --model s3://b/m --packaging image --memory 900'],
    ['svc one two three', 'svc -- --model one --packaging two --memory three'],
  ])('the words that npm left, %s, find their options', async (words, line) => {
    const kept = { npm_config_memory: 'true', npm_config_packaging: 'true', npm_config_model: 'true' }
    const env = { npm_config_user_agent: 'npm/11.19.1 node/v20', ...kept }
    const ran = await cli([...words.split(' '), '--json'], { env })
    expect(ran.json().problems).toMatchObject([{ fix: `npm create lambda-model ${line}` }])
  })

  test.each([
    [{ npm_config_dry_run: 'true' }, '--dry-run'],
    [{ npm_config_git: 'false' }, '--no-git'],
    [{ npm_config_tracing: '' }, '--no-tracing'],
    [{ npm_config_python: '3.12' }, '--python 3.12'],
    [{ npm_config_install: 'true' }, '--install'],
  ])('%j was %s', async (kept: Record<string, string>, option) => {
    const env = { npm_config_user_agent: 'npm/11.19.1 node/v20', ...kept }
    const ran = await cli(['svc', '--yes', '--json'], { env })
    expect([ran.code, ran.json().problems[0].fix]).toEqual([2, `npm create lambda-model svc -- ${option}`])
  })

  test('a --yes that npm took for its own is told of where it is missing, and only there', async () => {
    const env = { npm_config_user_agent: 'npm/11.19.1 node/v20', npm_config_yes: 'true' }
    const { stderr } = await cli(['svc'], { env })
    expect(stderr).toMatch(/^npm kept --yes for itself.*\n {2}npm create lambda-model svc -- --yes\n$/)
    const others = await cli(['svc', '--packaging', 'image'], { env })
    expect(others.stderr).toMatch(/^--model is not answered/)
    expect((await cli(['svc', '--yes', '--no-git'], { env })).code).toBe(0)
  })

  test("what npm's own configuration holds is nobody's flag", async () => {
    const env = { npm_config_user_agent: 'npm/11.19.1 node/v20', npm_config_python: '/usr/bin/python3' }
    expect((await cli(['svc', '--yes', '--no-git'], { env })).code).toBe(0)
  })

  test('an option where a value should stand is still an option', async () => {
    const ran = await cli(['svc', '--model', '--json', '--memory', '--yes'])
    const said = ran.json().problems.map((problem: { fix: string }) => problem.fix)
    expect([ran.code, said]).toEqual([2, ['Give --model FILE.', 'Give --memory MB.']])
  })

  test.each(['--constructor', '--toString'])('%s is not an option', async (word) => {
    const ran = await cli(['svc', '--yes', '--json', word])
    expect([ran.code, ran.json().problems[0].code]).toEqual([2, 'unknown-option'])
  })

  test.each([
    ['--framework', 'sklearn', 'onnx'],
    ['--task', 'regression', 'classification'],
  ])('%s %s contradicts the file', async (option, value, said) => {
    const ran = await cli(['svc', '--model', model('iris-zipmap.onnx'), option, value, '--yes', '--json'])
    const [{ code, fix }] = ran.json().problems
    expect([ran.code, code, fix]).toEqual([2, 'bad-value', `Leave ${option} out, or give ${option} ${said}.`])
  })

  test('labels that are text although they look like numbers stay text in the command that repeats it', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'labels.json'), '["0", 1, "true"]')
    const argv = ['--model', model('iris-plain.onnx'), '--yes', '--no-git', '--json']
    const first = (await cli(['svc', '--classes', '@labels.json', ...argv], { cwd })).json()
    expect(first.answers.classes).toEqual(['0', 1, 'true'])
    const given = /--classes '(.*?)'/.exec(first.command)?.[1] ?? ''
    expect((await cli(['again', '--classes', given, ...argv])).json().answers.classes).toEqual([
      '0',
      1,
      'true',
    ])
  })

  test('a long description is cut to what CloudFormation takes: 1024 bytes', async () => {
    const cwd = emptyFolder()
    await cli(['svc', '--description', 'ä🌸'.repeat(400), '--yes', '--no-git'], { cwd })
    const template = readFileSync(join(cwd, 'svc/template.yaml'), 'utf8')
    const said = JSON.parse(/^Description: (.*)$/m.exec(template)?.[1] ?? '')
    expect(said).toBe(`${'ä🌸'.repeat(170)}ä`)
  })

  test('a list that cannot be read is one problem', async () => {
    const ran = await cli(['svc', '--features', '@nowhere.txt', '--yes', '--json'])
    expect(ran.json().problems.map((problem: { value: string }) => problem.value)).toEqual(['@nowhere.txt'])
  })

  test('a byte order mark is no part of an answers file', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'a.json'), '\ufeff{"log-predictions": ".5"}')
    const ran = await cli(['svc', '--answers', 'a.json', '--yes', '--no-git', '--json'], { cwd })
    expect(ran.json().answers['log-predictions']).toBe(0.5)
  })

  test.each(['--features', '--classes', '--answers', '--cases'])(
    '%s: text in another encoding is refused',
    async (option) => {
      const cwd = emptyFolder()
      writeFileSync(join(cwd, 'latin1.yaml'), Buffer.from('description: Größe\n', 'latin1'))
      const file = option === '--features' || option === '--classes' ? '@latin1.yaml' : 'latin1.yaml'
      const ran = await cli(['svc', option, file, '--yes', '--json'], { cwd })
      expect([ran.code, ran.json().problems]).toMatchObject([
        2,
        [{ option, message: expect.stringContaining('it is not text in UTF-8') }],
      ])
    },
  )

  test('a text without end is refused', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'long.json'), '')
    truncateSync(join(cwd, 'long.json'), 65 * 1024 * 1024)
    const ran = await cli(['svc', '--cases', 'long.json', '--answers', 'long.json', '--yes', '--json'], {
      cwd,
    })
    const said = ran
      .json()
      .problems.map(({ message }: { message: string }) => /more than 64 MiB/.test(message))
    expect([ran.code, said]).toEqual([2, [true, true]])
  })

  test.skipIf(!existsSync('/dev/null'))('a device is no file: some have no end', async () => {
    const ran = await cli(['svc', '--cases', '/dev/null', '--answers', '/dev/null', '--yes', '--json'])
    const said = ran.json().problems.map(({ message }: { message: string }) => /it is a device/.test(message))
    expect([ran.code, said]).toEqual([2, [true, true]])
  })

  test.each([
    ['--yes --dry-run --json', '--yes'],
    [
      '--force --no-git --install -y --memory 512 --dry-run --json',
      '--memory 512 --yes --install --no-git --force',
    ],
  ])('%s: the command that repeats it says what a run leaves, not what it shows', async (argv, again) => {
    const ran = await cli(['svc', ...argv.split(' ')])
    expect(ran.json().command).toMatch(new RegExp(`^npm create lambda-model@\\S+ svc -- ${again}$`))
  })

  test('a directory named like a command, or with spaces, comes back as it has to be typed', async () => {
    const cwd = emptyFolder()
    const named = await cli(['./update', '--yes', '--no-git', '--json'], { cwd })
    expect(named.json().command).toMatch(/^npm create lambda-model@\S+ \.\/update -- --yes --no-git$/)
    const spaced = await cli(['my svc', '--yes', '--no-git', '--json'], { cwd })
    expect(spaced.json().next[0]).toBe("cd 'my svc'")
  })

  test('a directory below a file', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'file'), '')
    const ran = await cli(['file/svc', '--yes', '--json'], { cwd })
    expect([ran.code, ran.json().problems[0].code]).toEqual([2, 'not-a-directory'])
  })

  test('the help tells every command and every exit code', async () => {
    const { stdout } = await cli(['--help'])
    for (const word of [' update ', ' check ', ' inspect ', '3 check', '130 stopped'])
      expect(stdout).toContain(word)
  })

  test('a directory that is a file', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'svc'), '')
    expect((await cli(['svc', '--yes', '--json'], { cwd })).json().problems[0].code).toBe('not-a-directory')
  })
})

describe('a model that cannot be used: exit 1, nothing written', () => {
  test.each([
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('hello world')],
    ['a page', Buffer.from('<!DOCTYPE html><html>404</html>')],
    ['a pickle that runs a command', Buffer.from('cposix\nsystem\n(S"touch /tmp/pwned"\ntR.')],
  ])('%s', async (_, content) => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'model.pkl'), content)
    const ran = await cli(['svc', '--model', 'model.pkl', '--yes', '--json'], { cwd })
    expect([ran.code, ran.json().ok, ran.json().problems[0].option]).toEqual([1, false, '--model'])
    expect(Object.keys(filesBelow(cwd))).toEqual(['model.pkl'])
    expect(ran.stderr).not.toMatch(/\n\s+at /)
  })
})

describe('a bundle', () => {
  test.each(['.tar', '.tar.gz'])(
    '%s: the project has the model alone, and the classes beside it for good',
    async (suffix) => {
      const cwd = emptyFolder()
      const pack = (classes: string, name: string) => {
        writeFileSync(join(cwd, 'classes.txt'), classes)
        execFileSync('tar', [suffix === '.tar' ? '-cf' : '-czf', name, 'games.keras', 'classes.txt'], { cwd })
      }
      cpSync(model('games.keras'), join(cwd, 'games.keras'))
      pack('stays\nbuys\n', `games${suffix}`)
      await cli(['svc', '--model', `games${suffix}`, '--yes', '--no-git'], { cwd })
      const carried = readFileSync(join(cwd, 'svc/model/games.keras'))
      expect(carried.equals(readFileSync(model('games.keras')))).toBe(true)
      const { sha256, classes } = JSON.parse(readFileSync(join(cwd, 'svc/model/model.json'), 'utf8'))
      expect(sha256).toBe(createHash('sha256').update(carried).digest('hex'))
      expect(classes).toEqual(['stays', 'buys'])
      expect((await cli(['check', 'svc'], { cwd })).code).toBe(0)
      pack('no\nyes\n', `next${suffix}`)
      await cli(['update', 'svc', '--model', `next${suffix}`, '--allow-dirty'], { cwd })
      expect(JSON.parse(readFileSync(join(cwd, 'svc/model/model.json'), 'utf8')).classes).toEqual([
        'no',
        'yes',
      ])
    },
  )
})

describe('a model that this version cannot serve: exit 1, with the way out', () => {
  test.each(['parts.pt2', 'parts-state-dict.pt'])('%s', async (name) => {
    const ran = await cli(['svc', '--model', model(name), '--yes', '--json'])
    expect([ran.code, ran.json().problems[0].option]).toEqual([1, '--model'])
    expect(ran.json().problems[0].fix).not.toBe('')
  })
})

describe('a model of pictures', () => {
  const digits = ['svc', '--model', model('digits.onnx'), '--yes', '--json']

  test('carries how a picture becomes a tensor, and its golden pictures', async () => {
    const cwd = emptyFolder()
    const flags = [
      '--cases',
      `${model('digits.onnx')}.cases.json`,
      '--image-resize',
      'crop:10',
      '--image-std',
      '0.5',
    ]
    expect((await cli([...digits, ...flags], { cwd })).code).toBe(0)
    const { preprocess } = JSON.parse(readFileSync(join(cwd, 'svc/model/model.json'), 'utf8'))
    expect(preprocess).toEqual({
      mode: 'L',
      size: [8, 8],
      resize: 'crop:10',
      scale: 1 / 255,
      mean: [0],
      std: [0.5],
      layout: 'NCHW',
      dtype: 'float32',
    })
    const { inputs } = JSON.parse(readFileSync(join(cwd, 'svc/model/cases.json'), 'utf8'))
    expect(inputs[0].image).toMatch(/^iVBORw0KGgo/)
  })

  test.each([
    ['--image-size', '9x9'],
    ['--image-size', 'large'],
    ['--image-mode', 'RGB'],
    ['--image-scale', '1/0'],
    ['--image-mean', 'imagenet'],
    ['--image-std', '0'],
    ['--image-resize', 'crop:4'],
  ])('%s %s is refused', async (option, value) => {
    const ran = await cli([...digits, option, value])
    expect([ran.code, ran.json().problems[0].option]).toEqual([2, option])
  })
})

describe('a model of tensors', () => {
  const tokens = ['svc', '--model', model('tokens.onnx'), '--yes', '--json']

  test('keeps its names, types and shapes, and is asked for nothing else', async () => {
    const cwd = emptyFolder()
    const ran = await cli([...tokens, '--cases', `${model('tokens.onnx')}.cases.json`], { cwd })
    expect(ran.code).toBe(0)
    expect(ran.json().answers).toMatchObject({
      'model-type': 'tensor',
      task: null,
      features: [],
      answer: null,
    })
    const { inputs, outputs } = JSON.parse(readFileSync(join(cwd, 'svc/model/cases.json'), 'utf8'))
    expect(inputs[0].ids).toEqual({ datatype: 'INT64', shape: [1, 3], data: [47, 31, 34] })
    expect(Object.keys(outputs[0])).toEqual(['scores', 'mean_embedding'])
    const sent = JSON.parse(readFileSync(join(cwd, 'svc/events/direct.json'), 'utf8'))
    expect(sent.inputs.map(({ name }: { name: string }) => name)).toEqual(['ids', 'mask'])
  })

  test.each([
    ['--classes', 'a,b'],
    ['--answer', 'records'],
    ['--strict-input', 'true'],
    ['--path', '/v2/health'],
    ['--model-type', 'tabular'],
  ])('%s %s is refused', async (option, value) => {
    const ran = await cli([...tokens, ...(value === 'true' ? [option] : [option, value])])
    expect([ran.code, ran.json().problems[0].option]).toEqual([2, option])
  })

  test.each<[string, object, string]>([
    ['a name that is missing', { ids: tensor('INT64', [1, 1], [5]) }, 'inputs[0] lacks "mask"'],
    ['a wrong type', tokensWith(tensor('FP32', [1, 1], [1])), 'inputs[0].ids is FP32, not INT64'],
    ['a wrong rank', tokensWith(tensor('INT64', [1], [1])), 'inputs[0].ids has the shape [1]'],
    ['too few values', tokensWith(tensor('INT64', [2, 2], [1])), 'inputs[0].ids holds 1 values'],
    ['no tensors', { G1: 5 }, 'inputs[0] holds no tensors'],
  ])('golden cases with %s are refused', async (_, input, why) => {
    const cwd = emptyFolder()
    const scores = { scores: tensor('FP32', [1, 3], [1, 2, 3]), mean_embedding: tensor('FP32', [0], []) }
    writeFileSync(join(cwd, 'cases.json'), JSON.stringify({ inputs: [input], outputs: [scores] }))
    const ran = await cli([...tokens, '--cases', 'cases.json'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.json().problems[0].message).toContain(why)
  })

  test('says what its samples are made of, where no golden cases tell', async () => {
    const [warning] = (await cli([...tokens, '--dry-run'])).json().warnings
    expect(warning).toMatchObject({ code: 'made-up-tensors' })
    const fixed = ['svc', '--model', model('datatypes.onnx'), '--yes', '--json', '--dry-run']
    expect((await cli(fixed)).json().warnings).toEqual([])
  })

  test.each(['iris-plain.onnx', 'digits.onnx'])('%s may be served as one', async (name) => {
    const ran = await cli(['svc', '--model', model(name), '--model-type', 'tensor', '--yes', '--json'])
    expect([ran.code, ran.json().answers['model-type']]).toEqual([0, 'tensor'])
  })

  test.each(['iris-zipmap.onnx', 'iris-knn.joblib'])('%s may not', async (name) => {
    const ran = await cli(['svc', '--model', model(name), '--model-type', 'tensor', '--yes', '--json'])
    expect([ran.code, ran.json().problems[0].option]).toEqual([2, '--model-type'])
  })

  test('tensors are no golden cases of rows', async () => {
    const flags = ['--cases', `${model('tokens.onnx')}.cases.json`, '--yes', '--json']
    const ran = await cli(['svc', '--model', model('diabetes-catboost.onnx'), ...flags])
    expect([ran.code, ran.json().problems[0].option]).toEqual([2, '--cases'])
  })

  function tensor(datatype: string, shape: number[], data: number[]) {
    return { datatype, shape, data }
  }

  function tokensWith(ids: object) {
    return { ids, mask: tensor('FP32', [1, 1], [1]) }
  }
})

describe('a directory that is not empty', () => {
  test('a fresh repository is welcome', async () => {
    const cwd = emptyFolder()
    mkdirSync(join(cwd, 'svc/.git'), { recursive: true })
    writeFileSync(join(cwd, 'svc/README.md'), '# theirs\n')
    expect((await cli(['svc', '--yes', '--json'], { cwd })).code).toBe(0)
    const files = filesBelow(join(cwd, 'svc'))
    expect(files['README.md']).toBe('# theirs\n')
    expect(files['README.md.new']).toContain('POST /predict')
  })

  test('--force: what is the same stays, what differs stays with ours beside it', async () => {
    const cwd = emptyFolder()
    await cli(['svc', '--yes', '--no-git'], { cwd })
    writeFileSync(join(cwd, 'svc/Makefile'), 'all:\n')
    const ran = await cli(['svc', '--yes', '--no-git', '--force', '--json'], { cwd })
    expect(ran.json().files).toEqual(['Makefile.new'])
    expect(filesBelow(join(cwd, 'svc')).Makefile).toBe('all:\n')
  })
})

const LONG_NAME = 'a'.repeat(40)

test.each([
  ['sam', LONG_NAME, 20],
  ['cdk', LONG_NAME, 20],
  ['terraform', LONG_NAME, 20],
  ['serverless', 'svc', 20],
  ['serverless', LONG_NAME, 15],
  ['gcloud', LONG_NAME, 8],
])('%s of %s: make refuses a stage of more than %s characters', async (iac, name, longest) => {
  const cwd = emptyFolder()
  const cloud = iac === 'gcloud' ? 'cloud-functions' : 'lambda'
  await cli([name, '--iac', iac, '--cloud', cloud, '--yes', '--no-git'], { cwd })
  const make = (stage: string) =>
    spawnSync('make', ['--dry-run', 'deploy', `STAGE=${stage}`], { cwd: join(cwd, name), encoding: 'utf8' })
  for (const fine of ['production', 'staging', 's'.repeat(longest)]) expect(make(fine).status, fine).toBe(0)
  for (const wrong of ['s'.repeat(longest + 1), 'Staging', '2nd', 'a b']) {
    const { status, stderr } = make(wrong)
    expect(status, wrong).toBe(2)
    expect(stderr).toContain(`STAGE=${wrong}: a stage is up to ${longest} small letters`)
  }
})

describe('previews write nothing', () => {
  test.each(['--dry-run', '--diff'])('%s', async (option) => {
    const cwd = emptyFolder()
    const ran = await cli(['svc', '--yes', option], { cwd })
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('app/handler.py')
    expect(filesBelow(cwd)).toEqual({})
  })
})

test('a folder where nobody may write: one problem, nothing left behind', async () => {
  if (process.getuid?.() === 0) return
  const cwd = emptyFolder()
  chmodSync(cwd, 0o500)
  const ran = await cli(['svc', '--yes', '--json'], { cwd })
  chmodSync(cwd, 0o700)
  expect([ran.code, ran.json().problems[0].code]).toEqual([1, 'cannot-write'])
})

test('what is not served is refused with what to do', async () => {
  for (const name of ['parts.safetensors', 'parts.pt2']) {
    const ran = await cli(['svc', '--model', model(name), '--yes', '--json'])
    expect([name, ran.code, ran.json().problems[0].code]).toEqual([name, 1, 'unsupported-format'])
  }
})

describe('--requirements', () => {
  const asking = async (text: string, ...more: string[]) => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'ours.txt'), text)
    const ran = await cli(['svc', ...KNN, '--requirements', 'ours.txt', '--json', ...more], { cwd })
    return { ran, cwd }
  }

  test('become dependencies, beside the pins that they do not serve, and an update keeps them', async () => {
    const { ran, cwd } = await asking('nltk>=3.9  # words\nnumpy>=1.20\n')
    const project = filesBelow(join(cwd, 'svc'))['pyproject.toml']
    expect(project).toContain('    "nltk>=3.9",\n    "numpy==2.5.5",\n')
    expect(ran.json().command).toContain(`--requirements '["nltk>=3.9","numpy>=1.20"]'`)
    expect((await cli(['check', join(cwd, 'svc')])).code).toBe(0)
  })

  test('count in the size decision', async () => {
    expect((await asking('nltk\n', '--dry-run')).ran.json().answers.packaging).toBe('zip')
    expect((await asking('polars\n', '--dry-run')).ran.json().answers.packaging).toBe('image')
  })

  test.each([
    ['nltk\n\n-e .\n', 'line 3'],
    ['scikit-learn==1.2\n', 'scikit-learn==1.2'],
    ['svc>=1\n', '--name svc'],
  ])('%j is a usage error that names %s', async (text, named) => {
    const { ran } = await asking(text)
    expect(ran.code).toBe(2)
    expect(ran.json().problems[0].message).toContain(named)
  })
})
