import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { refuse } from '../problem.ts'
import { apply, finishPending } from '../project/apply.ts'
import { repositoryOf } from '../project/git.ts'
import type { Change, Verdict, VerdictName } from '../project/merge.ts'
import { ANSWERS_PATH, STATE_FOLDER } from '../project/snapshot.ts'
import { countOf, paint, type Shell, visible, warningLine } from '../shell.ts'
import { version } from '../version.ts'
import { conclude, install } from './afterwards.ts'
import type { Arguments } from './arguments.ts'
import { planUpdate, type UpdatePlan } from './update-plan.ts'

/** `update`: a newer template, or new answers, without losing a line. Exit code 1 when conflicts are left. */
export async function update(args: Arguments, shell: Shell): Promise<number> {
  const preview = args.run.has('dry-run') || args.run.has('diff')
  const place = join(shell.cwd, args.positionals[0] ?? '.')
  if (!preview && finishPending(place))
    shell.stderr('An update that was interrupted has been finished first.\n')
  const asks =
    shell.interactive &&
    !args.run.has('yes') &&
    args.answers.size === 0 &&
    args.answersPath === null &&
    !preview
  const reconsider = asks ? (await import('./reconsider.ts')).reconsiderOn(shell) : null
  const plan = await planUpdate(args, shell, reconsider)
  await (preview ? Promise.resolve() : carryOut(plan, args, shell)).finally(plan.dispose)
  const conflicts = conflictsOf(plan).length > 0
  const isAsked = args.run.has('install') && !preview && !conflicts
  const failed = isAsked ? await install(plan.directory, shell, args.run.has('quiet')) : []
  const isInstalled = isAsked && failed.length === 0
  await conclude(failed, args.run, () => show(plan, args, preview, isInstalled, shell))
  return conflicts ? 1 : 0
}

async function carryOut(plan: UpdatePlan, { run }: Arguments, shell: Shell): Promise<void> {
  const repository = await repositoryOf(plan.directory, shell.env)
  if (repository && !run.has('allow-dirty')) {
    // answers.json may be edited to be read here.
    const paths = plan.changes.map(({ path }) => path).filter((path) => path !== ANSWERS_PATH)
    const dirty = await repository.dirty(paths)
    refuse(
      dirty.map((path) => ({
        code: 'uncommitted-changes',
        option: '--allow-dirty',
        value: path,
        message: `${path} has changes that are not committed.`,
        fix: 'Commit or stash them, so that the update can be told from them, or give --allow-dirty.',
      })),
      [],
    )
  }
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  const backup = repository ? null : `${STATE_FOLDER}/backup/${stamp}`
  await shell.guarded(async () => apply(plan.directory, plan.changes, { backup }))
  await repository?.recordConflicts(plan.merge.conflicts)
}

function conflictsOf({ verdicts }: UpdatePlan): string[] {
  return verdicts.filter(({ verdict }) => verdict === 'conflict').map(({ path }) => path)
}

async function show(
  plan: UpdatePlan,
  { run }: Arguments,
  preview: boolean,
  isInstalled: boolean,
  shell: Shell,
): Promise<void> {
  const conflicts = conflictsOf(plan)
  const next =
    conflicts.length > 0
      ? ['resolve the conflicts', 'make setup test']
      : preview || isInstalled || plan.changes.length === 0
        ? []
        : ['make setup test']
  if (run.has('json')) {
    const { from, verdicts } = plan
    shell.stdout(
      `${JSON.stringify({ ok: conflicts.length === 0, from, to: version, verdicts, conflicts, next })}\n`,
    )
  }
  if (run.has('quiet') && conflicts.length === 0) return
  const say = run.has('json') ? shell.stderr : shell.stdout
  say(page(plan, preview, next, shell))
  if (run.has('diff')) say(await diffs(plan, shell))
}

const MEANING: Readonly<Record<VerdictName, string>> = {
  same: '',
  updated: "the template's newer version",
  kept: 'your edits stay',
  merged: 'your edits and the newer version together',
  conflict: 'both changed the same lines: decide',
  added: 'new',
  deleted: 'you deleted it; --restore brings it back',
  removed: 'the template has it no more',
  moved: 'moved, your edits with it',
  replaced: 'the new one',
}

function page(plan: UpdatePlan, preview: boolean, next: readonly string[], { cwd, colours }: Shell): string {
  const { bold, dim, green, red } = paint(colours)
  const told = plan.verdicts.filter(({ verdict }) => verdict !== 'same')
  const besideIt = (path: string) => plan.changes.some((change) => change.path === `${path}.new`)
  const line = ({ path, verdict, from }: Verdict) => {
    const word = verdict === 'conflict' ? red(verdict.padEnd(9)) : bold(verdict.padEnd(9))
    const meaning = besideIt(path) ? `yours stays, ours is ${path}.new` : MEANING[verdict]
    return `  ${word} ${visible(from && from !== path ? `${from} -> ${path}` : path)}  ${dim(visible(meaning))}`
  }
  const place = relative(cwd, plan.directory)
  const inPlace = place === '' ? '' : ` in ${place}`
  const written = plan.changes.length
  const conclusion =
    written === 0
      ? green('Nothing to do: the project is up to date.')
      : preview
        ? `${countOf(written)} would be written${inPlace}; nothing was.`
        : green(`${countOf(written)} written${inPlace}.`)
  return [
    ...plan.warnings.map(warningLine),
    ...(plan.breaking.length > 0
      ? ['What callers of the service will notice:', ...plan.breaking.map((row) => `  ${visible(row)}`)]
      : []),
    ...plan.decided.map(
      ({ name, before, value, reason }) =>
        `${name}: ${visible(String(before))} -> ${visible(String(value))}  ${dim(reason)}`,
    ),
    ...told.map(line),
    conclusion,
    ...(next.length > 0 && !preview ? ['', 'Next:', ...next.map((step) => `  ${bold(step)}`)] : []),
    '',
  ].join('\n')
}

async function diffs({ directory, changes }: UpdatePlan, { colours }: Shell): Promise<string> {
  const { patch } = await import('./diff.ts')
  return changes
    .filter(({ path }) => !path.startsWith(`${STATE_FOLDER}/`))
    .map((change) => patch(change.path, before(directory, change), after(change), colours))
    .join('')
}

function before(directory: string, { path }: Change): string {
  try {
    return readFileSync(join(directory, path), 'utf8')
  } catch {
    return ''
  }
}

function after({ content }: Change): string | null {
  if (content === null) return ''
  return content instanceof Uint8Array ? Buffer.from(content).toString('utf8') : null
}
