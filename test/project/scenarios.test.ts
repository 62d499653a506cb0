import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { merge, type PristineFile } from '../../generators/project/merge.ts'
import { filesBelow } from '../shell.ts'

const folder = join(import.meta.dirname, '../update')

/** One side of a scenario; `.empty` only keeps a folder in git. */
function side(name: string, part: string): PristineFile[] {
  const root = join(folder, name, part)
  return Object.keys(filesBelow(root))
    .filter((path) => path !== '.empty')
    .map((path) => ({
      id: path,
      path,
      content: readFileSync(join(root, path)),
      executable: (statSync(join(root, path)).mode & 0o100) !== 0,
    }))
}

const shown = (files: Iterable<{ path: string; content: Uint8Array; executable: boolean }>) =>
  Object.fromEntries(
    [...files].map(({ path, content, executable }) => [
      path,
      [Buffer.from(content).toString('latin1'), executable],
    ]),
  )

// Most are named after copier's own tests of its update.
test.each(readdirSync(folder).filter((name) => !name.startsWith('.')))('%s', (name) => {
  const disk = new Map(side(name, 'disk').map((file) => [file.path, file]))
  const { verdicts, changes } = merge({
    base: side(name, 'base'),
    disk: (path) => disk.get(path),
    next: side(name, 'next'),
  })
  const said = Object.fromEntries(verdicts.map(({ path, verdict }) => [path, verdict]))
  expect(said).toEqual(JSON.parse(readFileSync(join(folder, name, 'verdicts.json'), 'utf8')))
  for (const { path, content, executable } of changes) {
    if (content === null) disk.delete(path)
    else disk.set(path, { id: path, path, content: content as Uint8Array, executable })
  }
  expect(shown(disk.values())).toEqual(shown(side(name, 'merged')))
})
