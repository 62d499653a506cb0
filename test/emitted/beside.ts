import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { findingsIn } from './actionlint.ts'
import { tool, uv } from './places.ts'
import { emittedFiles, type Project } from './project.ts'
import { run } from './run.ts'

/**
 * What lies beside the tool's own files: the role that deploys, workflows, scripts. Every linter gets all projects at once,
 * and one of the files that hold the same.
 */
export async function lintBeside(projects: readonly Project[]): Promise<void> {
  const all = (ending: string) => {
    const files = projects.flatMap((project) => emittedFiles(project, ending))
    return [...new Map(files.map((file) => [readFileSync(file, 'utf8'), file])).values()]
  }
  await run(tool('cfn-lint'), ['--', ...all('deploy-role.yaml')])
  const [rules = '', ...others] = all('.yamllint')
  expect(others).toEqual([])
  await run(tool('yamllint'), ['--strict', '--config-file', rules, ...all('.yml'), ...all('.yaml')])
  await run(tool('shellcheck'), all('.sh'))
  await run(tool('zizmor'), ['--offline', '--quiet', ...projects.map(({ folder }) => `${folder}/.github`)])
  const workflows = all('.yml').filter((file) => file.includes('/.github/workflows/'))
  expect(workflows.length).toBeGreaterThan(2)
  expect(await findingsIn(workflows)).toEqual([])
}

/** Only in `npm run verify:full`: it takes its time to be fetched and to start. `what`: `-d FOLDER`, or `-f FILE…`. */
export async function checkov(...what: readonly string[]): Promise<void> {
  const config = join(import.meta.dirname, 'checkov.yaml')
  const program = ['--from', 'checkov==3.3.30', 'checkov', '--config-file', config]
  // In a folder whose .python-version names one, uv finds a Python of pyenv's.
  const where = { in: join(import.meta.dirname, '../tools'), seconds: 900 }
  const found = await run(uv, ['tool', 'run', '--quiet', '--python', '3.13', ...program, ...what], where)
  expect(found).toMatch(/Passed checks: [1-9]/)
  expect(found).not.toMatch(/Failed checks: [1-9]/)
}
