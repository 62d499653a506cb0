// npm run demo: a project from a real trained model, its environment, its tests, and one prediction.
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const demo = join(root, 'demo')
const model = join(root, 'test/models/iris-knn.joblib')

rmSync(demo, { recursive: true, force: true })
run(
  root,
  process.execPath,
  'dist/cli.js',
  'demo',
  '--model',
  model,
  '--cases',
  `${model}.cases.json`,
  '--yes',
  '--no-git',
)
run(demo, 'make', 'setup')
run(demo, 'make', 'test')
const event = readdirSync(join(demo, 'events')).find((name) => name === 'http-api.json') ?? 'direct.json'
run(demo, 'make', 'invoke', `EVENT=events/${event}`)

function run(cwd, command, ...args) {
  console.log(
    `\n$ ${[command === process.execPath ? 'node' : command, ...args.map((arg) => arg.replace(root, ''))].join(' ')}`,
  )
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (error) console.error(`${command} cannot be started: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
