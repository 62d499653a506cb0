/**
 * Projects for Google: the same answers as on Lambda, on the server that Google starts, from what would be uploaded,
 * by commands that gcloud knows.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findingsIn } from '../actionlint.ts'
import { answering, freePort } from '../emulator.ts'
import { environmentOf, passesItsLinters, passesItsTests } from '../environment.ts'
import { answersItsEvents, sampleEvents } from '../events.ts'
import { emitted, models, root, tool, uv } from '../places.ts'
import { emittedFiles, flagsFor, generate, type Project } from '../project.ts'
import { run, stdoutOf } from '../run.ts'

const GOOGLE = ['--cloud', 'cloud-functions']
const hasGcloud = isThere('gcloud')
if (!hasGcloud) console.warn('No gcloud here: its command lines and its list of uploads are not checked')

/** Every kind of body, packaging and way in at least once; Keras starts threads of its own, which a fork would lose. */
const projects: Record<string, readonly string[]> = {
  onnx: [...flagsFor('iris-plain.onnx')],
  pictures: [...flagsFor('parts-nchw.onnx'), '--auth', 'none', '--path', '/', '--memory', '6000'],
  tensors: [...flagsFor('tokens.onnx'), '--package-manager', 'pip', '--python', '3.12'],
  logit: [
    ...flagsFor('games-logit.joblib'),
    ...['--answer', 'response', '--path', '/pred', '--cors', 'https://app.example.com'],
  ],
  keras: [...flagsFor('games.keras'), '--answer', 'response', '--path', '/pred', '--packaging', 'image'],
  echo: ['--model-type', 'echo', '--package-manager', 'poetry'],
}

const made = new Map<string, Project>()

beforeAll(async () => {
  for (const [name, flags] of Object.entries(projects))
    made.set(name, await generate(`google-${name}`, [...flags, ...GOOGLE]))
})

function project(name: string): Project {
  return made.get(name) as Project
}

test.each(Object.keys(projects))('%s passes its own tests and linters', async (name) => {
  await passesItsTests(project(name))
  await passesItsLinters(project(name))
})

describe.each([
  ['onnx', []],
  ['pictures', []],
  ['tensors', []],
  ['logit', []],
  ['echo', []],
])('%s', (name) => {
  test('answers every request as the same project on Lambda does', async () => {
    const flags = projects[name]?.filter((flag, at, all) => flag !== '--memory' && all[at - 1] !== '--memory')
    const onLambda = await generate(`google-${name}-lambda`, [...(flags ?? []), '--endpoint', 'http-api'])
    const requests = [
      ...sampleEvents(project(name)).map(({ event }) => JSON.parse(event)),
      ...oddRequests(project(name)),
    ]
    expect(requests.length).toBeGreaterThan(15)
    const file = join(emitted, `google-${name}-requests.json`)
    writeFileSync(file, JSON.stringify(requests))
    const [google, lambda] = [await answersOf(project(name), file), await answersOf(onLambda, file)]
    for (const [at, request] of requests.entries()) {
      const { headers, ...asked } = request
      expect(google[at], JSON.stringify([headers?.['content-type'], asked]).slice(0, 300)).toEqual(lambda[at])
    }
  })
})

interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

/** What clients send who did not read anything. */
function oddRequests({ folder }: Project): HttpRequest[] {
  const good = JSON.parse(readFileSync(join(folder, 'events/http.json'), 'utf8')) as HttpRequest
  const field = `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'1'.repeat(600_000)}\r\n--x--\r\n`
  const typed = (type: string) => ({ ...good, headers: { 'content-type': type } })
  return [
    { ...good, path: '/' },
    { ...good, path: `${good.path.replace(/\/$/, '')}/` },
    { ...good, path: '/schema', method: 'GET' },
    { ...good, path: '/schema' },
    { ...good, path: '/nothing/at/all', method: 'PATCH' },
    { ...good, query: { top: '1' } },
    { ...good, query: { top: 'all' } },
    { ...good, headers: {} },
    ...['text/html', 'text/plain', 'application/json; charset=utf-8', 'multipart/form-data', 'image/gif'].map(
      typed,
    ),
    { ...typed('multipart/form-data; boundary=x'), body: field },
    { ...typed('application/x-www-form-urlencoded'), body: 'a=1&b=2' },
    ...['', '{', 'null', '[]', '{}', '"text"', '[[', `[${'[1],'.repeat(2000)}[1]]`].map((body) => ({
      ...good,
      body,
    })),
    { ...good, body: 'gP8=', isBase64Encoded: true },
  ]
}

