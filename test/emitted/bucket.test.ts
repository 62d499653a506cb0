// Models in a bucket (moto's, on this machine): S3 and S4 of the published systems from an empty account to an answered
// event, and what the scripts do with large files, cut-off uploads and two people at once.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startEmulator } from './emulator.ts'
import { environmentOf, passesItsLinters, passesItsTests } from './environment.ts'
import { opened, sampleEvents, settled } from './events.ts'
import { type Moto, startMoto } from './moto.ts'
import { models, root, tool } from './places.ts'
import { flagsFor, generate, type Project } from './project.ts'
import { attempt, run } from './run.ts'

const MiB = 1024 * 1024

let moto: Moto
let s3: S3Client
let work: string
let adult: Project
let python: string

beforeAll(async () => {
  vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true')
  moto = await startMoto()
  work = mkdtempSync(join(tmpdir(), 'bucket-'))
  s3 = new S3Client({
    region: 'us-east-1',
    endpoint: moto.url,
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const flags = ['--answer', 'value', '--path', '/predictadult', '--model-store', 'bucket']
  adult = await generate('bucket-seed-3', [...flagsFor('seed3-lightgbm.txt'), ...flags])
  python = await environmentOf(adult)
})

afterAll(() => {
  moto?.stop()
  rmSync(work, { recursive: true, force: true })
})

/** A script of the project, against the bucket on this machine. */
function script(name: string, ...words: string[]) {
  const env = { ...moto.env, PATH: `${dirname(python)}:${process.env.PATH}` }
  return attempt(python, ['-m', `scripts.${name}`, ...words], { in: adult.folder, env })
}

async function keys(bucket: string): Promise<string[]> {
  const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
  return (listed.Contents ?? []).map(({ Key = '' }) => Key)
}

function answersOf({ folder }: Project): { bucket: string } {
  return JSON.parse(readFileSync(join(folder, '.lambda-model/answers.json'), 'utf8')).answers
}

/** The function as it is deployed: what the template says of its environment, and nothing that holds a model. */
function startFunction(project: Project, folder: string, env: Record<string, string> = {}) {
  const template = readFileSync(join(project.folder, 'template.yaml'), 'utf8')
  expect(template).toContain(`MODEL_BUCKET: ${answersOf(project).bucket}`)
  return startEmulator({
    folder,
    python: '3.13',
    env: {
      ...moto.env,
      MODEL_BUCKET: answersOf(project).bucket,
      MODEL_PREFIX: 'models/production',
      MODEL_REFRESH_SECONDS: '0',
      ...env,
    },
  })
}

test('passes its own tests and linters', async () => {
  await passesItsTests(adult)
  await passesItsLinters(adult)
})

test('the first release without credentials says so, without a stack trace', async () => {
  const nowhere = { AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_CONFIG_FILE: '/dev/null' }
  const { exitCode, output } = await attempt(python, ['-m', 'scripts.upload_model', '--create-bucket'], {
    in: adult.folder,
    env: { ...nowhere, AWS_EC2_METADATA_DISABLED: 'true' },
  })
  expect([exitCode, output.trim()]).toEqual([
    1,
    expect.stringMatching(/^S3 cannot be asked for bucket score-models-\w+: Unable to locate credentials$/),
  ])
})

test('on Google, against a stand-in of Cloud Storage', async () => {
  const flags = ['--cloud', 'cloud-functions', '--model-store', 'bucket']
  const project = await generate('bucket-google', [...flagsFor('iris-plain.onnx'), ...flags])
  await passesItsTests(project)
  await passesItsLinters(project)
})

test('S3: bucket made, model uploaded; the zip without a model fetches it, and the row of the text is answered', async () => {
  const env = { ...moto.env, PATH: `${join(root, '.tools/bin')}:${process.env.PATH}` }
  const make = (...words: string[]) => run('make', words, { in: adult.folder, env })
  await make('setup', 'package')
  expect(await make('release', 'ARGS=--create-bucket')).toContain('is in service (before: none)')
  expect(await make('models')).toMatch(/ {2}<- in service/)

  const folder = join(work, 'function')
  await run(tool('python'), ['-m', 'zipfile', '-e', join(adult.folder, 'dist/function.zip'), folder])
  expect(readdirSync(join(folder, 'model')).sort()).toEqual(['cases.json', 'model.json'])
  const lambda = await startFunction(adult, folder)
  try {
    const row = [39, 7, 13, 4, 1, 0, 4, 1, 2174, 0, 40, 39]
    const answer = opened(await lambda.invoke(JSON.stringify({ body: [row] })))
    expect(answer).toMatchObject({ statusCode: 200, body: expect.closeTo(0.8904460705698505, 5) })
    expect(lambda.log()).toContain('"message": "model loaded"')
    for (const { name, event, answer: expected } of sampleEvents(adult)) {
      const got = opened(await lambda.invoke(event))
      if (!name.includes('health')) expect(settled(got, expected, 1e-5), name).toEqual(expected)
    }
  } finally {
    await lambda.stop()
  }
})

test('S4: a bundle in a bucket, a form with one picture in, its class out', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'pictures-of-parts' }))
  const bundle = join(work, 'parts.tar.gz')
  await run('tar', ['-czf', bundle, '-C', models, 'parts-nchw.onnx'])
  const Body = readFileSync(bundle)
  await s3.send(new PutObjectCommand({ Bucket: 'pictures-of-parts', Key: 'model/parts.tar.gz', Body }))
  for (const [name, value] of Object.entries(moto.env)) vi.stubEnv(name, value)
  const project = await generate('bucket-seed-4', [
    ...['--model', 's3://pictures-of-parts/model/parts.tar.gz', '--model-store', 'bucket'],
    ...['--image-resize', 'crop:36'],
  ])
  expect(answersOf(project).bucket).toBe('pictures-of-parts')
  const own = await environmentOf(project)
  const released = await attempt(own, ['-m', 'scripts.model_store', 'release'], {
    in: project.folder,
    env: moto.env,
  })
  expect(released.output).toContain('is in service')

  const folder = join(work, 'pictures')
  for (const part of ['app', 'model/model.json'])
    cpSync(join(project.folder, part), join(folder, part), { recursive: true })
  const packages = join(dirname(dirname(own)), 'lib/python3.13/site-packages')
  const lambda = await startFunction(project, folder, { PYTHONPATH: packages })
  try {
    const event = readFileSync(join(project.folder, 'events/http-api-form.json'), 'utf8')
    const answer = opened(await lambda.invoke(event)) as { statusCode: number; body: unknown }
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toMatchObject({ predictions: [{ label: expect.stringMatching(/whole|damaged/) }] })
  } finally {
    await lambda.stop()
  }
})

