import type { CatboostColumn } from './catboost.ts'
import { Pages } from './pages.ts'
import { type ModelSource, part } from './source.ts'
import { truncated, Unreadable } from './unreadable.ts'

/** `CBM1`, a size, and one flatbuffer. Its tables are read where they stand; the trees are not looked at. */
export async function readCbm(
  source: ModelSource,
): Promise<{ columns: CatboostColumn[]; info: Map<string, string>; dimension: number }> {
  const head = await source.read(0, 8)
  const size = head.length === 8 ? head.readUInt32LE(4) : 0
  if (size > source.bytes - 8 || size < 16) throw truncated('the CatBoost model', size, source.bytes - 8)
  const buffer = new Flatbuffer(new Pages(part(source, 8, size)))
  const core = await buffer.table(await buffer.follow(0))
  const info = new Map<string, string>()
  for (const entry of await buffer.tables(core, 2)) {
    const key = await buffer.text(entry, 0)
    // training holds the history of every metric.
    if (key !== 'training') info.set(key, await buffer.text(entry, 1))
  }
  const treesAt = await buffer.at(core, 1)
  if (treesAt === null) throw new Unreadable('is a damaged CatBoost model: it has no trees')
  const trees = await buffer.table(await buffer.follow(treesAt))
  if ([...(await buffer.tables(trees, TEXTS)), ...(await buffer.tables(trees, EMBEDDINGS))].length > 0)
    throw new Unreadable(
      'is a CatBoost model of texts or embeddings, which no project serves',
      'Train it on numbers and categories, made of the texts before; what makes them goes into app/features.py.',
    )
  const columns: CatboostColumn[] = []
  for (const feature of await buffer.tables(trees, 4)) {
    columns.push({
      name: await buffer.text(feature, 2),
      index: await buffer.integer(feature, 1, 0),
      isNumber: false,
      borders: [],
    })
  }
  for (const feature of await buffer.tables(trees, 5)) {
    const borders = await buffer.ends(feature, 3)
    columns.push({
      name: await buffer.text(feature, 4),
      index: await buffer.integer(feature, 2, 0),
      isNumber: true,
      borders,
    })
  }
  await checkCategoryTables(source, 8 + size)
  return { columns, info, dimension: await buffer.integer(trees, 0, 1) }
}

/** Behind the core stand the tables of categories: how many, then each with its size. A file that is cut off ends in one. */
async function checkCategoryTables(source: ModelSource, start: number): Promise<void> {
  if (source.bytes === start) return
  const head = await source.read(start, 4)
  const count = head.length === 4 ? head.readUInt32LE() : MOST_TABLES
  let at = start + 4
  for (let table = 0; table < count; table += 1) {
    const size = table < MOST_TABLES ? await source.read(at, 4) : Buffer.alloc(0)
    const end = at + 4 + (size.length === 4 ? size.readUInt32LE() : source.bytes)
    if (end > source.bytes) throw truncated('a table of categories', end - at, source.bytes - at)
    at = end
  }
}

/** The fields of features that are neither numbers nor categories. */
const TEXTS = 12
const EMBEDDINGS = 18
const LONGEST_TEXT = 1 << 20
const MOST_TABLES = 200_000
const MOST_TEXT = 32 << 20

interface Table {
  readonly at: number
  /** Where each field stands behind `at`; 0: it is not there. */
  readonly fields: Buffer
}

/** The few rules of flatbuffers that are needed: offsets, tables, vectors, texts. Every step is checked. */
class Flatbuffer {
  readonly #pages: Pages
  #tables = 0
  #text = 0

  constructor(pages: Pages) {
    this.#pages = pages
  }

  async #unsigned(at: number): Promise<number> {
    return (await this.#pages.read(at, 4)).readUInt32LE(0)
  }

  async follow(at: number): Promise<number> {
    return at + (await this.#unsigned(at))
  }

  async table(at: number): Promise<Table> {
    if (++this.#tables > MOST_TABLES) throw new Unreadable('is a CatBoost model with too many features')
    const vtable = at - (await this.#pages.read(at, 4)).readInt32LE(0)
    const size = (await this.#pages.read(vtable, 2)).readUInt16LE(0)
    return { at, fields: Buffer.from(await this.#pages.read(vtable, Math.max(size, 4))) }
  }

  async at({ at, fields }: Table, slot: number): Promise<number | null> {
    const position = 4 + 2 * slot
    const offset = position + 2 <= fields.length ? fields.readUInt16LE(position) : 0
    return offset === 0 ? null : at + offset
  }

  async integer(table: Table, slot: number, otherwise: number): Promise<number> {
    const at = await this.at(table, slot)
    return at === null ? otherwise : (await this.#pages.read(at, 4)).readInt32LE(0)
  }

  async text(table: Table, slot: number): Promise<string> {
    const at = await this.at(table, slot)
    if (at === null) return ''
    const start = await this.follow(at)
    const length = await this.#unsigned(start)
    this.#text += length
    if (length > LONGEST_TEXT || this.#text > MOST_TEXT)
      throw new Unreadable('is a CatBoost model with too long a text in it')
    return (await this.#pages.read(start + 4, length, 'a text')).toString('utf8')
  }

  async #vector(table: Table, slot: number): Promise<{ start: number; count: number }> {
    const at = await this.at(table, slot)
    if (at === null) return { start: 0, count: 0 }
    const start = await this.follow(at)
    const count = await this.#unsigned(start)
    if (start + 4 + count * 4 > this.#pages.bytes)
      throw truncated('a list', count * 4, this.#pages.bytes - start - 4)
    return { start: start + 4, count }
  }

  async tables(table: Table, slot: number): Promise<Table[]> {
    const { start, count } = await this.#vector(table, slot)
    const found: Table[] = []
    for (let index = 0; index < count; index++)
      found.push(await this.table(await this.follow(start + 4 * index)))
    return found
  }

  /** The first and the last of a list of float32. */
  async ends(table: Table, slot: number): Promise<number[]> {
    const { start, count } = await this.#vector(table, slot)
    if (count === 0) return []
    const places = [start, start + 4 * (count - 1)]
    return Promise.all(places.map(async (at) => (await this.#pages.read(at, 4)).readFloatLE(0)))
  }
}
