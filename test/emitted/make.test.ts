import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answering, type Emulator, freePort, startEmulator } from './emulator.ts'
import { takesSimpleIndex } from './environment.ts'
import { opened, sampleEvents, settled } from './events.ts'
import { emitted, root, tool } from './places.ts'
import { filesBelow, flagsFor, generate, type Project } from './project.ts'
import { attempt, run } from './run.ts'

const MiB = 1024 * 1024

/** uv and SAM are found, and nothing else of ours. */
const environment = { PATH: `${join(root, '.tools/bin')}:${process.env.PATH}` }

function make(project: Project, ...targets: string[]): Promise<string> {
  return run('make', targets, { in: project.folder, env: environment })
}

/** One project for each framework goes the whole way that its README shows, each test a step of it. */
describe.each([
  ['onnx', 'iris-plain.onnx', 120],
  ['sklearn', 'iris-knn.joblib', 215],
])('%s', (framework, model, largest) => {
  let project: Project
  let zip: string

  beforeAll(async () => {
    project = await generate(`make-${framework}`, flagsFor(model))
    zip = join(project.folder, 'dist/function.zip')
  })

  test('make setup, test, lint', async () => {
    await make(project, 'setup')
    expect(await make(project, 'test')).toMatch(/\d+ passed/)
    expect(await make(project, 'lint')).toContain('valid SAM Template')
    const [python] = filesBelow(join(project.folder, 'app'))
    expect(
      await run(join(project.folder, '.venv/bin/ruff'), ['check', '--show-files'], { in: project.folder }),
    ).toContain(python)
  })

  test('make invoke', async () => {
    expect(await make(project, 'invoke', 'EVENT=events/direct.json')).toContain('"label": "setosa"')
  })

  test('make serve', async () => {
    const port = await freePort()
    const server = spawn('make', ['serve', `PORT=${port}`], {
      cwd: project.folder,
      env: { ...process.env, ...environment },
      detached: true,
      stdio: 'ignore',
    })
    try {
      await answering(port, server)
      await answersLikeItsEvents(project, port)
    } finally {
      end(server)
    }
  })

  test('make package', async () => {
    await make(project, 'package')
    expect(statSync(zip).size).toBeLessThan(100 * MiB)
    if (framework === 'onnx') {
      const before = hashOf(zip)
      await make(project, 'package')
      expect(hashOf(zip), 'the same input, the same bytes').toBe(before)
    }
  })

  describe('from dist/function.zip alone', () => {
    let folder: string
    let lambda: Emulator

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'function-'))
      await run(tool('python'), ['-m', 'zipfile', '-e', zip, folder])
      lambda = await startEmulator({ folder, python: '3.13', env: { OPENBLAS_NUM_THREADS: '1' } })
    })

    afterAll(async () => {
      await lambda?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    test('holds what runs, compiled, and no more', () => {
      const files = filesBelow(folder)
      const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
      expect(bytes / MiB).toBeLessThan(largest)
      expect(files.filter((file) => file.endsWith('cases.json') || file.includes('/tests/'))).toEqual([])
      const sources = files.filter((file) => file.endsWith('.py')).length
      expect(files.filter((file) => file.endsWith('.pyc'))).toHaveLength(sources)
    })

    test("answers every event on Lambda's own runtime client", async () => {
      const before = filesBelow(folder)
      const events = sampleEvents(project)
      expect(events.length).toBeGreaterThan(20)
      for (const { name, event, answer } of events) {
        const got = opened(await lambda.invoke(event))
        expect(settled(got, answer, 1e-5), name).toEqual(answer)
      }
      expect(filesBelow(folder), 'only /tmp is written').toEqual(before)
    })

    test('writes one JSON object a line', async () => {
      const lines = lambda
        .log()
        .split('\n')
        .filter((line) => line.includes('"model_version"'))
      expect(lines.length).toBeGreaterThan(20)
      for (const line of lines) expect(Object.keys(JSON.parse(line))).toContain('request_id')
    })
  })
})

