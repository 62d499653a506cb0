import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { cli, emptyFolder, filesBelow, model } from '../shell.ts'

const flowers = fileURLToPath(new URL('../own-code/flowers', import.meta.url))
const OWN = ['--model', model('iris-own.joblib'), '--yes', '--no-git', '--json']

/** A folder with these files. */
function folderWith(files: Record<string, string>): string {
  const cwd = emptyFolder()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    writeFileSync(join(cwd, path), content)
  }
  return cwd
}

/** What `new` says of a code path beside the demo model. */
async function tried(cwd: string, ...code: string[]) {
  const flags = code.flatMap((path) => ['--code', path])
  return cli(['svc', ...flags, '--yes', '--no-git', '--json'], { cwd })
}

describe('a pickle that names modules of its own', () => {
  test('is refused without them, and the refusal says how to bring them', async () => {
    const { code, json } = await cli(['svc', ...OWN])
    expect(code).toBe(1)
    expect(json().problems).toMatchObject([
      {
        code: 'unsupported-format',
        message: expect.stringContaining('flowers.features.ratios'),
        fix: 'Bring it along: --code PATH/TO/flowers',
      },
    ])
  })

  test('is refused with other code than it names', async () => {
    const cwd = folderWith({ 'flowers/features/__init__.py': '' })
    const ran = await cli(['svc', ...OWN, '--code', 'flowers'], { cwd })
    expect([ran.code, ran.json().problems[0].message]).toEqual([
      1,
      expect.stringMatching(/flowers\.features\.ratios\.$/),
    ])
  })

  test('is served with them: they lie beside app/, are shipped, and are not linted', async () => {
    const cwd = emptyFolder()
    const ran = await cli(['svc', ...OWN, '--code', flowers], { cwd })
    expect([ran.code, ran.json().answers.code]).toEqual([0, ['flowers']])
    expect(ran.json().command).toContain(`--code ${flowers}`)
    const files = filesBelow(join(cwd, 'svc'))
    expect(files['flowers/features/ratios.py']).toContain('class Ratios')
    expect(files['scripts/package_zip.py']).toContain('OWN = ["app", "model", "assets", "flowers"]')
    expect(files['pyproject.toml']).toContain('"dist", "flowers"]')
    expect(files['.lambda-model/pristine.jsonl']).not.toContain('"flowers/')
    expect(files['README.md']).toContain('--code flowers')
    expect(Object.values(files).filter((text) => text.includes(dirname(flowers)))).toEqual([])
  })

  test('in an image', async () => {
    const cwd = emptyFolder()
    await cli(['svc', ...OWN, '--code', flowers, '--packaging', 'image'], { cwd })
    const files = filesBelow(join(cwd, 'svc'))
    expect(files.Dockerfile).toContain('COPY flowers /own/flowers\n')
    expect(files['.dockerignore']).toContain('!flowers\n')
  })

  test('of the script that saved it: no path helps, and that is said', async () => {
    const content = readFileSync(model('iris-own.joblib')).toString('latin1')
    const name = '\x8c\x17flowers.features.ratios'
    expect(content).toContain(name)
    const cwd = folderWith({})
    writeFileSync(
      join(cwd, 'main.joblib'),
      Buffer.from(content.replace(name, '\x8c\x08__main__').replace(/\x95.{8}/s, ''), 'latin1'),
    )
    const ran = await cli(['svc', '--model', 'main.joblib', '--code', flowers, '--yes', '--json'], { cwd })
    expect([ran.code, ran.json().problems[0].fix]).toEqual([1, expect.stringContaining('into a module')])
  })
})

