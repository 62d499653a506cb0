import nodeFs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Failure, isFailure } from '../problem.ts'
import type { ProjectFile, ProjectFiles } from './files.ts'

/** The part of node:fs that writing needs; tests hand in one that fails. */
export type FileSystem = Pick<
  typeof nodeFs,
  | 'chmodSync'
  | 'existsSync'
  | 'lstatSync'
  | 'mkdirSync'
  | 'mkdtempSync'
  | 'readFileSync'
  | 'readdirSync'
  | 'renameSync'
  | 'rmdirSync'
  | 'rmSync'
  | 'unlinkSync'
  | 'writeFileSync'
> & { readonly promises: Pick<typeof nodeFs.promises, 'copyFile'> }

export interface WriteRequest {
  /** Absolute. */
  readonly directory: string
  readonly files: ProjectFiles
  readonly fs?: FileSystem
  readonly signal?: AbortSignal
}

/**
 * Writes all files, or none: they are built beside the target and then moved. A file that is there with other
 * content stays, ours comes beside it as `<file>.new`. Returns the paths written.
 */
export async function write({ directory, files, fs = nodeFs, signal }: WriteRequest): Promise<string[]> {
  const undo: (() => void)[] = []
  try {
    const isNew = !fs.existsSync(directory)
    makeFolder(isNew ? dirname(directory) : directory, fs, undo)
    const staging = fs.mkdtempSync(join(isNew ? dirname(directory) : directory, `.${basename(directory)}-`))
    undo.push(() => fs.rmSync(staging, { recursive: true, force: true }))
    const open = leftByUmask(staging, fs)
    for (const file of files.values()) await build(join(staging, file.path), file, open, fs, signal)
    stopIfAborted(signal)
    // From here on nothing waits, so that no signal falls between two files.
    if (isNew) {
      fs.chmodSync(staging, open)
      fs.renameSync(staging, directory)
      return [...files.keys()]
    }
    const written = [...files.keys()].flatMap((path) => settle(staging, directory, path, fs, undo))
    fs.rmSync(staging, { recursive: true, force: true })
    return written
  } catch (error) {
    for (const step of undo.reverse()) step()
    throw isFailure(error) ? error : cannotWrite(directory, error as NodeJS.ErrnoException)
  }
}

/** The rights of a new folder: what the user lets others do with what he makes. A copy has those of its original. */
export function leftByUmask(
  folder: string,
  fs: Pick<FileSystem, 'lstatSync' | 'mkdirSync' | 'rmdirSync'>,
): number {
  const probe = join(folder, '.rights')
  fs.mkdirSync(probe)
  const { mode } = fs.lstatSync(probe)
  fs.rmdirSync(probe)
  return mode & 0o777
}

async function build(
  path: string,
  file: ProjectFile,
  open: number,
  fs: FileSystem,
  signal: AbortSignal | undefined,
) {
  stopIfAborted(signal)
  if (!fs.existsSync(dirname(path))) fs.mkdirSync(dirname(path), { recursive: true })
  const { content } = file
  if (typeof content === 'string' || content instanceof Uint8Array) fs.writeFileSync(path, content)
  else await fs.promises.copyFile(content.copyOf, path)
  fs.chmodSync(path, file.executable ? open : open & 0o666)
}

/** Moves one built file to its place, or beside the different one that is there. */
function settle(
  staging: string,
  directory: string,
  path: string,
  fs: FileSystem,
  undo: (() => void)[],
): string[] {
  refuseLinks(directory, path, fs)
  const built = join(staging, path)
  const place = join(directory, path)
  if (fs.existsSync(place) && fs.readFileSync(place).equals(fs.readFileSync(built))) return []
  const target = fs.existsSync(place) ? `${place}.new` : place
  makeFolder(dirname(target), fs, undo)
  const replaced = fs.existsSync(target) ? fs.readFileSync(target) : null
  fs.renameSync(built, target)
  undo.push(() => (replaced === null ? fs.unlinkSync(target) : fs.writeFileSync(target, replaced)))
  return [target === place ? path : `${path}.new`]
}

/** A link on the way could lead out of the project: nothing is written through it. */
export function refuseLinks(directory: string, path: string, fs: Pick<FileSystem, 'lstatSync'>): void {
  const parts = path.split('/')
  for (let depth = 1; depth < parts.length; depth += 1) {
    const folder = join(directory, ...parts.slice(0, depth))
    if (!fs.lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) continue
    throw new Failure(
      [
        {
          code: 'link-in-the-way',
          option: 'directory',
          value: folder,
          message: `${folder} is a symbolic link: nothing is written through it.`,
          fix: 'Replace it by a folder, or name another directory.',
        },
      ],
      1,
    )
  }
}

/** Makes a folder and what is missing above it; undone, only what was made goes. */
function makeFolder(folder: string, fs: FileSystem, undo: (() => void)[]): void {
  if (fs.existsSync(folder)) return
  makeFolder(dirname(folder), fs, undo)
  fs.mkdirSync(folder)
  undo.push(() => fs.rmdirSync(folder))
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  const message = 'Stopped before anything was written.'
  throw new Failure([{ code: 'interrupted', message, fix: 'Run the command again.' }], 130)
}

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'a folder is where a file should be',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'a file or folder is missing',
}

export function cannotWrite(directory: string, error: NodeJS.ErrnoException): Failure {
  const cause = CAUSES[error.code ?? ''] ?? error.message
  const where = error.path ? ` (${error.path})` : ''
  return new Failure(
    [
      {
        code: 'cannot-write',
        option: 'directory',
        value: directory,
        message: `The project cannot be written to ${directory}: ${cause}${where}.`,
        fix: 'Nothing was left behind. Mend this, or choose another directory, and run the command again.',
      },
    ],
    1,
  )
}
