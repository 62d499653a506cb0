import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { inspect, inspectSource } from '../../generators/model/index.ts'
import { inMemory } from '../../generators/model/source.ts'
import type { Failure } from '../../generators/problem.ts'

const model = (name: string) => readFileSync(fileURLToPath(new URL(`../models/${name}`, import.meta.url)))

// ---- a few words of pickle

const text = (value: string) =>
  Buffer.concat([Buffer.from([0x8c, Buffer.byteLength(value)]), Buffer.from(value)])
const named = (module: string, name: string) => Buffer.concat([text(module), text(name), Buffer.from([0x93])])
const pickle = (...parts: (Buffer | string | number[])[]) =>
  Buffer.concat([
    Buffer.from([0x80, 4]),
    ...parts.map((part) => (Array.isArray(part) ? Buffer.from(part) : Buffer.from(part))),
  ])

/** Before the SETITEMS, BUILD and STOP that end every estimator's pickle stands one more attribute. */
const withAttribute = (name: string, value: Buffer) => {
  const real = model('iris-logreg.pkl')
  return Buffer.concat([real.subarray(0, -3), text(name), value, real.subarray(-3)])
}

/** An uncompressed tar: a header of 512 bytes for each member. */
const tar = (members: Record<string, Buffer>) =>
  Buffer.concat([
    ...Object.entries(members).flatMap(([name, content]) => {
      const header = Buffer.alloc(512)
      header.write(name)
      header.write(content.length.toString(8).padStart(11, '0'), 124)
      header.write('0', 156)
      header.write('ustar\x0000', 257)
      return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]
    }),
    Buffer.alloc(1024),
  ])

const call = (callable: Buffer) => Buffer.concat([callable, text('id'), Buffer.from([0x85, 0x52])])