describe('what comes along', () => {
  const package_ = { 'shop/__init__.py': '', 'shop/py.typed': '', 'shop/words.json': '{}' }

  test('a package and a module, by several flags or by commas', async () => {
    const cwd = folderWith({ ...package_, 'helpers.py': 'X = 1\n', 'more.py': '' })
    const ran = await tried(cwd, 'shop', 'helpers.py,more.py')
    expect(ran.json().answers.code).toEqual(['shop', 'helpers.py', 'more.py'])
    const files = filesBelow(join(cwd, 'svc'))
    expect(files['helpers.py']).toBe('X = 1\n')
    expect(files['shop/words.json']).toBe('{}')
    expect(files['scripts/package_zip.py']).toContain('"shop", "helpers.py", "more.py"]')
  })

  test('into git, too, from folders that are called like those that make package fills', async () => {
    const folders = ['build', 'dist', 'assets'].map((name) => [`shop/${name}/words.py`, ''])
    const cwd = folderWith({ ...package_, ...Object.fromEntries(folders) })
    await tried(cwd, 'shop')
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: join(cwd, 'svc'), encoding: 'utf8' }).split('\n')
    git('init', '--quiet')
    git('add', '--all')
    expect(git('ls-files', 'shop').filter(Boolean)).toEqual(
      ['__init__.py', 'assets/words.py', 'build/words.py', 'dist/words.py', 'py.typed', 'words.json'].map(
        (name) => `shop/${name}`,
      ),
    )
  })

  test.each([
    { 'pyproject.toml': '[tool.poetry]\n' },
    { 'pyproject.toml': '', 'tests/__init__.py': '', 'README.md': '', 'poetry.lock': '' },
  ])('of a project, its packages: %j', async (around) => {
    for (const below of ['', 'src/']) {
      const inProject = Object.entries(package_).map(([path, text]) => [
        `their-project/${below}${path}`,
        text,
      ])
      const others = Object.entries(around).map(([path, text]) => [`their-project/${path}`, text])
      const cwd = folderWith(Object.fromEntries([...inProject, ...others]))
      expect((await tried(cwd, 'their-project')).json().answers.code).toEqual(['shop'])
      expect(existsSync(join(cwd, 'svc/shop/words.json'))).toBe(true)
    }
  })

  test('of a project, its dependencies as well: in the versions of its lock, without the tools of development', async () => {
    const cwd = folderWith({
      'theirs/shop/__init__.py': '',
      'theirs/pyproject.toml':
        '[tool.poetry.dependencies]\npython = "^3.12"\nnltk = "^3.8"\nonnxruntime = "1.2"\n\n[tool.poetry.group.dev.dependencies]\nblack = "*"\n',
      'theirs/poetry.lock': '[[package]]\nname = "nltk"\nversion = "3.9.1"\n',
      'other.txt': 'tqdm\n',
    })
    const { answers } = (await tried(cwd, 'theirs')).json()
    expect(answers.requirements).toEqual(['nltk==3.9.1', 'onnxruntime'])
    const pins = filesBelow(join(cwd, 'svc'))['pyproject.toml']
    expect(pins).toContain('"nltk==3.9.1"')
    expect(pins).not.toContain('"onnxruntime",')
    const named = ['--code', 'theirs', '--requirements', 'other.txt', '--yes', '--json', '--dry-run']
    expect((await cli(['svc2', ...named], { cwd })).json().answers.requirements).toEqual(['tqdm'])
  })

  test('nothing that tools made, nothing hidden, no environment', async () => {
    const left = [
      '.git/config',
      '.env',
      '__pycache__/a.pyc',
      'a.pyc',
      'node_modules/a.js',
      'x.egg-info/PKG-INFO',
    ]
    const cwd = folderWith({
      ...package_,
      ...Object.fromEntries(left.map((path) => [`shop/${path}`, 'x'])),
      'shop/env/pyvenv.cfg': '',
      'shop/env/lib/x.py': '',
    })
    const ran = await tried(cwd, 'shop')
    const theirs = ran.json().files.filter((path: string) => path.startsWith('shop/'))
    expect(theirs).toEqual(Object.keys(package_).sort())
  })

  test('counts when zip or image is decided', async () => {
    const cwd = folderWith(package_)
    writeFileSync(join(cwd, 'shop/words.bin'), '')
    truncateSync(join(cwd, 'shop/words.bin'), 200 * 2 ** 20)
    const ran = await cli(['svc', '--code', 'shop', '--yes', '--json', '--dry-run'], { cwd })
    expect(ran.json().answers.packaging).toBe('image')
  })

  test('a link to a file of the same package is that file', async () => {
    const cwd = folderWith(package_)
    symlinkSync('words.json', join(cwd, 'shop/same.json'))
    await tried(cwd, 'shop')
    expect(filesBelow(join(cwd, 'svc'))['shop/same.json']).toBe('{}')
  })
})

