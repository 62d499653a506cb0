// TypeScript -> CommonJS chunks in dist/: each dynamic import is loaded late, so that `--help` loads no prompt and no SDK.
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
  const shortly = shortNames(outputFiles.map(({ path }) => basename(path)))
  for (const { path, text } of outputFiles) {
    const name = shortly(basename(path))
    // Yeoman's own library is a module, and so is what extends it.
    if (['app.js', 'update.js'].includes(name))
      writeFileSync(resolve(fresh, name.replace('.js', '.mjs')), shortly(text))
    else writeFileSync(resolve(fresh, name), asCommonJs(shortly(text)))
  }
  writeFileSync(resolve(fresh, TEXTS), compressed(texts.join('\0')))
  // The package itself is a module for its own TypeScript; what is built is not.
  writeFileSync(resolve(fresh, 'package.json'), '{ "type": "commonjs" }\n')
  chmodSync(resolve(fresh, 'cli.js'), 0o755)
  rmSync(dist, { recursive: true, force: true })
  renameSync(fresh, dist)
  return metafile
}

/** A hash in a file's name is eight random letters wherever the file is named, which no compression makes smaller. */
function shortNames(names) {
  const hashed = names.filter((name) => /-[A-Z0-9]{8}\.js$/.test(name)).sort()
  const short = new Map(hashed.map((name, index) => [name, `${index.toString(36)}.js`]))
  return (text) => text.replaceAll(/[\w-]+-[A-Z0-9]{8}\.js/g, (name) => short.get(name) ?? name)
}

const TEXTS = 'template-texts.br'

/** Brotli looks back over all layers, where the tarball's gzip sees 32 kB: a fifth less of what the package weighs most of. */
function compressed(text) {
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_SIZE_HINT } = constants
  const params = { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_SIZE_HINT]: text.length }
  return brotliCompressSync(text, { params })
}

/** The templates' words are read from a file beside the chunks, which are CommonJS by then. */
const textsBeside = {
  name: 'texts-beside',
  setup({ onLoad }) {
    onLoad({ filter: /build[\\/]template-texts\.js$/ }, () => ({
      contents: `import { readFileSync } from 'node:fs'
        import { join } from 'node:path'
        import { brotliDecompressSync } from 'node:zlib'
        export const texts = brotliDecompressSync(readFileSync(join(__dirname, '${TEXTS}'))).toString().split('\\0')`,
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