const refused: Record<string, [content: () => Buffer, code: string, message: RegExp]> = {
  'os.system, protocol 0': [() => Buffer.from("cos\nsystem\n(S'id'\ntR."), 'dangerous-pickle', /os\.system/],
  'posix.system, protocol 4': [
    () => pickle(call(named('posix', 'system')), '.'),
    'dangerous-pickle',
    /posix\.system/,
  ],
  'eval as an old instance': [
    () => Buffer.from("(S'1'\nibuiltins\neval\n."),
    'dangerous-pickle',
    /builtins\.eval/,
  ],
  'os behind a library that is trusted': [
    () => pickle(call(named('sklearn.utils', 'os.system')), '.'),
    'dangerous-pickle',
    /sklearn\.utils\.os\.system/,
  ],
  'a real LogisticRegression holding subprocess.Popen': [
    () => withAttribute('callback', named('subprocess', 'Popen')),
    'dangerous-pickle',
    /subprocess\.Popen/,
  ],
  'a real LogisticRegression holding getattr': [
    () => withAttribute('callback', named('builtins', 'getattr')),
    'dangerous-pickle',
    /builtins\.getattr/,
  ],
  'a name put together while loading': [
    () =>
      withAttribute(
        'x',
        Buffer.concat([call(named('_codecs', 'encode')), text('system'), Buffer.from([0x93])]),
      ),
    'dangerous-pickle',
    /hides/,
  ],
  'a call of what a call returned': [
    () => withAttribute('x', call(call(named('functools', 'partial')))),
    'dangerous-pickle',
    /hides/,
  ],
  'a nested pickle loader': [
    () => withAttribute('x', named('joblib', 'load')),
    'dangerous-pickle',
    /joblib\.load/,
  ],
  'no model: a dict': [() => pickle([0x7d, 0x2e]), 'no-model-in-pickle', /a dict/],
  'no model: 60 lists, each twice in the next': [
    () =>
      pickle(
        Buffer.concat([
          Buffer.from([0x5d, 0x94]),
          ...Array.from({ length: 60 }, (_, i) => Buffer.from([0x5d, 0x94, 0x28, 0x68, i, 0x68, i, 0x65])),
        ]),
        '.',
      ),
    'no-model-in-pickle',
    /a list/,
  ],
  'a text of 2^62 bytes': [
    () => pickle([0x8d, 0, 0, 0, 0, 0, 0, 0, 0x40], '.'),
    'unreadable-model',
    /claims/,
  ],
  'six million opcodes': [() => pickle(Buffer.alloc(6_000_000, 'N0'), 'N.'), 'unreadable-model', /opcodes/],
  'four million lists': [() => pickle(Buffer.alloc(4_000_000, ']'), '.'), 'unreadable-model', /objects/],
  'four million memo entries': [
    () => pickle('N', Buffer.alloc(4_900_000, 0x94), '.'),
    'no-model-in-pickle',
    /None/,
  ],
  'a tuple in a tuple, a million deep': [
    () => pickle('N', Buffer.alloc(1_000_000, 0x85), '.'),
    'no-model-in-pickle',
    /a tuple/,
  ],
  'a million lists in one list': [
    () => pickle('](', Buffer.alloc(1_000_000, ']'), 'e.'),
    'no-model-in-pickle',
    /a list/,
  ],
  'numbers of 8192 bits': [
    () =>
      pickle(
        Buffer.alloc(20_000_000, Buffer.concat([Buffer.from([0x8b, 0, 4, 0, 0]), Buffer.alloc(1024, 0x7f)])),
        'N',
      ),
    'unreadable-model',
    /./,
  ],
  'a memo index of four billion': [
    () => pickle([0x4e, 0x72, 255, 255, 255, 255], '.'),
    'unreadable-model',
    /memo/,
  ],
  'a line of 3 MB': [
    () => Buffer.concat([Buffer.from('('), Buffer.from('c'), Buffer.alloc(3_000_000, 'a')]),
    'unreadable-model',
    /line/,
  ],
  'an empty stack': [() => pickle('.'), 'unreadable-model', /empty stack/],
  'a million marks': [() => pickle(Buffer.alloc(3_000_000, '('), '.'), 'unreadable-model', /damaged|objects/],
  'a gzip bomb of 200 MB': [
    () => gzipSync(Buffer.concat([Buffer.from([0x80, 4]), Buffer.alloc(200 << 20)])),
    'too-large',
    /64 MiB/,
  ],
  'a zlib bomb of 100 MB': [() => deflateSync(Buffer.alloc(100 << 20)), 'too-large', /64 MiB/],
  'a gzip file cut off': [
    () => gzipSync(model('iris-knn.joblib')).subarray(0, 1000),
    'unreadable-model',
    /gzip/,
  ],
  'gzip in gzip in gzip': [
    () => Array.from({ length: 40 }).reduce<Buffer>((inner) => gzipSync(inner), model('iris-logreg.pkl')),
    'unknown-format',
    /compressed/,
  ],
  'ONNX whose graph claims 2^40 bytes': [
    () => Buffer.from('08083a8080808080401200', 'hex'),
    'unreadable-model',
    /claims/,
  ],
  'ONNX without a graph': [() => Buffer.from('0808420410152a00', 'hex'), 'unreadable-model', /./],
  'ONNX of three million fields': [
    () => Buffer.concat([Buffer.from('0808', 'hex'), Buffer.alloc(6_000_000, Buffer.from('2801', 'hex'))]),
    'unreadable-model',
    /fields/,
  ],
  'JSON of a million keys': [
    () => Buffer.from(`{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":1`).join(',')}}`),
    'unreadable-model',
    /keys/,
  ],
  'feature names nested a million deep': [
    () => Buffer.from(`{"version":[3,1,0],"learner":{"feature_names":${'['.repeat(1e6)}${']'.repeat(1e6)}}}`),
    'unreadable-model',
    /nested/,
  ],
  'JSON of something else': [
    () => Buffer.from('{"learner": "me", "pupil": [1]}'),
    'unknown-format',
    /neither/,
  ],
  'UBJ nested ten million deep': [
    () =>
      Buffer.concat([
        Buffer.from('7b4c00000000000000036162 63'.replace(' ', ''), 'hex'),
        Buffer.alloc(10_000_000, '['),
      ]),
    'unreadable-model',
    /levels/,
  ],
  'LightGBM without trees': [
    () => Buffer.from('tree\nversion=v4\nmax_feature_idx=3\n'),
    'unreadable-model',
    /no trees/,
  ],
  'LightGBM cut off': [() => model('adult-lightgbm.txt').subarray(0, 20_000), 'unreadable-model', /cut off/],
  'LightGBM whose last lines are missing': [
    () => model('adult-lightgbm-words.txt').subarray(0, -200),
    'unreadable-model',
    /end of parameters/,
  ],
  'HDF5 whose weights are missing': [
    () => model('games.h5').subarray(0, -1000),
    'unreadable-model',
    /cut off/,
  ],
  'CatBoost cut off in its tables of categories': [
    () => model('shop-catboost.cbm').subarray(0, 12_200),
    'unreadable-model',
    /table of categories/,
  ],
  'CatBoost cut off': [() => model('shop-catboost.cbm').subarray(0, 9_000), 'unreadable-model', /claims/],
  'a zip whose end is missing': [
    () => model('games.keras').subarray(0, 20_000),
    'unreadable-model',
    /end is missing/,
  ],
  'a tar that climbs out of its folder': [
    () => tar({ '../../etc/model.onnx': model('iris-plain.onnx') }),
    'unsafe-archive',
    /outside its folder/,
  ],
  'an archive of two models': [
    () => tar({ 'a.onnx': model('iris-plain.onnx'), 'b.pkl': model('iris-logreg.pkl') }),
    'no-single-model',
    /a\.onnx, b\.pkl/,
  ],
  'an archive without a model': [
    () => tar({ 'README.txt': Buffer.from('no') }),
    'no-single-model',
    /no model/,
  ],
  'ONNX compressed with gzip': [
    () => gzipSync(model('iris-plain.onnx')),
    'compressed-model',
    /is ONNX, compressed/,
  ],
  'HDF5 whose root leads nowhere': [
    () =>
      Buffer.concat([
        model('games.h5').subarray(0, 56),
        Buffer.alloc(24, 255),
        model('games.h5').subarray(80),
      ]),
    'unreadable-model',
    /claims|damaged/,
  ],
  'a Git LFS pointer': [
    () => Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n'),
    'git-lfs-pointer',
    /LFS pointer/,
  ],
  'an HTML page': [() => Buffer.from('<!DOCTYPE html><html><title>404</title>'), 'html-page', /HTML/],
  'random words': [
    () => Buffer.from('to whom it may concern'),
    'unknown-format',
    /none of the model formats/,
  ],
  'one byte': [() => Buffer.from([8]), 'unknown-format', /none of the model formats/],
}

for (const [name, [content, code, message]] of Object.entries(refused)) {
  test(`${name} is one problem, soon and in little memory`, async () => {
    const bytes = content()
    const before = process.memoryUsage().rss
    const start = process.cpuUsage()
    const failure: Failure = await inspectSource(inMemory('file', bytes)).then(
      () => expect.fail('it was read'),
      (error) => error,
    )
    expect(failure).toMatchObject({ name: 'Failure', exitCode: 1 })
    expect(failure.problems).toEqual([
      {
        code,
        option: '--model',
        value: 'file',
        message: expect.stringMatching(message),
        fix: expect.stringMatching(/\w/),
      },
    ])
    // The processor's time: the clock's would also tell what else the machine does.
    const { user, system } = process.cpuUsage(start)
    expect((user + system) / 1000).toBeLessThan(2_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(250 << 20)
  })
}

const warned: Record<string, [content: () => Buffer, codes: string[], message: RegExp]> = {
  'a function of the script that trained it': [
    () => withAttribute('f', named('__main__', 'clean')),
    ['pickle-globals', 'needs-code'],
    /__main__\.clean.*--code/s,
  ],
  'a class of an own module': [
    () => withAttribute('f', named('churn.features', 'Recent')),
    ['pickle-globals', 'needs-code'],
    /churn\.features\.Recent/,
  ],
  'a name of a common library': [
    () => withAttribute('f', named('collections', 'Counter')),
    ['pickle-globals'],
    /collections\.Counter/,
  ],
  'a known name': [() => withAttribute('f', named('collections', 'OrderedDict')), [], /^$/],
}

for (const [name, [content, codes, message]] of Object.entries(warned)) {
  test(`${name}: ${codes.join(', ') || 'no warning'}`, async () => {
    const { signature } = await inspectSource(inMemory('model.pkl', content()))
    expect(signature.warnings.map(({ code }) => code)).toEqual(codes)
    expect(signature.warnings.map((warning) => warning.message).join('\n')).toMatch(message)
    expect(signature.classes).toEqual([0, 1, 2])
  })
}

const bundles: Record<string, [content: () => Buffer, format: string, classes: unknown, member: string]> = {
  'a tar of ONNX with a class list': [
    () =>
      tar({
        './parts/parts.onnx': model('parts-nhwc-uint8.onnx'),
        './parts/classes.txt': Buffer.from('bad\ngood\n'),
      }),
    'onnx',
    ['bad', 'good'],
    'parts/parts.onnx',
  ],
  'a tar.gz of XGBoost with JSON by index': [
    () =>
      gzipSync(
        tar({
          'iris.json': model('iris-xgboost.json'),
          'labels.json': Buffer.from('{"0":"a","1":"b","2":"c"}'),
        }),
      ),
    'xgboost-json',
    ['a', 'b', 'c'],
    'iris.json',
  ],
}

for (const [name, [content, format, classes, member]] of Object.entries(bundles)) {
  test(name, async () => {
    const { signature } = await inspectSource(inMemory('bundle.tar.gz', content()))
    expect(signature).toMatchObject({ format, classes, task: 'classification', traits: { member } })
    expect(signature.unknown).not.toContain('classes')
  })
}

test('a misleading suffix is a warning, and nothing is decided by it', async () => {
  const { signature } = await inspectSource(inMemory('model.onnx', model('iris-logreg.pkl')))
  expect(signature.format).toBe('sklearn-pickle')
  expect(signature.warnings).toEqual([
    { code: 'misleading-suffix', message: expect.stringContaining('.onnx') },
  ])
})

// ---- paths

const folder = mkdtempSync(join(tmpdir(), 'model-'))
afterAll(() => rmSync(folder, { recursive: true }))

const paths: Record<string, [make: (path: string) => void, code: string, exit: number]> = {
  missing: [() => {}, 'missing-model', 2],
  directory: [(path) => mkdirSync(path), 'model-is-a-directory', 2],
  'directory of TensorFlow': [
    (path) => {
      mkdirSync(path)
      writeFileSync(join(path, 'saved_model.pb'), '')
    },
    'model-is-a-directory',
    1,
  ],
  empty: [(path) => writeFileSync(path, ''), 'empty-model', 1],
  pipe: [(path) => execFileSync('mkfifo', [path]), 'not-a-file', 2],
}

for (const [name, [make, code, exitCode]] of Object.entries(paths)) {
  test.skipIf(name === 'pipe' && process.platform === 'win32')(`${name}: exit ${exitCode}`, async () => {
    const path = join(folder, name)
    make(path)
    await expect(inspect(path)).rejects.toMatchObject({
      exitCode,
      problems: [{ code, option: '--model', value: path }],
    })
  })
}

test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('no permission: exit 1', async () => {
  const path = join(folder, 'locked.onnx')
  writeFileSync(path, 'x')
  chmodSync(path, 0)
  await expect(inspect(path)).rejects.toMatchObject({
    exitCode: 1,
    problems: [{ code: 'model-not-permitted' }],
  })
})
