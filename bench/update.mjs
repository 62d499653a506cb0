// update of a project against making it, and against `copier update` of a template of the same size, interleaved in
// one run on tmpfs; and the merge of a file of 10,000 lines that both sides changed. Prints ratios, asserts nothing.
//   node bench/update.mjs [rounds]      needs uv, for copier (from PyPI)
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const rounds = Number(process.argv[2] ?? 9)
const work = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-update-'))
const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined }
const ours = (cwd, ...args) =>
  spawnSync(process.execPath, [join(root, 'dist/cli.js'), ...args], { cwd, env, encoding: 'utf8' })
const git = (cwd, ...args) =>
  execFileSync('git', ['-c', 'user.name=b', '-c', 'user.email=b@example.com', ...args], {
    cwd,
    stdio: 'pipe',
  })

function timed(task) {
  const started = performance.now()
  const { status, stderr } = task()
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`)
  return performance.now() - started
}

function commitAll(cwd) {
  if (!existsSync(join(cwd, '.git'))) git(cwd, 'init', '-q')
  git(cwd, 'add', '-A')
  git(cwd, 'commit', '-qm', 'x')
}

/** A project whose event files and README change with a new --path. */
const model = join(root, 'test/models/iris-knn.joblib')
ours(work, 'base', '--model', model, '--cases', `${model}.cases.json`, '--yes', '--no-git')
commitAll(join(work, 'base'))
const count = (folder) =>
  readdirSync(folder, { recursive: true }).filter(
    (path) => !path.startsWith('.git/') && statSync(join(folder, path)).isFile(),
  ).length
const preview = JSON.parse(
  ours(join(work, 'base'), 'update', '--path', '/other', '--dry-run', '--json').stdout,
)
const changed = preview.verdicts.filter(({ verdict }) => verdict !== 'same').length

/** The same files as a copier template, of which the same number change with its second version. */
const copier = join(root, '.cache/bench-copier')
if (!existsSync(join(copier, 'bin/copier'))) {
  execFileSync('uv', ['venv', '-q', copier])
  execFileSync('uv', ['pip', 'install', '-q', '--python', join(copier, 'bin/python'), 'copier'], { env })
}
const template = join(work, 'template')
cpSync(join(work, 'base'), template, {
  recursive: true,
  filter: (path) => !/\/(?:\.git|\.lambda-model)(?:\/|$)/.test(path),
})
writeFileSync(join(template, 'copier.yml'), '_answers_file: .copier-answers.yml\n')
writeFileSync(join(template, '{{_copier_conf.answers_file}}.jinja'), '{{ _copier_answers|to_nice_yaml }}')
commitAll(template)
git(template, 'tag', 'v1.0.0')
execFileSync(
  join(copier, 'bin/copier'),
  ['copy', '--quiet', '--defaults', '--vcs-ref', 'v1.0.0', template, join(work, 'theirs')],
  { env },
)
commitAll(join(work, 'theirs'))
for (const { path, verdict } of preview.verdicts) {
  if (verdict !== 'same' && existsSync(join(template, path)))
    writeFileSync(join(template, path), `${readFileSync(join(template, path), 'utf8')}\n`)
}
commitAll(template)
git(template, 'tag', 'v2.0.0')

const times = { new: [], update: [], copier: [], long: [] }
for (let round = 0; round < rounds; round += 1) {
  const place = join(work, `round-${round}`)
  mkdirSync(place)
  times.new.push(
    timed(() =>
      ours(place, 'fresh', '--model', model, '--cases', `${model}.cases.json`, '--yes', '--no-git'),
    ),
  )
  cpSync(join(work, 'base'), join(place, 'ours'), { recursive: true })
  git(join(place, 'ours'), 'status')
  times.update.push(timed(() => ours(join(place, 'ours'), 'update', '--path', '/other')))
  cpSync(join(work, 'theirs'), join(place, 'theirs'), { recursive: true })
  git(join(place, 'theirs'), 'status')
  times.copier.push(
    timed(() =>
      spawnSync(join(copier, 'bin/copier'), ['update', '--quiet', '--defaults', '--vcs-ref', 'v2.0.0'], {
        cwd: join(place, 'theirs'),
        env,
        encoding: 'utf8',
      }),
    ),
  )
  times.long.push(longFile(join(place, 'ours')))
  rmSync(place, { recursive: true })
}

/** README.md as a file of 10,000 lines, a hundred of them repeated over and over, changed on both sides. */
function longFile(project) {
  git(project, 'checkout', '-q', '.')
  const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index % 100}`)
  const pristine = join(project, '.lambda-model/pristine.jsonl')
  const rows = readFileSync(pristine, 'utf8')
    .trimEnd()
    .split('\n')
    .map((row) => JSON.parse(row))
  for (const row of rows) if (row.path === 'README.md') row.content = `${lines.join('\n')}\n${row.content}`
  writeFileSync(pristine, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const mine = lines.map((line, index) => (index % 500 === 0 ? `mine ${index}` : line))
  writeFileSync(
    join(project, 'README.md'),
    `${mine.join('\n')}\n${readFileSync(join(project, 'README.md'), 'utf8')}`,
  )
  commitAll(project)
  const started = performance.now()
  ours(project, 'update')
  return performance.now() - started
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const m = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]))
console.log(`update of ${count(join(work, 'base'))} files, ${changed} of them changed; median of ${rounds} rounds
| | ms | ratio | goal |
|---|---|---|---|
| new | ${m.new.toFixed(0)} | 1 | |
| update | ${m.update.toFixed(0)} | ${(m.update / m.new).toFixed(2)} x new | <= 2 |
| copier update | ${m.copier.toFixed(0)} | ${(m.copier / m.update).toFixed(1)} x update | >= 20 |
| update with a file of 10,000 lines changed on both sides | ${m.long.toFixed(0)} | | <= 1000 |`)
rmSync(work, { recursive: true })