test('a large model goes up in constant memory, goes on when it was cut off, and is never overwritten', async () => {
  const { bucket } = answersOf(adult)
  const large = join(work, 'large')
  for (let part = 0; part < 80; part += 1) appendFileSync(large, Buffer.alloc(MiB, `part ${part}`))

  const options = { cwd: adult.folder, env: { ...process.env, ...moto.env }, stdio: 'ignore' as const }
  const cutOff = spawn(python, ['-m', 'scripts.upload_model', large], options)
  const ended = once(cutOff, 'exit')
  const begun = () => s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
  while (cutOff.exitCode === null && !(await begun()).Uploads?.length) await pause(5)
  cutOff.kill('SIGKILL')
  await ended
  expect((await begun()).Uploads).toHaveLength(1)
  expect((await keys(bucket)).filter((key) => key.includes('large'))).toEqual([])

  const measured = await run(python, ['-c', MEASURED, python, '-m', 'scripts.upload_model', large], {
    in: adult.folder,
    env: moto.env,
  })
  const [, version = '', peak = '0'] = /^(\S+) is s3:.*\npeak (\d+)/m.exec(measured) ?? []
  expect(version).toMatch(/^\d{4}-\d\d-\d\d-[0-9a-f]{8}$/)
  expect(Number(peak) / 1024, 'MiB at most, of which 64 are four parts').toBeLessThan(170)
  expect((await begun()).Uploads ?? []).toEqual([])
  expect((await script('upload_model', large)).output).toContain('is there already')

  const [key] = (await keys(bucket)).filter((name) => name.includes(`${version}/seed3`))
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'something else' }))
  const refused = await script('upload_model', large)
  expect(refused.output).toContain('a version is never overwritten')
  expect(refused.exitCode).toBe(1)
})

const MEASURED = `
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
`

test('of two releases at once one is in service, and the other is told so', async () => {
  // Both have read what is in service before either goes on.
  const meeting = join(work, 'meeting')
  mkdirSync(meeting)
  appendFileSync(join(adult.folder, 'tests/test_model.py'), meet(meeting))
  const [one, two] = ['one', 'two'].map((name, number) => {
    const file = join(work, `${name}.txt`)
    const text = readFileSync(join(models, 'seed3-lightgbm.txt'), 'utf8')
    writeFileSync(file, text + '\n'.repeat(number + 1))
    return file
  }) as [string, string]
  const done = await Promise.all([
    script('model_store', 'release', one),
    script('model_store', 'release', two),
  ])
  expect(done.map(({ exitCode }) => exitCode).sort(), done.map(({ output }) => output).join()).toEqual([0, 1])
  const winner = done.find(({ exitCode }) => exitCode === 0)?.output.match(/(\S+) is in service/)?.[1]
  expect(done.find(({ exitCode }) => exitCode === 1)?.output).toContain(
    `Somebody else put ${winner} into service`,
  )
  expect((await script('model_store', 'models')).stdout).toMatch(
    new RegExp(`^${winner} .*<- in service$`, 'm'),
  )

  const back = await script('model_store', 'rollback')
  expect(back.output).toMatch(/is in service \(before: \S+\)/)
  expect((await script('model_store', 'models')).stdout).not.toMatch(
    new RegExp(`^${winner} .*<- in service$`, 'm'),
  )
})

const meet = (folder: string) => `

def test_both_have_come() -> None:
    import os
    import pathlib
    import time

    folder = pathlib.Path(${JSON.stringify(folder)})
    (folder / str(os.getpid())).touch()
    give_up = time.monotonic() + 100
    while len(list(folder.iterdir())) < 2 and time.monotonic() < give_up:
        time.sleep(0.05)
    assert len(list(folder.iterdir())) >= 2
`

test('another region is refused with the mend, before anything is sent', async () => {
  const LocationConstraint = 'eu-west-1' as const
  await s3.send(
    new CreateBucketCommand({ Bucket: 'far-away-models', CreateBucketConfiguration: { LocationConstraint } }),
  )
  const refused = await script('upload_model', '--bucket', 'far-away-models')
  expect(refused.exitCode).toBe(1)
  expect(refused.output).toContain('is in eu-west-1, the function in us-east-1')
  expect(refused.output).toContain('--region eu-west-1')
  expect(await keys('far-away-models')).toEqual([])
  expect(existsSync(join(adult.folder, 'model/seed3-lightgbm.txt'))).toBe(true)
})
