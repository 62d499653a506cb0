// `inspect` of an ONNX file of 1 GB against `node -e 0` plus hashing the same file with node:crypto, interleaved in one
// run. Prints the ratio, asserts nothing.    node bench/inspect.mjs [rounds]
import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const rounds = Number(process.argv[2] ?? 9)
const GIB = 2 ** 30
/** ModelProto's field 7, a message. */
const GRAPH = (7 << 3) | 2
const folder = mkdtempSync(join(tmpdir(), 'bench-inspect-'))
const file = join(folder, 'large.onnx')
const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined }

/** iris.onnx with one more initializer of 1 GB at the end of its graph, which is the last field: a hole in the file. */
function writeLargeModel() {
  const small = readFileSync(join(root, 'templates/demo/iris.onnx'))
  const fields = [...topLevel(small)]
  const graph = fields.find(({ tag }) => tag === GRAPH)
  const others = fields.filter(({ tag }) => tag !== GRAPH).map(({ raw }) => raw)
  const holeHead = Buffer.concat([varint((9 << 3) | 2), varint(GIB)])
  const tensorHead = Buffer.concat([varint((5 << 3) | 2), varint(holeHead.length + GIB), holeHead])
  const size = graph.content.length + tensorHead.length + GIB
  const head = Buffer.concat([...others, varint(GRAPH), varint(size), graph.content, tensorHead])
  const target = openSync(file, 'w')
  writeSync(target, head)
  ftruncateSync(target, head.length + GIB)
  closeSync(target)
}

function* topLevel(message) {
  let at = 0
  const number = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const start = at
    const tag = number()
    const value = number()
    const length = tag % 8 === 2 ? value : 0
    const content = message.subarray(at, at + length)
    at += length
    yield { tag, content, raw: message.subarray(start, at) }
  }
}

function varint(value) {
  const bytes = []
  let left = value
  while (left > 127) {
    bytes.push((left % 128) | 128)
    left = Math.floor(left / 128)
  }
  return Buffer.from([...bytes, left])
}

const hashing = `const h=require('node:crypto').createHash('sha256');require('node:fs').createReadStream(${JSON.stringify(file)},{highWaterMark:1<<20}).on('data',d=>h.update(d)).on('end',()=>h.digest('hex'))`

function milliseconds(...args) {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args[0]}: exit ${status} ${stderr}`)
  return performance.now() - started
}

writeLargeModel()
const times = { inspect: [], floor: [] }
for (let round = 0; round < rounds; round += 1) {
  times.floor.push(milliseconds('-e', hashing))
  times.inspect.push(milliseconds(join(root, 'dist/cli.js'), 'inspect', file, '--json'))
}
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const [inspect, floor] = [median(times.inspect), median(times.floor)]
console.log(`| | ms |\n|---|---|\n| node -e 0 and hashing 1 GB | ${floor.toFixed(0)} |\n| inspect of the same file | ${inspect.toFixed(0)} |\n
${(inspect / floor).toFixed(2)} x (goal: <= 1.3 x), median of ${rounds} rounds`)
rmSync(folder, { recursive: true })
