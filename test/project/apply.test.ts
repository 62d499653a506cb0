import { createFsFromVolume, Volume } from 'memfs'
import { describe, expect, test } from 'vitest'
import { apply, finishPending } from '../../generators/project/apply.ts'
import type { Change } from '../../generators/project/merge.ts'

const BEFORE = {
  '/p/a.txt': 'old a',
  '/p/sub/b.txt': 'old b',
  '/p/gone/c.txt': 'old c',
  '/p/mine.txt': 'mine',
  '/outside.txt': 'not ours',
}
const AFTER = {
  '/p/a.txt': 'new a',
  '/p/sub/b.txt': 'new b',
  '/p/deep/er/d.txt': 'new d',
  '/p/mine.txt': 'mine',
  '/outside.txt': 'not ours',
}

const text = (path: string, content: string | null): Change => ({
  path,
  content: content === null ? null : Buffer.from(content),
  executable: false,
})
const CHANGES = [
  text('a.txt', 'new a'),
  text('sub/b.txt', 'new b'),
  text('gone/c.txt', null),
  text('deep/er/d.txt', 'new d'),
]

/** Files only: an empty state folder that is left over means nothing. */
function tree(volume: InstanceType<typeof Volume>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(volume.toJSON()).filter(([, content]) => content !== null))
}

/** `failing`: the number of the file operation that throws; `killed`: every later one throws, too. */
function disk(failing: number, killed: boolean) {
  const volume = Volume.fromJSON(BEFORE)
  let calls = 0
  const fs = new Proxy(createFsFromVolume(volume), {
    get(target, name) {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        calls += 1
        if (calls === failing || (killed && calls > failing && failing > 0)) {
          throw Object.assign(new Error('injected'), { code: 'ENOSPC' })
        }
        return member.apply(target, args)
      }
    },
  })
  return { fs: fs as never, volume, calls: () => calls }
}

function attempt(failing: number, killed: boolean) {
  const { fs, volume, calls } = disk(failing, killed)
  try {
    apply('/p', CHANGES, { backup: null, fs })
    return { outcome: 'done', volume, calls: calls() }
  } catch {
    return { outcome: 'failed', volume, calls: calls() }
  }
}

test('all changes are made, empty folders go', () => {
  const { volume } = attempt(0, false)
  expect(tree(volume)).toEqual(AFTER)
  expect(volume.existsSync('/p/gone')).toBe(false)
})

describe('at every single file operation', () => {
  const { calls } = attempt(0, false)

  test(`a failure leaves the old tree or the new one (${calls} places)`, () => {
    for (let failing = 1; failing <= calls; failing += 1) {
      const { volume } = attempt(failing, false)
      finishPending('/p', createFsFromVolume(volume) as never)
      expect([failing, tree(volume)]).toEqual([
        failing,
        expect.toSatisfy((files) => sameTree(files, BEFORE) || sameTree(files, AFTER)),
      ])
    }
  })

  test('killed there, the next run makes it the old tree or the new one', () => {
    for (let failing = 1; failing <= calls; failing += 1) {
      const { volume } = attempt(failing, true)
      finishPending('/p', createFsFromVolume(volume) as never)
      expect([failing, tree(volume)]).toEqual([
        failing,
        expect.toSatisfy((files) => sameTree(files, BEFORE) || sameTree(files, AFTER)),
      ])
    }
  })

  test('killed while finishing, too', () => {
    for (let failing = 1; failing <= calls; failing += 1) {
      for (let again = 1; again <= 12; again += 1) {
        const { volume } = attempt(failing, true)
        let left = again
        const limited = new Proxy(createFsFromVolume(volume), {
          get(target, name) {
            const member = Reflect.get(target, name)
            if (typeof member !== 'function') return member
            return (...args: unknown[]) => {
              left -= 1
              if (left <= 0) throw new Error('killed')
              return member.apply(target, args)
            }
          },
        })
        try {
          finishPending('/p', limited as never)
        } catch {
          // As a kill: the process is gone.
        }
        finishPending('/p', createFsFromVolume(volume) as never)
        expect(sameTree(tree(volume), BEFORE) || sameTree(tree(volume), AFTER)).toBe(true)
      }
    }
  })
})

function sameTree(files: unknown, expected: object): boolean {
  return (
    JSON.stringify(Object.entries(files as object).sort()) === JSON.stringify(Object.entries(expected).sort())
  )
}

test('outside git what is replaced is kept', () => {
  const volume = Volume.fromJSON(BEFORE)
  apply('/p', CHANGES, { backup: '.lambda-model/backup/1', fs: createFsFromVolume(volume) as never })
  expect(tree(volume)).toMatchObject({
    '/p/.lambda-model/backup/1/a.txt': 'old a',
    '/p/.lambda-model/backup/1/gone/c.txt': 'old c',
  })
})

test.each(['../outside.txt', '/outside.txt', 'sub/../../outside.txt', 'C:/x', 'a\\b', '.git/config'])(
  '%s: nothing is written outside',
  (path) => {
    const volume = Volume.fromJSON(BEFORE)
    expect(() =>
      apply('/p', [text(path, 'evil')], { backup: null, fs: createFsFromVolume(volume) as never }),
    ).toThrow()
    expect(tree(volume)).toEqual(BEFORE)
  },
)

test('nothing is written through a link', () => {
  const volume = Volume.fromJSON({ ...BEFORE, '/elsewhere/x': '' })
  volume.symlinkSync('/elsewhere', '/p/link')
  expect(() =>
    apply('/p', [text('link/evil.txt', 'evil')], { backup: null, fs: createFsFromVolume(volume) as never }),
  ).toThrow('symbolic link')
  expect(volume.existsSync('/elsewhere/evil.txt')).toBe(false)
})
