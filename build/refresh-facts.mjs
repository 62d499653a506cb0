// Asks the package index what generators/platform/frameworks.ts claims, and prints where they differ:
//   node build/refresh-facts.mjs              newest versions
//   node build/refresh-facts.mjs --sizes      unpacked sizes, measured (downloads some GB)
//   … [framework…]                            only these
// Needs uv, and for --sizes a Python of each version. It writes nothing: whoever changes the table reads the difference first.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'

const MiB = 1024 * 1024
const root = fileURLToPath(new URL('../', import.meta.url))

/** The table itself, which is TypeScript. */
export async function loadPlatform() {
  const entry = ['decide', 'frameworks', 'pins', 'releases', 'runtimes'].map(
    (name) => `export * from './generators/platform/${name}.ts'`,
  )
  const { outputFiles } = await esbuild.build({
    stdin: { contents: entry.join('\n'), resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}

/** Every set of pins that a project can get, with the platforms on which it must install. */
export function pinSets({ frameworks, pins }, only = []) {
  return chosen(frameworks, only).flatMap((framework) =>
    framework.releases.flatMap(({ version, pythons, architectures }) =>
      pythons.flatMap((python) =>
        architectures.flatMap((arch) =>
          traitsWorthTrying(framework.name, python).map((traits) => ({
            framework: framework.name,
            version,
            python,
            arch,
            traits,
            // A pickle is pinned to exactly its version, so this reaches every row.
            pins: pins(framework.name, version, { python, arch, traits, format: 'sklearn-pickle' }),
          })),
        ),
      ),
    ),
  )
}

function traitsWorthTrying(framework, python) {
  if (framework === 'onnx')
    return [
      { irVersion: 13, opset: 26 },
      { irVersion: 8, opset: 15 },
    ]
  if (framework === 'sklearn') return [{}, { compression: 'lz4', alsoNeeds: ['lightgbm', 'xgboost'] }]
  if (framework === 'keras') return [{}, { tensorflow: true }]
  if (framework !== 'lightgbm' && framework !== 'xgboost') return [{}]
  const oldest = python === '3.12' ? [{ alsoNeeds: ['sklearn'], sklearnVersion: '1.3.2' }] : []
  return [{}, { alsoNeeds: ['sklearn'] }, ...oldest]
}

function chosen(frameworks, only) {
  return Object.values(frameworks).filter(({ name }) => only.length === 0 || only.includes(name))
}

export function requirement({ name, version, marker }) {
  return `${name}${version === null ? '' : `==${version}`}${marker === null ? '' : ` ; ${marker}`}`
}

/** What the pins resolve to, or the reason why they do not. */
export async function resolvePins(pins, python, platform) {
  const args = ['pip', 'compile', '--quiet', '--no-header', '--no-annotate', '--only-binary', ':all:']
  const input = `${pins.map(requirement).join('\n')}\n`
  // Only versions are asked for: no interpreter is needed, and none shall be fetched for it.
  const env = { ...process.env, MACOSX_DEPLOYMENT_TARGET: '14.0', UV_PYTHON_DOWNLOADS: 'never' }
  const child = spawn('uv', [...args, '--python-version', python, '--python-platform', platform, '-'], {
    env,
    timeout: 120_000,
  })
  child.stdin.end(input)
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)])
  return status === 0
    ? { resolved: stdout.trim().split('\n') }
    : { problem: stderr.trim().replace(/\s+/g, ' ').slice(0, 400) }
}

function exitOf(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
}

/** Most of the time is waiting for the index. */
export async function fourAtATime(items, work) {
  const results = []
  const queue = items.entries()
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const [at, item] of queue) results[at] = await work(item)
    }),
  )
  return results
}

