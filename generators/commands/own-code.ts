import nodeFs, { type Stats } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { templates } from '../../build/templates.js'
import { isLibrary } from '../model/pickle-safety.ts'
import type { Problem } from '../problem.ts'
import type { CopiedFile } from '../project/files.ts'
import { allEmittedPaths } from '../project/layers.ts'
import { splitList } from '../questions/parse.ts'
import type { RawValue } from '../questions/value.ts'
import { visible } from '../shell.ts'

/** The user's own packages and modules, as --code names them. */
export interface OwnCode {
  /** As they lie in a project: `shop`, `helpers.py`. */
  readonly names: readonly string[]
  /** By path in the project. */
  readonly files: ReadonlyMap<string, CopiedFile>
  /** In the package, byte code included. */
  readonly bytes: number
  /** The pyproject.toml of each path that is a whole project. */
  readonly projects: readonly string[]
  readonly problems: readonly Problem[]
}

type FileSystem = Pick<typeof nodeFs, 'lstatSync' | 'readdirSync' | 'realpathSync' | 'statSync'>

const MOST_FILES = 5_000
const MOST_MIB = 512

/** Reads what a list of paths holds; nothing of it is imported. Every problem is told, one for each path. */
export function readOwnCode(
  given: ReadonlyMap<string, RawValue>,
  cwd: string,
  fs: FileSystem = nodeFs,
): OwnCode {
  const value = given.get('code')?.value ?? []
  const paths = typeof value === 'string' ? splitList(value) : Array.isArray(value) ? value.map(String) : []
  const names: string[] = []
  const files = new Map<string, CopiedFile>()
  const projects: string[] = []
  const problems: Problem[] = []
  let bytes = 0
  for (const path of paths) {
    try {
      const places = topLevel(resolve(cwd, path), fs)
      const project = join(resolve(cwd, path), 'pyproject.toml')
      if (places[0] !== resolve(cwd, path) && fs.statSync(project, { throwIfNoEntry: false })?.isFile())
        projects.push(project)
      for (const place of places) {
        const name = basename(place)
        const wrong = wrongName(name) ?? (names.includes(name) ? `two paths are called ${name}` : null)
        if (wrong) throw new Refused(wrong)
        names.push(name)
        const before = files.size
        for (const file of filesOf(place, fs)) {
          files.set(file.path, { copyOf: file.source })
          bytes += file.bytes * (file.path.endsWith('.py') ? 2 : 1)
          if (files.size > MOST_FILES) throw new Refused(`it holds more than ${MOST_FILES} files`, NARROWER)
          if (bytes > MOST_MIB * 2 ** 20) throw new Refused(`it holds more than ${MOST_MIB} MiB`, NARROWER)
        }
        const own = [...files.keys()].slice(before)
        if (!own.some((file) => /\.(?:py|so|pyd)$/.test(file))) throw new Refused('there is no Python in it')
      }
    } catch (error) {
      problems.push(problemWith(path, error as Error))
    }
  }
  return { names, files, bytes, projects, problems }
}

const NARROWER = 'Name the packages that the model needs, not a folder around them.'

class Refused extends Error {
  readonly fix: string
  constructor(message: string, fix = 'Name a folder with a Python package, or a .py file.') {
    super(message)
    this.fix = fix
  }
}

function problemWith(value: string, error: Error): Problem {
  const { code } = error as NodeJS.ErrnoException
  const reason = code === 'ENOENT' ? 'there is no such file or folder' : visible(error.message)
  return {
    code: 'bad-code',
    option: '--code',
    value,
    message: `--code ${visible(value)} cannot be brought along: ${reason}.`,
    fix: error instanceof Refused ? error.fix : 'Check the path.',
  }
}

