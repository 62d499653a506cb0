// Writes the pages that are made from the catalogue.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import esbuild from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'docs-'))
const bundle = join(folder, 'reference.mjs')
await esbuild.build({
  entryPoints: [join(root, 'generators/questions/reference.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
})
const { reference, answersSchema } = await import(pathToFileURL(bundle).href)
writeFileSync(join(root, 'docs/reference.md'), reference())
writeFileSync(join(root, 'docs/answers.schema.json'), answersSchema())
rmSync(folder, { recursive: true })
