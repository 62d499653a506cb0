/**
 * Terraform for Google, against a stand-in for its provider that knows names and types: building that takes a minute or two,
 * so it is done in the full check only (npm run verify:full), and elsewhere used where it has been built before.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { emitted, root, tool } from '../places.ts'
import { emittedFiles, flagsFor, generate, type Project } from '../project.ts'
import { attempt, run, stdoutOf } from '../run.ts'

const cache = join(root, '.cache')
const isBuilt = existsSync(cache) && readdirSync(cache).some((name) => name.startsWith('terraform-google-'))
const isChecked = ['go', 'terraform'].every(isThere) && (isBuilt || process.env.VERIFY === 'full')
if (!isChecked) console.warn("Google's Terraform is not checked: needs go, terraform and npm run verify:full")

const choices: Record<string, readonly string[]> = {
  zip: ['--name', 'a-service-with-the-longest-possible-name'],
  open: ['--auth', 'none', '--path', '/', '--memory', '6000', '--log-predictions', '0.5'],
  bucket: ['--model-store', 'bucket'],
  image: ['--packaging', 'image', '--name', 'a-service-with-the-longest-possible-name'],
}

describe.skipIf(!isChecked)('terraform for Google', () => {
  const made = new Map<string, Project>()
  let environment: Record<string, string>

  beforeAll(async () => {
    const config = await stdoutOf('bash', [join(root, 'test/tools/terraform-google/build.sh')])
    environment = {
      TF_CLI_CONFIG_FILE: config.trim(),
      CHECKPOINT_DISABLE: '1',
      PROJECT: 'my-project',
      CI: '',
    }
    const google = [...flagsFor('iris-plain.onnx'), '--cloud', 'cloud-functions', '--iac', 'terraform']
    for (const [name, flags] of Object.entries(choices))
      made.set(name, await generate(`google-terraform-${name}`, [...google, ...flags]))
  })

  test.each(Object.keys(choices))('%s: fmt, init, validate, test', async (name) => {
    const { folder } = made.get(name) as Project
    const terraform = (...words: string[]) =>
      run('terraform', ['-chdir=terraform', ...words], { in: folder, env: environment })
    await terraform('fmt', '-check', '-recursive')
    await run('scripts/terraform.sh', ['init'], { in: folder, env: environment })
    expect(await run('scripts/terraform.sh', ['validate'], { in: folder, env: environment })).toContain(
      'valid',
    )
    expect(await terraform('test')).toContain('3 passed, 0 failed')
  })

  test('a name that the provider does not know is seen', async () => {
    const { folder } = made.get('zip') as Project
    const copy = join(emitted, 'google-terraform-wrong')
    await run('rm', ['-rf', copy])
    await run('cp', ['-r', folder, copy])
    await run('sed', ['-i', 's/available_memory/memory/', join(copy, 'terraform/service.tf')])
    const { exitCode, output } = await attempt('scripts/terraform.sh', ['validate'], {
      in: copy,
      env: environment,
    })
    expect(exitCode).not.toBe(0)
    expect(output).toContain('An argument named "memory" is not expected here')
  })

  test('without a place for the state CI stops', async () => {
    const { folder } = made.get('zip') as Project
    const { exitCode, output } = await attempt('scripts/terraform.sh', ['plan'], {
      in: folder,
      env: { ...environment, CI: 'true' },
    })
    expect(exitCode).toBe(1)
    expect(output).toContain('STATE_BUCKET')
  })

  test('shellcheck, yamllint, zizmor', async () => {
    const all = [...made.values()]
    await run(
      tool('shellcheck'),
      all.flatMap((one) => emittedFiles(one, '.sh')),
    )
    for (const { folder } of all) await run(tool('yamllint'), ['--strict', '.github'], { in: folder })
    await run(tool('zizmor'), ['--offline', '--quiet', ...all.map(({ folder }) => join(folder, '.github'))])
  })
})

function isThere(program: string): boolean {
  try {
    return execFileSync('which', [program], { stdio: 'pipe' }).length > 0
  } catch {
    return false
  }
}
