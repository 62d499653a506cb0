import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everyAnswer as chosen, flagsOf } from './answers.ts'
import { checkov, lintBeside } from './beside.ts'
import { startEmulator } from './emulator.ts'
import { type Moto, startMoto } from './moto.ts'
import { emitted, nodeTool, root, tool } from './places.ts'
import { flagsFor, generate, type Project } from './project.ts'
import { attempt, run } from './run.ts'
import { systemOf } from './system.ts'

/** Every project twice: for osls, and for SAM, which came first and is the measure. */
let byOsls: Project[]
let bySam: Project[]

function all(projects: readonly Project[], ending: string): string[] {
  return projects.flatMap(({ folder, report }) =>
    report.files.filter((file) => file.endsWith(ending)).map((file) => join(folder, file)),
  )
}

/** The answer to "what would be deployed", without an account: any zip and any digest will do for that. */
async function packaged({ folder }: Project): Promise<string> {
  mkdirSync(join(folder, 'dist'))
  writeFileSync(join(folder, 'dist/function.zip'), 'made by make package')
  const digest = 'a'.repeat(64)
  const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/score@sha256:${digest}\n`
  writeFileSync(join(folder, 'dist/image-uri'), image)
  await run(nodeTool('osls', 'osls'), ['package'], { in: folder, env: offline })
  return join(folder, '.serverless/cloudformation-template-update-stack.json')
}

const offline = {
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  SLS_TELEMETRY_DISABLED: '1',
}

describe(`${chosen.length} projects that hold every pair of answers`, () => {
  let compiled: string[]

  beforeAll(async () => {
    rmSync(join(emitted, 'serverless'), { recursive: true, force: true })
    byOsls = []
    bySam = []
    for (const [index, choice] of chosen.entries()) {
      const flags = flagsOf(choice)
      byOsls.push(await generate(`serverless/osls-${index}`, [...flags, '--iac=serverless']))
      bySam.push(await generate(`serverless/sam-${index}`, [...flags, '--iac=sam']))
    }
  })

  test('osls package, which takes unknown settings for errors', async () => {
    compiled = []
    // Two at a time: most of it is the start of node.
    for (let at = 0; at < byOsls.length; at += 2)
      compiled.push(...(await Promise.all(byOsls.slice(at, at + 2).map(packaged))))
    expect(compiled).toHaveLength(chosen.length)
    for (const { folder } of byOsls)
      expect(readFileSync(join(folder, 'serverless.yml'), 'utf8')).toContain('configValidationMode: error')
  })

  test('cfn-lint on what CloudFormation gets', async () => {
    // W3005: osls says twice what a function and a route depend on.
    await run(tool('cfn-lint'), ['--ignore-checks', 'W3005', '--', ...compiled])
  })

  test('the same system as SAM makes of the same answers', async () => {
    const folder = join(emitted, 'serverless/translated')
    mkdirSync(folder)
    const script = join(import.meta.dirname, 'translate_sam.py')
    await run(tool('python'), [script, folder, ...all(bySam, 'template.yaml')])
    for (const [index, file] of compiled.entries()) {
      expect(readFileSync(file, 'utf8')).toContain('"Key": "stage",\n            "Value": "production"')
      const sam = join(folder, `${basename(bySam[index]?.folder ?? '')}.json`)
      const measure = systemOf(JSON.parse(readFileSync(sam, 'utf8')))
      expect(systemOf(JSON.parse(readFileSync(file, 'utf8'))), JSON.stringify(chosen[index])).toEqual(measure)
    }
  })

  test('the role that deploys, workflows, scripts', () => lintBeside(byOsls))

  test.skipIf(process.env.VERIFY !== 'full')('checkov on what CloudFormation gets', () =>
    checkov('-f', ...compiled),
  )
})

describe('on a stand-in for AWS', () => {
  const stage = 'STAGE=staging'
  let cloud: Moto
  let project: Project
  let env: Readonly<Record<string, string>>

  beforeAll(async () => {
    const flags = [...flagsFor('iris-plain.onnx'), '--endpoint=rest-api', '--memory=1024']
    project = await generate('serverless/deployed', [...flags, '--iac=serverless'])
    symlinkSync(join(root, '.tools/node/osls/node_modules'), join(project.folder, 'node_modules'))
    cloud = await startMoto('moto_stacks.py')
    env = { ...offline, ...cloud.env, PATH: `${join(root, '.tools/bin')}:${process.env.PATH}` }
  })

  afterAll(() => cloud?.stop())

  /** node_modules is not made anew: it is what test/tools/install.sh has put there. */
  function make(...targets: string[]): Promise<string> {
    return run('make', ['--old-file=node_modules', ...targets], { in: project.folder, env })
  }

  test('make deploy brings up a stack from what make package built', async () => {
    await make('setup')
    expect(await make('lint')).not.toContain('not checked')
    await make('deploy', stage)
    const folder = mkdtempSync(join(tmpdir(), 'deployed-'))
    const script = join(import.meta.dirname, 'deployed.py')
    const found = JSON.parse(await run(tool('python'), [script, 'score-staging', folder], { env }))
    expect(found.configuration).toMatchObject({
      FunctionName: 'score-staging-predict',
      Runtime: 'python3.13',
      Handler: 'app.handler.handler',
      MemorySize: 1024,
      Timeout: 28,
      Architectures: ['x86_64'],
      EphemeralStorage: { Size: 512 },
      Environment: { Variables: { HOME: '/tmp', STAGE: 'staging' } },
    })
    expect(found.outputs.RoleArn).toBe(found.configuration.Role)
    expect(found.outputs.FunctionArn).toContain('score-staging-predict')

    const lambda = await startEmulator({ folder, python: '3.13' })
    try {
      const event = readFileSync(join(project.folder, 'events/direct.json'), 'utf8')
      expect(JSON.stringify(await lambda.invoke(event))).toContain('setosa')
    } finally {
      await lambda.stop()
      rmSync(folder, { recursive: true })
    }
  })

  test('osls invoke local', async () => {
    const path = `${join(project.folder, '.venv/bin')}:${env.PATH}`
    const row = JSON.stringify(JSON.parse(readFileSync(join(project.folder, 'events/direct.json'), 'utf8')))
    const printed = await run(
      nodeTool('osls', 'osls'),
      ['invoke', 'local', '--function', 'predict', '--data', row],
      { in: project.folder, env: { ...env, PATH: path } },
    )
    expect(printed).toContain('setosa')
  })

  test('make destroy asks first', async () => {
    const destroy = (input: string) =>
      attempt('make', ['--old-file=node_modules', 'destroy', stage], { in: project.folder, env, input })
    expect((await destroy('n\n')).exitCode).not.toBe(0)
    expect((await destroy('y\n')).output).toContain('successfully removed')
  })
})
