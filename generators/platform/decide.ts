import type { FrameworkName } from '../model/signature.ts'
import { MiB } from './fact.ts'
import { type Framework, frameworks, pillow, pytorchIndex } from './frameworks.ts'
import type { Cloud } from './infrastructure.ts'
import * as limits from './limits.ts'
import { companionsOf } from './pins.ts'
import { pinnedRelease } from './releases.ts'
import { type Arch, type PythonVersion, pythonVersions, runtimes } from './runtimes.ts'
import type { Advice, Endpoint, Packaging, Subject } from './subject.ts'

// ---- python and architecture

/** The pythons that we offer and that have wheels for the pinned version, newest first. */
export function pythonChoices(
  name: FrameworkName,
  version: string | null,
  arch: Arch = 'x86_64',
): readonly PythonVersion[] {
  const { release, isTooOld } = pinnedRelease({ framework: name, version })
  return !isTooOld && release.architectures.includes(arch) ? release.pythons : []
}

export function advisePython(
  name: FrameworkName,
  written: string | null,
  arch: Arch = 'x86_64',
  cloud: Cloud = 'lambda',
): Advice<PythonVersion> {
  const { framework, version } = pinnedRelease({ framework: name, version: written })
  const newest = pythonVersions[0] as PythonVersion
  const value = pythonChoices(name, written, arch)[0] ?? newest
  const until = runtimes.value.find(({ python }) => python === value)?.until
  if (cloud === 'cloud-functions') {
    return {
      value,
      reason:
        name === 'none'
          ? 'the newest that is offered here'
          : `the newest here that ${framework.label} ${version} has wheels for`,
      source: `${framework.source}; Cloud Run functions, "Runtime support"`,
    }
  }
  return {
    value,
    reason:
      name === 'none'
        ? `the newest of Lambda's; AWS patches it until ${until}`
        : value === newest
          ? `the newest that ${framework.label} ${version} has wheels for; AWS patches it until ${until}`
          : `${framework.label} ${version} has no wheels for ${newest}; AWS patches ${value} until ${until}`,
    source: `${framework.source}; ${runtimes.source}`,
  }
}

export function adviseArch(name: FrameworkName, written: string | null): Advice<Arch> {
  const { framework, release, version } = pinnedRelease({ framework: name, version: written })
  const { source } = framework
  if (!release.architectures.includes('arm64')) {
    return { value: 'x86_64', reason: `${framework.label} ${version} has wheels for it only`, source }
  }
  if (!release.architectures.includes('x86_64')) {
    return { value: 'arm64', reason: `${framework.label} ${version} has wheels for it only`, source }
  }
  return {
    value: 'x86_64',
    reason: 'what most build machines are, so that the package is tested as it runs',
    source,
  }
}

// ---- zip or image

// The emitted code, and what a new lock may add.
const headroomMiB = 4

/** Unpacked size in MiB of the framework's packages, pruned and with byte code. */
export function packagesMiB(subject: Subject): number {
  const { framework, release } = pinnedRelease(subject)
  const { arch = 'x86_64', traits = {} } = subject
  const companions = companionsOf(framework.name, traits).reduce(
    (sum, name) => sum + frameworks[name].besideMiB,
    0,
  )
  return release.unpacked[arch] + companions + (traits.image ? pillow.unpacked[arch] : 0)
}

/** The whole package; a model that is fetched from a bucket does not count. */
export function unpackedMiB(subject: Subject): number {
  const { modelBytes = 0, extraBytes = 0, modelStore = 'bundled' } = subject
  return packagesMiB(subject) + (extraBytes + (modelStore === 'bundled' ? modelBytes : 0)) / MiB
}

export function advisePackaging(subject: Subject): Advice<Packaging> {
  const framework = frameworks[subject.framework]
  if (subject.cloud === 'cloud-functions' && subject.framework === 'pytorch') {
    const reason =
      "Google's buildpack does not know PyTorch's own index, which has its wheels for processors alone"
    return { value: 'image', reason, source: pytorchIndex.source }
  }
  if (subject.cloud === 'cloud-functions') {
    return {
      value: 'zip',
      reason: "Google builds the image from the source: of packages' size there is no limit",
      source: 'Cloud Run, "Deploy functions from source"',
    }
  }
  const source = `${limits.zipUnpackedLimit.source}; ${framework.source}`
  if (framework.neverZip !== null) {
    return { value: 'image', reason: `${framework.label} fits no zip: ${framework.neverZip}`, source }
  }
  const size = `about ${mib(unpackedMiB(subject))} unpacked`
  return fitsZip(subject)
    ? { value: 'zip', reason: `${size}, of ${zipMiB} MiB that a zip may have`, source }
    : { value: 'image', reason: `${size} is more than the ${zipMiB} MiB that a zip may have`, source }
}

export const zipMiB = limits.zipUnpackedLimit.value / MiB

export function fitsZip(subject: Subject): boolean {
  return frameworks[subject.framework].neverZip === null && unpackedMiB(subject) + headroomMiB <= zipMiB
}

// ---- memory, time-out, /tmp

