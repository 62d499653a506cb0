import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { emitted, root } from './places.ts'
import type { Project } from './project.ts'
import { attempt, run } from './run.ts'

/** Terraform with the provider for AWS at hand: it is set up once, and lent to every project. */
export interface Terraform {
  /** What a project's `terraform` folder needs beside its own files. */
  readonly lend: (project: Project) => string
  readonly env: Readonly<Record<string, string>>
}

const data = join(root, '.cache/terraform')

/** `null`: this machine has no Terraform, or neither the provider nor a way to it; which one is printed. */
export async function terraformHere(): Promise<Terraform | null> {
  const { exitCode } = await attempt('terraform', ['version'], { env: CALM })
  if (exitCode !== 0) return skipped('terraform is not installed')
  const probe = join(emitted, 'terraform-provider')
  mkdirSync(probe, { recursive: true })
  writeFileSync(
    join(probe, 'main.tf'),
    'terraform {\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n      version = "~> 5.100"\n    }\n  }\n}\n',
  )
  for (const config of [undefined, ...mirrors().map((mirror) => configFor(mirror, probe))]) {
    const env = { ...CALM, TF_DATA_DIR: data, ...(config && { TF_CLI_CONFIG_FILE: config }) }
    const tried = await attempt('terraform', ['init', '-input=false'], { in: probe, env, seconds: 240 })
    if (tried.exitCode === 0) return { lend: (project) => lend(project, probe), env }
  }
  return skipped('its provider for AWS is neither on this machine nor to be fetched')
}

const CALM = { TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1', TF_CLI_ARGS: '-no-color' }

function skipped(why: string): null {
  console.warn(`Terraform's part was skipped: ${why}.`)
  return null
}

/** Folders that are laid out as a mirror of providers, where such folders are usually put. */
function mirrors(): string[] {
  const places = ['/opt', '/usr/share', '/usr/local/share', join(homedir(), '.local/share'), homedir()]
  return places
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => join(place, name)))
    .filter((folder) => existsSync(join(folder, 'registry.terraform.io/hashicorp/aws')))
}

function configFor(mirror: string, probe: string): string {
  const file = join(probe, 'mirror.tfrc')
  writeFileSync(
    file,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  )
  return file
}

function lend({ folder }: Project, probe: string): string {
  const terraform = join(folder, 'terraform')
  copyFileSync(join(probe, '.terraform.lock.hcl'), join(terraform, '.terraform.lock.hcl'))
  return terraform
}

/** The state that `terraform test` comes to in its run `production`, of a provider that makes nothing. */
export async function madeUp(project: Project, terraform: Terraform): Promise<State> {
  const folder = terraform.lend(project)
  const lines = await run('terraform', ['test', '-json', '-verbose'], { in: folder, env: terraform.env })
  const messages = lines.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
  const summary = messages.find(({ type }) => type === 'test_summary').test_summary
  if (summary.status !== 'pass' || summary.passed < 4) throw new Error(lines)
  return messages.find(({ type }) => type === 'test_state').test_state
}

export interface State {
  readonly root_module: { readonly resources: readonly StateResource[] }
  readonly outputs: Readonly<Record<string, { readonly value: unknown }>>
}

export interface StateResource {
  readonly type: string
  readonly name: string
  readonly address: string
  // biome-ignore lint/suspicious/noExplicitAny: each type of resource has its own attributes
  readonly values: Readonly<Record<string, any>>
}

/** What Terraform keeps beside a state, for one project alone: it remembers where that state lies. */
export function ownData(name: string): string {
  const folder = join(emitted, name)
  rmSync(folder, { recursive: true, force: true })
  cpSync(data, folder, { recursive: true })
  return folder
}