describe('what libraries keep', () => {
  test.each([
    ['template.yaml', '          HOME: /tmp\n'],
    ['serverless.yml', '    HOME: /tmp\n', '--iac', 'serverless'],
    ['infra/lib/service.ts', '        HOME: "/tmp",\n', '--iac', 'cdk'],
    ['terraform/function.tf', 'HOME = "/tmp"', '--iac', 'terraform'],
    ['Dockerfile', 'HOME=/tmp', '--packaging', 'image'],
    ['deploy.sh', ',HOME=/tmp,', '--cloud', 'cloud-functions'],
    ['terraform/main.tf', 'HOME = "/tmp"', '--cloud', 'cloud-functions', '--iac', 'terraform'],
    ['Dockerfile', 'HOME=/tmp', '--cloud', 'cloud-functions', '--packaging', 'image'],
  ])('is written to /tmp: %s says %j', async (path, said, ...flags) => {
    const cwd = emptyFolder()
    await cli(['svc', ...flags, '--yes', '--no-git', '--quiet'], { cwd })
    expect(filesBelow(join(cwd, 'svc'))[path]?.replace(/ +=/g, ' =')).toContain(said)
  })

  test('is fetched by a script of the project, where libraries or code of its own came along', async () => {
    const cwd = folderWith({ 'shop/__init__.py': '', 'own.txt': 'nltk\n' })
    const filesOf = async (...flags: string[]): Promise<string[]> =>
      (await cli(['svc', ...flags, '--yes', '--json', '--dry-run'], { cwd })).json().files
    expect(await filesOf('--code', 'shop')).toContain('scripts/fetch_assets.py')
    expect(await filesOf('--requirements', 'own.txt')).toContain('scripts/fetch_assets.py')
    expect(await filesOf()).not.toContain('scripts/fetch_assets.py')
    const echo = await filesOf('--model-type', 'echo', '--code', 'shop')
    expect(echo).not.toContain('scripts/fetch_assets.py')
  })
})

type Hostile = [make: (cwd: string) => void, path: string, said: RegExp]

const refused: Record<string, Hostile> = {
  'a path that is not there': [() => {}, 'nowhere', /no such file/],
  'the root': [() => {}, '/', /no name that Python can import/],
  'a folder above': [() => {}, '..', /cannot be brought along/],
  'a name that is no name': [(cwd) => mkdirSync(join(cwd, 'my-code')), 'my-code', /my-code.*import/],
  'a keyword': [(cwd) => mkdirSync(join(cwd, 'class')), 'class', /import/],
  'a file that is no module': [(cwd) => writeFileSync(join(cwd, 'notes.txt'), ''), 'notes.txt', /import/],
  "the project's own app": [(cwd) => mkdirSync(join(cwd, 'App')), 'App', /every project/],
  'the folder of what is fetched': [(cwd) => mkdirSync(join(cwd, 'assets')), 'assets', /every project/],
  'a folder of later projects': [(cwd) => mkdirSync(join(cwd, 'terraform')), 'terraform', /every project/],
  'the name of a library': [(cwd) => writeFileSync(join(cwd, 'json.py'), ''), 'json.py', /library/],
  'a folder without Python': [(cwd) => mkdirSync(join(cwd, 'data')), 'data', /no Python/],
  'a project without a package': [
    (cwd) => {
      mkdirSync(join(cwd, 'theirs'))
      writeFileSync(join(cwd, 'theirs/pyproject.toml'), '')
    },
    'theirs',
    /without a package/,
  ],
  'a link out of it': [
    (cwd) => symlinkSync('/etc/hostname', join(cwd, 'shop/host')),
    'shop',
    /lies elsewhere/,
  ],
  'a link to a folder out of it': [
    (cwd) => symlinkSync('/etc', join(cwd, 'shop/etc')),
    'shop',
    /lies elsewhere/,
  ],
  'a link that goes round': [(cwd) => symlinkSync('.', join(cwd, 'shop/again')), 'shop', /link to a folder/],
  'a link to nothing': [(cwd) => symlinkSync('gone', join(cwd, 'shop/link')), 'shop', /no such file/],
  'a pipe': [(cwd) => execFileSync('mkfifo', [join(cwd, 'shop/pipe')]), 'shop', /not a plain file/],
  'a device': [() => {}, '/dev/null', /import|plain/],
  'a name with a line break': [
    (cwd) => writeFileSync(join(cwd, 'shop/a\nb.py'), ''),
    'shop',
    /no name for a file/,
  ],
  'too many files': [
    (cwd) => {
      for (let number = 0; number <= 5_000; number++) writeFileSync(join(cwd, `shop/m${number}.py`), '')
    },
    'shop',
    /more than 5000 files/,
  ],
  'a file of a gigabyte': [
    (cwd) => {
      writeFileSync(join(cwd, 'shop/big.bin'), '')
      truncateSync(join(cwd, 'shop/big.bin'), 2 ** 30)
    },
    'shop',
    /more than 512 MiB/,
  ],
}

