// How fast the command line is, as ratios to create-vite 9.3.0 in one interleaved run: `npm run bench [-- --rounds 15]`.
// Medians of whole processes on a RAM disk where there is one. No test: machines differ, ratios hardly do.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from '../build/build.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const root = fileURLToPath(new URL('../', import.meta.url))
const kept = join(root, '.cache/bench')
const disk = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'create-lambda-model-bench-'))

// An additional certificate file costs each start of Node 20 some 28 ms, which is not ours to measure.
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env
env.npm_config_cache = join(disk, 'npm-cache')

const VITE = 'create-vite-9.3.0.tgz'

function viteTarball() {
  mkdirSync(kept, { recursive: true })
  if (!existsSync(join(kept, VITE)))
    execFileSync('npm', ['pack', 'create-vite@9.3.0'], { cwd: kept, stdio: 'ignore' })
  copyFileSync(join(kept, VITE), join(disk, VITE))
  return join(disk, VITE)
}

async function ourTarball() {
  const stage = join(disk, 'stage')
  mkdirSync(stage)
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    if (existsSync(join(root, file))) copyFileSync(join(root, file), join(stage, file))
  }
  await build(join(stage, 'dist'))
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', disk], {
    cwd: stage,
    stdio: 'ignore',
  })
  return join(disk, readdirSync(disk).find((name) => /^create-lambda-model-.*\.tgz$/.test(name)) ?? '')
}

function run(command, args, cwd) {
  const started = performance.now()
  const { status, stderr } = spawnSync(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
  const took = performance.now() - started
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`)
  return took
}

function install(tarball) {
  const folder = mkdtempSync(join(disk, 'install-'))
  const quiet = ['--no-audit', '--no-fund', '--offline', '--no-update-notifier']
  const took = run('npm', ['install', ...quiet, '--prefix', folder, tarball], folder)
  return { took, folder }
}

const tarballs = { ours: await ourTarball(), vite: viteTarball() }
const homes = Object.fromEntries(Object.entries(tarballs).map(([tool, file]) => [tool, install(file).folder]))
const ours = join(homes.ours, 'node_modules/create-lambda-model/dist/cli.js')
const vite = join(homes.vite, 'node_modules/create-vite/index.js')

let projects = 0
/** Each into an empty folder of its own, which is gone before the next one. */
function generating(args) {
  return () => {
    const folder = join(disk, `new-${projects++}`)
    mkdirSync(folder)
    const took = run(process.execPath, args, folder)
    rmSync(folder, { recursive: true })
    return took
  }
}

const starting = (args) => () => run(process.execPath, args, disk)

function installing(tarball) {
  return () => {
    rmSync(env.npm_config_cache, { recursive: true, force: true })
    const { took, folder } = install(tarball)
    rmSync(folder, { recursive: true })
    return took
  }
}

const viteNew = generating([vite, 'demo', '--template', 'vanilla-ts', '--no-interactive'])
const rows = [
  ['--help', 0.7, starting([ours, '--help']), starting([vite, '--help'])],
  ['new --yes (with git init)', null, generating([ours, 'demo', '--yes']), viteNew],
  ['new --yes --no-git', 0.7, generating([ours, 'demo', '--yes', '--no-git']), viteNew],
  ['cold install', 0.85, installing(tarballs.ours), installing(tarballs.vite)],
  ['node -e 0 (the floor)', null, starting(['-e', '0']), starting([vite, '--help'])],
]

const times = rows.map(() => ({ ours: [], vite: [] }))
for (let round = 0; round <= Number(values.rounds); round += 1) {
  for (const [index, [, , mine, theirs]] of rows.entries()) {
    // The order changes, so that neither always runs on a machine that the other has warmed.
    const pair = [
      ['ours', mine],
      ['vite', theirs],
    ]
    for (const [tool, measure] of round % 2 ? pair.reverse() : pair) {
      const took = measure()
      if (round > 0) times[index][tool].push(took)
    }
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const spread = (list) => `${Math.min(...list).toFixed(0)}–${Math.max(...list).toFixed(0)}`
console.log(`Node ${process.version}, ${values.rounds} rounds, medians in ms (smallest–largest)\n`)
console.log('| what | create-lambda-model | create-vite 9.3.0 | ratio | goal | ratio of the fastest |')
console.log('|---|---|---|---|---|---|')
for (const [index, [what, goal]] of rows.entries()) {
  const { ours: a, vite: b } = times[index]
  const ratio = median(a) / median(b)
  const fastest = Math.min(...a) / Math.min(...b)
  const verdict = goal === null ? '' : `<= ${goal}${ratio <= goal ? '' : ' MISSED'}`
  console.log(
    `| ${what} | ${median(a).toFixed(1)} (${spread(a)}) | ${median(b).toFixed(1)} (${spread(b)}) | ${ratio.toFixed(2)} | ${verdict} | ${fastest.toFixed(2)} |`,
  )
}
console.log(
  `\nTarball: ${(statSync(tarballs.ours).size / 1000).toFixed(0)} kB (goal <= 200), create-vite ${(statSync(tarballs.vite).size / 1000).toFixed(0)} kB`,
)
const packages = (folder) =>
  readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')).length
console.log(`Packages installed: ${packages(homes.ours)} (goal 1), create-vite ${packages(homes.vite)}`)
rmSync(disk, { recursive: true })
