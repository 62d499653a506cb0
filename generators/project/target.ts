import nodeFs from 'node:fs'
import { join } from 'node:path'
import type { Problem } from '../problem.ts'
import { cannotWrite } from './write.ts'

/** What may already be there: a fresh repository on a forge has these. */
const WELCOME = new Set(['.git', 'LICENSE', 'README.md'])
const SHOWN = 5

/** Why a project cannot be made in `directory`: `null` when it can. Throws Failure where that cannot be seen. */
export function refuseToOverwrite(directory: string, force: boolean, fs = nodeFs): Problem | null {
  try {
    return whatIsThere(directory, force, fs)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTDIR') throw cannotWrite(directory, error as NodeJS.ErrnoException)
    const message = `${directory} cannot be a directory: a part of the path is a file.`
    return { ...about(directory), code: 'not-a-directory', message, fix: 'Name another directory.' }
  }
}

function about(directory: string) {
  return { option: 'directory', value: directory }
}

function whatIsThere(directory: string, force: boolean, fs: typeof nodeFs): Problem | null {
  const problem = about(directory)
  const stat = fs.statSync(directory, { throwIfNoEntry: false })
  if (!stat) return null
  if (!stat.isDirectory()) {
    const message = `${directory} is a file, not a directory.`
    return { ...problem, code: 'not-a-directory', message, fix: 'Name another directory.' }
  }
  const inTheWay = fs.readdirSync(directory).filter((entry) => !WELCOME.has(entry))
  if (force || inTheWay.length === 0) return null
  const shown = inTheWay
    .slice(0, SHOWN)
    .map((entry) => (isFolder(directory, entry, fs) ? `${entry}/` : entry))
  const more = inTheWay.length > SHOWN ? ` and ${inTheWay.length - SHOWN} more` : ''
  return {
    ...problem,
    code: 'directory-not-empty',
    message: `${directory} is not empty: ${shown.join(', ')}${more}.`,
    fix: 'Name another directory, or give --force: files that differ stay, ours come beside them as <file>.new.',
  }
}

function isFolder(directory: string, entry: string, fs: typeof nodeFs): boolean {
  return fs.statSync(join(directory, entry), { throwIfNoEntry: false })?.isDirectory() ?? false
}
