import type { Shell } from '../shell.ts'
import { countOf, visible } from '../shell.ts'
import type { Arguments } from './arguments.ts'
import { planUpdate } from './update-plan.ts'

const FOUND = 3

/** `check`: exit code 3 when an update would change files; with --strict also when managed files were edited. */
export async function check(args: Arguments, shell: Shell): Promise<number> {
  const { verdicts, changes, edited, from, dispose } = await planUpdate(args, shell)
  dispose()
  const changed = new Set(changes.map(({ path }) => path.replace(/\.new$/, '')))
  const outdated = verdicts.filter(({ path }) => changed.has(path))
  const found = outdated.length > 0 || (args.run.has('strict') && edited.length > 0)
  if (args.run.has('json')) shell.stdout(`${JSON.stringify({ ok: !found, outdated, edited })}\n`)
  else if (!args.run.has('quiet')) {
    const lines = [
      ...outdated.map(({ path, verdict }) => `outdated  ${visible(path)} (${verdict})`),
      ...edited.map((path) => `edited    ${visible(path)}`),
      outdated.length > 0
        ? `An update from ${from} would change ${countOf(outdated.length)}: npm create lambda-model@latest -- update`
        : 'Up to date.',
    ]
    shell.stdout(`${lines.join('\n')}\n`)
  }
  return found ? FOUND : 0
}
