import type { FrameworkName, ModelFormat } from '../model/signature.ts'
import type { Problem, Warning } from '../problem.ts'
import { type Framework, frameworks, onnxGates, type Release } from './frameworks.ts'
import { pythonVersions } from './runtimes.ts'
import type { Advice, Named, PinTraits, Written } from './subject.ts'

/**
 * The version to pin, of the framework's own package.
 * A pickle is pinned to exactly what wrote it; documents that newer versions keep reading get the newest, and
 * never one below the file's own: XGBoost 3.0 loads a file of 3.4 without an error and answers wrongly.
 */
export function adviseFrameworkVersion({ framework: name, version, format }: Named): Advice<string> {
  const framework = frameworks[name]
  const newest = newestRelease(framework).version
  const source = `${framework.source} (${framework.seen})`
  if (name === 'onnx') {
    return {
      value: newest,
      reason: 'the newest ONNX Runtime, which loads all older IR versions and opsets',
      source,
    }
  }
  if (version === null) {
    return {
      value: newest,
      reason: `the newest ${framework.label}, as the file does not name its own`,
      source,
    }
  }
  if (mustMatchExactly(name, format)) {
    return { value: version, reason: 'the version that wrote the file: a pickle is safe in no other', source }
  }
  return isOlder(newest, version)
    ? { value: version, reason: 'the version that wrote the file, newer than any known here', source }
    : {
        value: newest,
        reason: `the newest ${framework.label}, which reads files of ${version}`,
        source,
      }
}

/** Pickles hold the library's own objects. */
export function mustMatchExactly(name: FrameworkName, format: ModelFormat | undefined): boolean {
  return name === 'sklearn' || format === 'sklearn-joblib' || format === 'sklearn-pickle'
}

export function versionWarnings({ framework: { name, version }, format }: Written): readonly Warning[] {
  if (name === 'onnx') return []
  const framework = frameworks[name]
  const pinned = adviseFrameworkVersion({ framework: name, version, format }).value
  const code = 'unknown-framework-version'
  if (version === null) {
    if (!mustMatchExactly(name, format)) return []
    const message = `The file does not say which ${framework.label} wrote it: ${pinned} is pinned. Change the pin if another one saved the model.`
    return [{ code, message }]
  }
  if (releaseOf(framework, pinned) !== null || isBeforeTable(framework, pinned)) return []
  const near = nearestRelease(framework, pinned).version
  return [
    {
      code,
      message: `${framework.label} ${pinned} is not among the versions known here: it is pinned as the file says, with the requirements of ${near}.`,
    },
  ]
}

/** Models that nothing which we could emit would answer rightly: refused, whatever else was chosen. */
export function frameworkProblems({ framework, format, traits }: Written): readonly Problem[] {
  if (framework.name === 'onnx') return onnxProblems(traits)
  const known = frameworks[framework.name]
  const { version } = framework
  if (version === null || !mustMatchExactly(framework.name, format) || !isBeforeTable(known, version))
    return []
  const oldest = oldestRelease(known).version
  return [
    {
      code: 'unsupported-framework-version',
      option: '--model',
      value: version,
      message: `The model was saved by ${known.label} ${version}, which has no wheels for Python ${pythonVersions.at(-1)} or later; a later ${known.label} may load it and answer wrongly.`,
      fix: `Train and save it again with ${known.label} ${oldest} or later, or convert it to ONNX (skl2onnx) where ${known.label} ${version} is installed.`,
    },
  ]
}

function onnxProblems({ irVersion, opset }: PinTraits): readonly Problem[] {
  const newest = onnxGates[0]
  if ((irVersion ?? 0) <= newest.ir && (opset ?? 0) <= newest.opset) return []
  const has = [
    irVersion === undefined ? [] : [`IR version ${irVersion}`],
    opset === undefined ? [] : [`opset ${opset}`],
  ]
    .flat()
    .join(' and ')
  return [
    {
      code: 'unsupported-framework-version',
      option: '--model',
      value: has,
      message: `The model has ${has}; the newest ONNX Runtime, ${newest.version}, loads IR version ${newest.ir} and opset ${newest.opset} at most.`,
      fix: `Export it again with ir_version <= ${newest.ir} and opset <= ${newest.opset}.`,
    },
  ]
}

// ---- looking things up in the table

export interface Pinned {
  readonly framework: Framework
  readonly version: string
  /** The version's own row, or the nearest one. */
  readonly release: Release
  readonly isTooOld: boolean
}

export function pinnedRelease(named: Named): Pinned {
  const framework = frameworks[named.framework]
  const version = adviseFrameworkVersion(named).value
  return {
    framework,
    version,
    release: nearestRelease(framework, version),
    isTooOld: isBeforeTable(framework, version),
  }
}

export function newestRelease(framework: Framework): Release {
  return framework.releases[0]
}

export function oldestRelease(framework: Framework): Release {
  return framework.releases.at(-1) as Release
}

function releaseOf(framework: Framework, version: string): Release | null {
  return framework.releases.find((release) => release.version === version) ?? null
}

/** The row itself; else the newest row that is older; else the oldest of all. */
export function nearestRelease(framework: Framework, version: string): Release {
  return framework.releases.find((release) => !isOlder(version, release.version)) ?? oldestRelease(framework)
}

function isBeforeTable(framework: Framework, version: string): boolean {
  return isOlder(version, oldestRelease(framework).version)
}

/** By the numbers. Of what follows them, `rc1` and its like come before the release and `.post1` after it. */
export function isOlder(a: string, b: string): boolean {
  const [x, y] = [versionKey(a), versionKey(b)]
  const at = x.findIndex((part, i) => part !== y[i])
  return at >= 0 && (x[at] as number) < (y[at] as number)
}

function versionKey(version: string): readonly number[] {
  const [, numbers = '', rest = ''] = /^(\d+(?:\.\d+)*)(.*)$/.exec(version) ?? []
  const [major = 0, minor = 0, patch = 0] = numbers.split('.').map(Number)
  const stage = /^\.?(?:a|b|rc|dev)/.test(rest) ? -1 : rest.startsWith('.post') ? 1 : 0
  return [major, minor, patch, stage]
}
