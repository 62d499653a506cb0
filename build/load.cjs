// Modules of the package lie in one compressed file, dist/code.br: {"name": [start, end], …}, a line end, then their texts.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { compileFunction } = require('node:vm')
const { brotliDecompressSync } = require('node:zlib')

let index
let words
const loaded = {}

/** The text of a member of the archive, which is unpacked when the first is wanted. */
function member(name) {
  if (!words) {
    const archive = brotliDecompressSync(readFileSync(join(__dirname, 'code.br')))
    const first = archive.indexOf(10)
    index = JSON.parse(archive.toString('utf8', 0, first))
    words = archive.subarray(first + 1)
  }
  return words.toString('utf8', ...index[name])
}

/** `require` for modules of the archive and for those beside it. */
function load(path) {
  const name = path.slice(2)
  if (name === 'load.js') return module.exports
  if (loaded[name]) return loaded[name].exports
  if (PLAIN.includes(name)) return require(path)
  const made = { exports: {} }
  loaded[name] = made
  const code = compileFunction(member(name), ['exports', 'require', 'module', '__dirname'], {
    filename: `create-lambda-model/${name}`,
  })
  code(made.exports, (id) => (id.startsWith('./') ? load(id) : require(id)), made, __dirname)
  return made.exports
}

module.exports = { load, member }
