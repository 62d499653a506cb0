import { expect } from 'vitest'
import { findingsIn } from './actionlint.ts'
import { tool } from './places.ts'
import { emittedFiles, type Project } from './project.ts'
import { run } from './run.ts'

/** What lies beside the tool's own files: the role that deploys, workflows, scripts. Every linter gets all projects at once. */
export async function lintBeside(projects: readonly Project[]): Promise<void> {
  const all = (ending: string) => projects.flatMap((project) => emittedFiles(project, ending))
  await run(tool('cfn-lint'), ['--', ...all('deploy-role.yaml')])
  // But for this one: the rules are the project's own .yamllint.
  for (const { folder } of projects) await run(tool('yamllint'), ['--strict', '.'], { in: folder })
  await run(tool('shellcheck'), all('.sh'))
  await run(tool('zizmor'), ['--offline', '--quiet', ...projects.map(({ folder }) => `${folder}/.github`)])
  const workflows = all('.yml').filter((file) => file.includes('/.github/workflows/'))
  expect(workflows.length).toBeGreaterThan(projects.length)
  expect(await findingsIn(workflows)).toEqual([])
}
