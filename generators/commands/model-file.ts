import { createHash } from 'node:crypto'
import { lstatSync, readFileSync, statSync } from 'node:fs'
import { dirname, resolve as resolvePath } from 'node:path'
import { templates } from '../../build/templates.js'
import { hasModel, noModel } from '../model/echo.ts'
import { inspect, inspectSource } from '../model/index.ts'
import { notServable } from '../model/servable.ts'
import type { InspectedModel } from '../model/signature.ts'
import { inMemory } from '../model/source.ts'
import { isFailure, type Problem } from '../problem.ts'
import type { ProjectFile } from '../project/files.ts'
import { casesFile, type GoldenCases, readCases } from '../project/samples.ts'
import type { AnswerName } from '../questions/answers.ts'
import { answerNames } from '../questions/catalogue.ts'
import type { RawValue } from '../questions/value.ts'
import type { Shell } from '../shell.ts'
import { textOf } from './given.ts'
import { holdsModule, type OwnCode } from './own-code.ts'
import { patiently } from './patience.ts'

export interface ReadModel {
  readonly inspected: InspectedModel | null
  /** What is copied into the project. */
  readonly content: ProjectFile['content'] | null
  /** Golden cases that come with the model. */
  readonly cases: GoldenCases | null
  /** Another --model mends it. */
  readonly usage: readonly Problem[]
  /** The file itself is at fault. */
  readonly problems: readonly Problem[]
}

/** A model that is on this machine, and whose SHA-256 is known. */
export interface ModelAtHand {
  readonly inspected: InspectedModel
  readonly content: ProjectFile['content']
  /** Removes what was fetched for it. */
  readonly dispose: () => void
}

/** Fetches a model that is far away, or in a bundle: its project carries it, and its SHA-256 is checked at every start. */
export async function atHand(
  { inspected, content }: ReadModel,
  shell: Pick<Shell, 'stderr'>,
): Promise<ModelAtHand> {
  if (!inspected || content === null) throw new Error('there is no model')
  const place = typeof content === 'object' && 'copyOf' in content ? content.copyOf : ''
  const { member } = inspected.signature.traits
  if (!isRemote(place) && member === undefined) return { inspected, content, dispose: () => {} }
  const { fetchModel } = await import('./fetched-model.ts')
  const { file, sha256, dispose } = await fetchModel(place, shell, member)
  // What the member says by itself, as every update will read it.
  if (member !== undefined) return { inspected: await inspect(file), content: { copyOf: file }, dispose }
  return {
    inspected: { ...inspected, file: { ...inspected.file, sha256 } },
    content: { copyOf: file },
    dispose,
  }
}

/** The class list beside a model is not in it: from now on the project's owner has said what the classes are. */
export function withBundledClasses<Told extends { readonly given: readonly AnswerName[] }>(
  told: Told,
  { inspected }: ReadModel,
): Told {
  const { traits, classes } = inspected?.signature ?? { traits: {}, classes: null }
  if (traits.member === undefined || classes === null) return told
  // Alone they would mean the task, too: in an update that would count as decided anew.
  const given = new Set<AnswerName>([...told.given, 'task', 'classes'])
  return { ...told, given: answerNames.filter((name) => given.has(name)) }
}

const NOTHING: ReadModel = { inspected: null, content: null, cases: null, usage: [], problems: [] }

/** What the model file says; what is wrong with it joins the other problems. */
export async function readModel(
  given: ReadonlyMap<string, RawValue>,
  shell: Pick<Shell, 'cwd' | 'stderr'>,
  code: Pick<OwnCode, 'files'>,
): Promise<ReadModel> {
  const path = given.get('model')?.value
  if (typeof path !== 'string' || path === '') {
    return isEcho(given) ? { ...NOTHING, inspected: noModel, content: '' } : demo()
  }
  try {
    const file = isRemote(path) ? path : resolvePath(shell.cwd, path)
    const inspected = await patiently(`Reading ${path}`, shell, inspect(file))
    const problem = notServable(inspected, path, (module) => holdsModule(code, module))
    if (problem) return { ...NOTHING, problems: [problem] }
    const bytes = inspected.signature.traits.memberBytes ?? inspected.file.bytes
    return {
      ...NOTHING,
      inspected: { ...inspected, file: { ...inspected.file, bytes } },
      content: { copyOf: file },
    }
  } catch (error) {
    if (!isFailure(error)) throw error
    return error.exitCode === 2
      ? { ...NOTHING, usage: error.problems }
      : { ...NOTHING, problems: error.problems }
  }
}

/** Nothing is read, nor asked for: an echo has no model. */
export function isEcho(given: ReadonlyMap<string, RawValue>): boolean {
  return !hasModel(given.get('model-type')?.value)
}

/** A small model of iris flowers, so that a run without --model works at once. */
async function demo(): Promise<ReadModel> {
  const content = carried('demo/iris.onnx')
  const inspected = await inspectSource(inMemory('iris.onnx', content))
  const cases = readCases(Buffer.from(carried('demo/iris.cases.json')).toString('utf8'), 'iris.cases.json')
  return { ...NOTHING, inspected, content, cases: cases as GoldenCases }
}

function carried(name: string): Uint8Array {
  const entry = templates[name]
  if (entry && 'base64' in entry) return Buffer.from(entry.base64, 'base64')
  if (entry && 'text' in entry) return Buffer.from(entry.text, 'utf8')
  throw new Error(`the package lacks ${name}`)
}

function isRemote(path: string): boolean {
  return /^(?:s3|gs):\/\//.test(path)
}

export function readCasesFile(
  given: ReadonlyMap<string, RawValue>,
  cwd: string,
): { golden: GoldenCases | null; problems: Problem[] } {
  const path = given.get('cases')?.value
  if (typeof path !== 'string' || path === '') return { golden: null, problems: [] }
  let text: string
  try {
    text = textOf(resolvePath(cwd, path))
  } catch (error) {
    const message = `--cases ${path} cannot be read: ${(error as Error).message}.`
    return {
      golden: null,
      problems: [{ code: 'bad-cases', option: '--cases', value: path, message, fix: 'Check the path.' }],
    }
  }
  const read = readCases(text, path)
  return 'code' in read
    ? { golden: null, problems: [read] }
    : { golden: withPictures(read, dirname(resolvePath(cwd, path))), problems: [] }
}

const LARGEST_PICTURE = 6 * 1024 * 1024

/** `{"file": "part.png"}`, a picture beside the cases, becomes what clients send: `{"image": base64}`. */
function withPictures(cases: GoldenCases, folder: string): GoldenCases {
  const inputs = cases.inputs.map((input) => {
    const file =
      !Array.isArray(input) && Object.keys(input).length === 1 && (input as { file?: unknown }).file
    if (typeof file !== 'string' || !/\.(?:jpe?g|png|webp)$/i.test(file)) return input
    const stat = statSync(resolvePath(folder, file), { throwIfNoEntry: false })
    if (!stat?.isFile() || stat.size > LARGEST_PICTURE) return input
    return { image: readFileSync(resolvePath(folder, file)).toString('base64') }
  })
  return { ...cases, inputs }
}

/** Golden cases with the digest by which `update` tells whether their owner has changed them since. */
export function withDigest(cases: GoldenCases | null): {
  cases: GoldenCases | null
  casesSha256: string | null
} {
  return { cases, casesSha256: cases && createHash('sha256').update(casesFile(cases)).digest('hex') }
}

/** `undefined`: there is no such file. */
export function sha256At(path: string): string | undefined {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
