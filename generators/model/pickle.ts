import { Cursor, LONGEST_PIECE } from './cursor.ts'
import { scalarOf } from './numpy.ts'
import type { ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

/**
 * A symbolic walk over a pickle's opcodes, with a stack of inert nodes. A global is a name, a call is a node that
 * says which name would be called with what: nothing is looked up, imported or called.
 *
 * Arrays and long texts are left where they are, as a place in the source.
 */
export type Value = null | boolean | number | bigint | string | PickleNode
export type PickleNode = Global | List | Dict | Call | Piece | ArrayNode | Other

export interface Global {
  readonly kind: 'global'
  /** Module and name, as one dotted name. */
  readonly name: string
}

export interface List {
  readonly kind: 'list' | 'tuple' | 'set'
  readonly items: Value[]
}

export interface Dict {
  readonly kind: 'dict'
  /** Key, value, key, value, … */
  readonly entries: Value[]
}

/** An object to be: what would be called, with which arguments, and the state that it would be given. */
export interface Call {
  readonly kind: 'call'
  readonly name: string
  readonly args: Value
  state: Value | undefined
  /** What is appended to it, or set in it, after it was made. */
  items: Value[] | undefined
  entries: Value[] | undefined
}

/** Bytes, or a text too long to be a name: where they stand, and they themselves if they are short. */
export interface Piece {
  readonly kind: 'bytes' | 'text'
  readonly at: number
  readonly length: number
  data: Buffer | null
}

/** A joblib array, whose bytes stand inline after its wrapper, or whose values are a pickle of their own. */
export interface ArrayNode {
  readonly kind: 'array'
  readonly dtype: Value | undefined
  readonly shape: readonly number[]
  readonly at: number
  readonly length: number
  data: Buffer | null
  readonly objects: Value
}

export interface Other {
  readonly kind: 'persistent' | 'extension' | 'buffer'
  readonly id: Value
}

export interface Pickle {
  readonly root: Value
  /** Every name that loading the file would import. */
  readonly globals: ReadonlySet<string>
  /** A name that is put together while loading, or a call of what a call returned: only an attack does so. */
  readonly hidesItsCalls: boolean
}

const MOST_OPCODES = 5_000_000
/** Keeps the walk below 300 MB: a hostile file of 5 MB could ask for 5 million lists. */
const MOST_NODES = 1_250_000
const MOST_TEXTS = 2_500_000
const MOST_KEPT_BYTES = 48 << 20
/** Longer texts stay in the file: the model of a LightGBM wrapper is one. */
const LONGEST_NAME = 1 << 16
/** Longer bytes and arrays stay in the file, but for those that a signature is made of. */
const LONGEST_KEPT = 1 << 12
const LONGEST_WANTED = 1 << 20
const MOST_WANTED_BYTES = 16 << 20
const MOST_WANTED = 2_000
const WANTED_KEYS = new Set<unknown>([
  'classes_',
  '_classes',
  'feature_names_in_',
  'categories_',
  'statistics_',
])
const LONGEST_LINE = LONGEST_PIECE
const LARGEST_MEMO_STEP = 1_000
const JOBLIB_ARRAY = 'joblib.numpy_pickle.NumpyArrayWrapper'

export async function walk(source: ModelSource, start = 0): Promise<Pickle> {
  const walker = new Walker(new Cursor(source, start))
  const root = await walker.one(true)
  await fetchWanted(source, walker.wanted)
  return { root, globals: walker.globals, hidesItsCalls: walker.hidesItsCalls }
}

/** The labels of ten thousand classes, and what else is too long to be kept of every array. */
async function fetchWanted(source: ModelSource, wanted: readonly Value[]): Promise<void> {
  let total = 0
  for (const piece of wanted.flatMap(piecesOf)) {
    if (piece.data !== null || piece.length === 0 || piece.length > LONGEST_WANTED) continue
    total += piece.length
    if (total > MOST_WANTED_BYTES) return
    piece.data = await source.read(piece.at, piece.length)
  }
}

/** An array, its bytes in the arguments or in the state of a call, or a list of such. */
function piecesOf(value: Value): (Piece | ArrayNode)[] {
  const one = (node: Value | undefined): (Piece | ArrayNode)[] => {
    if (!isNode(node)) return []
    if (node.kind === 'bytes' || node.kind === 'array') return [node]
    if (node.kind !== 'call') return []
    const inside = [...(itemsOf(node.args) ?? []).slice(0, 8), ...(itemsOf(node.state) ?? []).slice(0, 8)]
    return inside.flatMap((inner) => (isNode(inner) && inner.kind === 'bytes' ? [inner] : []))
  }
  return isNode(value) && value.kind === 'list' ? value.items.slice(0, 1_000).flatMap(one) : one(value)
}

class Walker {
  /** Values under the keys that a signature is made of. */
  readonly wanted: Value[] = []
  readonly globals = new Set<string>()
  hidesItsCalls = false
  readonly #cursor: Cursor
  #opcodes = 0
  #nodes = 0
  #texts = 0
  #characters = 0
  #kept = 0

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  /** One pickle, up to its STOP. Inside an object array of joblib's stands a plain one. */
  async one(isJoblib: boolean): Promise<Value> {
    const cursor = this.#cursor
    const memo = new Memo()
    const marks: Value[][] = []
    let stack: Value[] = []

    const pop = (): Value => {
      const value = stack.pop()
      if (value === undefined) throw damaged('takes a value from an empty stack')
      return value
    }
    const top = (): Value => {
      const value = stack[stack.length - 1]
      if (value === undefined) throw damaged('looks at an empty stack')
      return value
    }
    const toMark = (): Value[] => {
      const values = stack
      const before = marks.pop()
      if (!before) throw damaged('closes a mark that was never set')
      stack = before
      return values
    }

    for (;;) {
      if (++this.#opcodes > MOST_OPCODES) throw new Unreadable(`has more than ${MOST_OPCODES} pickle opcodes`)
      // No opcode's fixed arguments are longer than 8 bytes.
      if (cursor.ready < 9) await cursor.fill(9)
      const opcode = cursor.byte()
      switch (opcode) {
        case 0x2e: // STOP
          return pop()
        case 0x80: // PROTO
          if (cursor.byte() > 5) throw damaged('has a protocol above 5')
          break
        case 0x95: // FRAME
          this.#unsigned(8)
          break
        case 0x28: // MARK
          this.#made()
          marks.push(stack)
          stack = []
          break
        case 0x30: // POP
          if (stack.length > 0) stack.pop()
          else toMark()
          break
        case 0x31: // POP_MARK
          toMark()
          break
        case 0x32: // DUP
          stack.push(top())
          break

        case 0x4e: // NONE
          stack.push(null)
          break
        case 0x88: // NEWTRUE
          stack.push(true)
          break
        case 0x89: // NEWFALSE
          stack.push(false)
          break
        case 0x49: // INT
          stack.push(integerIn(this.#readyLine() ?? (await this.#line())))
          break
        case 0x4c: // LONG
          stack.push(integerIn((this.#readyLine() ?? (await this.#line())).replace(/L$/, '')))
          break
        case 0x46: // FLOAT
          stack.push(Number(this.#readyLine() ?? (await this.#line())))
          break
        case 0x4a: // BININT
          stack.push(cursor.view(4).readInt32LE(0))
          break
        case 0x4b: // BININT1
          stack.push(cursor.byte())
          break
        case 0x4d: // BININT2
          stack.push(this.#unsigned(2))
          break
        case 0x8a: // LONG1
          stack.push(await this.#long(cursor.byte()))
          break
        case 0x8b: // LONG4
          stack.push(await this.#long(this.#unsigned(4)))
          break
        case 0x47: // BINFLOAT
          stack.push(cursor.view(8).readDoubleBE(0))
          break

        case 0x53: // STRING
          stack.push(this.#count(unescaped((this.#readyLine() ?? (await this.#line())).slice(1, -1))))
          break
        case 0x56: // UNICODE
          stack.push(await this.#unicodeLine())
          break
        case 0x54: // BINSTRING
          stack.push(await this.#text(this.#unsigned(4), 'latin1'))
          break
        case 0x55: // SHORT_BINSTRING
          stack.push(await this.#text(cursor.byte(), 'latin1'))
          break
        case 0x58: // BINUNICODE
          stack.push(await this.#text(this.#unsigned(4), 'utf8'))
          break
        case 0x8c: // SHORT_BINUNICODE
          stack.push(await this.#text(cursor.byte(), 'utf8'))
          break
        case 0x8d: // BINUNICODE8
          stack.push(await this.#text(this.#unsigned(8), 'utf8'))
          break
        case 0x42: // BINBYTES
          stack.push(await this.#piece('bytes', this.#unsigned(4)))
          break
        case 0x43: // SHORT_BINBYTES
          stack.push(await this.#piece('bytes', cursor.byte()))
          break
        case 0x8e: // BINBYTES8
        case 0x96: // BYTEARRAY8
          stack.push(await this.#piece('bytes', this.#unsigned(8)))
          break

        case 0x5d: // EMPTY_LIST
          stack.push(this.#node({ kind: 'list', items: [] }))
          break
        case 0x29: // EMPTY_TUPLE
          stack.push(this.#node({ kind: 'tuple', items: [] }))
          break
        case 0x8f: // EMPTY_SET
          stack.push(this.#node({ kind: 'set', items: [] }))
          break
        case 0x7d: // EMPTY_DICT
          stack.push(this.#node({ kind: 'dict', entries: [] }))
          break
        case 0x6c: {
          // LIST
          const items = toMark()
          stack.push(this.#node({ kind: 'list', items }))
          break
        }
        case 0x74: {
          // TUPLE
          const items = toMark()
          stack.push(this.#node({ kind: 'tuple', items }))
          break
        }
        case 0x91: {
          // FROZENSET
          const items = toMark()
          stack.push(this.#node({ kind: 'set', items }))
          break
        }
        case 0x64: {
          // DICT
          const entries = toMark()
          for (let at = 0; at + 1 < entries.length; at += 2) this.#want(entries[at], entries[at + 1])
          stack.push(this.#node({ kind: 'dict', entries }))
          break
        }
        case 0x85: // TUPLE1
        case 0x86: // TUPLE2
        case 0x87: {
          // TUPLE3
          const items = [pop()]
          for (let length = opcode - 0x84; items.length < length; ) items.unshift(pop())
          stack.push(this.#node({ kind: 'tuple', items }))
          break
        }
        case 0x61: {
          // APPEND
          const value = pop()
          append(top(), [value])
          break
        }
        case 0x65: // APPENDS
        case 0x90: {
          // ADDITEMS
          const values = toMark()
          append(top(), values)
          break
        }
        case 0x73: {
          // SETITEM
          const value = pop()
          const key = pop()
          this.#want(key, value)
          setItems(top(), [key, value])
          break
        }
        case 0x75: {
          // SETITEMS
          const entries = toMark()
          for (let at = 0; at + 1 < entries.length; at += 2) this.#want(entries[at], entries[at + 1])
          setItems(top(), entries)
          break
        }

        case 0x70: // PUT
          memo.put(Number(this.#readyLine() ?? (await this.#line())), top())
          break
        case 0x71: // BINPUT
          memo.put(cursor.byte(), top())
          break
        case 0x72: // LONG_BINPUT
          memo.put(this.#unsigned(4), top())
          break
        case 0x94: // MEMOIZE
          memo.push(top())
          break
        case 0x67: // GET
          stack.push(memo.get(Number(this.#readyLine() ?? (await this.#line()))))
          break
        case 0x68: // BINGET
          stack.push(memo.get(cursor.byte()))
          break
        case 0x6a: // LONG_BINGET
          stack.push(memo.get(this.#unsigned(4)))
          break

        case 0x63: // GLOBAL
          stack.push(
            this.#global(
              this.#readyLine() ?? (await this.#line()),
              this.#readyLine() ?? (await this.#line()),
            ),
          )
          break
        case 0x93: {
          // STACK_GLOBAL
          const name = pop()
          const module = pop()
          stack.push(this.#global(module, name))
          break
        }
        case 0x69: {
          // INST
          const made = this.#global(
            this.#readyLine() ?? (await this.#line()),
            this.#readyLine() ?? (await this.#line()),
          )
          const items = toMark()
          stack.push(this.#call(made, this.#node({ kind: 'tuple', items })))
          break
        }
        case 0x6f: {
          // OBJ
          const [made = null, ...items] = toMark()
          stack.push(this.#call(made, this.#node({ kind: 'tuple', items })))
          break
        }
        case 0x52: // REDUCE
        case 0x81: {
          // NEWOBJ
          const args = pop()
          const made = this.#call(pop(), args)
          const scalar = scalarOf(made)
          // A vocabulary can hold a million of them: the number alone is kept.
          if (scalar !== made) this.#nodes -= 3
          stack.push(scalar)
          break
        }
        case 0x92: {
          // NEWOBJ_EX
          pop()
          const args = pop()
          stack.push(this.#call(pop(), args))
          break
        }
        case 0x62: {
          // BUILD
          const state = pop()
          const made = top()
          if (!isNode(made) || made.kind !== 'call') break
          made.state = state
          if (isJoblib && made.name === JOBLIB_ARRAY) {
            pop()
            stack.push(await this.#array(made))
          }
          break
        }

        case 0x50: // PERSID
          stack.push(this.#node({ kind: 'persistent', id: this.#readyLine() ?? (await this.#line()) }))
          break
        case 0x51: // BINPERSID
          stack.push(this.#node({ kind: 'persistent', id: pop() }))
          break
        case 0x82: // EXT1
          stack.push(this.#extension(cursor.byte()))
          break
        case 0x83: // EXT2
          stack.push(this.#extension(this.#unsigned(2)))
          break
        case 0x84: // EXT4
          stack.push(this.#extension(this.#unsigned(4)))
          break
        case 0x97: // NEXT_BUFFER
          stack.push(this.#node({ kind: 'buffer', id: null }))
          break
        case 0x98: // READONLY_BUFFER
          break
        default:
          throw damaged(`has an unknown opcode 0x${opcode.toString(16)} at byte ${cursor.position - 1}`)
      }
    }
  }

  #unsigned(width: 2 | 4 | 8): number {
    const view = this.#cursor.view(width)
    if (width === 8) return Number(view.readBigUInt64LE(0))
    return view.readUIntLE(0, width)
  }

  #made(): void {
    if (++this.#nodes > MOST_NODES) throw new Unreadable(`has more than ${MOST_NODES} objects in its pickle`)
  }

  #node<T extends PickleNode>(node: T): T {
    this.#made()
    return node
  }

  #count(text: string): string {
    if (++this.#texts > MOST_TEXTS) throw new Unreadable(`has more than ${MOST_TEXTS} names in its pickle`)
    this.#characters += text.length
    if (this.#characters > MOST_KEPT_BYTES)
      throw new Unreadable(`has more than ${MOST_KEPT_BYTES >> 20} MiB of names`)
    return text
  }

  #want(key: Value | undefined, value: Value | undefined): void {
    if (WANTED_KEYS.has(key) && isNode(value) && this.wanted.length < MOST_WANTED) this.wanted.push(value)
  }

  /** A forest has thousands of small arrays: beyond the budget they stay in the file, and nothing is wrong with it. */
  #keeps(length: number): boolean {
    if (length > LONGEST_KEPT || this.#kept + length > MOST_KEPT_BYTES) return false
    this.#kept += length
    return true
  }

  #global(module: Value, name: Value): Value {
    if (typeof module !== 'string' || typeof name !== 'string') {
      this.hidesItsCalls = true
      return this.#node({ kind: 'global', name: '?' })
    }
    const whole = `${module}.${name}`
    this.globals.add(whole)
    if (this.globals.size > 10_000) throw new Unreadable('names more than 10000 globals in its pickle')
    return this.#node({ kind: 'global', name: whole })
  }

  #extension(code: number): Value {
    this.globals.add(`copyreg.extension_${code}`)
    return this.#node({ kind: 'extension', id: code })
  }

  #call(made: Value, args: Value): Call {
    const called = isNode(made) && made.kind === 'global' ? made.name : '?'
    const name = MAKES_OBJECTS.test(called) ? (nameOf(itemsOf(args)?.[0]) ?? called) : called
    if (name === '?' && !(isNode(made) && made.kind === 'extension')) this.hidesItsCalls = true
    return this.#node({ kind: 'call', name, args, state: undefined, items: undefined, entries: undefined })
  }

  /** A line that is there already, which nearly all are: without waiting, five million of them take a second less. */
  #readyLine(): string | null {
    const cursor = this.#cursor
    const available = cursor.ready
    const view = cursor.view(available)
    const end = view.indexOf(10)
    cursor.position -= available - (end + 1)
    if (end < 0) return null
    return view.toString('latin1', 0, view[end - 1] === 13 ? end - 1 : end)
  }

  async #line(): Promise<string> {
    const cursor = this.#cursor
    for (let length = 256; ; length *= 4) {
      await cursor.fill(length)
      const available = Math.min(cursor.ready, LONGEST_LINE)
      const view = cursor.view(available)
      const end = view.indexOf(10)
      if (end >= 0) {
        cursor.position += end + 1 - available
        return view.toString('latin1', 0, view[end - 1] === 13 ? end - 1 : end)
      }
      cursor.position -= available
      if (available >= LONGEST_LINE || cursor.left <= available) throw damaged('has a line without an end')
    }
  }

  /** Protocol 0 writes a whole array as one line: what is no name stays in the file. */
  async #unicodeLine(): Promise<Value> {
    const ready = this.#readyLine()
    if (ready !== null) return this.#count(unescaped(ready))
    const cursor = this.#cursor
    const at = cursor.position
    for (;;) {
      await cursor.fill(1)
      const available = cursor.ready
      if (available === 0) throw damaged('has a line without an end')
      const end = cursor.view(available).indexOf(10)
      if (end < 0) continue
      cursor.position += end + 1 - available
      const length = cursor.position - 1 - at
      if (length > LONGEST_NAME) return this.#node({ kind: 'text', at, length, data: null })
      cursor.position = at
      return this.#count(unescaped(await this.#line()))
    }
  }

  async #long(length: number): Promise<number | bigint> {
    if (length > 1_024) throw damaged('has an integer of more than 8192 bits')
    const raw = await this.#cursor.take(length)
    const value = raw.length === 0 ? 0n : BigInt(`0x${raw.reverse().toString('hex')}`)
    const last = raw[0]
    return small(last !== undefined && last >= 128 ? value - (1n << BigInt(8 * length)) : value)
  }

  async #text(length: number, encoding: 'utf8' | 'latin1'): Promise<Value> {
    const cursor = this.#cursor
    if (length > LONGEST_NAME) return this.#piece('text', length)
    if (cursor.ready < length) await cursor.fill(length)
    return this.#count(cursor.view(length, 'a text').toString(encoding))
  }

  async #piece(kind: 'bytes' | 'text', length: number): Promise<Piece> {
    const cursor = this.#cursor
    cursor.demand(length, 'a value')
    const at = cursor.position
    const data = this.#keeps(length) ? await cursor.take(length) : null
    if (data === null) cursor.skip(length)
    return this.#node({ kind, at, length, data })
  }

  /** joblib: after the wrapper stand a pad length, that many bytes and the array; or, of objects, a whole pickle. */
  async #array(wrapper: Call): Promise<ArrayNode> {
    const cursor = this.#cursor
    const dtype = attribute(wrapper, 'dtype')
    const shape = shapeOf(attribute(wrapper, 'shape'))
    const { kind, size } = elementOf(dtype)
    if (kind === 'O') {
      const objects = await this.one(false)
      return this.#node({ kind: 'array', dtype, shape, at: 0, length: 0, data: null, objects })
    }
    if (attribute(wrapper, 'numpy_array_alignment_bytes') != null) {
      await cursor.fill(1)
      cursor.skip(cursor.byte(), 'the padding of an array')
    }
    const length = shape.reduce((product, side) => product * side, size)
    cursor.demand(length, 'an array')
    const at = cursor.position
    const data = this.#keeps(length) ? await cursor.take(length) : null
    if (data === null) cursor.skip(length)
    return this.#node({ kind: 'array', dtype, shape, at, length, data, objects: null })
  }
}

/** How protocols 0 and 1 make an object: the class is the first argument. */
const MAKES_OBJECTS = /^copy_?reg\.(_reconstructor|__newobj__|__newobj_ex__)$/

function nameOf(value: Value | undefined): string | undefined {
  return isNode(value) && value.kind === 'global' ? value.name : undefined
}

/** Protocol 0 writes what is not Latin-1, and the backslash, as escapes. */
function unescaped(line: string): string {
  if (!line.includes('\\')) return line
  return line.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2}))/g,
    (whole, short, long, byte) => {
      const point = Number.parseInt(short ?? long ?? byte, 16)
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole
    },
  )
}

/** Python numbers its memo in order; a leap would only serve to exhaust memory. */
class Memo {
  readonly #values: (Value | undefined)[] = []
  #size = 0

  put(index: number, value: Value): void {
    if (!(index >= 0 && index <= this.#values.length + LARGEST_MEMO_STEP))
      throw damaged(`has a memo index ${index}`)
    if (this.#values[index] === undefined) this.#size++
    this.#values[index] = value
  }

  push(value: Value): void {
    this.put(this.#size, value)
  }

  get(index: number): Value {
    const value = this.#values[index]
    if (value === undefined) throw damaged(`uses a memo entry ${index} that was never made`)
    return value
  }
}

function damaged(how: string): Unreadable {
  return new Unreadable(`is a damaged pickle: it ${how}`)
}

function append(target: Value, values: readonly Value[]): void {
  if (!isNode(target)) throw damaged('appends to what is no list')
  if (target.kind === 'list' || target.kind === 'set') for (const value of values) target.items.push(value)
  else if (target.kind === 'call') target.items = join(target.items, values)
  else throw damaged('appends to what is no list')
}

function setItems(target: Value, entries: readonly Value[]): void {
  if (entries.length % 2 !== 0) throw damaged('has a key without a value')
  if (!isNode(target)) throw damaged('sets items of what is no dict')
  if (target.kind === 'dict') for (const entry of entries) target.entries.push(entry)
  else if (target.kind === 'call') target.entries = join(target.entries, entries)
  else throw damaged('sets items of what is no dict')
}

function join(before: Value[] | undefined, added: readonly Value[]): Value[] {
  if (!before) return [...added]
  for (const value of added) before.push(value)
  return before
}

function integerIn(line: string): Value {
  if (line === '00') return false
  if (line === '01') return true
  if (!/^\s*[+-]?\d{1,4000}\s*$/.test(line)) throw damaged('has an integer that is none')
  return small(BigInt(line.trim().replace(/^\+/, '')))
}

function small(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

export function isNode(value: Value | undefined): value is PickleNode {
  return typeof value === 'object' && value !== null
}

/** An attribute of an object's state: `__getstate__` gives a dict, or with slots a tuple of two. */
export function attribute(node: Value | undefined, key: string): Value | undefined {
  if (!isNode(node) || node.kind !== 'call') return undefined
  const state = stateOf(node)
  return state ? item(state, key) : undefined
}

export function stateOf(node: Call): Dict | null {
  const { state } = node
  if (!isNode(state)) return null
  if (state.kind === 'dict') return state
  const first = state.kind === 'tuple' ? state.items[0] : undefined
  return isNode(first) && first.kind === 'dict' ? first : null
}

/** The last one wins, as it would in Python. */
export function item(dict: Dict, key: string): Value | undefined {
  let index = indexes.get(dict)
  if (!index) {
    index = new Map()
    for (let at = 0; at + 1 < dict.entries.length; at += 2) index.set(dict.entries[at], dict.entries[at + 1])
    indexes.set(dict, index)
  }
  return index.get(key)
}

/** One state is asked for a dozen names, and a hostile file shares one between thousands of objects. */
const indexes = new WeakMap<Dict, Map<Value | undefined, Value | undefined>>()

export function itemsOf(value: Value | undefined): readonly Value[] | null {
  return isNode(value) && (value.kind === 'list' || value.kind === 'tuple' || value.kind === 'set')
    ? value.items
    : null
}

export function shapeOf(value: Value | undefined): number[] {
  const items = itemsOf(value)
  if (!items || items.length > 32) throw damaged('has an array without a shape')
  return items.map((side) => {
    if (typeof side !== 'number' || !(side >= 0)) throw damaged('has an array whose shape is no shape')
    return side
  })
}

export interface Element {
  /** numpy's kind: f, i, u, b, U, S, O, V, … */
  readonly kind: string
  /** Bytes of one element. */
  readonly size: number
  readonly bigEndian: boolean
}

/** `numpy.dtype('U10', False, True)` + state `(3, '<', …)`. */
export function elementOf(dtype: Value | undefined): Element {
  const code = isNode(dtype) && dtype.kind === 'call' ? itemsOf(dtype.args)?.[0] : undefined
  if (typeof code !== 'string') throw damaged('has an array of an unknown type')
  const state = isNode(dtype) && dtype.kind === 'call' ? itemsOf(dtype.state) : null
  const [, kind = '', digits = ''] = /^[<>|=]?([a-zA-Z?])(\d*)/.exec(code) ?? []
  const bigEndian = state?.[1] === '>' || code.startsWith('>')
  if (kind === 'O') return { kind, size: 8, bigEndian }
  if (kind === '?') return { kind: 'b', size: 1, bigEndian }
  // A record: its size stands in the state.
  const itemSize = kind === 'V' ? state?.[5] : undefined
  const size = typeof itemSize === 'number' && itemSize > 0 ? itemSize : Number(digits)
  if (!(size >= 0 && size <= 1 << 20)) throw damaged('has an array of an unknown type')
  return { kind, size: kind === 'U' ? size * 4 : size, bigEndian }
}
