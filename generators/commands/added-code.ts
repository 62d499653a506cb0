import { existsSync, lstatSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Change, Verdict } from '../project/merge.ts'
import type { AnswersFile } from '../project/snapshot.ts'
import type { RawValue } from '../questions/value.ts'
import { sha256At } from './model-file.ts'
import type { Replaced } from './model-replacement.ts'
import { type OwnCode, readOwnCode } from './own-code.ts'

export interface CodeNow extends OwnCode {
  /** By path in the project, what --code names now. */
  readonly named: OwnCode['files']
}

/** The user's own code that the project goes on with: what lies in it, and what is named now. */
export function codeOf(
  given: Map<string, RawValue>,
  { answers }: Pick<AnswersFile, 'answers'>,
  directory: string,
  cwd: string,
): CodeNow {
  const there = (answers.code ?? []).filter((name) => existsSync(join(directory, name)))
  const inProject = there.map((name) => join(directory, name))
  const present = readOwnCode(new Map([['code', { value: inProject, origin: 'answers file' as const }]]), cwd)
  const named = readOwnCode(given, cwd)
  const names = [...new Set([...there, ...named.names])]
  if (names.length > 0) given.set('code', { value: names, origin: 'answers file' })
  return {
    names,
    files: new Map([...named.files, ...present.files]),
    bytes: present.bytes + named.bytes,
    projects: named.projects,
    problems: named.problems,
    named: named.files,
  }
}

/** Once written, the user's own code is changed in the project: files that are missing there are added, none is replaced. */
export function addedCode(directory: string, { named }: CodeNow): Replaced {
  const verdicts: Verdict[] = []
  const changes: Change[] = []
  for (const [path, { copyOf }] of named) {
    const place = join(directory, path)
    const there = lstatSync(place, { throwIfNoEntry: false })
    if (!there) {
      verdicts.push({ path, verdict: 'added' })
      changes.push({ path, content: { copyOf }, executable: false })
    } else if (copyOf !== realpathSync(place) && sha256At(copyOf) !== sha256At(place)) {
      verdicts.push({ path, verdict: 'kept' })
    }
  }
  return { verdicts, changes, warnings: [] }
}
