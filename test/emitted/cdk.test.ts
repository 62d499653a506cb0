import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everyAnswer as chosen, flagsOf } from './answers.ts'
import { checkov, lintBeside } from './beside.ts'
import { environmentOf } from './environment.ts'
import { type Moto, startMoto } from './moto.ts'
import { emitted, models, nodeTool, root, tool } from './places.ts'
import { generate, type Project } from './project.ts'
import { attempt, run, stdoutOf } from './run.ts'
import { systemOf } from './system.ts'

const folder = join(emitted, 'cdk')

/** Every project twice: for CDK, and for SAM, which came first and is the measure. */
let byCdk: Project[]
let bySam: Project[]

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  byCdk = []
  bySam = []
  for (const [index, choice] of chosen.entries()) {
    // A description that would break out of a string, if it could.
    const flags = [...flagsOf(choice), '--description', '"`${process.exit(7)}` */ of \\u{41}']
    byCdk.push(withSomethingToDeploy(await generate(`cdk/cdk-${index}`, [...flags, '--iac=cdk'])))
    bySam.push(await generate(`cdk/sam-${index}`, [...flags, '--iac=sam']))
  }
  // What tsc makes is no module, as it is none in a project of its own.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }')
  // Node and tsc look for packages in every folder above: all projects share what `npm install` gives each owner.
  symlinkSync(join(root, '.tools/node/cdk/node_modules'), join(folder, 'node_modules'))
})