test('make package for the other kind of processor', async () => {
  const project = await generate('make-arm64', [...flagsFor('iris-knn.joblib'), '--arch', 'arm64'])
  expect(await make(project, 'setup', 'package')).toContain('aarch64')
})

describe.each(['pip', 'poetry'])('--package-manager %s', (manager) => {
  test('make setup, test, lint and package, with the packages that uv ships', async () => {
    const flags = [...flagsFor('iris-plain.onnx'), '--package-manager']
    const project = await generate(`make-${manager}`, [...flags, manager])
    if (manager === 'poetry') takesSimpleIndex(project)
    await make(project, 'setup')
    expect(await make(project, 'test')).toMatch(/\d+ passed/)
    expect(await make(project, 'lint')).toContain('valid SAM Template')
    expect(await make(project, 'package')).toContain('Tried out')
    const byUv = await generate('make-uv', [...flags, 'uv'])
    await make(byUv, 'setup', 'package')
    expect(shipped(project)).toEqual(shipped(byUv))
  })

  test.runIf(manager === 'pip')('make setup without a network leaves what is there', async () => {
    const folder = join(emitted, 'make-pip')
    const nowhere = { PIP_INDEX_URL: 'http://127.0.0.1:9', PIP_FIND_LINKS: '' }
    const offline = { ...nowhere, PIP_RETRIES: '0', PIP_NO_CACHE_DIR: '1' }
    const before = filesBelow(join(folder, '.venv'))
    // As where the environment is active: its Python makes it anew.
    const PATH = `${join(folder, '.venv/bin')}:${environment.PATH}`
    const { exitCode, output } = await attempt('make', ['setup'], { in: folder, env: { ...offline, PATH } })
    expect(exitCode, output).toBe(2)
    expect(output).toMatch(/^ERROR: No matching distribution found/m)
    expect(output).toContain('.venv could not be made anew: it is as it was.')
    expect(filesBelow(join(folder, '.venv'))).toEqual(before)
    expect(before.length).toBeGreaterThan(1000)
  })

  test('the image takes what is locked, without the tools of development', async () => {
    const flags = [...flagsFor('iris-plain.onnx'), '--packaging', 'image', '--package-manager', manager]
    const { folder } = await generate(`make-${manager}-image`, flags)
    const lock = manager === 'pip' ? 'requirements.txt' : 'poetry.lock'
    const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8')
    expect(dockerfile).toMatch(new RegExp(`^COPY .*${lock} ./$`, 'm'))
    expect(dockerfile).toContain('--require-hashes --target /packages -r requirements.txt')
    expect(readFileSync(join(folder, '.dockerignore'), 'utf8')).toContain(`!${lock}\n`)
  })
})

/** The packages, with their versions, and our own folders. */
function shipped({ folder }: Project): string[] {
  return readdirSync(join(folder, 'build/function')).sort()
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

async function answersLikeItsEvents(project: Project, port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}`
  expect((await fetch(`${url}/health`)).status).toBe(200)
  expect((await fetch(`${url}/nothing`)).status).toBe(404)
  expect((await fetch(`${url}/predict`)).status).toBe(405)
  const schema = (await (await fetch(`${url}/schema`)).json()) as { openapi: string }
  expect(schema.openapi).toMatch(/^3\.1/)
  const { event, answer } = sampleEvents(project).find(({ name }) => name === 'http-api') ?? {}
  const { body, headers } = JSON.parse(event ?? '') as { body: string; headers: Record<string, string> }
  const type = headers['content-type'] ?? ''
  for (const path of ['/predict', '/']) {
    const got = await fetch(url + path, { method: 'POST', body, headers: { 'content-type': type } })
    const expected = (answer as { body: unknown }).body
    expect(settled(await got.json(), expected, 1e-5)).toEqual(expected)
  }
}

function end(program: ChildProcess): void {
  if (program.pid !== undefined && program.exitCode === null) process.kill(-program.pid, 'SIGKILL')
}
