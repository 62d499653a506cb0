import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { parse } from 'yaml'
import { attempt } from '../run.ts'

/** What expressions in a workflow may ask for, beside `steps`; what is not set is ''. */
export interface Contexts {
  readonly vars: Readonly<Record<string, string>>
  readonly github: { readonly event: { readonly before: string } }
}

interface Step {
  readonly id?: string
  readonly name?: string
  readonly if?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Ran {
  /** `skipped`: the job's own condition does not hold. */
  readonly conclusion: 'success' | 'failure' | 'skipped'
  /** The steps that ran a command. */
  readonly steps: readonly string[]
  readonly output: string
}

/**
 * The job `deploy` of deploy.yml, step by step, as GitHub runs it on Linux: each command by `bash -e`, a step after a
 * failed one only where its condition asks for that. An action (`uses`) is taken to succeed.
 */
export async function runDeploy(
  project: string,
  scratch: string,
  { vars, github }: Contexts,
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const { deploy } = parse(readFileSync(join(project, '.github/workflows/deploy.yml'), 'utf8')).jobs
  const steps: Record<string, { outcome: string }> = {}
  const ran: string[] = []
  let failed = false
  let output = ''
  // GitHub's operators mean the same in JavaScript for texts, and nothing else is compared here.
  const evaluated = (expression: string) =>
    runInNewContext(expression, { vars, github, steps, failure: () => failed })
  const filled = (text: string) => text.replace(/\$\{\{(.*?)\}\}/g, (_, expression) => evaluated(expression))
  if (!evaluated(deploy.if)) return { conclusion: 'skipped', steps: ran, output }

  const kept = join(scratch, 'github-env')
  for (const { id, name, run = '', env: own = {}, if: condition = '!failure()' } of deploy.steps as Step[]) {
    const asked: boolean = evaluated(condition) && (!failed || condition.includes('failure()'))
    let outcome: string = asked ? 'success' : 'skipped'
    if (asked && run !== '') {
      ran.push(name ?? run)
      const script = join(scratch, 'step.sh')
      writeFileSync(script, filled(run))
      const told = Object.entries(own).map(([variable, value]) => [variable, filled(value)])
      const before = existsSync(kept) ? readFileSync(kept, 'utf8').trim().split('\n') : []
      const ended = await attempt('bash', ['-e', script], {
        in: project,
        env: {
          ...env,
          ...Object.fromEntries([...before.map((line) => line.split('=')), ...told]),
          GITHUB_ENV: kept,
        },
      })
      output += `${ended.output}\n`
      if (ended.exitCode !== 0) outcome = 'failure'
    }
    failed ||= outcome === 'failure'
    if (id) steps[id] = { outcome }
  }
  return { conclusion: failed ? 'failure' : 'success', steps: ran, output }
}