/** A package or module is itself; of a project, its packages: below src/, or beside its pyproject.toml. */
function topLevel(place: string, fs: FileSystem): string[] {
  const namesIn = (path: string): string[] =>
    fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ? fs.readdirSync(path) : []
  fs.statSync(place)
  const here = namesIn(place)
  const isProject = here.includes('pyproject.toml') || here.includes('setup.py')
  if (!isProject || here.includes('__init__.py')) return [place]
  const found = [join(place, 'src'), place].map((folder) =>
    namesIn(folder)
      .filter((name) => !AROUND.has(name) && !isLeftOut(name))
      .map((name) => join(folder, name))
      .filter((path) => namesIn(path).includes('__init__.py'))
      .sort(),
  )
  const packages = found.find((some) => some.length > 0)
  if (!packages) {
    throw new Refused('it is a project without a package: no folder in it or in its src/ has an __init__.py')
  }
  return packages
}

/** Of a project, what is no part of what it does. */
const AROUND = new Set(['tests', 'test', 'docs', 'examples', 'scripts', 'notebooks'])

const KEYWORDS =
  /^(False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)$/

/** Folders and modules of a project stand where the user's own will stand, whatever its answers are. */
const TAKEN = new Set([
  ...allEmittedPaths(templates).map((path) => (path.split('/')[0] ?? '').replace(/\.py$/, '')),
  ...['assets', 'build', 'dist', 'infra', 'main', 'model', 'terraform', 'venv'],
])

function wrongName(name: string): string | null {
  const module = name.replace(/\.py$/, '')
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(module) || KEYWORDS.test(module))
    return `${JSON.stringify(name)} is no name that Python can import`
  if (TAKEN.has(module.toLowerCase())) return `${name} has the name of a folder or module of every project`
  return isLibrary(module) ? `${name} has the name of a library, which it would hide` : null
}

interface Found {
  /** In the project. */
  readonly path: string
  readonly source: string
  readonly bytes: number
}

/** One after the other, so that a whole disk is not read before somebody counts. */
function* filesOf(place: string, fs: FileSystem): Generator<Found> {
  // The path itself may be a link: it was named.
  const root = fs.realpathSync(place)
  const top = dirname(place)
  const open = [place]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const stat = at === place ? fs.statSync(at) : fs.lstatSync(at)
    const path = relative(top, at).split(sep).join('/')
    if (path !== basename(place) && !isPlain(basename(at)))
      throw new Refused(`${JSON.stringify(path)} is no name for a file of a project`)
    if (stat.isDirectory()) {
      const names = fs.readdirSync(at)
      // A virtual environment.
      if (names.includes('pyvenv.cfg')) continue
      const folder = at
      open.push(...names.filter((name) => !isLeftOut(name)).map((name) => join(folder, name)))
    } else yield { path, ...contentOf(at, path, stat, root, fs) }
  }
}

function contentOf(
  at: string,
  path: string,
  stat: Stats,
  root: string,
  fs: FileSystem,
): Pick<Found, 'source' | 'bytes'> {
  const source = fs.realpathSync(at)
  const target = stat.isSymbolicLink() ? fs.statSync(source) : stat
  if (source !== root && !source.startsWith(root + sep))
    throw new Refused(`${path} is a link to ${source}, which lies elsewhere`, 'Put the file itself there.')
  if (!target.isFile())
    throw new Refused(`${path} is ${stat.isSymbolicLink() ? 'a link to a folder' : 'not a plain file'}`)
  return { source, bytes: target.size }
}

/** Written by tools and made anew, hidden (`.git`, `.env`, `.venv`), or no part of what is imported. */
function isLeftOut(name: string): boolean {
  return (
    name.startsWith('.') ||
    /^(?:__pycache__|node_modules)$|\.(?:py[co]|egg-info|dist-info|swp)$|~$/.test(name)
  )
}

function isPlain(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return !/[\u0000-\u001f\u007f\ufffd\\:*?"<>|]|[. ]$/.test(name)
}

/** Does it hold `shop.features`, be it a module, a package or a compiled one? */
export function holdsModule({ files }: Pick<OwnCode, 'files'>, module: string): boolean {
  const path = module.replaceAll('.', '/')
  return [...files.keys()].some(
    (file) =>
      file === `${path}.py` || file === `${path}/__init__.py` || /^\.[\w-]+\.so$/.test(after(file, path)),
  )
}

function after(file: string, path: string): string {
  return file.startsWith(path) ? file.slice(path.length) : ''
}
