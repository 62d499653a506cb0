import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { merge, type PristineFile, type Snapshot } from '../../generators/project/merge.ts'

interface Given {
  content: string | Buffer
  executable?: boolean
  path?: string
}
type Tree = Record<string, string | Given>

/** By id; a file lies at its id unless it says otherwise. */
function files(tree: Tree): PristineFile[] {
  return Object.entries(tree).map(([id, given]) => {
    const { content, executable = false, path = id } = typeof given === 'string' ? { content: given } : given
    return { id, path, executable, content: Buffer.from(content) }
  })
}

function run(base: Tree, disk: Tree, next: Tree, restore = false) {
  const onDisk = new Map<string, Snapshot>(files(disk).map((file) => [file.path, file]))
  const merged = merge({ base: files(base), disk: (path) => onDisk.get(path), next: files(next), restore })
  const after = new Map(onDisk)
  for (const { path, content, executable } of merged.changes) {
    if (content === null) after.delete(path)
    else after.set(path, { content: content as Uint8Array, executable })
  }
  const tree = Object.fromEntries(
    [...after].map(([path, { content }]) => [path, Buffer.from(content).toString('utf8')]),
  )
  const verdicts = Object.fromEntries(
    merged.verdicts.map(({ path, verdict, from }) => [path, from ? `${verdict} from ${from}` : verdict]),
  )
  return { verdicts, tree, after, merged }
}

const LINES = 'one\ntwo\nthree\nfour\nfive\n'
const TOP = LINES.replace('one', 'ONE')
const BOTTOM = LINES.replace('five', 'FIVE')
const BOTH = TOP.replace('five', 'FIVE')
const MINE = LINES.replace('three', 'mine')
const THEIRS = LINES.replace('three', 'theirs')

describe('the table of verdicts', () => {
  test.each<[string, Tree, Tree, Tree, Record<string, string>, Record<string, string>]>([
    ['template changed', { f: LINES }, { f: LINES }, { f: TOP }, { f: 'updated' }, { f: TOP }],
    ['user changed', { f: LINES }, { f: TOP }, { f: LINES }, { f: 'kept' }, { f: TOP }],
    ['nobody changed', { f: LINES }, { f: LINES }, { f: LINES }, { f: 'same' }, { f: LINES }],
    ['both made the same change', { f: LINES }, { f: TOP }, { f: TOP }, { f: 'same' }, { f: TOP }],
    ['both changed other lines', { f: LINES }, { f: TOP }, { f: BOTTOM }, { f: 'merged' }, { f: BOTH }],
    [
      'both changed the same line',
      { f: LINES },
      { f: MINE },
      { f: THEIRS },
      { f: 'conflict' },
      { f: 'one\ntwo\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template\nfour\nfive\n' },
    ],
    ['a new file', {}, {}, { f: LINES }, { f: 'added' }, { f: LINES }],
    ['a new file that the user wrote, too', {}, { f: LINES }, { f: LINES }, { f: 'same' }, { f: LINES }],
    [
      'a new file, something else is there',
      {},
      { f: MINE },
      { f: THEIRS },
      { f: 'conflict' },
      { f: MINE, 'f.new': THEIRS },
    ],
    ['deleted by the user', { f: LINES }, {}, { f: TOP }, { f: 'deleted' }, {}],
    ['gone from the template', { f: LINES }, { f: LINES }, {}, { f: 'removed' }, {}],
    ['gone from the template, edited', { f: LINES }, { f: MINE }, {}, { f: 'kept' }, { f: MINE }],
    ['gone from both', { f: LINES }, {}, {}, {}, {}],
    [
      'renamed',
      { f: LINES },
      { f: LINES },
      { f: { content: LINES, path: 'g' } },
      { g: 'moved from f' },
      { g: LINES },
    ],
    [
      'renamed and changed',
      { f: LINES },
      { f: TOP },
      { f: { content: BOTTOM, path: 'g' } },
      { g: 'moved from f' },
      { g: BOTH },
    ],
    [
      'renamed onto a file of the user',
      { f: LINES },
      { f: LINES, g: MINE },
      { f: { content: TOP, path: 'g' } },
      { g: 'conflict' },
      { f: LINES, g: MINE, 'g.new': TOP },
    ],
    [
      'renamed, and moved by the user already',
      { f: LINES },
      { g: TOP },
      { f: { content: BOTTOM, path: 'g' } },
      { g: 'merged' },
      { g: BOTH },
    ],
    [
      'two files change places',
      { f: '1\n', g: '2\n' },
      { f: '1\n', g: '2\n' },
      { f: '1\n', g: '2\n' },
      { f: 'same', g: 'same' },
      { f: '1\n', g: '2\n' },
    ],
    [
      'windows line ends are no edit',
      { f: LINES },
      { f: LINES.replaceAll('\n', '\r\n') },
      { f: TOP },
      { f: 'updated' },
      { f: TOP.replaceAll('\n', '\r\n') },
    ],
    [
      'windows line ends are kept by a merge',
      { f: LINES },
      { f: TOP.replaceAll('\n', '\r\n') },
      { f: BOTTOM },
      { f: 'merged' },
      { f: BOTH.replaceAll('\n', '\r\n') },
    ],
    ['no line end at the end', { f: 'a\nb' }, { f: 'a\nb' }, { f: 'a\nc' }, { f: 'updated' }, { f: 'a\nc' }],
    [
      'umlauts',
      { 'größe.txt': 'ä\nb\nc\n' },
      { 'größe.txt': 'ä\nb\nü\n' },
      { 'größe.txt': 'ö\nb\nc\n' },
      { 'größe.txt': 'merged' },
      { 'größe.txt': 'ö\nb\nü\n' },
    ],
  ])('%s', (_, base, disk, next, verdicts, tree) => {
    const ran = run(base, disk, next)
    expect([ran.verdicts, ran.tree]).toEqual([verdicts, tree])
  })

  test('--restore brings back what was deleted', () => {
    expect(run({ f: LINES }, {}, { f: TOP }, true)).toMatchObject({
      verdicts: { f: 'added' },
      tree: { f: TOP },
    })
  })

  test("binary on both sides: the user's stays, ours beside it", () => {
    const bytes = (last: number) => ({ content: Buffer.from([0, 159, 146, last]) })
    const { verdicts, after } = run({ f: bytes(1) }, { f: bytes(2) }, { f: bytes(3) })
    expect(verdicts).toEqual({ f: 'conflict' })
    expect([after.get('f')?.content[3], after.get('f.new')?.content[3]]).toEqual([2, 3])
  })
})

