import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { passesItsLinters, passesItsTests } from './environment.ts'
import { everyPair } from './pairs.ts'
import { cli } from './places.ts'
import { flagsFor, generate, type Project } from './project.ts'
import { attempt, run, stdoutOf } from './run.ts'

/** What owners do to a project, each with a line that must be there ever after. */
const edits: Record<string, (text: string) => string> = {
  'README.md': (text) =>
    text.replace('## The six commands', 'Ask the data team before a release.\n\n## The six commands'),
  'template.yaml': (text) =>
    text.replace('\nResources:\n', '\n# Reviewed by the platform team.\nResources:\n'),
  'app/features.py': (text) => `${text}\n\ndef our_own(rows: list[Row]) -> int:\n    return len(rows)\n`,
  'app/log.py': (text) => text.replace('import json\n', 'import json  # ours, too\n'),
  Makefile: (text) => `${text}\nours: ## a target of our own\n\techo ours\n`,
  'pyproject.toml': (text) => text.replace('line-length = 100', 'line-length = 101  # ours'),
  '.gitignore': (text) => `${text}notebooks/\n`,
}
const ours = [
  'Ask the data team',
  'Reviewed by the platform team.',
  'def our_own',
  'ours, too',
  'ours: ## a target',
  'line-length = 101  # ours',
  'notebooks/',
]

/** Every two answers that may go together do so in one of these projects. */
const projects = everyPair(
  {
    model: ['iris-knn.joblib', 'adult-columns.onnx'],
    endpoint: ['http-api', 'rest-api', 'function-url'],
    auth: ['iam', 'api-key', 'none'],
    packaging: ['zip', 'image'],
    warmup: ['none', 'schedule'],
    'log-predictions': ['0', '0.5'],
  },
  ({ endpoint, auth }) => auth !== 'api-key' || endpoint === 'rest-api',
)

/** Then these are changed one by one: what goes with any of the answers before, and at last with none of them. */
const steps = [
  ['--memory', '2048'],
  ['--endpoint', 'rest-api'],
  ['--auth', 'api-key'],
  ['--cors', 'https://app.example.com'],
  ['--log-predictions', '0.25'],
  ['--packaging', 'image'],
  ['--warmup', 'schedule'],
  ['--strict-input'],
  ['--arch', 'arm64'],
  ['--tracing'],
  ['--path', '/v1/score'],
  ['--packaging', 'zip'],
  ['--endpoint', 'function-url', '--auth', 'none'],
]

describe.each(projects.map((choice) => [Object.values(choice).join(' '), choice] as const))(
  '%s',
  (name, choice) => {
    test('answers change one by one, the edits stay, and the project passes its tests and linters', async () => {
      const { model = '', ...answers } = choice
      const flags = Object.entries(answers).flatMap(([question, value]) => [`--${question}`, value])
      const project = await generate(`update-${name.replaceAll(' ', '-')}`, [...flagsFor(model), ...flags])
      for (const [path, edit] of Object.entries(edits)) {
        const place = join(project.folder, path)
        const before = readFileSync(place, 'utf8')
        expect([path, edit(before)]).not.toEqual([path, before])
        writeFileSync(place, edit(before))
      }
      await commit(project)
      for (const flags of steps) {
        const { exitCode, output } = await attempt('node', [cli, 'update', ...flags, '--json'], {
          in: project.folder,
        })
        expect([flags, exitCode, exitCode === 0 ? '' : output]).toEqual([flags, 0, ''])
        const text = Object.keys(edits).map((path) => readFileSync(join(project.folder, path), 'utf8'))
        for (const line of ours) expect(text.join('')).toContain(line)
        await commit(project)
      }
      await passesItsTests(project)
      await passesItsLinters(await asItIsNow(project))
      expect((await attempt('node', [cli, 'check'], { in: project.folder })).exitCode).toBe(0)
    })
  },
)

test('another model: schema, samples and tests follow it', async () => {
  const project = await generate('update-model', flagsFor('iris-plain.onnx'))
  await commit(project)
  await run('node', [cli, 'update', ...flagsFor('adult-columns.onnx')], { in: project.folder })
  await passesItsTests(project)
  await passesItsLinters(await asItIsNow(project))
})

/** With the files that an update left. */
async function asItIsNow(project: Project): Promise<Project> {
  const listed = await stdoutOf('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    in: project.folder,
  })
  const files = listed.split('\n').filter((path) => existsSync(join(project.folder, path)))
  return { ...project, report: { ...project.report, files } }
}

async function commit({ folder }: Project): Promise<void> {
  await run('git', ['add', '-A'], { in: folder })
  await run(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'x', '--allow-empty'],
    { in: folder },
  )
}
