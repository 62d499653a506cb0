import type { AnswersFile } from './snapshot.ts'

/** How the answers of an older version become those of the next: a renamed question, a split choice. Pure. */
interface Migration {
  /** The first version that writes the new form. */
  readonly since: string
  readonly migrate: (recorded: AnswersFile) => AnswersFile
}

/** Oldest first. */
const MIGRATIONS: readonly Migration[] = []

export function migrate(recorded: AnswersFile, migrations: readonly Migration[] = MIGRATIONS): AnswersFile {
  return migrations
    .filter(({ since }) => isBefore(recorded.generator, since))
    .reduce((answers, step) => step.migrate(answers), recorded)
}

export function isBefore(version: string, other: string): boolean {
  const [a, b] = [numbers(version), numbers(other)]
  const differing = a.findIndex((part, index) => part !== b[index])
  return differing >= 0 && (a[differing] ?? 0) < (b[differing] ?? 0)
}

function numbers(version: string): number[] {
  return version.split(/[.-]/).slice(0, 3).map(Number)
}
