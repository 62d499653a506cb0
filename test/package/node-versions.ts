import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const store = join(import.meta.dirname, '../../.cache/node')

/** Path of a node of this major version: this one, or npm's package of its binary, installed once into .cache/. */
export function nodeOf(major: number): string {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = join(store, String(major))
  const binary = join(folder, 'node_modules', name, 'bin/node')
  if (existsSync(binary)) return binary
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', `${name}@${major}`], {
    cwd: folder,
    stdio: 'ignore',
    timeout: 280_000,
  })
  return binary
}