/** In MB. A third is left free, in steps of 256. */
export function adviseMemory({
  framework: name,
  modelBytes = 0,
  modelStore = 'bundled',
}: Pick<Subject, 'framework' | 'modelBytes' | 'modelStore' | 'packaging'>): Advice<number> {
  const framework = frameworks[name]
  const resident = framework.residentMiB + loadedMiB(framework, modelBytes, modelStore)
  const needed = Math.ceil((resident * 1.5) / 256) * 256
  const value = Math.min(limits.memoryRange.value.max, Math.max(framework.leastMemoryMb, needed))
  const core = Math.round((value / limits.memoryOfOneCore.value) * 100)
  const because =
    needed > framework.leastMemoryMb
      ? `${framework.label} and ${loadedModel(modelStore)} need about ${mib(resident)}`
      : `${framework.label} needs about ${mib(resident)} here, and less memory means a slower start`
  return {
    value,
    reason: `${because}; this is ${core} % of a core${remarkAfter(memoryRemark(value))}`,
    source: `${limits.memoryOfOneCore.source}; resident memory measured`,
  }
}

/** A fetched model is loaded beside the one that it replaces. */
function loadedMiB(framework: Framework, modelBytes: number, modelStore: Subject['modelStore']): number {
  return ((modelStore === 'bucket' ? 2 : 1) * framework.loadFactor * modelBytes) / MiB
}

function loadedModel(modelStore: Subject['modelStore']): string {
  return modelStore === 'bucket' ? 'the model, loaded twice while it is replaced,' : 'the loaded model'
}

function remarkAfter(remark: string | null): string {
  return remark === null ? '' : `; ${remark}`
}

/** In MB: of Cloud Run, where what lies in /tmp is memory and several calls are answered at a time. */
export function adviseGoogleMemory({
  framework: name,
  modelBytes = 0,
  modelStore = 'bundled',
}: Subject): Advice<number> {
  const framework = frameworks[name]
  const { min, max } = limits.googleMemoryRange.value
  const fetched = modelStore === 'bucket' ? (2 * modelBytes) / MiB : 0
  const loaded = framework.residentMiB + loadedMiB(framework, modelBytes, modelStore)
  const resident = limits.googleServerMiB.value + loaded + fetched
  const value = Math.min(max, Math.max(min, Math.ceil((resident * 1.5) / 256) * 256))
  const held = fetched > 0 ? ', with the fetched model in /tmp, which is memory' : ''
  return {
    value,
    reason: `the server, ${framework.label} and ${loadedModel(modelStore)} need about ${mib(resident)}${held}`,
    source: `${limits.googleMemoryRange.source}; resident memory measured`,
  }
}

/** How many processors go with so much memory. */
export function cpusFor(memoryMb: number): number {
  const row = limits.googleCpus.value.find(({ upToMb }) => memoryMb <= upToMb)
  return row?.cpus ?? limits.googleCpus.value[4].cpus
}

/** What to know about a memory size that Lambda allows and an account may still refuse. */
export function memoryRemark(megabytes: number): string | null {
  const cap = limits.newAccountMemory.value
  return megabytes > cap ? `new AWS accounts are capped at ${cap} MB until AWS Support raises it` : null
}

/** How long the gateway before the function waits, in seconds; null: there is none. */
export function gatewaySeconds(endpoint: Endpoint): number | null {
  if (endpoint === 'http-api') return limits.httpApiSeconds.value
  if (endpoint === 'rest-api') return limits.restApiSeconds.value
  return null
}

/** In seconds. Below the gateway's own limit, so that the function's error and log line come first. */
export function adviseTimeout({
  endpoint,
  cloud = 'lambda',
}: {
  readonly endpoint: Endpoint
  readonly cloud?: Cloud | undefined
}): Advice<number> {
  if (cloud === 'cloud-functions') {
    return {
      value: 60,
      reason: 'enough for a cold start and a full batch; Cloud Run would wait 300 s',
      source: limits.googleTimeoutRange.source,
    }
  }
  const gateway = gatewaySeconds(endpoint)
  if (gateway === null) {
    return {
      value: 60,
      reason: 'no gateway waits: enough for a cold start and a full batch',
      source: limits.timeoutRange.source,
    }
  }
  return {
    value: gateway - 1,
    reason: `one second before the ${gatewayLabel(endpoint)} gives up`,
    source: endpoint === 'http-api' ? limits.httpApiSeconds.source : limits.restApiSeconds.source,
  }
}

export function gatewayLabel(endpoint: Endpoint): string {
  return endpoint === 'http-api' ? 'HTTP API' : 'REST API'
}

/** In MB. Only a fetched model lies in /tmp: twice, while a new one is fetched beside the old one. */
export function adviseTmp({
  modelStore = 'bundled',
  modelBytes = 0,
}: Pick<Subject, 'modelStore' | 'modelBytes'>): Advice<number> {
  const { min, max } = limits.tmpRange.value
  const { source } = limits.tmpRange
  if (modelStore === 'bundled')
    return { value: min, reason: 'the smallest, which is free: nothing is stored there', source }
  const value = Math.min(max, Math.max(min, 256 + Math.ceil((2 * modelBytes) / MiB / 256) * 256))
  return value === min
    ? { value, reason: 'the smallest, which is free: the fetched model fits twice', source }
    : {
        value,
        reason: `the fetched model (${mib(modelBytes / MiB)}) lies there twice while it is replaced`,
        source,
      }
}

export function mib(size: number): string {
  if (size < 1) return `${Math.max(1, Math.round(size * 1024))} KiB`
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} MiB`
}