/** Status, kind and document of each answer; ids of requests differ by nature. */
async function answersOf(from: Project, requests: string): Promise<unknown[]> {
  const program = join(import.meta.dirname, 'answer.py')
  const printed = await stdoutOf(await environmentOf(from), [program, requests], { in: from.folder })
  const answers = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as { headers: object; body: string }[]
  return answers.map((answer) => {
    const document = JSON.parse(answer.body)
    return { ...answer, body: 'request_id' in Object(document) ? { ...document, request_id: '' } : document }
  })
}

describe('what would be uploaded', () => {
  const folder = join(emitted, 'google-source')
  const environment = { PATH: `${join(root, '.tools/bin')}:${process.env.PATH}` }
  let server: ChildProcess
  let port: number

  beforeAll(async () => {
    await run('make', ['setup', 'package'], { in: project('onnx').folder, env: environment })
    rmSync(folder, { recursive: true, force: true })
    await run(tool('python'), [
      '-m',
      'zipfile',
      '-e',
      join(project('onnx').folder, 'dist/function.zip'),
      folder,
    ])
  })

  afterAll(() => server?.kill())

  test.skipIf(!hasGcloud)('is in the zip, too', async () => {
    const printed = await stdoutOf('gcloud', ['meta', 'list-files-for-upload'], {
      in: project('onnx').folder,
    })
    const zipped = await stdoutOf(tool('python'), [
      '-c',
      LIST,
      join(project('onnx').folder, 'dist/function.zip'),
    ])
    expect(printed.trim().split('\n').sort()).toEqual(zipped.trim().split('\n').sort())
  })

  test('is built as the buildpack builds it, and answers every event on the server that it starts', async () => {
    // compileall, pip install --requirement, functions-framework: the steps of Google's Python buildpacks.
    const python = join(emitted, 'google-venv/bin/python')
    await run(
      uv,
      ['venv', '--quiet', '--clear', '--seed', '--python', '3.13', join(emitted, 'google-venv')],
      {
        in: project('onnx').folder,
      },
    )
    await run(python, ['-m', 'compileall', '-f', '-q', '.'], { in: folder })
    const install = '-m pip install --quiet --no-compile --upgrade --upgrade-strategy only-if-needed'.split(
      ' ',
    )
    await run(python, [...install, '--force-reinstall', '--requirement', 'requirements.txt'], { in: folder })
    expect(readFileSync(join(folder, 'requirements.txt'), 'utf8')).toMatch(
      /^functions-framework==.* \\\n +--hash/m,
    )
    port = await freePort()
    server = spawn(join(emitted, 'google-venv/bin/functions-framework'), [], {
      cwd: folder,
      env: {
        PATH: '/usr/bin:/bin',
        FUNCTION_TARGET: 'predict',
        HOST: '127.0.0.1',
        PORT: String(port),
        HOME: '/tmp',
      },
      stdio: 'ignore',
    })
    await answering(port, server)
    await answersItsEvents(project('onnx'), port)
  })

  test('refuses a body over the limit by itself', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/predict`, {
      method: 'POST',
      body: ' '.repeat(32 * 1024 * 1024 + 1),
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ status: 413 })
  })
})

const LIST = 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))'

describe("gcloud's command lines", () => {
  const calls = join(emitted, 'google-calls.jsonl')
  const bin = join(emitted, 'google-bin')

  /** What the scripts would have gcloud do. */
  async function callsOf(name: string, script: string, args: string[], env: Record<string, string> = {}) {
    rmSync(calls, { force: true })
    const quiet = { PATH: `${bin}:${process.env.PATH}`, GCLOUD_CALLS: calls, ...env }
    const printed = await run('bash', [script, ...args], { in: project(name).folder, env: quiet })
    return { printed, asked: callsMade() }
  }

  function callsMade() {
    const lines = readFileSync(calls, 'utf8').trim().split('\n')
    return lines.map((line) => JSON.parse(line) as string[])
  }

  beforeAll(async () => {
    const store = ['--model-store', 'bucket', ...GOOGLE]
    made.set('store', await generate('google-store', [...flagsFor('iris-plain.onnx'), ...store]))
    writeFileSync(join(project('store').folder, 'requirements.txt'), '')
    mkdirSync(bin, { recursive: true })
    for (const program of ['gcloud', 'gh', 'docker']) rmSync(join(bin, program), { force: true })
    symlinkSync(join(import.meta.dirname, 'gcloud'), join(bin, 'gcloud'))
    writeFileSync(join(bin, 'gh'), '#!/bin/sh\necho 4711\n')
    writeFileSync(join(bin, 'docker'), '#!/bin/sh\necho sha256:0123456789abcdef\n')
    for (const program of ['gh', 'docker']) chmodSync(join(bin, program), 0o755)
    writeFileSync(join(project('echo').folder, 'requirements.txt'), '')
    writeFileSync(join(project('pictures').folder, 'requirements.txt'), '')
    writeFileSync(join(project('keras').folder, 'uv.lock'), '')
  })

  test('deploy closed, with an account that may do nothing, for each stage', async () => {
    const { asked, printed } = await callsOf('echo', 'deploy.sh', [], { STAGE: 'staging' })
    const deployed = asked.find(([group, verb]) => group === 'run' && verb === 'deploy') ?? []
    const option = (name: string) => deployed[deployed.indexOf(name) + 1]
    expect(deployed).toContain('--no-allow-unauthenticated')
    expect(deployed[2]).toBe('score-staging')
    expect(option('--function')).toBe('predict')
    expect(option('--base-image')).toBe('python313')
    expect(option('--timeout')).toBe('60')
    expect(option('--concurrency')).toBe('4')
    expect(option('--set-env-vars')).toContain('THREADS=4')
    expect(option('--set-env-vars')).toContain('STAGE=staging')
    expect(option('--service-account')).toMatch(/^score-staging-\d+@my-project\.iam\.gserviceaccount\.com$/)
    expect(option('--service-account')?.split('@')[0]?.length).toBeLessThanOrEqual(30)
    expect(asked.filter((words) => words.includes('add-iam-policy-binding'))).toEqual([])
    expect(printed).toContain('Url: https://score-abc-uc.a.run.app/predict')
  })

  test('deploy open where that was asked for, with the processors that the memory needs', async () => {
    const { asked } = await callsOf('pictures', 'deploy.sh', [])
    const deployed = asked.find(([group, verb]) => group === 'run' && verb === 'deploy')?.join(' ')
    expect(deployed).toContain(' --allow-unauthenticated ')
    expect(deployed).toContain('--memory 6000Mi --cpu 2 ')
    expect(deployed).toContain('--concurrency 8 ')
  })

  test('let the account read the models of its own stage', async () => {
    const { asked } = await callsOf('store', 'deploy.sh', [], { STAGE: 'staging' })
    const [binding, ...more] = asked.filter((words) => words.includes('add-iam-policy-binding'))
    expect(more).toEqual([])
    expect(binding).toContain('roles/storage.objectViewer')
    expect(binding?.at(-1)).toMatch(
      /\.startsWith\('projects\/_\/buckets\/[^']+\/objects\/models\/staging\/score\/'\)$/,
    )
    expect(asked.find((words) => words.includes('--set-env-vars'))?.join(' ')).toContain(
      'MODEL_PREFIX=models/staging',
    )
  })

  test('stop where one of them is refused', async () => {
    for (const verb of ['enable', 'create', 'add-iam-policy-binding']) {
      const env = { GCLOUD_FAILS: verb, WAIT_SECONDS: '0' }
      await expect(callsOf('store', 'deploy.sh', [], env)).rejects.toThrow('refused')
      const asked = callsMade()
      expect(asked.filter((words) => words.includes(verb))).toHaveLength(verb.startsWith('add') ? 6 : 1)
      expect(asked.at(-1)).toContain(verb)
    }
  })

  test('a stage that would make names too long is refused before anything is made', async () => {
    const refused = callsOf('echo', 'deploy.sh', [], { STAGE: 'acceptance' })
    await expect(refused).rejects.toThrow('STAGE=acceptance: a stage is up to 8')
    expect(callsMade().filter(([group]) => group !== 'config')).toEqual([])
  })

  test('a step back goes to a revision that started before the one in service', async () => {
    const { asked } = await callsOf('echo', 'deploy.sh', ['back'])
    expect(asked.at(-1)).toContain('score-00002-abc=100')
  })

  test('a destroyed service leaves no right to read models behind', async () => {
    const { asked } = await callsOf('store', 'deploy.sh', ['destroy'])
    const verbs = asked.map((words) =>
      words.find((word) => /^(delete|remove-iam-policy-binding)$/.test(word)),
    )
    expect(verbs.filter(Boolean)).toEqual(['delete', 'remove-iam-policy-binding', 'delete'])
  })

  test('an image that cannot be built is not pushed', async () => {
    const failing = join(emitted, 'google-bin-failing')
    mkdirSync(failing, { recursive: true })
    writeFileSync(join(failing, 'docker'), '#!/bin/sh\necho "docker $1"\n[ "$1" != buildx ]\n')
    chmodSync(join(failing, 'docker'), 0o755)
    const env = { DOCKER: join(failing, 'docker') }
    const error = await callsOf('keras', 'scripts/push_image.sh', ['push'], env).catch(String)
    expect(error).toContain('docker buildx')
    expect(error).not.toMatch(/docker (run|push)/)
  })

  test('deploy the image that was pushed', async () => {
    await callsOf('keras', 'scripts/push_image.sh', ['push'])
    const { asked } = await callsOf('keras', 'deploy.sh', [])
    const deployed = asked.find(([group, verb]) => group === 'run' && verb === 'deploy')?.join(' ')
    expect(deployed).toContain('--image us-central1-docker.pkg.dev/my-project/score/score:0123456789ab ')
    expect(deployed).not.toContain('--source')
  })

  test.skipIf(!hasGcloud)('are known to gcloud, those of the README as well', async () => {
    const all: string[][] = []
    for (const name of ['echo', 'pictures', 'keras', 'store'])
      for (const verb of ['deploy', 'try', 'back', 'url', 'logs', 'destroy'])
        all.push(...(await callsOf(name, 'deploy.sh', [verb])).asked)
    all.push(...(await callsOf('keras', 'scripts/push_image.sh', ['push'])).asked)
    const identity = { PROJECT: 'my-project', REPOSITORY: 'me/score' }
    for (const name of ['echo', 'store'])
      all.push(...(await callsOf(name, '.github/deploy-identity.sh', [], identity)).asked)
    const quoted = all.map((words) =>
      ['gcloud', ...words].map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' '),
    )
    const readme = ['echo', 'keras'].flatMap((name) =>
      readFileSync(join(project(name).folder, 'README.md'), 'utf8').match(/^gcloud .*$/gm),
    )
    const unquoted = [...quoted.map((line) => line.replace(/'([\w./:=@%+,-]+)'/g, '$1')), ...readme]
    const wrong = await refusedByGcloud([...new Set(unquoted)] as string[])
    expect(wrong).toEqual([])
    expect(unquoted.length).toBeGreaterThan(40)
    expect(await refusedByGcloud(['gcloud run deploy score --memroy 1'])).toHaveLength(1)
  })
})

async function refusedByGcloud(lines: string[]): Promise<string[]> {
  const file = join(emitted, 'google-commands.md')
  writeFileSync(file, `\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n`)
  const printed = await stdoutOf('gcloud', ['meta', 'lint-gcloud-commands', `--commands-text-file=${file}`])
  const checked = JSON.parse(printed) as { command_string: string; success: boolean; error_message: string }[]
  if (checked.length !== lines.length) throw new Error(`${lines.length} lines, ${checked.length} checked`)
  return checked.filter(({ success }) => !success).map((one) => `${one.command_string}: ${one.error_message}`)
}

describe('linters', () => {
  const all = (ending: string) => [...made.values()].flatMap((one) => emittedFiles(one, ending))

  test('shellcheck, hadolint', async () => {
    expect(all('.sh').length).toBeGreaterThan(Object.keys(projects).length)
    await run(tool('shellcheck'), all('.sh'))
    expect(all('Dockerfile')).toHaveLength(1)
    await run(tool('hadolint'), all('Dockerfile'))
  })

  test('yamllint, zizmor, actionlint', async () => {
    for (const { folder } of made.values())
      await run(tool('yamllint'), ['--strict', '.github'], { in: folder })
    await run(tool('zizmor'), [
      '--offline',
      '--quiet',
      ...[...made.values()].map((one) => join(one.folder, '.github')),
    ])
    expect(await findingsIn(all('.yml'))).toEqual([])
  })
})

test('serverless is refused for Google in one line, and says what there is', async () => {
  const flags = ['--model', join(models, 'iris-plain.onnx'), ...GOOGLE, '--iac', 'serverless']
  await expect(generate('google-serverless', flags)).rejects.toThrow(
    /stops at Python 3\.9.*\n?.*--iac gcloud/s,
  )
})

function isThere(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return existsSync(program)
  }
}
