// What an emitted service costs beside the handler that its tutorial writes by hand.
//
//   npm run build && bash test/tools/install.sh && node bench/emitted/run.mjs [rounds] [S1 logit …]
//
// One interleaved run; every number is the median of the rounds. Both sides: the real runtime client, packages as they
// are deployed, byte code everywhere; where the tutorial fetches its model from S3, both fetch it. Ours validates, answers
// probabilities and writes its log line; the seed does not.
//
// S4 runs only when it is asked for by name: PyTorch's wheel on the package index is the one for graphics cards, which
// runs on the processor too: 3 GB to download, 5 GB on disk, on both sides. Of a project that takes PyTorch's own index,
// as the emitted one does unless UV_NO_SOURCES says otherwise, the packages are 0.9 GB: that column's ratio of PyTorch to
// ONNX is not a user's.
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { execa } from 'execa'

const root = resolve(import.meta.dirname, '../..')
const work = join(root, '.cache/bench-emitted')
const uv = join(root, '.tools/bin/uv')
const python = join(root, '.tools/runtime/3.13/bin/python')
const [rounds = 9, ...wanted] = process.argv
  .slice(2)
  .map((given) => (/^\d+$/.test(given) ? Number(given) : given))

const tools = { PATH: `${join(root, '.tools/bin')}:${process.env.PATH}` }

// A bundle of certificates costs Node and Python time at every start, and says nothing about either side.
const { NODE_EXTRA_CA_CERTS: _, ...machine } = process.env

const games = Object.fromEntries(
  Array.from({ length: 10 }, (_, index) => [`G${index + 1}`, index < 7 ? '1' : '0']),
)
const probability = (number) => Number(number).toFixed(4)

/**
 * `event` goes to both sides as it is; a service that is too large for a zip is measured as its image holds it. Models are
 * those of test/models, or `made` by a script of models/: `model` for the handler by hand, `ours` for the emitted service.
 */
