import nodeFs from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, isFailure } from '../problem.ts'
import type { Change } from './merge.ts'
import { STATE_FOLDER } from './snapshot.ts'
import { isInside } from './state.ts'
import { cannotWrite, leftByUmask, refuseLinks } from './write.ts'

type FileSystem = Pick<
  typeof nodeFs,
  | 'chmodSync'
  | 'copyFileSync'
  | 'existsSync'
  | 'lstatSync'
  | 'mkdirSync'
  | 'readFileSync'
  | 'readdirSync'
  | 'renameSync'
  | 'rmSync'
  | 'rmdirSync'
  | 'writeFileSync'
>

const PENDING = `${STATE_FOLDER}/pending`
const PLAN = `${PENDING}/plan.json`

interface Step {
  readonly path: string
  /** The number of the built file; `null` removes what is there. */
  readonly built: number | null
}

export interface ApplyOptions {
  /** Where what is replaced is kept, relative to the project; `null` inside git, which keeps it. */
  readonly backup: string | null
  readonly fs?: FileSystem
}

/**
 * Makes all changes, or none. Everything is built below `.lambda-model/pending/` first; once its plan stands, an
 * interrupted run is finished by the next one (`finishPending`), and a failing one is undone.
 */
export function apply(
  directory: string,
  changes: readonly Change[],
  { backup, fs = nodeFs }: ApplyOptions,
): void {
  if (changes.length === 0) return
  const at = (path: string) => join(directory, path)
  const done: Step[] = []
  try {
    for (const { path } of changes) {
      if (!isInside(path)) throw new Error(`${path} leads out of the project`)
      refuseLinks(directory, path, fs)
    }
    fs.rmSync(at(PENDING), { recursive: true, force: true })
    fs.mkdirSync(at(`${PENDING}/new`), { recursive: true })
    fs.mkdirSync(at(`${PENDING}/old`), { recursive: true })
    const open = leftByUmask(at(`${PENDING}/new`), fs)
    const steps = changes.map(({ path, content, executable }, index): Step => {
      if (content === null) return { path, built: null }
      const built = at(`${PENDING}/new/${index}`)
      if ('copyOf' in content) fs.copyFileSync(content.copyOf, built)
      else fs.writeFileSync(built, content)
      fs.chmodSync(built, executable ? open : open & 0o666)
      return { path, built: index }
    })
    if (backup) keep(directory, steps, backup, fs)
    fs.writeFileSync(at(`${PLAN}.unfinished`), JSON.stringify(steps))
    fs.renameSync(at(`${PLAN}.unfinished`), at(PLAN))
    for (const [number, step] of steps.entries()) {
      done.push(step)
      take(directory, step, number, fs)
    }
  } catch (error) {
    for (const [number, step] of [...done.entries()].reverse()) putBack(directory, step, number, fs)
    fs.rmSync(at(PENDING), { recursive: true, force: true })
    throw isFailure(error) ? error : cannotWrite(directory, error as NodeJS.ErrnoException)
  }
  // The plan goes first: without it what is left over means nothing.
  fs.rmSync(at(PLAN))
  fs.rmSync(at(PENDING), { recursive: true, force: true })
}

/** Finishes what an earlier run was stopped in; without a plan nothing had begun. Returns whether there was one. */
export function finishPending(directory: string, fs: FileSystem = nodeFs): boolean {
  if (!fs.existsSync(join(directory, PENDING))) return false
  refuseLinks(directory, `${PENDING}/plan.json`, fs)
  const planned = fs.existsSync(join(directory, PLAN))
  if (planned) {
    const steps = plannedSteps(fs.readFileSync(join(directory, PLAN), 'utf8'))
    for (const [number, step] of steps.entries()) {
      refuseLinks(directory, step.path, fs)
      take(directory, step, number, fs)
    }
  }
  fs.rmSync(join(directory, PENDING), { recursive: true, force: true })
  return planned
}

function plannedSteps(text: string): Step[] {
  try {
    const steps = JSON.parse(text) as Step[]
    return steps.filter(
      ({ path, built }) =>
        typeof path === 'string' && isInside(path) && (built === null || Number.isInteger(built)),
    )
  } catch {
    const message = `${PLAN} cannot be used: it is not the plan of an update.`
    const fix = `Remove ${PENDING}, and run update again.`
    throw new Failure([{ code: 'broken-state', value: PLAN, message, fix }], 1)
  }
}

/** One step, whether it was begun before or not. */
function take(directory: string, { path, built }: Step, number: number, fs: FileSystem): void {
  const target = join(directory, path)
  const fresh = join(directory, `${PENDING}/new/${built}`)
  if (built !== null && !fs.existsSync(fresh)) return
  if (isThere(target, fs)) fs.renameSync(target, join(directory, `${PENDING}/old/${number}`))
  if (built === null) {
    dropEmptyFolders(directory, path, fs)
  } else {
    fs.mkdirSync(dirname(target), { recursive: true })
    fs.renameSync(fresh, target)
  }
}

function putBack(directory: string, { path, built }: Step, number: number, fs: FileSystem): void {
  const target = join(directory, path)
  const old = join(directory, `${PENDING}/old/${number}`)
  const wasBuilt = built !== null && !fs.existsSync(join(directory, `${PENDING}/new/${built}`))
  if (isThere(old, fs)) {
    fs.mkdirSync(dirname(target), { recursive: true })
    fs.renameSync(old, target)
  } else if (wasBuilt) {
    fs.rmSync(target, { force: true })
    dropEmptyFolders(directory, path, fs)
  }
}

function keep(directory: string, steps: readonly Step[], backup: string, fs: FileSystem): void {
  for (const { path } of steps) {
    const target = join(directory, path)
    if (!isThere(target, fs)) continue
    const kept = join(directory, backup, path)
    fs.mkdirSync(dirname(kept), { recursive: true })
    fs.copyFileSync(target, kept)
  }
}

function dropEmptyFolders(directory: string, path: string, fs: FileSystem): void {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const place = join(directory, folder)
    if (!fs.existsSync(place) || fs.readdirSync(place).length > 0) return
    fs.rmdirSync(place)
  }
}

function isThere(path: string, fs: FileSystem): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
