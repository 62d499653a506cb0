import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTwoFilesPatch } from 'diff'
import type { ProjectFiles } from '../project/files.ts'
import { paint } from '../shell.ts'

/** What would change on disk, as a unified diff. */
export function diffOf(directory: string, files: ProjectFiles, colours: boolean): string {
  return [...files.values()]
    .map(({ path, content }) => {
      const place = join(directory, path)
      const before = existsSync(place) ? readFileSync(place, 'utf8') : ''
      return patch(path, before, typeof content === 'string' ? content : null, colours)
    })
    .join('')
}

/** One file's part of a unified diff; `after: null` for what is no text. */
export function patch(path: string, before: string, after: string | null, colours: boolean): string {
  if (after === null) return `Binary file b/${path}\n`
  if (before === after) return ''
  const names = [before === '' ? '/dev/null' : `a/${path}`, after === '' ? '/dev/null' : `b/${path}`] as const
  const { red, green, bold } = paint(colours)
  return createTwoFilesPatch(...names, before, after, '', '')
    .replace(/^=+\n/, '')
    .split('\n')
    .map((line) => {
      if (/^(?:---|\+\+\+) /.test(line)) return bold(line)
      return line.startsWith('+') ? green(line) : line.startsWith('-') ? red(line) : line
    })
    .join('\n')
}
