import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

/** What makes the projects; another build of it is tried with EMITTED_BY=path/to/cli.js. */
export const cli = resolve(root, process.env.EMITTED_BY ?? 'dist/cli.js')

export const models = join(root, 'test/models')

/** Environments of emitted projects, kept from run to run. */
export const environments = join(root, '.cache/environments')

/** The projects of this run; a second run at the same time needs EMITTED_IN=another/folder. */
export const emitted = resolve(root, process.env.EMITTED_IN ?? '.cache/emitted')

export const uv = join(root, '.tools/uv/bin/uv')

/** A Python program that test/tools/install.sh has installed. */
export function tool(name: string): string {
  return join(root, '.tools/venv/bin', name)
}

/** A program of a package of npm that test/tools/install.sh has installed. */
export function nodeTool(name: string, program: string): string {
  return join(root, '.tools/node', name, 'node_modules/.bin', program)
}

/** A Python that has Lambda's runtime client and nothing else. */
export function runtimePython(version: string): string {
  return join(root, '.tools/runtime', version, 'bin/python')
}

/** Runs the runtime client as Lambda does; aws-sam-cli brings it along. */
export const emulator = join(
  root,
  '.tools/venv/lib/python3.13/site-packages/samcli/local/rapid',
  `aws-lambda-rie-${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`,
)
