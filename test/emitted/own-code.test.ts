import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator } from './emulator.ts'
import { environmentOf, passesItsLinters, passesItsTests } from './environment.ts'
import { emitted, root, tool } from './places.ts'
import { filesBelow, flagsFor, generate, type Project } from './project.ts'
import { attempt, run } from './run.ts'

const FLOWERS = ['--code', join(root, 'test/own-code/flowers')]

/** What the owner writes into app/features.py: his own package makes what the model takes. */
const FEATURES = `

from flowers.words import WORDS


def make(rows: list[Row]) -> list[Row]:
    if len(WORDS) != 3:
        raise ValueError(WORDS)
    return rows
`

async function withOwnFeatures(name: string, ...flags: string[]): Promise<Project> {
  const project = await generate(name, [...flagsFor('iris-own.joblib'), ...FLOWERS, ...flags])
  appendFileSync(join(project.folder, 'app/features.py'), FEATURES)
  return project
}

describe('a pickle that names an own package, which app/features.py imports as well: as a zip', () => {
  let project: Project
  const env = { PATH: `${join(root, '.tools/bin')}:${process.env.PATH}` }

  beforeAll(async () => {
    project = await withOwnFeatures('own-code-zip')
    await passesItsTests(project)
    await run('make', ['setup'], { in: project.folder, env })
  })

  test('make package: the zip alone imports it and predicts', async () => {
    expect(await run('make', ['package'], { in: project.folder, env })).toContain('Tried out')
    const listed = execFileSync(tool('python'), ['-m', 'zipfile', '-l', 'dist/function.zip'], {
      cwd: project.folder,
      encoding: 'utf8',
    })
    expect(listed).toMatch(/^flowers\/features\/ratios\.py/m)
    expect(listed).toMatch(/^flowers\/features\/__pycache__\/ratios\.cpython-313\.pyc/m)
  })

  test('without the package make package fails, and lists what the zip holds', async () => {
    const script = join(project.folder, 'scripts/package_zip.py')
    writeFileSync(script, readFileSync(script, 'utf8').replace(', "flowers"]', ']'))
    const { exitCode, output } = await attempt('make', ['package'], { in: project.folder, env })
    expect(exitCode).not.toBe(0)
    expect(output).toContain("No module named 'flowers'")
    expect(output).toMatch(/The zip does not work.*\n {2}app\/.*model\/iris-own\.joblib/s)
  })
})

describe('as an image', () => {
  let project: Project

  beforeAll(async () => {
    project = await withOwnFeatures('own-code-image', '--packaging', 'image')
    writeFileSync(join(project.folder, 'uv.lock'), '')
  })

  /** No Docker here: what the Dockerfile copies lies in a folder, and a stand-in runs what docker would run in it. */
  async function built(dockerfile: string) {
    const task = join(project.folder, 'task')
    for (const [, from = '', to = ''] of dockerfile.matchAll(/^COPY (\S+) \/own\/(\S+)$/gm))
      cpSync(join(project.folder, from), join(task, to), { recursive: true })
    mkdirSync(task, { recursive: true })
    const docker = join(project.folder, 'docker')
    const python = await environmentOf(project)
    writeFileSync(
      docker,
      `#!/usr/bin/env bash
[ "$1" = run ] || exit 0
while [ "$1" != -c ]; do shift; done
cd ${task} && exec ${python} "$@"
`,
    )
    chmodSync(docker, 0o755)
    return attempt('bash', ['scripts/push_image.sh', 'build'], {
      in: project.folder,
      env: { DOCKER: docker },
    })
  }

  test('what was built is called once; without the package it is refused, and what it holds is listed', async () => {
    const dockerfile = readFileSync(join(project.folder, 'Dockerfile'), 'utf8')
    const lacking = await built(dockerfile.replace(/^COPY flowers .*$/m, ''))
    expect(lacking.exitCode).toBe(1)
    expect(lacking.output).toContain("No module named 'flowers'")
    expect(lacking.output).toMatch(/The image does not work.*\napp\napp\/__init__\.py/s)
    const whole = await built(dockerfile)
    expect([whole.exitCode, whole.output]).toEqual([0, expect.stringContaining('"outcome": "ok"')])
  })
})

