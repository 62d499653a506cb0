// Preloaded: each file takes as long as on a slow disk, so that a signal falls between two of them.
const fs = require('node:fs')
const { writeFileSync } = fs
fs.writeFileSync = (...args) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
  return writeFileSync(...args)
}
