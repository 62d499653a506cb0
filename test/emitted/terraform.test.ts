// Terraform, with the provider for AWS: on a machine without either, this part says that it was skipped.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hcl, json } from '../../generators/project/literals.ts'
import { everyAnswer as chosen, flagsOf } from './answers.ts'
import { checkov, lintBeside } from './beside.ts'
import { type Moto, startMoto } from './moto.ts'
import { emitted, models, tool } from './places.ts'
import { generate, type Project } from './project.ts'
import { attempt, run, stdoutOf } from './run.ts'
import { type System, systemOf } from './system.ts'
import { madeUp, ownData, terraformHere } from './terraform.ts'
import { stackOf } from './terraform-stack.ts'

const HOSTILE = 'Say "hi" to ${var.region}, %{ if true }$${x} `id` \\ # größe 🦜'

/** All of them take Terraform minutes: `npm run verify:full`. Otherwise one for each endpoint. */
const isFull = process.env.VERIFY === 'full'
const endpoints = chosen.map(({ endpoint }) => endpoint)
const tried = [...chosen.entries()].filter(
  ([at, { endpoint }]) => isFull || endpoints.indexOf(endpoint) === at,
)

rmSync(join(emitted, 'terraform'), { recursive: true, force: true })
const terraform = await terraformHere()

let projects: Project[]

beforeAll(async () => {
  projects = []
  for (const [index, choice] of chosen.entries())
    projects.push(
      await generate(`terraform/${index}-${choice.endpoint}`, [
        ...flagsOf(choice),
        '--iac=terraform',
        `--description=${HOSTILE}`,
      ]),
    )
})

test('beside what Terraform reads: the role that deploys, workflows, scripts', () => lintBeside(projects))

test.skipIf(!isFull)('checkov, but for what checkov.yaml lists with a reason', () =>
  checkov('-d', join(emitted, 'terraform')),
)

