// What an emitted service costs beside the handler that its tutorial writes by hand.
//
//   npm run build && bash test/tools/install.sh && node bench/emitted/run.mjs [rounds]
//
// One interleaved run; every number is the median of the rounds. Both sides: the real runtime client, packages as they
// are deployed, byte code everywhere. Ours validates, answers probabilities and writes its log line; the seed does not.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execa } from 'execa'

const root = resolve(import.meta.dirname, '../..')
const work = join(root, '.cache/bench-emitted')
const uv = join(root, '.tools/bin/uv')
const python = join(root, '.tools/runtime/3.13/bin/python')
const rounds = Number(process.argv[2] ?? 9)
const calls = 300

// A bundle of certificates costs Node and Python time at every start, and says nothing about either side.
const { NODE_EXTRA_CA_CERTS: _, ...machine } = process.env

const services = [
  {
    name: 'S2 iris KNN',
    model: 'iris-knn.joblib',
    seed: 'iris_knn',
    packages: ['scikit-learn==1.9.1', 'joblib==1.6.0', 'numpy==2.5.5'],
    body: { features: [6.4, 2.9, 4.3, 1.3] },
    seedSays: ({ prediction }) => prediction,
    weSay: ({ predictions: [{ label }] }) => label,
  },
  {
    name: 'S5 logit',
    model: 'games-logit.joblib',
    seed: 'games_logit',
    packages: ['scikit-learn==1.9.1', 'joblib==1.6.0', 'numpy==2.5.5', 'pandas==3.1.1'],
    body: Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`G${index + 1}`, index < 7 ? '1' : '0']),
    ),
    seedSays: ({ response }) => Number(response).toFixed(4),
    weSay: ({ predictions: [{ probabilities }] }) => probabilities['1'].toFixed(4),
  },
]

mkdirSync(work, { recursive: true })
for (const service of services) {
  console.error(`\n${service.name}`)
  const event = join(work, `${service.seed}.event.json`)
  writeFileSync(event, JSON.stringify(restEvent(service.body)))
  const variants = [
    {
      label: 'by hand',
      folder: await seedOf(service),
      module: 'seed_handler',
      env: {},
      says: service.seedSays,
    },
    { label: 'scikit-learn', folder: await emitted(service, 'sklearn'), says: service.weSay },
    { label: 'ONNX', folder: await emitted(service, 'onnx'), says: service.weSay },
  ]
  for (const variant of variants) {
    variant.found = []
    variant.packages_mb = bytesBelow(variant.folder) / 2 ** 20
  }
  for (let round = -1; round < rounds; round += 1) {
    for (const variant of variants) {
      const found = await measure(variant, event)
      // The first round fills the disk cache.
      if (round >= 0) variant.found.push(found)
    }
  }
  print(service.name, variants)
}

async function measure({ folder, module = 'app.handler', env = { OPENBLAS_NUM_THREADS: '1' }, says }, event) {
  const args = [join(import.meta.dirname, 'measure.py'), folder, module, event, String(calls)]
  const options = {
    env: { ...machine, ...env, PYTHONDONTWRITEBYTECODE: '1' },
    extendEnv: false,
    timeout: 120_000,
    // Read by nobody: a reader would run on the same cores.
    stdout: 'ignore',
  }
  const { stderr } = await execa(python, args, options)
  const { answer, ...numbers } = JSON.parse(stderr.trim().split('\n').at(-1))
  return { ...numbers, says: says(JSON.parse(answer.body)) }
}

/** The handler, its model and its packages in one folder, as `pip install -t` leaves them, and their byte code. */
async function seedOf({ seed, model, packages }) {
  const folder = join(work, seed)
  if (!existsSync(join(folder, 'complete'))) {
    rmSync(folder, { recursive: true, force: true })
    await execa(uv, ['pip', 'install', '--quiet', '--python', python, '--target', folder, ...packages])
    await execa(python, ['-m', 'compileall', '-q', '-j', '2', folder], { reject: false })
    writeFileSync(join(folder, 'complete'), '')
  }
  writeFileSync(
    join(folder, 'seed_handler.py'),
    readFileSync(join(import.meta.dirname, 'seeds', `${seed}.py`)),
  )
  writeFileSync(join(folder, model), readFileSync(join(root, 'test/models', model)))
  await execa(python, ['-m', 'compileall', '-q', join(folder, 'seed_handler.py')])
  return folder
}

/** What `make package` puts into the zip. */
async function emitted({ seed, model }, framework) {
  const folder = join(work, `${seed}-${framework}`)
  rmSync(folder, { recursive: true, force: true })
  const source = join(root, 'test/models', model)
  const file = framework === 'onnx' ? await converted(source, seed) : source
  const features = JSON.parse(readFileSync(`${source}.cases.json`, 'utf8')).features.map(({ name }) => name)
  const flags = ['--model', file, '--packaging', 'zip', '--yes', '--no-git', '--quiet']
  if (framework === 'onnx') flags.push('--features', features.join(','))
  await execa('node', [process.env.EMITTED_BY ?? join(root, 'dist/cli.js'), folder, ...flags])
  const env = { PATH: `${join(root, '.tools/bin')}:${process.env.PATH}` }
  await execa('make', ['setup', 'package'], { cwd: folder, env })
  return join(folder, 'build/function')
}

async function converted(source, seed) {
  const target = join(work, `${seed}.onnx`)
  if (existsSync(target)) return target
  const packages = [
    'skl2onnx==1.20.0',
    'onnx==1.23.2',
    'scikit-learn==1.9.1',
    'joblib==1.6.0',
    'numpy==2.5.5',
  ]
  const withPackages = packages.flatMap((name) => ['--with', name])
  const script = join(import.meta.dirname, 'convert.py')
  await execa(uv, [
    'run',
    '--quiet',
    '--no-project',
    '--python',
    python,
    ...withPackages,
    script,
    source,
    target,
  ])
  return target
}

function restEvent(body) {
  return {
    resource: '/{proxy+}',
    path: '/predict',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json' },
    multiValueHeaders: { 'Content-Type': ['application/json'] },
    queryStringParameters: null,
    pathParameters: { proxy: 'predict' },
    requestContext: { stage: 'prod', resourcePath: '/{proxy+}', httpMethod: 'POST', requestId: 'x' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  }
}

function print(name, variants) {
  const row = ({ label, found, packages_mb }) => ({
    label,
    says: found[0].says,
    ...Object.fromEntries(
      ['cold_ms', 'warm_us', 'rss_mb'].map((unit) => [unit, median(found.map((one) => one[unit]))]),
    ),
    packages_mb,
  })
  const [seed, ...ours] = variants.map(row)
  console.log(`\n${name}: median of ${rounds}; ratios are the handler by hand divided by ours`)
  console.log(cells('', 'cold ms', 'warm us', 'RSS MiB', 'packages MiB', 'answer'))
  for (const { label, says, ...numbers } of [seed, ...ours]) {
    const shown = Object.entries(numbers).map(([unit, value]) =>
      label === seed.label ? value.toFixed(0) : `${value.toFixed(0)} (${(seed[unit] / value).toFixed(1)}x)`,
    )
    console.log(cells(label, ...shown, says))
    if (says !== seed.says) throw new Error(`${label} says ${says}, the handler by hand ${seed.says}`)
  }
}

function cells(first, ...rest) {
  return first.padEnd(14) + rest.map((one) => String(one).padStart(16)).join('')
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

function bytesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
