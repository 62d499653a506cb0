// TypeScript -> CommonJS chunks in dist/, one for each dynamic import, so that `--help` loads no prompt and no SDK.
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'
import { compileTemplates } from './compile-templates.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))

/** esbuild splits only ES modules: a local dynamic import becomes a require of a chunk that is built on its own. */
function lazyChunks(found) {
  return {
    name: 'lazy-chunks',
    setup(build) {
      build.onResolve({ filter: /./ }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import' || !path.startsWith('.')) return undefined
        const source = resolve(resolveDir, path)
        const name = chunkName(source)
        found.set(name, source)
        return { path: `./${name}.js`, external: true }
      })
    },
  }
}

function chunkName(source) {
  const name = basename(source).replace(/\.[jt]s$/, '')
  return `${basename(dirname(source))}-${name}`
}

/** Tests of the package build into a folder of their own, so that nobody's dist/ changes under them. */
export async function build(dist = resolve(root, 'dist')) {
  rmSync(dist, { recursive: true, force: true })
  compileTemplates()
  const chunks = new Map([['cli', resolve(root, 'generators/cli.ts')]])
  const done = new Set()
  const results = []
  while (done.size < chunks.size) {
    for (const [name, source] of [...chunks]) {
      if (done.has(name)) continue
      done.add(name)
      results.push(
        await esbuild.build({
          entryPoints: { [name]: source },
          outdir: dist,
          bundle: true,
          platform: 'node',
          target: 'node20.19',
          format: 'cjs',
          minify: true,
          keepNames: false,
          metafile: true,
          legalComments: 'none',
          mainFields: ['module', 'main'],
          conditions: ['import', 'node'],
          logLevel: 'warning',
          plugins: [lazyChunks(chunks)],
        }),
      )
    }
  }
  // The package itself is a module for its own TypeScript; what is built is not.
  writeFileSync(resolve(dist, 'package.json'), '{ "type": "commonjs" }\n')
  chmodSync(resolve(dist, 'cli.js'), 0o755)
  return results
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