describe('the executable bit', () => {
  const x = (content: string, executable: boolean) => ({ f: { content, executable } })
  test.each([
    ['added by the template', x(LINES, false), x(LINES, false), x(LINES, true), true, 'updated'],
    ['removed by the template', x(LINES, true), x(LINES, true), x(LINES, false), false, 'updated'],
    ["the user's is kept", x(LINES, false), x(LINES, true), x(TOP, false), true, 'merged'],
    ['travels with a merge', x(LINES, false), x(TOP, false), x(BOTTOM, true), true, 'merged'],
    ['with a conflict', x(LINES, false), x(MINE, false), x(THEIRS, true), true, 'conflict'],
  ])('%s', (_, base, disk, next, executable, verdict) => {
    const { verdicts, after } = run(base, disk, next)
    expect([verdicts.f, after.get('f')?.executable]).toEqual([verdict, executable])
  })
})

describe('structure that lines do not show', () => {
  test('JSON: both sides added a key at the same place', () => {
    const object = (extra: object) => `${JSON.stringify({ a: 1, ...extra }, null, 2)}\n`
    const { verdicts, tree } = run(
      { 'f.json': object({}) },
      { 'f.json': object({ mine: 1 }) },
      { 'f.json': object({ theirs: 2 }) },
    )
    expect(verdicts).toEqual({ 'f.json': 'merged' })
    expect(JSON.parse(tree['f.json'] ?? '')).toEqual({ a: 1, mine: 1, theirs: 2 })
  })

  test('JSON: both changed the same key', () => {
    const ran = run({ 'f.json': '{"a": 1}\n' }, { 'f.json': '{"a": 2}\n' }, { 'f.json': '{"a": 3}\n' })
    expect(ran.verdicts).toEqual({ 'f.json': 'conflict' })
  })

  const toml = (...lines: string[]) =>
    `[project]\nname = "x"\ndependencies = [\n${lines.map((line) => `    "${line}",\n`).join('')}]\n`
  test.each([
    [
      'neighbours',
      ['a==1', 'b==1'],
      ['a==1', 'b==1', 'mine==1'],
      ['a==2', 'b==2'],
      ['a==2', 'b==2', 'mine==1'],
    ],
    ['removed here, raised there', ['a==1', 'b==1'], ['b==1'], ['a==1', 'b==2'], ['b==2']],
  ])('dependencies: %s', (_, base, disk, next, merged) => {
    const ran = run(
      { 'pyproject.toml': toml(...base) },
      { 'pyproject.toml': toml(...disk) },
      { 'pyproject.toml': toml(...next) },
    )
    expect([ran.verdicts, ran.tree['pyproject.toml']]).toEqual([
      { 'pyproject.toml': 'merged' },
      toml(...merged),
    ])
  })

  test('dependencies: the same package raised on both sides', () => {
    const ran = run(
      { 'pyproject.toml': toml('a==1') },
      { 'pyproject.toml': toml('a==2') },
      { 'pyproject.toml': toml('a==3') },
    )
    expect(ran.verdicts).toEqual({ 'pyproject.toml': 'conflict' })
  })
})

