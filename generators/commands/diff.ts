import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import type { ProjectFiles } from '../project/files.ts'
import { paint } from '../shell.ts'

/** What would change on disk, as a unified diff. */
export async function diffOf(directory: string, files: ProjectFiles, colours: boolean): Promise<string> {
  const { red, green, bold } = paint(colours)
  const patches = [...files.values()].map(({ path, content }) => {
    if (typeof content !== 'string') return `Binary file b/${path}\n`
    const place = join(directory, path)
    const before = existsSync(place) ? readFileSync(place, 'utf8') : ''
    if (before === content) return ''
    const names = [before === '' ? '/dev/null' : `a/${path}`, `b/${path}`] as const
    return createTwoFilesPatch(...names, before, content, '', '').replace(/^=+\n/, '')
  })
  return patches
    .join('')
    .split('\n')
    .map((line) => {
      if (/^(?:---|\+\+\+) /.test(line)) return bold(line)
      return line.startsWith('+') ? green(line) : line.startsWith('-') ? red(line) : line
    })
    .join('\n')
}
