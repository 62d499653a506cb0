import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { emptyFolder, filesBelow, model } from '../shell.ts'
import { nodeOf } from './node-versions.ts'
import { tarball } from './pack.ts'

const root = join(import.meta.dirname, '../..')
const home = join(root, '.cache/package/home')
const installed = join(home, 'node_modules/create-lambda-model')
const cli = join(installed, 'dist/cli.js')
const command = join(home, 'node_modules/.bin/create-lambda-model')

beforeAll(() => {
  mkdirSync(home, { recursive: true })
  const quiet = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts']
  execFileSync('npm', ['install', ...quiet, '--prefix', home, tarball], { cwd: home, stdio: 'ignore' })
})

/** As a shell does: by the file's first line, which names node. */
function run(node: string, argv: readonly string[], cwd = emptyFolder(), env = {}) {
  const PATH = [dirname(node), process.env.PATH].join(delimiter)
  const { status, stdout, stderr } = spawnSync(command, argv, {
    cwd,
    encoding: 'utf8',
    env: { PATH, HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  // A machine that is busy with other tests is told that a file is being read.
  return { status, stdout, stderr: stderr.replace(/^Reading .+ …\n/, '') }
}

test('one package is installed, without dependencies and without the network', () => {
  const packages = readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'))
  expect(packages).toEqual(['create-lambda-model'])
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  expect(manifest.dependencies ?? {}).toEqual({})
  expect(existsSync(join(home, 'node_modules/.bin/create-lambda-model'))).toBe(true)
})

test('npm runs it by its name', () => {
  const cwd = emptyFolder()
  const exec = ['exec', '--offline', '--yes', '--package', tarball, '--']
  const words = ['create-lambda-model', 'svc', '--yes', '--no-git', '--json']
  const env = { PATH: process.env.PATH, HOME: cwd, npm_config_cache: join(cwd, 'cache') }
  const ran = spawnSync('npm', [...exec, ...words], { cwd, encoding: 'utf8', env, timeout: 60_000 })
  expect({ status: ran.status, ...(ran.status && { stderr: ran.stderr }) }).toEqual({ status: 0 })
  expect(JSON.parse(ran.stdout)).toMatchObject({ ok: true })
  expect(existsSync(join(cwd, 'svc/app/handler.py'))).toBe(true)
})

test.skipIf(!existsSync('/dev/full'))(
  'output that finds the disk full is one sentence and exit code 1',
  () => {
    const full = openSync('/dev/full', 'w')
    for (const argv of [['inspect', model('iris-plain.onnx'), '--json'], ['--bogus', '--json'], ['--help']]) {
      const ran = spawnSync(command, argv, { encoding: 'utf8', stdio: ['ignore', full, 'pipe'] })
      expect([ran.status, ran.stderr]).toEqual([
        1,
        expect.stringMatching(/^What was to be printed cannot be written: ENOSPC.*\n$/),
      ])
    }
  },
)

test('others may do with a project what the umask leaves them', () => {
  const cwd = emptyFolder()
  const rights = (path: string) => (statSync(join(cwd, 'svc', path)).mode & 0o777).toString(8)
  const sh = (words: string) => execFileSync('sh', ['-c', `umask 027; exec ${command} ${words}`], { cwd })
  sh(`svc --model ${model('iris-plain.onnx')} --packaging image --yes --no-git`)
  expect(['.', 'app', 'Makefile', 'scripts/push_image.sh', 'model/iris-plain.onnx'].map(rights)).toEqual([
    ...['750', '750', '640', '750', '640'],
  ])
  sh('update svc --packaging zip --memory 2048')
  expect(['Makefile', 'template.yaml', 'scripts/package_zip.py'].map(rights)).toEqual(['640', '640', '750'])
})

test('a directory that is gone is told of, and a system that refuses is no mistake of ours', () => {
  const gone = join(emptyFolder(), 'gone')
  mkdirSync(gone)
  const words = 'svc --yes --json'
  const ran = spawnSync('sh', ['-c', `rmdir ../gone; exec ${command} ${words}`], {
    cwd: gone,
    encoding: 'utf8',
  })
  expect([ran.status, JSON.parse(ran.stdout).problems]).toMatchObject([1, [{ code: 'no-directory' }]])
  const bundle = ['svc', '--model', model('parts-bundle.tar.gz'), '--image-scale', '1/255', '--yes', '--json']
  const nowhere = run(process.execPath, bundle, emptyFolder(), { TMPDIR: '/no/such/folder' })
  expect([nowhere.status, JSON.parse(nowhere.stdout).problems]).toMatchObject([
    1,
    [{ code: 'system', value: 'ENOENT' }],
  ])
})

test('it holds what is run and read, and nothing else', () => {
  const files = Object.keys(filesBelow(installed))
  const outside = files.filter((file) => !/^dist\/[\w.-]+\.m?js$/.test(file))
  expect(outside.filter((file) => !/^(?:README|LICENSE)(?:\.md)?$/.test(file)).sort()).toEqual([
    'dist/code.br',
    'dist/package.json',
    'package.json',
  ])
})

test('no file names this machine', () => {
  for (const [file, text] of Object.entries(filesBelow(installed))) {
    expect(text.includes(root), file).toBe(false)
  }
})

test('it is small', () => {
  expect(statSync(tarball).size).toBeLessThan(280_000)
})

describe.each([20, 22, 24, 26])('on Node %i', (major) => {
  const node = () => nodeOf(major)

  test('--version and --help', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(run(node(), ['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
    const help = run(node(), ['--help'])
    expect(help).toMatchObject({ status: 0, stderr: '' })
    expect(help.stdout).toContain('--packaging CHOICE')
  })

  test('inspect', () => {
    const { status, stdout, stderr } = run(node(), ['inspect', model('iris-knn.joblib'), '--json'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, framework: { name: 'sklearn' } })
  })

  test('new --yes writes what every version writes', () => {
    const [cwd, elsewhere] = [emptyFolder(), emptyFolder()]
    const argv = ['svc', '--model', model('iris-plain.onnx'), '--yes', '--no-git']
    expect(run(node(), argv, cwd)).toMatchObject({ status: 0, stderr: '' })
    run(process.execPath, argv, elsewhere)
    expect(filesBelow(cwd)).toEqual(filesBelow(elsewhere))
  })

  test('a YAML answers file, a diff and wrong usage', () => {
    const cwd = emptyFolder()
    cpSync(join(import.meta.dirname, 'answers.yaml'), join(cwd, 'answers.yaml'))
    const diff = run(node(), ['svc', '--answers', 'answers.yaml', '--yes', '--diff'], cwd)
    expect(diff).toMatchObject({ status: 0, stderr: '' })
    expect(diff.stdout).toContain('+++ b/app/handler.py')
    expect(run(node(), ['--packagin', 'zip'], cwd)).toMatchObject({ status: 2 })
    expect(readdirSync(cwd)).toEqual(['answers.yaml'])
  })
})

/** The chunks that a run loads, by the sources that they are made of. */
function loadedBy(argv: readonly string[], env = {}): string[] {
  const cwd = emptyFolder()
  const listing = `process.on('exit', () => console.error('LOADED ' + JSON.stringify(Object.keys(require.cache))))`
  const hook = `data:text/javascript,import { createRequire } from 'node:module'; const require = createRequire('file:///'); ${listing}`
  const { stderr } = spawnSync(process.execPath, ['--import', hook, cli, ...argv], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const list = JSON.parse(/LOADED (.*)/.exec(stderr)?.[1] ?? '[]') as string[]
  return list.map((path) => path.split('/').at(-1) ?? '').filter((name) => name.endsWith('.js'))
}

describe('what is not needed is not loaded', () => {
  const marks = {
    prompts: /\[select prompt\]/,
    Yeoman: /yeoman-generator/,
    'the AWS SDK': /X-Amz-|AWS_SDK_JS|x-amz-content-sha256/,
    YAML: /YAMLParseError/,
  }

  test.each([
    ['--version', ['--version']],
    ['--help', ['--help']],
    ['wrong usage', ['--packagin', 'zip']],
    ['no terminal', []],
    ['inspect', ['inspect', model('iris-knn.joblib')]],
    ['new --yes', ['svc', '--yes', '--no-git']],
  ])('by %s', (_, argv) => {
    const chunks = loadedBy(argv)
    expect(chunks).toContain('cli.js')
    for (const chunk of chunks) {
      const code = readFileSync(join(installed, 'dist', chunk), 'utf8')
      for (const [what, mark] of Object.entries(marks)) {
        expect(mark.test(code) && !isOnlyMentioned(what, code), `${chunk} holds ${what}`).toBe(false)
      }
    }
  })

  /** cli.ts silences the SDK by its variable, and the templates of a project name it. */
  function isOnlyMentioned(what: string, code: string): boolean {
    return what === 'the AWS SDK' && !code.includes('@smithy') && !code.includes('AWS4-HMAC')
  }

  test.each([
    ['--version', ['--version'], 10_000],
    ['--help', ['--help'], 15_000],
  ])('%s reads little', (_, argv, most) => {
    const bytes = loadedBy(argv).map((chunk) => statSync(join(installed, 'dist', chunk)).size)
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(most)
  })
})

test('generator-lambda-model is our generator, for Yeoman', async () => {
  const cwd = emptyFolder()
  mkdirSync(join(cwd, 'node_modules'))
  cpSync(join(root, 'packages/generator-lambda-model'), join(cwd, 'node_modules/generator-lambda-model'), {
    recursive: true,
  })
  cpSync(installed, join(cwd, 'node_modules/create-lambda-model'), { recursive: true })
  symlinkSync(join(root, 'node_modules/yeoman-generator'), join(cwd, 'node_modules/yeoman-generator'))
  const generator = join(cwd, 'node_modules/generator-lambda-model/generators/app/index.js')
  const script = `
    import { createEnv } from ${JSON.stringify(join(root, 'node_modules/yeoman-environment/dist/index.js'))}
    const env = createEnv()
    env.register(${JSON.stringify(generator)}, { namespace: 'lambda-model:app' })
    await env.run(['lambda-model:app', 'svc'], { yes: true, git: false })`
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(ran.stderr + ran.stdout).toContain('files written to svc')
  const direct = emptyFolder()
  run(process.execPath, ['svc', '--yes', '--no-git'], direct)
  expect(filesBelow(join(cwd, 'svc'))).toEqual(filesBelow(join(direct, 'svc')))
})