test.each(Object.entries(refused))('%s is a usage error, and nothing is written', async (_what, hostile) => {
  const [make, path, said] = hostile
  const cwd = folderWith({ 'shop/__init__.py': '' })
  make(cwd)
  const ran = await tried(cwd, path)
  expect(ran.code).toBe(2)
  expect(ran.json().problems).toMatchObject([
    { code: 'bad-code', option: '--code', value: path, message: expect.stringMatching(said) },
  ])
  expect(existsSync(join(cwd, 'svc'))).toBe(false)
})

test('two paths of one name are one problem, and every problem is told', async () => {
  const cwd = folderWith({ 'a/shop/__init__.py': '', 'b/shop/__init__.py': '' })
  const { json } = await tried(cwd, 'a/shop', 'b/shop', 'nowhere')
  expect(json().problems.map(({ message }: { message: string }) => message)).toEqual([
    expect.stringContaining('two paths are called shop'),
    expect.stringContaining('no such file'),
  ])
})

describe('update', () => {
  async function made() {
    const cwd = folderWith({ 'more/extra.py': 'Y = 1\n', 'more/__init__.py': '' })
    await cli(['svc', ...OWN, '--code', flowers], { cwd })
    return { cwd, at: (path: string) => join(cwd, 'svc', path) }
  }

  test('keeps what came along, edited or not, wherever it came from', async () => {
    const { cwd, at } = await made()
    expect((await cli(['check', 'svc', '--strict'], { cwd })).code).toBe(0)
    writeFileSync(at('flowers/words.py'), 'WORDS = ()\n')
    const ran = await cli(['update', 'svc', '--memory', '2048', '--json'], { cwd })
    expect([ran.code, readFileSync(at('flowers/words.py'), 'utf8')]).toEqual([0, 'WORDS = ()\n'])
  })

  test('--code adds files, and overwrites none', async () => {
    const { cwd, at } = await made()
    writeFileSync(at('flowers/words.py'), 'WORDS = ()\n')
    rmSync(at('flowers/naming.py'))
    const ran = await cli(['update', 'svc', '--code', `more,${flowers}`, '--json'], { cwd })
    expect(ran.code).toBe(0)
    const told = ran.json().verdicts.filter(({ path }: { path: string }) => /^(?:more|flowers)\//.test(path))
    expect(told).toEqual([
      { path: 'flowers/naming.py', verdict: 'added' },
      { path: 'flowers/words.py', verdict: 'kept' },
      { path: 'more/__init__.py', verdict: 'added' },
      { path: 'more/extra.py', verdict: 'added' },
    ])
    expect(readFileSync(at('flowers/words.py'), 'utf8')).toBe('WORDS = ()\n')
    expect(readFileSync(at('more/extra.py'), 'utf8')).toBe('Y = 1\n')
    expect(readFileSync(at('scripts/package_zip.py'), 'utf8')).toContain('"flowers", "more"]')
    expect((await cli(['check', 'svc', '--strict'], { cwd })).code).toBe(0)
  })

  test('--code brings the dependencies of a project along: what it names is as it says, the others stay', async () => {
    const cwd = folderWith({
      'old.txt': 'tqdm==4.67.1\nnltk==3.8\n',
      'theirs/src/shop/__init__.py': '',
      'theirs/pyproject.toml': '[project]\nname = "theirs"\ndependencies = ["NLTK>=3.8", "pyyaml"]\n',
      'theirs/uv.lock': '[[package]]\nname = "nltk"\nversion = "3.9.1"\n',
    })
    await cli(['svc', '--requirements', 'old.txt', '--yes', '--no-git', '--json'], { cwd })
    const pins = () => readFileSync(join(cwd, 'svc/pyproject.toml'), 'utf8')
    expect(pins()).toMatch(/^ {4}"nltk==3.8",$/m)
    const ran = await cli(['update', 'svc', '--code', 'theirs', '--json'], { cwd })
    expect(ran.json().verdicts).toContainEqual({ path: 'pyproject.toml', verdict: 'updated' })
    for (const line of ['NLTK==3.9.1', 'pyyaml', 'tqdm==4.67.1']) expect(pins()).toContain(`    "${line}",\n`)
    expect(pins()).not.toContain('nltk==3.8')
    // From here on they are the project's: an update without --code keeps them.
    expect((await cli(['check', 'svc', '--strict'], { cwd })).code).toBe(0)
    expect((await cli(['update', 'svc', '--memory', '2048'], { cwd })).code).toBe(0)
    expect(pins()).toContain('NLTK==3.9.1')
    // Whoever names others means these.
    await cli(['update', 'svc', '--code', 'theirs', '--requirements', 'old.txt'], { cwd })
    expect(pins()).toContain('"nltk==3.8"')
    expect(pins()).not.toContain('pyyaml')
  })

  test('--code of a project whose dependencies cannot travel along is a usage error, and nothing is written', async () => {
    const { cwd, at } = await made()
    mkdirSync(join(cwd, 'theirs/shop'), { recursive: true })
    writeFileSync(join(cwd, 'theirs/shop/__init__.py'), '')
    const dependency = '[tool.poetry.dependencies]\nlocal = { path = "../local" }\n'
    writeFileSync(join(cwd, 'theirs/pyproject.toml'), dependency)
    const ran = await cli(['update', 'svc', '--code', 'theirs', '--json'], { cwd })
    expect([ran.code, ran.json().problems]).toMatchObject([2, [{ code: 'bad-requirements' }]])
    expect(existsSync(at('shop'))).toBe(false)
  })

  test('a folder that its owner put there is shipped once --code names it', async () => {
    const { at } = await made()
    mkdirSync(at('ours'))
    writeFileSync(at('ours/__init__.py'), '')
    await cli(['update', '--code', 'ours', '--json'], { cwd: at('') })
    expect(readFileSync(at('scripts/package_zip.py'), 'utf8')).toContain('"flowers", "ours"]')
  })

  test('what its owner deleted is shipped no more; what the model needs is missed', async () => {
    const { cwd, at } = await made()
    rmSync(at('flowers'), { recursive: true })
    const ran = await cli(['update', 'svc', '--json'], { cwd })
    expect([ran.code, ran.json().problems[0].fix]).toEqual([1, 'Bring it along: --code PATH/TO/flowers'])
  })

  test('the same project again, from its answers', async () => {
    const { cwd } = await made()
    const again = ['again', '--answers', 'svc/.lambda-model/answers.json', '--yes', '--no-git', '--json']
    expect((await cli(again, { cwd })).code).toBe(0)
    expect(existsSync(join(cwd, 'again/flowers/words.py'))).toBe(true)
  })
})

test.each([
  ['tqdm and an unmeasured one', 'zip', 'tqdm==4.67.1\npandas\nSpaCy>=3\n', ['tqdm, spacy']],
  ['an image', 'image', 'tqdm\n', []],
  ['what is measured, or pinned already', 'zip', 'pandas\nonnxruntime\n', []],
])('sizes that are not known are told: %s in a %s', async (_what, packaging, lines, named) => {
  const cwd = folderWith({ 'own.txt': lines })
  const flags = ['--requirements', 'own.txt', '--packaging', packaging, '--yes', '--json', '--dry-run']
  const { warnings } = (await cli(['svc', ...flags], { cwd })).json()
  expect(warnings).toEqual(
    named.map((names) => ({
      code: 'guessed-sizes',
      message: expect.stringContaining(`each of ${names} counts 10 MiB`),
    })),
  )
})

test('any list may be given in several flags', async () => {
  const cwd = folderWith({ 'one.txt': 'nltk\n', 'two.txt': 'tqdm\n' })
  const flags = ['--cors', 'https://a.example', '--cors', 'https://b.example,https://c.example']
  const lists = [...flags, '--requirements', 'one.txt', '--requirements', 'two.txt']
  const { answers } = (await cli(['svc', ...lists, '--yes', '--json', '--dry-run'], { cwd })).json()
  expect(answers.cors).toEqual(['https://a.example', 'https://b.example', 'https://c.example'])
  expect(answers.requirements).toEqual(['nltk', 'tqdm'])
})
