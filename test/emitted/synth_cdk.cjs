// What `cdk synth` makes of each project, in one process: synth_cdk.cjs FOLDER APP OUT, FOLDER APP OUT, …
// An app synthesises when node has nothing else left to do, and throws when a rule of cdk-nag or of CDK itself is broken.
const { resolve } = require('node:path')

const words = process.argv.slice(2)
const { CONTEXT = '{}' } = process.env
for (let at = 0; at < words.length; at += 3) {
  const [folder, app, out] = words.slice(at, at + 3).map((path) => resolve(path))
  const cwd = process.cwd()
  // As the CDK's command line says it to an app.
  process.env.CDK_OUTDIR = out
  process.env.CDK_CONTEXT_JSON = CONTEXT
  process.chdir(folder)
  require(app)
  process.chdir(cwd)
}
