import { type Archive, isInside } from './archive.ts'
import { classListIn, LONGEST_LIST } from './class-list.ts'
import { isKeras, readKeras } from './keras.ts'
import { HEAD, type Kind } from './kind.ts'
import { compressionOf, looksLikeTar } from './marks.ts'
import { readSavedModel } from './saved-model.ts'
import type { Signature } from './signature.ts'
import type { ModelSource } from './source.ts'
import { listOf, openQuestions } from './tabular.ts'
import { openTar } from './tar.ts'
import { readTorch, torchRoot } from './torch.ts'
import { Unreadable } from './unreadable.ts'
import { openZip } from './zip.ts'

/** Finds out what a member is; handed in, since a bundle's reader is one of those that it would find. */
type Identify = (head: Buffer, source: ModelSource) => Kind | null

const MOST_CANDIDATES = 200

/** Formats that are zips themselves come first; else it is a bundle around one model. */
export async function readZip(source: ModelSource, identify: Identify): Promise<Signature> {
  const archive = await openZip(source)
  const root = torchRoot(archive.names)
  if (root !== null) return readTorch(archive, root)
  if (isKeras(archive.names)) return readKeras(archive)
  refuseOtherZips(archive.names)
  return readBundle(archive, identify)
}

export async function readTar(source: ModelSource, identify: Identify): Promise<Signature> {
  return readBundle(await openTar(source), identify)
}

/** The model inside a bundle, wherever that is and however it is packed. */
export async function memberOf(source: ModelSource, name: string): Promise<ModelSource> {
  const compression = compressionOf(await source.read(0, HEAD))
  const content = compression ? await (await import('./compression.ts')).inflate(source, compression) : source
  const isTar = looksLikeTar(await content.read(0, HEAD))
  return opened(await (isTar ? openTar(content) : openZip(content)), name)
}

/** One model, and optionally its class list. Members are looked at where they are: nothing is unpacked. */
async function readBundle(archive: Archive, identify: Identify): Promise<Signature> {
  const outside = archive.names.find((name) => !isInside(name))
  if (outside !== undefined) {
    throw new Unreadable(
      `holds ${JSON.stringify(outside.slice(0, 100))}, which would be unpacked outside its folder`,
      'Do not unpack this archive. Pack the model and its class list again, with plain names.',
      'unsafe-archive',
    )
  }
  const savedModel = archive.names.find((name) => /(^|\/)saved_model\.pb$/.test(name))
  if (savedModel !== undefined) return readSavedModel(await opened(archive, savedModel))
  const models: { name: string; source: ModelSource; kind: Kind }[] = []
  for (const name of archive.names.filter(mayBeModel).slice(0, MOST_CANDIDATES)) {
    const source = await opened(archive, name)
    const kind =
      source.bytes > 0 && !(await isText(name, source)) ? identify(await source.read(0, HEAD), source) : null
    if (kind) models.push({ name, source, kind })
  }
  const [model] = models
  if (!model) throw noModel('holds no model that is known here', archive)
  if (models.length > 1)
    throw noModel(
      `holds ${models.length} models: ${models
        .slice(0, 5)
        .map(({ name }) => name)
        .join(', ')}`,
      archive,
    )
  const signature = await model.kind.read(model.source)
  const classes =
    signature.classes ?? (await classListIn(archive, (name) => name !== model.name && mayBePart(name)))
  return withClasses(
    { ...signature, traits: { ...signature.traits, member: model.name, memberBytes: model.source.bytes } },
    classes,
  )
}

/** A class list, or notes: what is text by its name and no model that is written as text. */
async function isText(name: string, source: ModelSource): Promise<boolean> {
  if (!/\.(txt|json)$/i.test(name) || source.bytes > LONGEST_LIST) return false
  const text = (await source.read(0, source.bytes)).toString('utf8')
  if (/\.json$/i.test(name)) return listOf(text) !== null
  return !text.startsWith('tree')
}

function withClasses(signature: Signature, classes: Signature['classes']): Signature {
  if (!classes || signature.classes || signature.task === 'regression') return signature
  const task = 'classification'
  const asked = openQuestions({ task, features: signature.unknown.includes('features') ? null : [], classes })
  const others = signature.unknown.filter((name) => !['task', 'features', 'classes'].includes(name))
  return { ...signature, task, classes, unknown: [...asked, ...others] }
}

async function opened(archive: Archive, name: string): Promise<ModelSource> {
  const source = await archive.open(name)
  if (!source) throw new Unreadable(`is damaged: ${name} is missing`)
  return source
}

/** Not what macOS and editors leave in archives. */
function mayBePart(name: string): boolean {
  return !name.endsWith('/') && !/(^|\/)(__MACOSX\/|\.)/.test(name)
}

function mayBeModel(name: string): boolean {
  return mayBePart(name) && !/\.(py|md|csv|yaml|yml|toml|cfg|png|jpe?g|ipynb)$/i.test(name)
}

function refuseOtherZips(names: readonly string[]): void {
  if (names.includes('MAR-INF/MANIFEST.json')) {
    throw new Unreadable(
      'is a TorchServe archive (.mar), not a model',
      'Unpack it, and give the TorchScript file inside.',
      'unknown-format',
    )
  }
  if (names.length > 0 && names.every((name) => name.endsWith('.npy'))) {
    throw new Unreadable(
      'holds NumPy arrays (.npz), not a model',
      'Save the model itself, not its weights.',
      'unknown-format',
    )
  }
  if (names.includes('[Content_Types].xml') || names.some((name) => name.startsWith('META-INF/'))) {
    throw new Unreadable(
      'is an office document or a Java archive, not a model',
      'Name the model file itself.',
      'unknown-format',
    )
  }
}

function noModel(what: string, { names }: Archive): Unreadable {
  const shown = names
    .slice(0, 5)
    .map((name) => name.slice(0, 60))
    .join(', ')
  return new Unreadable(
    `is an archive that ${what} (it has ${names.length === 0 ? 'no members' : `${shown}${names.length > 5 ? ', …' : ''}`})`,
    'Pack exactly one model, and optionally its class list (one name a line, or a JSON list).',
    'no-single-model',
  )
}
