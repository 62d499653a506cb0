import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { findingsIn } from './actionlint.ts'
import { type Choice, everyPair } from './pairs.ts'
import { emitted, models, tool } from './places.ts'
import { filesBelow, generate, type Project } from './project.ts'
import { run } from './run.ts'

const chosen = everyPair(
  {
    endpoint: ['http-api', 'rest-api', 'function-url', 'none'],
    auth: ['iam', 'api-key', 'none'],
    warmup: ['none', 'schedule', 'snapstart', 'provisioned'],
    packaging: ['zip', 'image'],
    'model-store': ['bundled', 'bucket'],
    arch: ['x86_64', 'arm64'],
    cors: ['', '*', 'https://app.example.com', 'https://app.example.com,http://localhost:8080'],
    path: ['/predict', '/', '/v1/iris.score~2'],
    tracing: ['', '--tracing'],
    logs: ['', '--log-predictions=0.1'],
    python: ['3.13', '3.12'],
  },
  ({ endpoint, auth, cors, path }) => {
    if (auth === 'api-key' && endpoint !== 'rest-api') return false
    // Without an endpoint there is nobody to keep out, and no path to be asked for.
    return endpoint !== 'none' || (auth === 'iam' && cors === '' && path === '/predict')
  },
)

/** Every linter gets all projects in one call: most of its time is its start. */
let projects: Project[]

beforeAll(async () => {
  rmSync(join(emitted, 'infrastructure'), { recursive: true, force: true })
  projects = []
  for (const [index, choice] of chosen.entries())
    projects.push(await generate(`infrastructure/${index}-${choice.endpoint}`, flagsOf(choice)))
})

function flagsOf({ endpoint, auth, cors, path, tracing, logs, ...rest }: Choice): string[] {
  const reachable = [`--auth=${auth}`, `--path=${path}`, ...(cors ? [`--cors=${cors}`] : [])]
  return [
    ...['--model', join(models, 'iris-plain.onnx'), `--endpoint=${endpoint}`],
    ...(endpoint === 'none' ? [] : reachable),
    ...[tracing, logs].filter((flag) => flag !== undefined && flag !== ''),
    ...Object.entries(rest).map(([name, value]) => `--${name}=${value}`),
  ] as string[]
}

/** The files of all projects that end like this. */
function all(ending: string): string[] {
  return projects.flatMap(({ folder, report }) =>
    report.files.filter((file) => file.endsWith(ending)).map((file) => join(folder, file)),
  )
}

test(`${chosen.length} projects hold every pair of answers`, () => {
  expect(all('template.yaml')).toHaveLength(chosen.length)
  expect(all('Dockerfile').length).toBeGreaterThan(1)
  expect(all('push_image.sh').length).toBeGreaterThan(1)
})

describe('templates', () => {
  test('cfn-lint', async () => {
    await run(tool('cfn-lint'), ['--', ...all('template.yaml'), ...all('deploy-role.yaml')])
  })

  /** SAM's own checks, and cfn-lint on what CloudFormation gets: half of the mistakes are seen only there. */
  test('as CloudFormation gets them', async () => {
    const folder = join(emitted, 'infrastructure-translated')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const script = join(import.meta.dirname, 'translate_sam.py')
    await run(tool('python'), [script, folder, ...all('template.yaml')])
    const translated = filesBelow(folder)
    expect(translated).toHaveLength(chosen.length)
    // SAM's own translation says twice what a usage plan depends on (W3005), and with an alias it has put the image's
    // name in already (W2001).
    await run(tool('cfn-lint'), ['--ignore-checks', 'W3005', 'W2001', '--', ...translated])
  })

  test('sam validate --lint, one for each endpoint', async () => {
    const one = new Map(projects.map((project, index) => [chosen[index]?.endpoint, project]))
    expect(one.size).toBe(4)
    for (const { folder } of one.values())
      expect(await run(tool('sam'), ['validate', '--lint'], { in: folder })).toContain('valid SAM Template')
  })
})

test('yamllint', async () => {
  // One call for each project: the rules are the project's own .yamllint.
  for (const { folder } of projects) await run(tool('yamllint'), ['--strict', '.'], { in: folder })
})

test('shellcheck', async () => {
  await run(tool('shellcheck'), all('.sh'))
})

test('hadolint', async () => {
  await run(tool('hadolint'), all('Dockerfile'))
})

test('TOML and JSON are read by Python', async () => {
  await run(tool('python'), [
    '-c',
    "import json, sys, tomllib\nfor file in sys.argv[1:]: (tomllib.loads if file.endswith('.toml') else json.loads)(open(file).read())",
    ...all('.toml'),
    ...all('.json'),
  ])
})

describe('workflows', () => {
  test('zizmor', async () => {
    const folders = projects.map(({ folder }) => join(folder, '.github'))
    await run(tool('zizmor'), ['--offline', '--quiet', ...folders])
  })

  test('actionlint', async () => {
    const workflows = all('.yml').filter((file) => file.includes('.github/workflows/'))
    expect(workflows.length).toBeGreaterThan(chosen.length)
    expect(await findingsIn(workflows)).toEqual([])
  })
})
