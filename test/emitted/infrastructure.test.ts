import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everyAnswer as chosen, flagsOf } from './answers.ts'
import { checkov, lintBeside } from './beside.ts'
import { type Moto, startMoto } from './moto.ts'
import { emitted, root, tool } from './places.ts'
import { emittedFiles, filesBelow, flagsFor, generate, type Project } from './project.ts'
import { attempt, run, stdoutOf } from './run.ts'

/** Every linter gets all projects in one call: most of its time is its start. */
let projects: Project[]

beforeAll(async () => {
  rmSync(join(emitted, 'infrastructure'), { recursive: true, force: true })
  projects = []
  for (const [index, choice] of chosen.entries())
    projects.push(await generate(`infrastructure/${index}-${choice.endpoint}`, flagsOf(choice)))
})

/** The files of all projects that end like this. */
function all(ending: string): string[] {
  return projects.flatMap((project) => emittedFiles(project, ending))
}

test(`${chosen.length} projects hold every pair of answers`, () => {
  expect(all('template.yaml')).toHaveLength(chosen.length)
  expect(all('Dockerfile').length).toBeGreaterThan(1)
  expect(all('push_image.sh').length).toBeGreaterThan(1)
})

describe('templates', () => {
  test('cfn-lint', async () => {
    await run(tool('cfn-lint'), ['--', ...all('template.yaml')])
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

test('the role that deploys, workflows, scripts', () => lintBeside(projects))

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

test.skipIf(process.env.VERIFY !== 'full')('checkov, but for what checkov.yaml lists with a reason', () =>
  checkov('-d', join(emitted, 'infrastructure'), '-d', join(emitted, 'infrastructure-translated')),
)

describe('on a stand-in for AWS', () => {
  let cloud: Moto
  let project: Project
  let env: Readonly<Record<string, string>>

  beforeAll(async () => {
    // Gateways and URLs of SAM's are beyond the stand-in.
    const flags = [...flagsFor('iris-plain.onnx'), '--endpoint=none', '--warmup=schedule']
    const numbers = ['--memory=1024', '--timeout=20', '--log-predictions=0.5']
    project = await generate('sam-deployed', [...flags, ...numbers])
    cloud = await startMoto('moto_stacks.py')
    env = { ...cloud.env, PATH: `${join(root, '.tools/bin')}:${process.env.PATH}` }
  })

  afterAll(() => cloud?.stop())

  test('make deploy brings up a stack as it was answered, of what make package built', async () => {
    await run('make', ['setup', 'deploy'], { in: project.folder, env })
    await run('make', ['--old-file=package', 'deploy', 'STAGE=staging'], { in: project.folder, env })
    const folder = mkdtempSync(join(tmpdir(), 'deployed-'))
    const script = join(import.meta.dirname, 'deployed.py')
    const found = JSON.parse(await stdoutOf(tool('python'), [script, 'score-staging', folder], { env }))
    expect(found.configuration).toMatchObject({
      Runtime: 'python3.13',
      Handler: 'app.handler.handler',
      MemorySize: 1024,
      Timeout: 20,
      Architectures: ['x86_64'],
      Role: found.outputs.RoleArn,
      Environment: { Variables: { HOME: '/tmp', STAGE: 'staging', LOG_PREDICTIONS: '0.5' } },
    })
    expect(Object.keys(found.outputs).sort()).toEqual(['FunctionArn', 'FunctionName', 'RoleArn'])
    expect(readFileSync(join(folder, 'app/handler.py'), 'utf8')).toBe(
      readFileSync(join(project.folder, 'app/handler.py'), 'utf8'),
    )
    rmSync(folder, { recursive: true })
  })

  test('make destroy takes away what one stage has uploaded, and nothing of production', async () => {
    const destroy = ['destroy', 'STAGE=staging']
    const { output } = await attempt('make', destroy, { in: project.folder, env, input: 'y\ny\n' })
    expect(output).toContain('Deleted successfully')
    const left = `for bucket in boto3.resource("s3").buckets.all():
  for one in bucket.objects.all(): print(one.key)
print([one["FunctionName"] for one in boto3.client("lambda").list_functions()["Functions"]])`
    const printed = await run(tool('python'), ['-c', `import boto3\n${left}`], { env })
    expect(printed).toMatch(/^score\/\w+$/m)
    expect(printed).not.toContain('score-staging')
    expect(printed).toContain("['score-Predict-")
  })
})
