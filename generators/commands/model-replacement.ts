import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { InspectedModel, Signature, TensorInfo } from '../model/signature.ts'
import type { Problem, Warning } from '../problem.ts'
import type { CopiedFile } from '../project/files.ts'
import type { Change, Verdict } from '../project/merge.ts'
import { carriedName } from '../project/prepare.ts'
import { CASES_PATH, casesFile, type GoldenCases } from '../project/samples.ts'
import type { RecordedModel } from '../project/snapshot.ts'
import type { RawValue } from '../questions/value.ts'
import { readCasesFile, sha256At, withDigest } from './model-file.ts'

export interface CasesNow {
  readonly golden: GoldenCases | null
  readonly problems: readonly Problem[]
  /** The cases on disk belong to the model that is replaced, and were never changed by their owner. */
  readonly outdated: boolean
  readonly brought: boolean
}

/** The golden cases that the project goes on with. */
export function casesOf(
  given: ReadonlyMap<string, RawValue>,
  recorded: RecordedModel | null,
  directory: string,
  own: Pick<CasesNow, 'golden' | 'problems'>,
  cwd: string,
): CasesNow {
  if (given.has('cases')) return { ...readCasesFile(given, cwd), outdated: false, brought: true }
  const place = join(directory, CASES_PATH)
  const otherModel = given.get('model')?.origin === 'flag'
  if (otherModel && isFile(place) && sha256At(place) === recorded?.cases)
    return { golden: null, problems: [], outdated: true, brought: false }
  return { ...own, outdated: false, brought: false }
}

/** Those that lie in the project. */
export function ownCases(directory: string): ReturnType<typeof readCasesFile> {
  const place = join(directory, CASES_PATH)
  if (!isFile(place)) return { golden: null, problems: [] }
  return readCasesFile(new Map([['cases', { value: place, origin: 'answers file' }]]), directory)
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

export interface Replaced {
  readonly verdicts: readonly Verdict[]
  readonly changes: readonly Change[]
  readonly warnings: readonly Warning[]
}

/** The files that only `update --model` and `--cases` replace. */
export function replacements(parts: {
  directory: string
  recorded: RecordedModel
  content: CopiedFile
  cases: CasesNow
  next: InspectedModel
}): Replaced {
  const { directory, recorded, content, cases, next } = parts
  const verdicts: Verdict[] = []
  const changes: Change[] = []
  const warnings: Warning[] = []
  const before = recorded.path
  const path = `model/${carriedName(next.file.path, next.signature.format)}`
  const source = content.copyOf
  if (source !== join(directory, path) && next.file.sha256 !== sha256At(join(directory, path))) {
    verdicts.push(
      path === before ? { path, verdict: 'replaced' } : { path, verdict: 'replaced', from: before },
    )
    changes.push({ path, content: { copyOf: source }, executable: false })
  }
  if (path !== before && sha256At(join(directory, before)) === recorded.sha256) {
    changes.push({ path: before, content: null, executable: false })
  }
  if (cases.brought && cases.golden) {
    if (sha256At(join(directory, CASES_PATH)) !== withDigest(cases.golden).casesSha256) {
      verdicts.push({ path: CASES_PATH, verdict: 'replaced' })
      changes.push({ path: CASES_PATH, content: Buffer.from(casesFile(cases.golden)), executable: false })
    }
  }
  if (cases.outdated) {
    verdicts.push({ path: CASES_PATH, verdict: 'removed' })
    changes.push({ path: CASES_PATH, content: null, executable: false })
    const message =
      'The golden cases were those of the old model. Give --cases, or record new ones: python -m scripts.record_cases'
    warnings.push({ code: 'cases-removed', message })
  }
  return { verdicts, changes, warnings }
}

function shownTensor({ name, dtype, shape }: TensorInfo): string {
  return `${name} ${dtype} ${shape === null ? '' : `[${shape.map((size) => size ?? '?').join(', ')}]`}`.trim()
}

/** What callers notice when another model answers them: a removed or added feature, another type, other classes. */
export function breakingChanges(before: Signature, after: Signature): string[] {
  const [old, now] = [before.features ?? [], after.features ?? []]
  const removed = old.filter(({ name }) => !now.some((feature) => feature.name === name))
  const added = now.filter(({ name }) => !old.some((feature) => feature.name === name))
  const retyped = now.flatMap((feature) => {
    const was = old.find(({ name }) => name === feature.name)
    return was && was.dtype !== feature.dtype ? [`${feature.name}: ${was.dtype} -> ${feature.dtype}`] : []
  })
  const classes = (signature: Signature) => signature.classes?.join(', ') ?? 'none'
  const tensors = ({ modelType, inputs, outputs }: Signature) =>
    modelType === 'tensor' ? [...inputs, ...outputs].map(shownTensor) : []
  const [oldTensors, newTensors] = [tensors(before), tensors(after)]
  const rows: [string, string[]][] = [
    ['features that callers need not send any more', removed.map(({ name }) => name)],
    ['features that callers must send now', added.map(({ name }) => name)],
    ['features with another type', retyped],
    ['tensors that are gone', oldTensors.filter((tensor) => !newTensors.includes(tensor))],
    ['tensors that are new', newTensors.filter((tensor) => !oldTensors.includes(tensor))],
    ['task', before.task === after.task ? [] : [`${before.task} -> ${after.task}`]],
    ['classes', classes(before) === classes(after) ? [] : [`${classes(before)} -> ${classes(after)}`]],
  ]
  return rows.flatMap(([what, values]) => (values.length > 0 ? [`${what}: ${values.join('; ')}`] : []))
}
