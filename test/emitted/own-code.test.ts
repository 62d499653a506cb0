import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { environmentOf, passesItsTests } from './environment.ts'
import { root, tool } from './places.ts'
import { flagsFor, generate, type Project } from './project.ts'
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