/** MiB of the installed packages as they lie in a zip. */
export function unpackedSize({ wheelPlatform, prunedPaths }, { framework, pins, python, arch }) {
  return within((folder) => {
    const target = join(folder, 'packages')
    run(
      'uv',
      [
        'pip',
        'install',
        '--quiet',
        '--only-binary',
        ':all:',
        '--python',
        python,
        '--python-version',
        python,
      ].concat(['--python-platform', wheelPlatform(arch), '--target', target], pins.map(requirement)),
    )
    const pruned = prunedPaths(framework).map(asExpression)
    for (const path of readdirSync(target, { recursive: true })) {
      if (pruned.some((pattern) => pattern.test(path)))
        rmSync(join(target, path), { recursive: true, force: true })
    }
    const interpreter = run('uv', ['python', 'find', python]).trim()
    run(interpreter, ['-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash', target], {
      mayFail: true,
    })
    return bytesBelow(target) / MiB
  })
}

/** `**` is any folders, `*` any part of one name. */
function asExpression(pattern) {
  const parts = pattern.split('**/').map((part) => part.replace(/[.+]/g, '\\$&').replaceAll('*', '[^/]*'))
  return new RegExp(`^${parts.join('(?:.*/)?')}$`)
}

function bytesBelow(folder) {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath ?? entry.path, entry.name)).size
  }
  return bytes
}

function run(command, args, { mayFail = false } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 600_000 })
  if (error) throw error
  // Some packages carry files for other Pythons that do not compile.
  if (status !== 0 && !mayFail) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim()}`)
  return stdout
}

function within(work) {
  const folder = mkdtempSync(join(tmpdir(), 'facts-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function newestVersions(platform, only) {
  const { frameworks, devPins, storeDevPins, pythonVersions, wheelPlatform } = platform
  const wanted = new Map()
  for (const { package: name, releases } of chosen(frameworks, only)) wanted.set(name, releases[0].version)
  for (const framework of chosen(frameworks, only)) {
    for (const pin of framework.releases[0].beside) wanted.set(pin.name, pin.version)
  }
  if (only.length === 0)
    for (const pin of [...devPins(), ...Object.values(storeDevPins).flat()]) wanted.set(pin.name, pin.version)
  let differences = 0
  await fourAtATime([...wanted].sort(), async ([name, version]) => {
    const newest = await newestOf(name, pythonVersions[0], wheelPlatform('x86_64'))
    if (newest === version) return
    differences += 1
    console.log(`${name}: the table has ${version}, the index ${newest}`)
  })
  console.log(`${wanted.size} packages looked up, ${differences} differ`)
}

async function newestOf(name, python, platform) {
  const answer = await resolvePins([{ name, version: null, marker: null }], python, platform)
  const line = answer.resolved?.find((found) => found.startsWith(`${name}==`))
  return line?.split('==')[1]?.split(' ')[0] ?? `nothing (${answer.problem ?? 'no wheel'})`
}

async function main(argv) {
  const only = argv.filter((word) => !word.startsWith('--'))
  const platform = await loadPlatform()
  if (argv.includes('--sizes')) return checkSizes(platform, only)
  return newestVersions(platform, only)
}

function checkSizes(platform, only) {
  for (const set of pinSets(platform, only)) {
    // The wheel of PyTorch that counts is in an index of its own.
    if (set.framework === 'pytorch' || set.python !== newestPython(platform, set)) continue
    if (
      Object.keys(set.traits).some((trait) => trait !== 'irVersion' && trait !== 'opset') ||
      set.traits.irVersion === 8
    )
      continue
    const release = platform.frameworks[set.framework].releases.find(({ version }) => version === set.version)
    const size = unpackedSize(platform, set)
    const known = release.unpacked[set.arch]
    const mark = Math.abs(size - known) > 2 ? ' DIFFERS' : ''
    console.log(
      `${set.framework} ${set.version} ${set.python} ${set.arch}: ${size.toFixed(1)} MiB, the table has ${known}${mark}`,
    )
  }
}

function newestPython({ frameworks }, { framework, version }) {
  return frameworks[framework].releases.find((release) => release.version === version).pythons[0]
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
