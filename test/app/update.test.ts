import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createHelpers } from 'yeoman-test'
import LambdaModelUpdate from '../../generators/update/index.ts'
import { cli, emptyFolder, filesBelow } from '../shell.ts'

function yo(cwd: string, options: Record<string, unknown>) {
  return createHelpers({})
    .run(LambdaModelUpdate, { namespace: 'lambda-model:update' }, { cwd })
    .withOptions({ force: false, yes: true, ...options } as object)
}

/** Two equal projects, outside git. */
async function twoProjects(): Promise<[string, string]> {
  const [one, two] = [emptyFolder(), emptyFolder()]
  await cli(['svc', '--yes', '--no-git'], { cwd: one })
  writeFileSync(join(one, 'svc/README.md'), `${readFileSync(join(one, 'svc/README.md'), 'utf8')}mine\n`)
  cpSync(join(one, 'svc'), join(two, 'svc'), { recursive: true })
  return [join(one, 'svc'), join(two, 'svc')]
}

const withoutBackup = (folder: string) =>
  Object.fromEntries(Object.entries(filesBelow(folder)).filter(([path]) => !path.includes('/backup/')))

test('yo lambda-model:update writes the same bytes as update', async () => {
  const [direct, yeoman] = await twoProjects()
  expect((await cli(['update', '--memory', '3008', '--endpoint', 'rest-api'], { cwd: direct })).code).toBe(0)
  await yo(yeoman, { memory: 3008, endpoint: 'rest-api' })
  expect(withoutBackup(yeoman)).toEqual(withoutBackup(direct))
  expect(readFileSync(join(yeoman, 'template.yaml'), 'utf8')).toContain('MemorySize: 3008')
})

test('conflicts are a failure', async () => {
  const [, yeoman] = await twoProjects()
  const template = join(yeoman, 'template.yaml')
  writeFileSync(template, readFileSync(template, 'utf8').replace(/MemorySize: \d+/, 'MemorySize: 777'))
  await expect(yo(yeoman, { memory: 3008 })).rejects.toThrow('Conflicts are left')
})
