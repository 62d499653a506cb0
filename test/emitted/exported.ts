import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { environmentOf } from './environment.ts'
import { cli, uv } from './places.ts'
import type { Project } from './project.ts'
import { stdoutOf } from './run.ts'

// biome-ignore lint/suspicious/noExplicitAny: what JSON holds
export function described({ folder }: Project): any {
  return JSON.parse(readFileSync(join(folder, 'model/model.json'), 'utf8'))
}

/** What `make export` prints. */
export async function exportFrom(project: Project, env: Record<string, string> = {}): Promise<string> {
  const found = { PATH: `${dirname(uv)}:${process.env.PATH}`, ...env }
  return stdoutOf(await environmentOf(project), ['-m', 'scripts.export_onnx'], {
    in: project.folder,
    env: found,
  })
}

/** Runs the command that it printed. */
export async function switched(project: Project, printed: string): Promise<void> {
  const command = printed.match(/npx create-lambda-model (update .*) && make lock setup test/)?.[1]
  const args = [cli, ...(command ?? '').split(' '), '--allow-dirty']
  expect(await stdoutOf(process.execPath, args, { in: project.folder })).not.toContain('callers')
  expect(described(project).framework.name).toBe('onnx')
  expect(existsSync(join(project.folder, 'model/cases.json'))).toBe(printed.includes('--cases'))
}
