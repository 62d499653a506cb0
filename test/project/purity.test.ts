import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** The modules that a module reaches by static imports, itself included, and the packages among them. */
function reachable(entry: string): { modules: Set<string>; packages: Set<string> } {
  const modules = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: string) => {
    if (modules.has(file)) return
    modules.add(file)
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\s(?!type)[^'"]*?from '([^']+)'/gm,
    )) {
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier))
      else packages.add(specifier)
    }
  }
  visit(join(root, entry))
  return { modules, packages }
}

test.each([
  'generators/project/render.ts',
  'generators/questions/resolve.ts',
  'generators/project/prepare.ts',
])('%s touches no disk, network, clock or randomness', (entry) => {
  const { modules, packages } = reachable(entry)
  expect([...packages].filter((name) => name.startsWith('node:'))).toEqual([])
  const impure = [...modules]
    .filter((file) => file.includes('/generators/'))
    .filter((file) =>
      /\bprocess\.|\bDate\b|Math\.random|\bfetch\(|setTimeout|performance\./.test(readFileSync(file, 'utf8')),
    )
  expect(impure.map((file) => relative(root, file))).toEqual([])
  expect(modules.size).toBeGreaterThan(3)
})

test('--help, usage errors and inspect load neither prompts nor the AWS SDK nor execa', () => {
  for (const entry of [
    'generators/cli.ts',
    'generators/commands/help.ts',
    'generators/commands/inspect.ts',
  ]) {
    const { packages } = reachable(entry)
    expect(
      [...packages].filter((name) => !name.startsWith('node:') && name !== 'fastest-levenshtein'),
    ).toEqual([])
  }
})

test('nothing below cli.ts exits or prints', () => {
  const { modules } = reachable('generators/cli.ts')
  const sources = [...modules, ...reachable('generators/commands/new.ts').modules].filter(
    (file) => !file.endsWith('cli.ts'),
  )
  const loud = sources.filter((file) =>
    /\bprocess\.(?:exit|stdout|stderr)|console\./.test(readFileSync(file, 'utf8')),
  )
  expect(loud.map((file) => relative(root, file))).toEqual([])
})
