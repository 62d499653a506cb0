import { relative } from 'node:path'
import { sh } from '../project/literals.ts'
import type { PreparedProject } from '../project/prepare.ts'
import type { Resolved } from '../questions/resolve.ts'
import { countOf, paint, type Shell, visible, warningLine } from '../shell.ts'
import type { RunOption } from './arguments.ts'

export interface Outcome {
  /** Absolute. */
  readonly directory: string
  readonly project: PreparedProject
  readonly resolved: Resolved
  /** Paths written, or to be written in a preview. */
  readonly files: readonly string[]
  readonly preview: boolean
  readonly run: ReadonlySet<RunOption>
}

/** The last word of a run: what was decided, what was written, what comes next, and how to repeat it. */
export async function show(outcome: Outcome, isInstalled: boolean, shell: Shell): Promise<void> {
  const { directory, project, resolved, files, run } = outcome
  if (run.has('json')) {
    const { decisions, warnings } = resolved
    const { answers, command } = project
    const next = nextSteps(outcome, isInstalled, shell)
    shell.stdout(
      `${JSON.stringify({ ok: true, directory, answers, decisions, warnings, files, command, next })}\n`,
    )
    return
  }
  if (run.has('diff'))
    shell.stdout(await (await import('./diff.ts')).diffOf(directory, project.files, shell.colours))
  else if (!run.has('quiet')) shell.stdout(page(outcome, isInstalled, shell))
}

function page(outcome: Outcome, isInstalled: boolean, shell: Shell): string {
  const { project, resolved, files, preview } = outcome
  const { bold, dim, green } = paint(shell.colours)
  const place = relative(shell.cwd, outcome.directory) || 'this directory'
  const decisions = resolved.decisions.map(
    ({ name, value, reason }) => `  ${bold(`${name} ${show1(value)}`)}  ${dim(reason)}`,
  )
  const beside = files.filter((file) => file.endsWith('.new'))
  return [
    ...resolved.warnings.map(warningLine),
    ...(decisions.length > 0 ? ['Decided (a flag overrides each):', ...decisions, ''] : []),
    preview
      ? `${countOf(files.length)} would be written to ${place}:\n${files.map((file) => `  ${file}`).join('\n')}`
      : green(`${project.answers.name}: ${countOf(files.length)} written to ${place}.`),
    ...(beside.length > 0 ? [`Kept yours, ours beside it: ${beside.join(', ')}`] : []),
    '',
    ...(preview
      ? []
      : ['Next:', ...nextSteps(outcome, isInstalled, shell).map((step) => `  ${bold(step)}`), '']),
    'The same again:',
    `  ${project.command}`,
    '',
  ].join('\n')
}

function show1(value: unknown): string {
  return visible(Array.isArray(value) ? value.join(',') : String(value))
}

function nextSteps({ directory, project }: Outcome, isInstalled: boolean, shell: Shell): string[] {
  const place = relative(shell.cwd, directory)
  const made = isInstalled ? [] : ['make setup', 'make test']
  // The model must be in its bucket before the function looks for it there.
  const model = project.answers['model-store'] === 'bucket' ? ['make release ARGS=--create-bucket'] : []
  return [...(place === '' ? [] : [`cd ${sh(place)}`]), ...made, 'make serve', ...model, 'make deploy']
}
