import { readFileSync } from 'node:fs'
import type { StoredFile } from './object-store.ts'

/** A working ONNX with one more initializer of `weights` zero bytes in the middle of its graph, made as it is read. */
export function bigOnnx(weights: number): StoredFile {
  const small = readFileSync(new URL('../models/iris-plain.onnx', import.meta.url))
  const fields = fieldsOf(small)
  const graphs = fields.filter(({ number }) => number === 7)
  const graph = graphs[0]
  if (graph === undefined) throw new Error('no graph')
  const parts = fieldsOf(graph.content)
  const half = Math.floor(parts.length / 2)
  const [before, after] = [parts.slice(0, half), parts.slice(half)].map((some) =>
    Buffer.concat(some.map(({ raw }) => raw)),
  )
  if (before === undefined || after === undefined) throw new Error('no parts')

  // TensorProto: dims, data_type FLOAT, name, raw_data
  const head = Buffer.concat([
    Buffer.from([0x08, ...varint(weights / 4), 0x10, 1]),
    lengthDelimited(8, Buffer.from('weights')),
    Buffer.from([(9 << 3) | 2, ...varint(weights)]),
  ])
  const tensor = Buffer.concat([Buffer.from([(5 << 3) | 2, ...varint(head.length + weights)]), head])
  const graphHead = Buffer.from([
    (7 << 3) | 2,
    ...varint(before.length + tensor.length + weights + after.length),
  ])
  const others = Buffer.concat(fields.filter(({ number }) => number !== 7).map(({ raw }) => raw))

  const start = Buffer.concat([others, graphHead, before, tensor])
  const bytes = start.length + weights + after.length
  return {
    bytes,
    read(from, to) {
      const chunk = Buffer.alloc(to - from)
      if (from < start.length) start.copy(chunk, 0, from, Math.min(to, start.length))
      const end = bytes - after.length
      if (to > end) after.copy(chunk, Math.max(0, end - from), Math.max(0, from - end), to - end)
      return chunk
    },
  }
}

interface Field {
  readonly number: number
  readonly raw: Buffer
  readonly content: Buffer
}

function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const read = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const from = at
    const tag = read()
    const length = (tag & 7) === 2 ? read() : 0
    if ((tag & 7) === 0) read()
    const start = at
    at += length
    fields.push({ number: tag >> 3, raw: message.subarray(from, at), content: message.subarray(start, at) })
  }
  return fields
}

function lengthDelimited(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), content])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return [...bytes, rest]
}
