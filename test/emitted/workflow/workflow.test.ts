/**
 * The emitted deploy.yml, one command after the other. What deploys is a stand-in that writes down what it was asked; make,
 * git, the scripts and what calls the function are real, and Lambda is a server that answers as what was deployed last.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emitted, models, tool } from '../places.ts'
import { generate } from '../project.ts'
import { run } from '../run.ts'
import { runDeploy } from './runner.ts'

const folder = join(emitted, 'workflow')
const calls = join(folder, 'calls')
const IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/score'

/** What deploys, told to deploy what was built from COMMIT. */
const TOOLS = [
  ['sam', 'zip', '--tags project=score stage=production --parameter-overrides Stage=production'],
  [
    'sam',
    'image',
    `--tags project=score stage=production --image-repository ${IMAGE} --parameter-overrides ImageUri=${IMAGE}@sha256:COMMIT Stage=production`,
  ],
  ['serverless', 'zip', 'npx --no-install osls deploy --stage production'],
  ['serverless', 'image', 'npx --no-install osls deploy --stage production'],
  ['cdk', 'zip', 'npx --no-install cdk --context stage=production deploy'],
  ['cdk', 'image', 'npx --no-install cdk --context stage=production deploy'],
  ['terraform', 'zip', 'terraform apply -auto-approve'],
  ['terraform', 'image', 'terraform apply -auto-approve'],
].map(([iac, packaging, call]) => [
  iac,
  packaging,
  iac === 'sam' ? `sam deploy --stack-name score --s3-prefix score ${call}` : call,
]) as [string, string, string][]

let lambda: Server
/** The newest commit whose function answers with an error; the others answer well. */
let failing = ''
const written = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [])

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'bin'), { recursive: true })
  for (const name of ['python3', 'uv', 'aws', 'sam', 'npm', 'npx', 'terraform', 'docker'])
    symlinkSync(join(import.meta.dirname, 'stand-in'), join(folder, 'bin', name))
  lambda = createServer((request, response) => {
    const deployed = written().findLast((line) => / deploy\b| apply /.test(line)) ?? ''
    const isThere = request.url === '/2015-03-31/functions/score-function/invocations'
    const answer = isThere && !deployed.startsWith(failing) ? { predictions: [] } : { errorMessage: 'broken' }
    request.resume().on('end', () => response.end(JSON.stringify(answer)))
  })
  await new Promise<void>((listening) => lambda.listen(0, '127.0.0.1', listening))
})

afterAll(() => lambda?.close())

describe.each(TOOLS)('%s, %s', (iac, packaging, call) => {
  const place = join(folder, `${iac}-${packaging}`)
  let before: string
  let pushed: string

  beforeAll(async () => {
    const flags = ['--model', join(models, 'iris-plain.onnx'), '--iac', iac, '--packaging', packaging]
    await generate(`workflow/${iac}-${packaging}`, flags)
    writeFileSync(join(place, 'uv.lock'), '')
    before = await commit('before')
    writeFileSync(join(place, 'app/pushed.py'), '')
    pushed = await commit('pushed')
    mkdirSync(join(place, '.venv/bin'), { recursive: true })
    symlinkSync(join(import.meta.dirname, 'stand-in'), join(place, '.venv/bin/python'))
  })

  async function commit(title: string): Promise<string> {
    const author = ['-c', 'user.name=Owner', '-c', 'user.email=owner@example.com']
    await run('git', ['add', '--all'], { in: place })
    await run('git', [...author, 'commit', '--quiet', '--message', title], { in: place })
    return (await run('git', ['rev-parse', 'HEAD'], { in: place })).trim()
  }

  const setUp = (of: string) => `${of} python3 scripts/uv.py sync`
  const tested = (of: string) => `${of} python -m pytest`
  const deployed = (of: string) => `${of} ${call.replace('COMMIT', of)}`

  interface Push {
    readonly breaks?: string
    readonly answers?: 'well' | 'an error'
    /** The commit before: none where a run was started by hand. */
    readonly after?: string
    readonly role?: string
  }

  async function push({
    breaks = '',
    answers = 'well',
    after = before,
    role = 'arn:aws:iam::1:role/d',
  }: Push) {
    rmSync(calls, { force: true })
    await run('git', ['checkout', '--quiet', pushed], { in: place })
    failing = answers === 'an error' ? pushed : 'none'
    const { port } = lambda.address() as AddressInfo
    const { conclusion, steps, output } = await runDeploy(
      place,
      folder,
      {
        vars: { AWS_DEPLOY_ROLE_ARN: role, STATE_BUCKET: 'score-state' },
        github: { event: { before: after } },
      },
      {
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
        CI: 'true',
        GITHUB_WORKSPACE: place,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        CALLS: calls,
        PYTHON: tool('python'),
        BREAKS: breaks,
        BROKEN: pushed,
      },
    )
    const told = written().filter((line) => /uv\.py sync| pytest|deploy --| deploy$| apply /.test(line))
    return { conclusion, steps, told, output }
  }

  test('what answers stays', async () => {
    const { conclusion, told, output } = await push({})
    expect([told, conclusion], output).toEqual([[setUp(pushed), tested(pushed), deployed(pushed)], 'success'])
    if (iac === 'terraform') expect(written().join('\n')).toContain('-backend-config=bucket=score-state')
  })

  test('what does not answer is taken back, and the run fails', async () => {
    const { conclusion, told, output } = await push({ answers: 'an error' })
    expect(output).toContain('"errorMessage": "broken"')
    expect([told, conclusion], output).toEqual([
      [setUp(pushed), tested(pushed), deployed(pushed), setUp(before), deployed(before)],
      'failure',
    ])
  })

  test('what does not deploy takes itself back; Terraform is told to', async () => {
    const { conclusion, told } = await push({ breaks: call.split(' ').at(iac === 'sam' ? 1 : -1) as string })
    expect(conclusion).toBe('failure')
    const again = iac === 'terraform' ? [setUp(before), deployed(before)] : []
    expect(told).toEqual([setUp(pushed), tested(pushed), deployed(pushed), ...again])
  })

  test('the first push of a branch has nothing to go back to, and says so', async () => {
    const { conclusion, told, output } = await push({ after: '0'.repeat(40), answers: 'an error' })
    expect([told, conclusion], output).toEqual([[setUp(pushed), tested(pushed), deployed(pushed)], 'failure'])
    expect(output).toMatch(/^::error::Nothing to roll back to: no commit 0{40} is here/m)
    expect(output).not.toContain('fatal:')
  })

  // The same for every packaging.
  const others: [string, Push, string, number][] = [
    ['what fails its tests is not deployed', { breaks: 'pytest' }, 'failure', 0],
    ['what was started by hand has nothing to go back to', { after: '', answers: 'an error' }, 'failure', 1],
    ['without the role nothing runs', { role: '' }, 'skipped', 0],
  ]
  test.each(packaging === 'zip' ? others : [])('%s', async (_, how, conclusion, deployments) => {
    const ran = await push(how)
    expect(ran.conclusion).toBe(conclusion)
    expect(ran.told.filter((line) => line === deployed(pushed))).toHaveLength(deployments)
    expect(ran.steps).not.toContain('roll back')
  })
})