describe('what a library would download is fetched when the package is built', () => {
  const env = { PATH: `${join(root, '.tools/bin')}:${process.env.PATH}` }
  let server: Server
  let asked = 0

  beforeAll(async () => {
    server = createServer((_request, response) => {
      asked++
      response.end('the\na\n')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })

  afterAll(() => void server.close())

  /** The owner's fetch(): NLTK's stopwords, and a file behind a link, as Hugging Face keeps them. */
  function fetching(project: Project): void {
    const script = join(project.folder, 'scripts/fetch_assets.py')
    const { port } = server.address() as AddressInfo
    const body = `
    import urllib.request

    stopwords = Path(os.environ["NLTK_DATA"]) / "corpora" / "stopwords"
    stopwords.mkdir(parents=True)
    urllib.request.urlretrieve("http://127.0.0.1:${port}/english", stopwords / "english")
    cache = Path(os.environ["HF_HUB_CACHE"])
    (cache / "blob").write_text("tokens")
    (cache / "vocab.txt").symlink_to("blob")
`
    writeFileSync(script, readFileSync(script, 'utf8').replace(/(app\.ASSETS\.\n {4}""")\n/, `$1${body}`))
    appendFileSync(
      join(project.folder, 'app/features.py'),
      `

import os

import nltk.corpus

import app

if nltk.corpus.stopwords.words("english") != ["the", "a"]:
    raise ValueError(nltk.data.path)
with open(os.environ["HF_HUB_CACHE"] + "/vocab.txt") as _vocab:
    if (_vocab.read(), os.environ["HF_HUB_OFFLINE"]) != ("tokens", "1"):
        raise ValueError(app.ASSETS)
`,
    )
  }

  async function withNltk(name: string, ...flags: string[]): Promise<Project> {
    mkdirSync(emitted, { recursive: true })
    const file = join(emitted, `${name}.txt`)
    writeFileSync(file, 'nltk==3.10.4\n')
    return generate(name, [...flagsFor('iris-plain.onnx'), '--requirements', file, ...flags])
  }

  test('for a zip: once, at make setup; the zip alone reads it, writes nothing, and needs no network', async () => {
    const project = await withNltk('assets-zip')
    await passesItsLinters(project)
    fetching(project)
    asked = 0
    await run('make', ['setup', 'test'], { in: project.folder, env })
    expect(await run('make', ['setup', 'package'], { in: project.folder, env })).toContain('Tried out')
    expect(asked).toBe(1)

    const folder = mkdtempSync(join(tmpdir(), 'function-'))
    await run(tool('python'), ['-m', 'zipfile', '-e', join(project.folder, 'dist/function.zip'), folder])
    const before = filesBelow(folder)
    const assets = before.filter((file) => file.startsWith(join(folder, 'assets')))
    expect(assets.map((file) => file.slice(folder.length + 1))).toEqual([
      'assets/fetched.json',
      'assets/huggingface/vocab.txt',
      'assets/nltk_data/corpora/stopwords/english',
    ])
    const lambda = await startEmulator({ folder, python: '3.13', env: { HOME: '/tmp' } })
    try {
      const event = readFileSync(join(project.folder, 'events/direct.json'), 'utf8')
      expect(JSON.stringify(await lambda.invoke(event))).toContain('setosa')
    } finally {
      await lambda.stop()
    }
    expect(filesBelow(folder)).toEqual(before)
    expect(asked).toBe(1)
    rmSync(folder, { recursive: true })

    appendFileSync(join(project.folder, 'scripts/fetch_assets.py'), '\nraise OSError("no network")\n')
    const { exitCode, output } = await attempt('make', ['package'], { in: project.folder, env })
    expect(exitCode).not.toBe(0)
    expect(output).toContain('assets/ is not whole')
    expect(filesBelow(join(project.folder, 'dist'))).toEqual([])
  })

  test('for an image: in the stage that has the packages, the script, and nothing else of the project', async () => {
    const project = await withNltk('assets-image', '--packaging', 'image')
    fetching(project)
    const dockerfile = readFileSync(join(project.folder, 'Dockerfile'), 'utf8')
    const [, copied = '', command = ''] =
      /^COPY (scripts\/\S+) \1\nRUN PYTHONPATH=\/packages (.*)$/m.exec(dockerfile) ?? []
    const stage = mkdtempSync(join(tmpdir(), 'stage-'))
    cpSync(join(project.folder, copied), join(stage, copied))
    const python = await environmentOf(project)
    await run('bash', ['-c', command.replace(/^python/, python)], { in: stage })
    expect(dockerfile).toContain('COPY --from=build /build/assets ${LAMBDA_TASK_ROOT}/assets\n')
    cpSync(join(stage, 'assets'), join(project.folder, 'assets'), { recursive: true })
    rmSync(stage, { recursive: true })
    expect(readFileSync(join(project.folder, '.dockerignore'), 'utf8')).toContain(`!${copied}\n`)
    await passesItsTests(project)
  })

  test('for Google: beside the source that it builds from', async () => {
    const project = await withNltk('assets-google', '--cloud', 'cloud-functions')
    await passesItsLinters(project)
    fetching(project)
    await run('make', ['setup', 'test', 'package'], { in: project.folder, env })
    const listed = await run(tool('python'), ['-m', 'zipfile', '-l', 'dist/function.zip'], {
      in: project.folder,
    })
    expect(listed).toMatch(/^assets\/nltk_data\/corpora\/stopwords\/english/m)
  })
})