describe('whatever the trees', () => {
  const runs = Number(process.env.MERGE_RUNS ?? 2500)
  const line = fc.constantFrom('a', 'b', 'c', 'd', 'x', '')
  const content = fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n'))
  const bytes = fc.oneof(
    { weight: 9, arbitrary: content },
    { weight: 1, arbitrary: fc.constant('\u0000\u0001') },
  )
  const file = fc.record({ content: bytes, executable: fc.boolean() })
  const paths = ['a', 'b', 'c/d', 'c/e']
  const side = fc.dictionary(fc.constantFrom(...paths), file, { maxKeys: 4 })
  const withEnds = fc
    .record({ tree: side, crlf: fc.boolean() })
    .map(
      ({ tree, crlf }): Tree =>
        Object.fromEntries(
          Object.entries(tree).map(([path, given]) => [
            path,
            crlf ? { ...given, content: given.content.replaceAll('\n', '\r\n') } : given,
          ]),
        ),
    )
  /** Renames: some ids lie elsewhere in the new template. */
  const renamed = fc
    .record({ tree: side, moves: fc.dictionary(fc.constantFrom(...paths), fc.constantFrom('m', 'n/o')) })
    .map(({ tree, moves }): Tree => {
      const taken = new Set<string>()
      return Object.fromEntries(
        Object.entries(tree).map(([id, given]) => {
          const to = moves[id]
          if (!to || taken.has(to)) return [id, given]
          taken.add(to)
          return [id, { ...given, path: to }]
        }),
      )
    })

  const linesOf = (text: string) => text.split(/\r?\n/)
  const textOf = (tree: Tree, path: string) => String((tree[path] as Given | undefined)?.content ?? '')

  test(`no line of the user's is lost (${runs} cases)`, () => {
    fc.assert(
      fc.property(side, withEnds, renamed, (base, disk, next) => {
        const { merged, after } = run(base, disk, next)
        const everywhere = new Set(
          [...after.values()].flatMap(({ content }) => linesOf(Buffer.from(content).toString('utf8'))),
        )
        for (const path of Object.keys(disk)) {
          const before = new Set(linesOf(textOf(base, path)))
          for (const own of linesOf(textOf(disk, path))) {
            if (!before.has(own)) expect(everywhere).toContain(own)
          }
        }
        for (const { verdict, path } of merged.verdicts) {
          if (verdict === 'conflict')
            expect([...after.keys()].some((key) => key === path || key === `${path}.new`)).toBe(true)
        }
      }),
      { numRuns: runs },
    )
  })

  test('a second run changes nothing', () => {
    fc.assert(
      fc.property(side, withEnds, renamed, (base, disk, next) => {
        const first = run(base, disk, next)
        const again = merge({ base: files(next), disk: (path) => first.after.get(path), next: files(next) })
        expect(again.changes).toEqual([])
      }),
      { numRuns: runs },
    )
  })

  test('the same version and the same answers: nothing to do', () => {
    fc.assert(
      fc.property(side, withEnds, (base, disk) => {
        expect(run(base, disk, base).merged.changes).toEqual([])
      }),
      { numRuns: runs },
    )
  })
})
