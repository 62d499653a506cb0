import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli, emptyFolder } from '../shell.ts'

const NEW = ['svc', '--yes', '--install']
const STEPS = ['cd svc', 'make serve', 'make deploy']

/** A machine with nothing but git and a `make` that notes its targets and fails at one of them. */
function machine({ make = true, fails = '' } = {}) {
  const cwd = emptyFolder()
  const bin = join(cwd, 'bin')
  mkdirSync(bin)
  for (const name of ['git', 'sh']) symlinkSync(placeOf(name), join(bin, name))
  const lines = ['#!/bin/sh', 'echo "$1" >> ../made', 'echo "it says $1"', `[ "$1" != "${fails}" ]`]
  if (make) writeFileSync(join(bin, 'make'), `${lines.join('\n')}\n`)
  if (make) chmodSync(join(bin, 'make'), 0o755)
  const made = () =>
    existsSync(join(cwd, 'made')) ? readFileSync(join(cwd, 'made'), 'utf8').split('\n') : []
  return { cwd, env: { PATH: bin }, made }
}

function placeOf(name: string): string {
  const folders = (process.env.PATH ?? '').split(':')
  return join(folders.find((folder) => existsSync(join(folder, name))) ?? '/bin', name)
}

describe('--install', () => {
  test('makes the environment and runs the tests, in a repository', async () => {
    const { cwd, env, made } = machine()
    const ran = await cli([...NEW, '--json'], { cwd, env })
    expect(ran.json()).toMatchObject({ ok: true, next: STEPS })
    expect(made()).toEqual(['setup', 'test', ''])
    expect(ran.stderr).toContain('it says test')
    expect(existsSync(join(cwd, 'svc/.git/HEAD'))).toBe(true)
  })

  test.each([
    ['a target that fails', { fails: 'setup' }, 'make setup failed (exit 1)', ['setup', '']],
    ['no make', { make: false }, 'needs make', []],
  ])('%s ends with 1, one document, and the steps that are left', async (_, kind, message, targets) => {
    const asJson = machine(kind)
    const failed = await cli([...NEW, '--json'], asJson)
    expect({ code: failed.code, made: asJson.made() }).toEqual({ code: 1, made: targets })
    const [problem, ...others] = failed.json().problems
    expect(others).toEqual([])
    expect(problem).toMatchObject({ code: 'install-failed', option: '--install' })
    expect(problem.message).toContain(message)

    const asText = await cli(NEW, machine(kind))
    expect(asText.code).toBe(1)
    expect(asText.stdout).toContain('  make setup\n  make test\n')
    expect(asText.stderr).toContain('The project is there.')
  })

  test('a preview installs nothing', async () => {
    const { cwd, env, made } = machine()
    expect(await cli([...NEW, '--dry-run'], { cwd, env })).toMatchObject({ code: 0 })
    expect(made()).toEqual([])
    expect(existsSync(join(cwd, 'svc'))).toBe(false)
  })
})

describe('git', () => {
  test.each([
    ['--no-git leaves it alone', ['--no-git'], {}],
    ['without git there is a word', [], { PATH: '/nowhere' }],
  ])('%s', async (_, flags, env) => {
    const { cwd } = machine()
    const ran = await cli(['svc', '--yes', ...flags], { cwd, env })
    expect(ran.code).toBe(0)
    expect(ran.stderr).toBe(
      flags.length > 0 ? '' : 'git is not installed: the project is not a repository yet.\n',
    )
    expect(existsSync(join(cwd, 'svc/.git'))).toBe(false)
  })

  test('a repository above is the repository', async () => {
    const { cwd, env } = machine()
    mkdirSync(join(cwd, '.git'))
    await cli(['svc', '--yes'], { cwd, env })
    expect(existsSync(join(cwd, 'svc/.git'))).toBe(false)
  })

  test('a git that fails is told, and the project is there', async () => {
    const { cwd, env } = machine()
    const broken = join(cwd, 'broken')
    mkdirSync(broken)
    writeFileSync(join(broken, 'git'), '#!/bin/sh\necho no room >&2; exit 3\n')
    chmodSync(join(broken, 'git'), 0o755)
    const ran = await cli(['svc', '--yes', '--json'], { cwd, env: { PATH: `${broken}:${env.PATH}` } })
    expect(ran.code).toBe(1)
    expect(ran.json().problems).toMatchObject([{ code: 'git-failed' }])
    expect(ran.json().problems[0].message).toContain('no room')
    expect(existsSync(join(cwd, 'svc/app/handler.py'))).toBe(true)
  })
})