/** Any zip and any digest will do to see what would be deployed. */
function withSomethingToDeploy(project: Project): Project {
  mkdirSync(join(project.folder, 'dist'))
  writeFileSync(join(project.folder, 'dist/function.zip'), 'made by make package')
  const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/score@sha256:${'a'.repeat(64)}\n`
  writeFileSync(join(project.folder, 'dist/image-uri'), image)
  return project
}

function nameOf(project: Project): string {
  return basename(project.folder)
}

/** Where the one call of tsc put the app, and where it is synthesised to. */
function placesOf(project: Project): [string, string, string] {
  const name = nameOf(project)
  return [
    join(project.folder, 'infra'),
    join(folder, 'build', name, 'infra/bin/app.js'),
    join(folder, 'out', name),
  ]
}

function templateOf(project: Project): string {
  return join(folder, 'out', nameOf(project), 'score.template.json')
}

/** One for each endpoint. */
function oneOfEach(): Project[] {
  const found = new Map(byCdk.map((project, index) => [chosen[index]?.endpoint, project]))
  expect(found.size).toBe(4)
  return [...found.values()]
}

describe(`${chosen.length} projects that hold every pair of answers`, () => {
  test('what installs them asks for the packages that they are tested with', () => {
    const wanted = JSON.parse(readFileSync(join(root, 'test/tools/cdk/package.json'), 'utf8')).dependencies
    for (const project of byCdk) {
      const own = JSON.parse(readFileSync(join(project.folder, 'infra/package.json'), 'utf8'))
      expect(own.devDependencies).toEqual(wanted)
    }
  })

  test('tsc, as strict as their tsconfig.json', async () => {
    const config = {
      extends: './cdk-0/infra/tsconfig.json',
      compilerOptions: { rootDir: '.', outDir: 'build' },
      include: ['cdk-*/infra'],
    }
    const strict = JSON.parse(readFileSync(join(folder, 'cdk-0/infra/tsconfig.json'), 'utf8'))
    expect(strict.compilerOptions).toMatchObject({ strict: true, noUnusedLocals: true })
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await run(nodeTool('cdk', 'tsc'), ['--project', 'tsconfig.json'], { in: folder })
  })

  test('synthesised, and nothing that cdk-nag finds is left', async () => {
    await run('node', [join(import.meta.dirname, 'synth_cdk.cjs'), ...byCdk.flatMap(placesOf)])
    for (const project of byCdk)
      expect(JSON.parse(readFileSync(templateOf(project), 'utf8')).Description).toBe(
        // CloudFormation would take `${` for a reference.
        '"`$ {process.exit(7)}` */ of \\u{41}',
      )
  })

  test('cfn-lint on what CloudFormation gets', async () => {
    // W3005: CDK says twice what a function depends on.
    await run(tool('cfn-lint'), ['--ignore-checks', 'W3005', '--', ...byCdk.map(templateOf)])
  })

  test('the same system as SAM makes of the same answers', async () => {
    const translated = join(folder, 'translated')
    mkdirSync(translated)
    const script = join(import.meta.dirname, 'translate_sam.py')
    await run(tool('python'), [
      script,
      translated,
      ...bySam.map(({ folder }) => join(folder, 'template.yaml')),
    ])
    for (const [index, project] of byCdk.entries()) {
      const sam = join(translated, `${basename(bySam[index]?.folder ?? '')}.json`)
      const measure = systemOf(JSON.parse(readFileSync(sam, 'utf8')))
      const own = systemOf(JSON.parse(readFileSync(templateOf(project), 'utf8')))
      expect(own, JSON.stringify(chosen[index])).toEqual(measure)
    }
  })

  test('their own tests, one for each endpoint', async () => {
    const own = oneOfEach().map((project) =>
      join(folder, 'build', nameOf(project), 'infra/test/service.test.js'),
    )
    expect(await run('node', ['--test', ...own], { in: folder })).toMatch(/^# tests 16\n(?:.*\n)*# fail 0$/m)
  })

  test('a change that breaks one of the rules ends in an error', async () => {
    const project = byCdk[0] as Project
    const compiled = join(folder, 'build', nameOf(project), 'infra/lib/service.js')
    const before = readFileSync(compiled, 'utf8')
    writeFileSync(compiled, before.replace('"logs:PutLogEvents"', '"s3:*"'))
    const [infra, app] = placesOf(project)
    const out = join(folder, 'out/broken')
    const ran = await attempt('node', [join(import.meta.dirname, 'synth_cdk.cjs'), infra, app, out])
    writeFileSync(compiled, before)
    expect(ran).toMatchObject({ exitCode: 1, output: expect.stringContaining('AwsSolutions-IAM5') })
  })

  test('a stage has a stack of its own, with its own name in it', async () => {
    const project = byCdk[0] as Project
    const [infra, app] = placesOf(project)
    const out = join(folder, 'out/staging')
    const env = { CONTEXT: JSON.stringify({ stage: 'staging' }) }
    await run('node', [join(import.meta.dirname, 'synth_cdk.cjs'), infra, app, out], { env })
    const template = readFileSync(join(out, 'score-staging.template.json'), 'utf8')
    expect(template).toContain('"STAGE": "staging"')
    expect(template).toContain('/aws/lambda/score-staging')
  })

  test.each(['zip', 'image'])('what is destroyed need not have been built: %s', async (packaging) => {
    const project = byCdk[chosen.findIndex((choice) => choice.packaging === packaging)] as Project
    const [infra, app] = placesOf(project)
    const call = [join(import.meta.dirname, 'synth_cdk.cjs'), infra, app, join(folder, 'out/destroyed')]
    rmSync(join(project.folder, 'dist'), { recursive: true })
    const deployed = await attempt('node', call)
    const destroyed = await attempt('node', call, {
      env: { CONTEXT: JSON.stringify({ destroying: 'true' }) },
    })
    withSomethingToDeploy(project)
    expect(deployed.exitCode).toBe(1)
    expect(destroyed).toMatchObject({ exitCode: 0 })
  })

  test('cdk synth, as `make deploy` would call it', async () => {
    const project = byCdk[0] as Project
    const infra = join(project.folder, 'infra')
    symlinkSync(join(folder, 'node_modules'), join(infra, 'node_modules'))
    const out = ['--no-notices', '--quiet', '--output', join(folder, 'out/by-cdk')]
    await run(nodeTool('cdk', 'cdk'), ['synth', ...out], { in: infra })
    const template = JSON.parse(readFileSync(join(folder, 'out/by-cdk/score.template.json'), 'utf8'))
    const own = JSON.parse(readFileSync(templateOf(project), 'utf8'))
    expect(Object.keys(template.Resources)).toEqual(Object.keys(own.Resources))
  })

  test('the pattern that counts failed calls matches what the service writes', async () => {
    const [project] = byCdk
    if (!project) throw new Error('no project')
    await run(await environmentOf(project), ['-m', 'pytest', '-q', 'tests/test_alarms.py'], {
      in: project.folder,
    })
  })

  test('the role that deploys, workflows, scripts', () => lintBeside(byCdk))

  test.skipIf(process.env.VERIFY !== 'full')('checkov on what CloudFormation gets', () =>
    checkov('-f', ...byCdk.map(templateOf)),
  )
})

describe('deployed to a stand-in for AWS', () => {
  let cloud: Moto
  const project = join(folder, 'deployed')
  const env = () => ({ ...cloud.env, AWS_ENDPOINT_URL: atLocalhost(cloud.env.AWS_ENDPOINT_URL) })

  beforeAll(async () => {
    cloud = await startMoto('moto_stacks.py')
    const flags = ['--model', join(models, 'iris-plain.onnx'), '--iac=cdk', '--endpoint=none']
    // Gateways and URLs are beyond the stand-in: it takes their methods for missing.
    await generate('cdk/deployed', [...flags, '--warmup=schedule', '--memory=1024'])
    symlinkSync(join(folder, 'node_modules'), join(project, 'infra/node_modules'))
    mkdirSync(join(project, 'dist'))
    await run('python3', ['-m', 'zipfile', '--create', 'dist/function.zip', 'app'], { in: project })
  })

  afterAll(() => cloud?.stop())

  function cdk(...words: string[]): Promise<string> {
    const where = { in: join(project, 'infra'), env: env() }
    return run(nodeTool('cdk', 'cdk'), ['--no-notices', '--context', 'stage=staging', ...words], where)
  }

  test('what was answered is what came up, and the zip is the one that was built', async () => {
    await cdk('bootstrap', 'aws://123456789012/us-east-1')
    await cdk('deploy')
    const unpacked = join(folder, 'unpacked')
    const script = join(import.meta.dirname, 'deployed.py')
    const printed = await stdoutOf(tool('python'), [script, 'score-staging', unpacked], { env: env() })
    const { outputs, configuration } = JSON.parse(printed)
    expect(Object.keys(outputs).sort()).toEqual(['FunctionArn', 'FunctionName', 'RoleArn'])
    expect(configuration).toMatchObject({
      Runtime: 'python3.13',
      Handler: 'app.handler.handler',
      Architectures: ['x86_64'],
      MemorySize: 1024,
      Timeout: 60,
      Role: outputs.RoleArn,
      Environment: { Variables: { STAGE: 'staging', HOME: '/tmp' } },
    })
    const handler = readFileSync(join(unpacked, 'app/handler.py'), 'utf8')
    expect(handler).toBe(readFileSync(join(project, 'app/handler.py'), 'utf8'))
  })

  test('and goes as a whole, even where nothing was built', async () => {
    rmSync(join(project, 'dist'), { recursive: true })
    await cdk('destroy', '--context', 'destroying=true', '--force')
    const left = 'print(len(boto3.client("lambda").list_functions()["Functions"]))'
    expect(await run(tool('python'), ['-c', `import boto3; ${left}`], { env: env() })).toBe('0')
  })
})

/** CDK names buckets in front of the host, which an address of numbers does not take. */
function atLocalhost(url = ''): string {
  return url.replace('127.0.0.1', 'localhost')
}
