import { createFsFromVolume, Volume } from 'memfs'
import { describe, expect, test } from 'vitest'
import type { ProjectFile, ProjectFiles } from '../../generators/project/files.ts'
import { type FileSystem, write } from '../../generators/project/write.ts'

function project(contents: Record<string, string>): ProjectFiles {
  return new Map(
    Object.entries(contents).map(([path, content]): [string, ProjectFile] => [
      path,
      { id: path, path, content, executable: content.startsWith('#!'), policy: 'managed' },
    ]),
  )
}

const FILES = project({
  'README.md': 'ours\n',
  'app/api.py': 'x = 1\n',
  'app/deep/b.py': '',
  'run.sh': '#!/bin/sh\n',
})

/** Every call is counted; the one numbered `failing` throws. */
function disk(before: Record<string, string>, failing = 0, code = 'ENOSPC') {
  const volume = Volume.fromJSON({ '/home/other.txt': 'not ours', ...before })
  let calls = 0
  const fail = () => {
    calls += 1
    if (calls === failing) throw Object.assign(new Error(`${code}: injected`), { code })
  }
  const counted = (target: object): object =>
    new Proxy(target, {
      get(object, name) {
        const member = Reflect.get(object, name)
        if (name === 'promises') return counted(member)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          fail()
          return member.apply(object, args)
        }
      },
    })
  return {
    fs: counted(createFsFromVolume(volume)) as FileSystem,
    tree: () => volume.toJSON(),
    calls: () => calls,
  }
}

const STARTS: Record<string, Record<string, string>> = {
  'a directory that does not exist': {},
  'a directory with a README of its own': { '/home/new/README.md': 'theirs\n', '/home/new/.git/HEAD': 'ref' },
}

describe.each(Object.entries(STARTS))('into %s', (_, before) => {
  const directory = '/home/new'

  test('all files are there, and nothing else', async () => {
    const { fs, tree } = disk(before)
    await write({ directory, files: FILES, fs })
    const readme =
      '/home/new/README.md' in before
        ? { '/home/new/README.md.new': 'ours\n' }
        : { '/home/new/README.md': 'ours\n' }
    expect(tree()).toEqual({
      '/home/other.txt': 'not ours',
      ...before,
      ...readme,
      '/home/new/app/api.py': 'x = 1\n',
      '/home/new/app/deep/b.py': '',
      '/home/new/run.sh': '#!/bin/sh\n',
    })
  })

  test('a second run changes nothing', async () => {
    const { fs, tree } = disk(before)
    await write({ directory, files: FILES, fs })
    const once = tree()
    await write({ directory, files: FILES, fs })
    expect(tree()).toEqual(once)
  })

  for (const code of ['ENOSPC', 'EACCES', 'EROFS']) {
    test(`${code} at any file operation leaves the disk as it was`, async () => {
      const clean = disk(before)
      await write({ directory, files: FILES, fs: clean.fs })
      const untouched = disk(before).tree()
      for (let failing = 1; failing <= clean.calls(); failing += 1) {
        const { fs, tree } = disk(before, failing, code)
        const outcome = await write({ directory, files: FILES, fs }).then(
          () => 'written',
          (error) => error.problems[0].code,
        )
        if (outcome === 'written') expect(tree()).toEqual(clean.tree())
        else expect([failing, outcome, tree()]).toEqual([failing, 'cannot-write', untouched])
      }
    })
  }

  test('an interruption leaves the disk as it was', async () => {
    const { fs, tree } = disk(before)
    const stop = new AbortController()
    stop.abort()
    await expect(write({ directory, files: FILES, fs, signal: stop.signal })).rejects.toMatchObject({
      exitCode: 130,
    })
    expect(tree()).toEqual(disk(before).tree())
  })
})

test('the executable bit follows the first line', async () => {
  const { fs } = disk({})
  await write({ directory: '/home/new', files: FILES, fs })
  // This file system has no umask, which would take rights from others: test/package looks at it.
  const mode = (path: string) => (fs.lstatSync(path).mode & 0o777).toString(8)
  expect([mode('/home/new/run.sh'), mode('/home/new/README.md'), mode('/home/new')]).toEqual([
    '777',
    '666',
    '777',
  ])
})

test('nothing is written through a link that leads out of the project', async () => {
  const { fs, tree } = disk({ '/home/new/README.md': 'theirs\n' })
  ;(fs as unknown as { symlinkSync(target: string, path: string): void }).symlinkSync(
    '/home',
    '/home/new/app',
  )
  await expect(write({ directory: '/home/new', files: FILES, fs })).rejects.toMatchObject({
    exitCode: 1,
    problems: [{ code: 'link-in-the-way' }],
  })
  expect(tree()).not.toHaveProperty(['/home/api.py'])
})
