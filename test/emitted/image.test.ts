import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { answering, freePort } from './emulator.ts'
import { takesSimpleIndex } from './environment.ts'
import { answersItsEvents, opened, sampleEvents, settled } from './events.ts'
import { root, tool, uv } from './places.ts'
import { flagsFor, generate, type Project } from './project.ts'
import { attempt, run } from './run.ts'

const base = join(root, 'test/tools/lambda-base')
const BASE = 'public.ecr.aws/lambda/python:3.13'
const buildsImages = process.getuid?.() === 0 && ['buildah', 'podman', 'runc', 'mmdebstrap'].every(isThere)
if (!buildsImages)
  console.warn('No image is built: needs root and apt-get install buildah podman runc conmon mmdebstrap')

/** As Lambda would: read-only but for /tmp, with that much memory (MB), as a plain user. */
async function served(
  image: string,
  memory: number,
  using: (ask: (event: string) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const port = await freePort()
  const container = containers('run', image, String(port), String(memory))
  const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`
  try {
    await answering(port, container)
    await using(async (event) => (await fetch(url, { method: 'POST', body: event })).json())
  } finally {
    await run('bash', [join(base, 'containers.sh'), 'stop', String(port)])
  }
}

async function built(image: string, model: string, flags: readonly string[]): Promise<Project> {
  const project = await generate(image, [...flagsFor(model), '--packaging', 'image', ...flags])
  if (flags.includes('poetry')) takesSimpleIndex(project)
  const PATH = `${join(root, '.tools/bin')}:${process.env.PATH}`
  await run('make', ['lock'], { in: project.folder, env: { PATH } })
  const bud = [...'bud --isolation chroot --pull-never --network host --tag'.split(' '), image, '.']
  await run('buildah', bud, { in: project.folder })
  return project
}

/** A scikit-learn model as an image behind a REST API, kept warm: nothing but containers can tell whether it works. */
describe.skipIf(!buildsImages)('iris-knn as an image', () => {
  const image = 'iris-knn-image'
  let project: Project

  beforeAll(async () => {
    await run('bash', [join(base, 'build.sh'), '3.13'])
    project = await built(image, 'iris-knn.joblib', ['--endpoint', 'rest-api', '--warmup', 'schedule'])
  })

  test('read-only, with a memory limit, as a plain user it answers every event', () =>
    served(image, 1024, async (ask) => {
      const events = sampleEvents(project)
      expect(events.length).toBeGreaterThan(20)
      for (const { name, event, answer } of events)
        expect(settled(opened(await ask(event)), answer, 1e-5), name).toEqual(answer)
    }))

  test('holds what runs, compiled, readable by everybody, and no build tools', async () => {
    const program = [
      'import importlib.util as u, pathlib, stat, sys',
      'files = [p for p in pathlib.Path("/var/task").rglob("*") if p.is_file()]',
      'print([str(p) for p in files if p.suffix == ".py" and not pathlib.Path(u.cache_from_source(str(p))).exists()])',
      'print([str(p) for p in files if not p.stat().st_mode & stat.S_IROTH])',
      'print([n for n in ("tests", "events", "scripts", "uv.lock", "pyproject.toml", "bin") if pathlib.Path("/var/task", n).exists()])',
      'print([str(p) for p in (pathlib.Path("/var/task/model/cases.json"), pathlib.Path("/build"), pathlib.Path("/root/.cache")) if p.exists()])',
      'print([u.find_spec("uv"), u.find_spec("pytest")])',
    ].join('\n')
    const container = (await run('buildah', ['from', '--pull-never', image])).trim()
    try {
      const inside = ['run', '--isolation', 'chroot', container, '--', '/var/lang/bin/python', '-c', program]
      expect((await run('buildah', inside)).trim().split('\n')).toEqual([
        '[]',
        '[]',
        '[]',
        '[]',
        '[None, None]',
      ])
    } finally {
      await attempt('buildah', ['rm', container])
    }
  })

  test('sam build, sam local invoke', async () => {
    expect(await bySam(project)).toContain('"label"')
    const built = readFileSync(join(project.folder, '.aws-sam/build/template.yaml'), 'utf8')
    expect(built).toContain('ImageUri: predict:latest')
  })

  test('the same on a zip', async () => {
    const zipped = await generate('sam-zip', ['--model-type', 'echo', '--endpoint', 'none'])
    mkdirSync(join(zipped.folder, 'dist'))
    await run('python3', ['-m', 'zipfile', '--create', 'dist/function.zip', 'app'], { in: zipped.folder })
    await run('podman', ['tag', BASE, `${BASE}-${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`])
    expect(await bySam(zipped)).toContain('"success": true')
  })

  /** Builds, and calls the function once. */
  async function bySam({ folder }: Project): Promise<string> {
    const socket = join(folder, '../podman.sock')
    const service = containers('docker', socket, '200')
    const where = { in: folder, env: { DOCKER_HOST: `unix://${socket}` } }
    try {
      for (let tries = 0; tries < 100 && !existsSync(socket); tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 100))
      await run(tool('sam'), ['build'], where)
      const call = ['local', 'invoke', 'Predict', '--event', 'events/direct.json', '--skip-pull-image']
      return await run(tool('sam'), call, where)
    } finally {
      end(service)
    }
  }
})

