// TypeScript -> CommonJS modules: each dynamic import is loaded late, so that `--help` loads no prompt and no SDK.
// What `--help` and `--version` need are files of dist/; all else lies in dist/code.br, which dist/load.js reads.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import esbuild from 'esbuild'
import { compileTemplates } from './compile-templates.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Tests of the package build into a folder of their own, so that nobody's dist/ changes under them. */
export async function build(dist = resolve(root, 'dist')) {
  const texts = compileTemplates()
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: {
      cli: resolve(root, 'generators/cli.ts'),
      app: resolve(root, 'generators/app/index.ts'),
      update: resolve(root, 'generators/update/index.ts'),
    },
    external: ['yeoman-generator'],
    // Its module holds the writer of YAML, too, which nothing here calls.
    alias: { 'js-yaml': resolve(root, 'build/yaml-loader.cjs') },
    outdir: dist,
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    minify: true,
    metafile: true,
    write: false,
    legalComments: 'none',
    mainFields: ['module', 'main'],
    conditions: ['import', 'node'],
    logLevel: 'warning',
    plugins: [onlyTheVersion, helpAsText, textsBeside],
  })
  // Built beside dist/ and then moved, so that whoever runs it meanwhile finds it whole.
  const fresh = `${dist}-${process.pid}`
  mkdirSync(fresh, { recursive: true })
  const write = (name, content) => writeFileSync(resolve(fresh, name), content)
  const shortly = shortNames(outputFiles.map(({ path }) => basename(path)))
  const built = new Map(outputFiles.map(({ path, text }) => [shortly(basename(path)), shortly(text)]))
  const plain = new Set(neededAtOnce(metafile.outputs).map(shortly))
  const archived = new Map([['texts', texts.join('\0')]])
  for (const [name, code] of built) {
    // Yeoman's own library is a module, and so is what extends it.
    if (name === 'app.js' || name === 'update.js') write(name.replace('.js', '.mjs'), asYeomanModule(code))
    else if (plain.has(name)) write(name, lateThroughLoader(asCommonJs(code), plain))
    else archived.set(name, asCommonJs(code))
  }
  const loader = readFileSync(resolve(root, 'build/load.cjs'), 'utf8')
  write('load.js', asCommonJs(loader.replace('PLAIN', JSON.stringify([...plain]))))
  write('code.br', packed(archived))
  // The package itself is a module for its own TypeScript; what is built is not.
  write('package.json', '{ "type": "commonjs" }\n')
  chmodSync(resolve(fresh, 'cli.js'), 0o755)
  rmSync(dist, { recursive: true, force: true })
  renameSync(fresh, dist)
  return metafile
}

/** A hash in a file's name is eight random letters wherever the file is named, which no compression makes smaller. */
function shortNames(names) {
  const hashed = names.filter((name) => HASHED.test(name)).sort()
  const short = new Map(hashed.map((name, index) => [name, `${index.toString(36)}.js`]))
  return (text) => text.replaceAll(new RegExp(HASHED, 'g'), (name) => short.get(name) ?? name)
}

const HASHED = /[\w-]+-[A-Z0-9]{8}\.js/

/** The start, `--help` and `--version` stay files: to unpack the archive takes longer than they run. */
const AT_ONCE = ['generators/cli.ts', 'generators/commands/help.ts', 'generators/version.ts']

function neededAtOnce(outputs) {
  const needed = new Set()
  const add = (path) => {
    if (needed.has(path)) return
    needed.add(path)
    for (const { path: imported, kind, external } of outputs[path].imports)
      if (kind === 'import-statement' && !external) add(imported)
  }
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (AT_ONCE.includes(entryPoint)) add(path)
  return [...needed].map((path) => basename(path))
}

/** In the files beside it, what lies in the archive comes through the loader. */
function lateThroughLoader(code, plain) {
  return code.replaceAll(/require\("(\.\/[^"]+)"\)/g, (whole, path) =>
    plain.has(path.slice(2)) ? whole : `require("./load.js").load("${path}")`,
  )
}

/** A module's imports of ours become calls of the loader; those without a name only tell an order, which `require` keeps. */
function asYeomanModule(code) {
  const imports = /import(?:\{([^}]*)\}from)?"(\.\/[^"]+)";/g
  const calls = code.replaceAll(imports, (_, names, path) =>
    names ? `const{${names.replaceAll(' as ', ':')}}=loader.load("${path}");` : '',
  )
  return `import loader from"./load.js";${calls}`
}

/** Brotli looks back over everything, where the tarball's gzip sees 32 kB: docs/decisions/one-archive.md. */
function packed(members) {
  let end = 0
  const index = [...members].map(([name, text]) => {
    const start = end
    end += Buffer.byteLength(text)
    return [name, [start, end]]
  })
  const archive = Buffer.from(
    `${JSON.stringify(Object.fromEntries(index))}\n${[...members.values()].join('')}`,
  )
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_SIZE_HINT } = constants
  const params = { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_SIZE_HINT]: archive.length }
  return brotliCompressSync(archive, { params })
}

/** The words of the templates are a member of the archive. */
const textsBeside = {
  name: 'texts-beside',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\.\/load\.js$/ }, () => ({ path: './load.js', external: true }))
    onLoad({ filter: /build[\\/]template-texts\.js$/ }, () => ({
      contents: `import { member } from './load.js'\nexport const texts = member('texts').split('\\0')`,
      loader: 'js',
    }))
  },
}

/** Of our own manifest nothing but the version is wanted, in every start of the command line. */
const onlyTheVersion = {
  name: 'only-the-version',
  setup({ onLoad }) {
    const manifest = resolve(root, 'package.json')
    onLoad({ filter: /package\.json$/ }, ({ path }) => {
      if (path !== manifest) return undefined
      const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
      return { contents: JSON.stringify({ version }), loader: 'json' }
    })
  },
}

/** The help is told from the question catalogue here, once, so that `--help` need not load all of it. */
const helpAsText = {
  name: 'help-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /commands[\\/]help\.ts$/ }, async ({ path }) => {
      const { outputFiles } = await esbuild.build({
        entryPoints: [path],
        bundle: true,
        platform: 'node',
        format: 'cjs',
        write: false,
      })
      const module = { exports: {} }
      new Function('module', 'exports', 'require', outputFiles[0].text)(
        module,
        module.exports,
        createRequire(path),
      )
      return { contents: `export const help = () => ${JSON.stringify(module.exports.help())}`, loader: 'js' }
    })
  },
}

/** esbuild shares code among chunks as modules only; node starts faster on CommonJS. A dynamic import becomes a late require. */
function asCommonJs(code) {
  return esbuild.transformSync(code, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    supported: { 'dynamic-import': false },
    // Names are short already; that what esbuild puts before each chunk stays the same text makes the tarball smaller.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
  }).code
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