describe.skipIf(terraform === null)('terraform', () => {
  const { env = {} } = terraform ?? {}

  test(`fmt, on ${chosen.length} projects that hold every pair of answers`, async () => {
    expect(
      await stdoutOf('terraform', ['fmt', '-check', '-recursive'], { in: join(emitted, 'terraform'), env }),
    ).toBe('')
  })

  test('literals are read as they were meant', async () => {
    const texts = ['${x} %{ if }', '$${x}', '%%{', '$', '"\\\n\t\u0007\u2028', '🦜 größe', '$${"a"}']
    const read = await stdoutOf('terraform', ['console'], {
      in: join(emitted, 'terraform'),
      env,
      input: `base64encode(jsonencode(${hcl(texts)}))\n`,
    })
    expect(JSON.parse(Buffer.from(JSON.parse(read), 'base64').toString())).toEqual(texts)
  })

  test(`test, and the same system as SAM's, on ${tried.length}`, async () => {
    if (terraform === null) return
    const measures = await bySam()
    for (const [at, choice] of tried) {
      const project = projects[at] as Project
      const system = systemOf(stackOf(await madeUp(project, terraform)))
      expect(system, JSON.stringify(choice)).toEqual(measures.get(at))
    }
  })

  /** What SAM makes of the same answers. */
  async function bySam(): Promise<Map<number, System>> {
    const sam: Project[] = []
    for (const [at, choice] of tried)
      sam.push(await generate(`terraform-sam/${at}`, [...flagsOf(choice), '--iac=sam']))
    const folder = join(emitted, 'terraform-sam/translated')
    mkdirSync(folder, { recursive: true })
    const script = join(import.meta.dirname, 'translate_sam.py')
    await run(tool('python'), [script, folder, ...sam.map((one) => join(one.folder, 'template.yaml'))])
    const read = (at: number) => JSON.parse(readFileSync(join(folder, `${at}.json`), 'utf8'))
    return new Map(tried.map(([at]) => [at, systemOf(read(at))]))
  }

  describe('deployed on moto', () => {
    let aws: Moto
    let project: Project
    let settings: Record<string, string>

    beforeAll(async () => {
      aws = await startMoto('moto_server.py')
      project = await generate('terraform-deployed', [
        ...[
          '--model',
          join(models, 'iris-plain.onnx'),
          '--iac=terraform',
          '--arch=arm64',
          '--warmup=schedule',
        ],
        ...[
          '--memory=777',
          '--timeout=11',
          '--tmp-size=1234',
          '--tracing',
          '--log-predictions=0.5',
          '--packaging=zip',
        ],
      ])
      mkdirSync(join(project.folder, 'dist'))
      writeFileSync(join(project.folder, 'dist/function.zip'), 'made by make package')
      terraform?.lend(project)
      settings = {
        ...env,
        ...aws.env,
        TF_DATA_DIR: ownData('terraform-deployed-data'),
        // Buckets of a server on this machine have no host names of their own.
        TF_CLI_ARGS_init: '-no-color -backend-config=use_path_style=true',
        CI: 'true',
        STAGE: 'staging',
        STATE_BUCKET: 'score-state',
      }
      await python(`boto3.client("s3", "us-east-1").create_bucket(Bucket="score-state")`)
    })

    afterAll(() => aws.stop())

    async function python(code: string): Promise<string> {
      return await run(tool('python'), ['-c', `import boto3, json\n${code}`], { env: aws.env })
    }

    async function stage(...args: string[]) {
      return await attempt('bash', ['scripts/terraform.sh', ...args], { in: project.folder, env: settings })
    }

    test('a machine that is thrown away deploys nothing whose state would be lost', async () => {
      const { exitCode, output } = await attempt('bash', ['scripts/terraform.sh', 'apply'], {
        in: project.folder,
        env: { ...settings, STATE_BUCKET: '' },
      })
      expect(output).toContain('set STATE_BUCKET')
      expect(exitCode).toBe(1)
    })

    test('a stage comes up as it was answered, and nothing is left to change', async () => {
      const applied = await stage('apply', '-auto-approve')
      expect(applied.output).toContain('Apply complete!')
      const planned = await stage('plan', '-detailed-exitcode')
      expect(planned.output).toContain('No changes.')
      expect(planned.exitCode).toBe(0)

      const arn = (await stage('output', '-raw', 'function_arn')).stdout
      const read = `json.dumps(boto3.client("lambda", "us-east-1").get_function_configuration(FunctionName="score-staging"))`
      expect(JSON.parse(await python(`print(${read})`))).toMatchObject({
        Architectures: ['arm64'],
        MemorySize: 777,
        Timeout: 11,
        EphemeralStorage: { Size: 1234 },
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON', LogGroup: '/aws/lambda/score-staging' },
        Environment: {
          Variables: { STAGE: 'staging', LOG_PREDICTIONS: '0.5', HOME: '/tmp', OPENBLAS_NUM_THREADS: '1' },
        },
      })
      const tags = `boto3.client("lambda", "us-east-1").list_tags(Resource=${json(arn)})["Tags"]`
      expect(JSON.parse(await python(`print(json.dumps(${tags}))`))).toEqual({
        project: 'score',
        stage: 'staging',
      })
      const keys = `[one["Key"] for one in boto3.client("s3").list_objects_v2(Bucket="score-state")["Contents"]]`
      expect(JSON.parse(await python(`print(json.dumps(${keys}))`))).toEqual(['env:/staging/score.tfstate'])
      expect((await stage('output', '-raw', 'curl')).output).toContain(
        '--aws-sigv4 aws:amz:us-east-1:execute-api',
      )
    })

    test('what is not about a stage is about production', async () => {
      const shown = await attempt('terraform', ['-chdir=terraform', 'workspace', 'show'], {
        in: project.folder,
        env: settings,
      })
      expect(shown.stdout.trim()).toBe('default')
    })

    test('and goes as a whole, even where nothing was built', async () => {
      rmSync(join(project.folder, 'dist'), { recursive: true })
      expect((await stage('destroy', '-auto-approve')).output).toContain('Destroy complete!')
      expect(await python(`print(boto3.client("lambda", "us-east-1").list_functions()["Functions"])`)).toBe(
        '[]',
      )
    })
  })
})