const services = [
  {
    name: 'S1 CatBoost',
    model: 'iris-catboost.cbm',
    seed: 'iris_catboost',
    framework: 'CatBoost',
    packages: ['catboost==1.2.10', 'numpy==2.5.5', 'pandas==3.1.1'],
    files: { 'feature_set.json': ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'] },
    flags: ['--answer', 'records', '--endpoint', 'none'],
    // Its feature class makes one row of several: in an emitted project that is app/features.py.
    event: [
      { flower: 'a', sepal_length: 63, sepal_width: 28, petal_length: 42, petal_width: 12 },
      { flower: 'a', sepal_length: 64, sepal_width: 29, petal_length: 43, petal_width: 13 },
      { flower: 'a', sepal_length: 65, sepal_width: 30, petal_length: 44, petal_width: 14 },
    ],
    seedSays: ([{ label }]) => label,
    weSay: ([{ label }]) => label,
  },
  {
    name: 'S2 iris KNN',
    model: 'iris-knn.joblib',
    seed: 'iris_knn',
    framework: 'scikit-learn',
    packages: ['scikit-learn==1.9.1', 'joblib==1.6.0', 'numpy==2.5.5'],
    event: restEvent({ features: [6.4, 2.9, 4.3, 1.3] }),
    seedSays: ({ body }) => JSON.parse(body).prediction,
    weSay: ({ body }) => JSON.parse(body).predictions[0].label,
  },
  {
    name: 'S3 LightGBM',
    model: 'seed3-lightgbm.txt',
    seed: 'adult_lightgbm',
    framework: 'LightGBM',
    packages: ['lightgbm==4.7.0', 'numpy==2.5.5', 'scipy==1.18.1'],
    flags: ['--answer', 'value', '--model-store', 'bucket', '--bucket', 'bench'],
    event: { body: [[39, 7, 13, 4, 1, 0, 4, 1, 2174, 0, 40, 39]] },
    seedSays: ({ body }) => probability(body),
    weSay: ({ body }) => probability(body),
  },
  {
    name: 'S4 picture',
    onlyByName: true,
    model: 'parts-pickled.tar.gz',
    ours: 'parts-traced.tar.gz',
    made: true,
    seed: 'parts_resnet50',
    framework: 'PyTorch',
    packages: ['torch==2.15.0', 'torchvision==0.29.2', 'pillow==13.0.0', 'numpy==2.5.5'],
    flags: [
      ...['--model-store', 'bucket', '--bucket', 'bench', '--image-resize', 'crop:255'],
      ...['--image-scale', '1/255', '--image-mean', 'imagenet', '--image-std', 'imagenet'],
    ],
    ownFlags: ['--output', 'logits'],
    event: (models) => restForm('part.jpg', readFileSync(join(models, 'part.jpg'))),
    calls: 50,
    note: 'PyTorch is the wheel for graphics cards here; packages with the one for processors: about 1000 MiB',
    seedSays: ({ body }) => JSON.parse(body).predicted,
    weSay: ({ body }) => JSON.parse(body).predictions[0].label,
  },
  {
    name: 'S5 logit',
    model: 'games-logit.joblib',
    seed: 'games_logit',
    framework: 'scikit-learn',
    packages: ['scikit-learn==1.9.1', 'joblib==1.6.0', 'numpy==2.5.5', 'pandas==3.1.1'],
    flags: ['--answer', 'response'],
    event: restEvent(games),
    seedSays: ({ body }) => probability(JSON.parse(body).response),
    weSay: ({ body }) => probability(JSON.parse(body).response),
  },
  {
    name: 'S5 Keras',
    model: 'games.keras',
    seed: 'games_keras',
    framework: 'Keras',
    packages: ['tensorflow-cpu==2.21.0', 'keras==3.15.1', 'numpy==2.5.5', 'pandas==3.1.1'],
    flags: ['--answer', 'response'],
    event: restEvent(games),
    seedSays: ({ body }) => probability(JSON.parse(body).response),
    weSay: ({ body }) => probability(JSON.parse(body).response),
  },
]

// As much of S3 as both sides ask for: what lies at a path.
const stored = new Map()
const s3 = createServer(({ method, url }, answer) => {
  const content = stored.get(decodeURIComponent(url.split('?')[0]))
  if (content === undefined) return answer.writeHead(404).end()
  answer.writeHead(200, { 'content-length': content.length, etag: `"${sha256(content).slice(0, 32)}"` })
  answer.end(method === 'HEAD' ? undefined : content)
})
await new Promise((listening) => s3.listen(0, '127.0.0.1', listening))

mkdirSync(work, { recursive: true })
// Lambda's runtime has boto3; who does not import it does not pay for it.
const runtime = await installed('runtime', ['boto3==1.44.5'])
for (const service of services.filter(({ name, onlyByName }) =>
  wanted.length === 0 ? !onlyByName : name.split(' ').some((word) => wanted.includes(word)),
)) {
  console.error(`\n${service.name}`)
  const packages = await installed(service.seed, service.packages)
  const models = service.made ? await made(service.seed, packages) : join(root, 'test/models')
  const event = join(work, `${service.seed}.event.json`)
  const content = service.made ? service.event(models) : service.event
  writeFileSync(event, JSON.stringify(content))
  const variants = [
    {
      label: 'by hand',
      module: 'seed_handler',
      says: service.seedSays,
      ...(await seedOf(service, packages, models)),
    },
    {
      label: service.framework,
      says: service.weSay,
      ...(await emitted(service, join(models, service.ours ?? service.model), 'own')),
    },
  ]
  variants.push({
    label: 'ONNX',
    says: service.weSay,
    ...(await emitted(service, await converted(service), 'onnx')),
  })
  for (const variant of variants) {
    variant.found = []
    variant.packages_mb = bytesBelow(variant.folder) / 2 ** 20
  }
  for (let round = -1; round < rounds; round += 1) {
    for (const variant of variants) {
      const found = await measure(variant, event, service.calls ?? 300)
      // The first round fills the disk cache.
      if (round >= 0) variant.found.push(found)
    }
  }
  print(service, variants)
}
s3.close()

async function measure({ folder, module = 'app.handler', env, fetches, says }, event, calls) {
  if (fetches) rmSync(fetches, { recursive: true, force: true })
  const args = [join(import.meta.dirname, 'measure.py'), folder, module, event, String(calls)]
  const options = {
    env: { ...machine, ...env, PYTHONPATH: runtime, PYTHONDONTWRITEBYTECODE: '1' },
    extendEnv: false,
    timeout: 120_000,
    // Read by nobody: a reader would run on the same cores.
    stdout: 'ignore',
  }
  const { stderr } = await execa(python, args, options)
  const { answer, ...numbers } = JSON.parse(stderr.trim().split('\n').at(-1))
  return { ...numbers, says: says(answer) }
}

/** The handler, its model and its packages in one folder, as `pip install -t` leaves them, and their byte code. */
async function seedOf({ seed, model, files = {}, flags = [] }, folder, models) {
  writeFileSync(
    join(folder, 'seed_handler.py'),
    readFileSync(join(import.meta.dirname, 'seeds', `${seed}.py`)),
  )
  const content = readFileSync(join(models, model))
  const fetches = flags.includes('bucket') && `/tmp/bench-${model}`
  if (fetches) stored.set(`/bench/model/${model}`, content)
  else writeFileSync(join(folder, model), content)
  for (const [file, content] of Object.entries(files))
    writeFileSync(join(folder, file), JSON.stringify(content))
  await execa(python, ['-m', 'compileall', '-q', join(folder, 'seed_handler.py')])
  return { folder, fetches, env: fetches ? fromS3() : {} }
}

/** Model files that are too large to be committed. */
function made(seed, packages) {
  const script = join(import.meta.dirname, 'models', `${seed}.py`)
  return once(`${seed}-models`, async (folder) => {
    await execa(python, [script, folder], { env: { PYTHONPATH: packages } })
  })
}

function installed(name, packages) {
  return once(name, async (folder) => {
    await execa(uv, ['pip', 'install', '--quiet', '--python', python, '--target', folder, ...packages])
    await execa(python, ['-m', 'compileall', '-q', '-j', '2', folder], { reject: false })
  })
}

/** A folder that stays for the next run. */
async function once(name, fill) {
  const folder = join(work, name)
  if (!existsSync(join(folder, 'complete'))) {
    rmSync(folder, { recursive: true, force: true })
    await fill(folder)
    writeFileSync(join(folder, 'complete'), '')
  }
  return folder
}

/** What `make package` puts into the zip, or the Dockerfile into the image. */
async function emitted({ seed, model, made, event, flags = [], ownFlags = [] }, file, kind) {
  const folder = join(work, `${seed}-${kind}`)
  rmSync(folder, { recursive: true, force: true })
  const always = ['--model', file, '--yes', '--no-git', '--quiet']
  if (kind === 'own') always.push(...ownFlags)
  if (!made) {
    const cases = JSON.parse(readFileSync(join(root, 'test/models', `${model}.cases.json`), 'utf8'))
    if (kind === 'onnx' || !cases.knowable.includes('features'))
      always.push('--features', cases.features.map(({ name }) => name).join(','))
  }
  await execa('node', [process.env.EMITTED_BY ?? join(root, 'dist/cli.js'), folder, ...always, ...flags])
  const features = join(import.meta.dirname, 'features', `${seed}.py`)
  // PyTorch's own index cannot be reached from everywhere.
  await execa('make', ['setup'], { cwd: folder, env: { ...tools, UV_NO_SOURCES: '1' } })
  if (existsSync(features)) {
    cpSync(features, join(folder, 'app/features.py'))
    writeFileSync(join(folder, 'rows.json'), JSON.stringify(event))
    await execa('.venv/bin/python', ['-m', 'scripts.record_cases', 'rows.json'], { cwd: folder })
  }
  if (existsSync(join(folder, 'Dockerfile'))) await asInImage(folder)
  else await execa('make', ['package'], { cwd: folder, env: tools })
  return { folder: join(folder, 'build/function'), ...surroundings(folder, flags) }
}

/** The environment that the project gives its function, and its model in the bucket. */
function surroundings(project, flags) {
  const template = readFileSync(join(project, 'template.yaml'), 'utf8')
  const env = Object.fromEntries(
    [...template.matchAll(/(\w+_NUM_THREADS): "(\d+)"/g)].map(([, name, value]) => [name, value]),
  )
  if (!flags.includes('bucket')) return { env }
  const description = readFileSync(join(project, 'model/model.json'))
  const { name, file, sha256: sum } = JSON.parse(description)
  const content = readFileSync(join(project, 'model', file))
  const [folder, key] = [`models/${name}`, `models/${name}/1/${file}`]
  const pointer = { version: '1', key, sha256: sum, size: content.length }
  stored.set(`/bench/${key}`, content)
  stored.set(`/bench/${folder}/1/model.json`, description)
  stored.set(`/bench/${folder}/current.json`, Buffer.from(JSON.stringify(pointer)))
  return { env: { ...env, ...fromS3() }, fetches: `/tmp/model/${sum.slice(0, 16)}` }
}

function fromS3() {
  return {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${s3.address().port}`,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
    MODEL_BUCKET: 'bench',
    MODEL_PREFIX: 'models',
  }
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex')
}

/** The steps of the emitted Dockerfile, without a container around them. */
async function asInImage(folder) {
  const place = join(folder, 'build/function')
  const options = { cwd: folder }
  const lock = join(folder, 'build/requirements.txt')
  mkdirSync(place, { recursive: true })
  const asked = ['--quiet', '--frozen', '--no-dev', '--no-emit-project', '--output-file', lock]
  await execa(uv, ['export', ...asked], options)
  const where = ['--python', python, '--only-binary', ':all:', '--target', place]
  await execa(uv, ['pip', 'install', '--quiet', ...where, '--requirements', lock], options)
  for (const own of ['app', 'model']) cpSync(join(folder, own), join(place, own), { recursive: true })
  const tests = readdirSync(place, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name === 'tests',
  )
  for (const { parentPath, name } of tests) rmSync(join(parentPath, name), { recursive: true, force: true })
  await execa(python, ['-m', 'compileall', '-q', '-j', '2', '--invalidation-mode', 'unchecked-hash', place])
}

/** By the project's own `make export`. */
async function converted({ seed }) {
  const folder = join(work, `${seed}-own`)
  await execa('make', ['export'], { cwd: folder, env: tools })
  const file = readdirSync(join(folder, 'build')).find((name) => name.endsWith('.onnx'))
  return join(folder, 'build', file)
}

/** A picture as a form's file, through a REST API that takes it for binary. */
function restForm(name, content) {
  const head = `--bench\r\nContent-Disposition: form-data; name="picture"; filename="${name}"\r\n`
  const body = [`${head}Content-Type: image/jpeg\r\n\r\n`, content, '\r\n--bench--\r\n']
  const type = 'multipart/form-data; boundary=bench'
  return {
    ...restEvent(),
    headers: { 'Content-Type': type },
    multiValueHeaders: { 'Content-Type': [type] },
    body: Buffer.concat(body.map((part) => Buffer.from(part))).toString('base64'),
    isBase64Encoded: true,
  }
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

function print({ name, note }, variants) {
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
  if (note) console.log(note)
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