/** Libraries that no zip can hold, and one that Lambda's image lacks; each gets a file of several cases, as the seeds do. */
test.skipIf(!buildsImages).each([
  ['CatBoost, with Poetry', 'shop-catboost.cbm', ['--package-manager', 'poetry']],
  ['LightGBM, with libgomp', 'adult-lightgbm.txt', []],
])('an image of %s answers a file of several cases', async (_, model, flags) => {
  await run('bash', [join(base, 'build.sh'), '3.13'])
  const image = `image-${model.split('.')[0]}`
  const project = await built(image, model, ['--answer', 'records', '--endpoint', 'none', ...flags])
  const file = readFileSync(join(project.folder, 'model/cases.json'), 'utf8')
  const { inputs, outputs } = JSON.parse(file) as { inputs: unknown[]; outputs: GoldenOutput[] }
  await served(image, 1024, async (ask) => {
    const expected = outputs.map(({ label, probabilities }) => ({
      label,
      probabilities: Object.values(probabilities).map((one) => expect.closeTo(one, 5)),
    }))
    const records = (await ask(JSON.stringify(inputs))) as GoldenOutput[]
    expect(
      records.map(({ label, probabilities }) => ({ label, probabilities: Object.values(probabilities) })),
    ).toEqual(expected)
    expect(await ask('{}')).toMatchObject({ status: 422 })
  })
})

interface GoldenOutput {
  readonly label: unknown
  readonly probabilities: Readonly<Record<string, number>>
}

/** A model for Google: Cloud Run starts the image's own command as the image's own user, and tells it where to listen. */
test.skipIf(!buildsImages)('iris-plain as an image for Cloud Run answers its events', async () => {
  await run('bash', [join(base, 'build.sh'), '3.13'])
  await run('bash', [join(root, 'test/tools/python-base/build.sh'), '3.13'])
  const flags = ['--cloud', 'cloud-functions', '--packaging', 'image']
  const project = await generate('google-image', [...flagsFor('iris-plain.onnx'), ...flags])
  await run(uv, ['lock', '--quiet'], { in: project.folder })
  const build = 'bud --isolation chroot --pull-never --network host --tag google-image .'.split(' ')
  await run('buildah', build, { in: project.folder })
  const port = await freePort()
  const container = containers('serve', 'google-image', String(port), '512')
  try {
    await answering(port, container)
    await answersItsEvents(project, port)
    const user = await run('podman', ['exec', `lambda-${port}`, 'id', '--user'])
    expect(user.trim()).toBe('65534')
  } finally {
    await run('bash', [join(base, 'containers.sh'), 'stop', String(port)])
  }
})

function isThere(program: string): boolean {
  try {
    return execFileSync('which', [program], { stdio: 'pipe' }).length > 0
  } catch {
    return false
  }
}

function containers(...args: string[]): ChildProcess {
  return spawn('bash', [join(base, 'containers.sh'), ...args], { detached: true, stdio: 'ignore' })
}

function end(program: ChildProcess): void {
  if (program.pid !== undefined && program.exitCode === null) process.kill(-program.pid, 'SIGKILL')
}
