/** `scripts/push_image.sh --function`, with stand-ins for docker and the AWS CLI that keep what they were asked. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { flagsFor, generate, type Project } from './project.ts'
import { attempt } from './run.ts'

const IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/score@sha256:new'

const AWS = `#!/usr/bin/env bash
echo "aws $*" >> calls
case "$1 $2" in
  'sts get-caller-identity') echo 123456789012 ;;
  'ecr describe-repositories') [ -f repository ] ;;
  'ecr create-repository') touch repository ;;
  'ecr get-login-password') echo secret ;;
  'ecr describe-images') [ -f pushed ] && echo sha256:new ;;
  'lambda get-function') printf '%s\\told-image\\n' "$RUNS_ON" ;;
  'lambda invoke') echo '{"errorMessage": "no such module"}' > "\${!#}" && echo "$FAILS" ;;
esac
`

const DOCKER = `#!/usr/bin/env bash
echo "docker $*" >> calls
case "$1 $2" in
  login\\ *) cat > /dev/null ;;
  'image inspect') echo sha256:0123456789abcdef ;;
  push\\ *) touch pushed ;;
esac
`

let project: Project
const place = (file: string) => join(project.folder, file)

beforeAll(async () => {
  project = await generate('push-image', [...flagsFor('iris-knn.joblib'), '--packaging', 'image'])
  mkdirSync(place('bin'))
  for (const [name, text] of Object.entries({ aws: AWS, docker: DOCKER })) {
    writeFileSync(place(`bin/${name}`), text)
    chmodSync(place(`bin/${name}`), 0o755)
  }
  writeFileSync(place('uv.lock'), '')
})

beforeEach(() => {
  for (const file of ['calls', 'pushed', 'repository', 'dist'])
    rmSync(place(file), { recursive: true, force: true })
})

async function update({ runsOn = 'x86_64', fails = 'None' } = {}) {
  const env = { PATH: `${place('bin')}:${process.env.PATH}`, RUNS_ON: runsOn, FAILS: fails }
  const ran = await attempt('bash', ['scripts/push_image.sh', '--function', 'scores'], {
    in: project.folder,
    env,
  })
  const calls = readFileSync(place('calls'), 'utf8').split('\n')
  const given = calls.flatMap((call) => /update-function-code .*--image-uri (\S+)/.exec(call)?.[1] ?? [])
  return { ...ran, calls, given }
}

describe('a function that is there', () => {
  test('gets the image by its digest, and is called once', async () => {
    const { exitCode, output, calls, given } = await update()
    expect([exitCode, given]).toEqual([0, [IMAGE]])
    expect(output).toContain(`scores runs ${IMAGE}.`)
    expect(calls.filter((call) => call.includes('lambda invoke'))).toHaveLength(1)
    const made = calls.find((call) => call.includes('create-repository'))
    expect(made).toContain('--image-tag-mutability IMMUTABLE')
    expect(calls.some((call) => call.includes('put-lifecycle-policy'))).toBe(true)
  })

  test('an image that is there is not pushed again', async () => {
    writeFileSync(place('pushed'), '')
    const { exitCode, calls } = await update()
    expect(exitCode).toBe(0)
    expect(calls.filter((call) => call.startsWith('docker push'))).toEqual([])
  })

  test('gets its old image back when it does not answer', async () => {
    const { exitCode, output, given } = await update({ fails: 'Unhandled' })
    expect([exitCode, given]).toEqual([1, [IMAGE, 'old-image']])
    expect(output).toContain('no such module')
    expect(output).toContain('it gets old-image back')
  })

  test('of another processor is left alone, before anything is built', async () => {
    const { exitCode, output, calls } = await update({ runsOn: 'arm64' })
    expect(exitCode).toBe(1)
    expect(output).toContain('scores runs on arm64, the image is made for x86_64')
    expect(calls.filter((call) => call.startsWith('docker'))).toEqual([])
    expect(existsSync(place('dist/image-uri'))).toBe(false)
  })
})
