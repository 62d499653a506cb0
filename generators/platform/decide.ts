import type { FrameworkName, ModelFormat, Signature, Traits } from '../model/signature.ts'
import type { Problem, Warning } from '../problem.ts'
import { fact, MiB } from './fact.ts'
import {
  besideKerasOnTensorflow,
  type Framework,
  frameworks,
  onnxGates,
  type Pin,
  pillow,
  pytorchIndex,
  type Release,
} from './frameworks.ts'
import * as limits from './limits.ts'
import { type Arch, type PythonVersion, pythonVersions, runtimes } from './runtimes.ts'

export type { Pin } from './frameworks.ts'

import type { Cloud } from './names.ts'

/** A value that was decided, with what the user needs to agree or to overrule it. */
export interface Advice<T> {
  readonly value: T
  /** One clause, without a full stop: it stands beside a prompt and in the README. */
  readonly reason: string
  readonly source: string
}

export type Packaging = 'zip' | 'image'
export type Endpoint = 'http-api' | 'rest-api' | 'function-url' | 'none'

/** What decides pins and sizes beside the version. */
export type PinTraits = Pick<
  Traits,
  'irVersion' | 'opset' | 'alsoNeeds' | 'sklearnVersion' | 'tensorflow' | 'image'
> & {
  /** How a joblib file is compressed: only lz4 is not in Python's own library. */
  readonly compression?: string
}

/** What is decided about: the model, and the answers so far. What is null is not known yet. */
export interface Subject {
  readonly framework: FrameworkName
  /** What the file says of the version that wrote it. */
  readonly version: string | null
  readonly format?: ModelFormat | undefined
  readonly traits?: PinTraits
  readonly modelBytes?: number
  /** The user's own code and dependencies. */
  readonly extraBytes?: number
  readonly python?: string | null
  readonly arch?: Arch
  readonly packaging?: Packaging | null
  readonly modelStore?: 'bundled' | 'bucket'
  readonly cloud?: Cloud
}

type Named = Pick<Subject, 'framework' | 'version' | 'format'>

/** The part of a signature that versions are decided by. */
export type Written = Pick<Signature, 'framework' | 'format' | 'traits'>

// ---- the version of the framework

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
function mustMatchExactly(name: FrameworkName, format: ModelFormat | undefined): boolean {
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

// ---- pins

export interface PinChoices {
  readonly python: string
  readonly arch: Arch
  readonly traits?: PinTraits
  readonly format?: ModelFormat | undefined
}

/**
 * What the emitted project needs at run time, sorted by name. `version` is what the file says.
 * A name may come twice, with markers that exclude each other.
 */
export function pins(name: FrameworkName, version: string | null, choices: PinChoices): readonly Pin[] {
  const { traits = {}, format } = choices
  const { release, version: pinned } = pinnedRelease({ framework: name, version, format })
  const all = [...ownPins(name, pinned, traits)]
  const companions = companionsOf(name, traits)
  // Of all of them scikit-learn is the one that bears only the numpy and scipy of its own time.
  if (companions.includes('sklearn')) all.push(...companionPins('sklearn', traits))
  all.push(...(traits.tensorflow ? besideKerasOnTensorflow : release.beside))
  for (const companion of companions) all.push(...companionPins(companion, traits))
  // Bare boosters bring no scikit-learn, and joblib reads pickles of either kind.
  if (mustMatchExactly(name, format)) all.push({ name: 'joblib', version: '1.6.0', marker: null })
  if (traits.image) all.push(pillow.pin)
  if (traits.compression === 'lz4') all.push({ name: 'lz4', version: '4.4.5', marker: null })
  return withoutTwins(all).sort(byNameAndMarker)
}

/** Other libraries whose objects are in the pickle. */
function companionsOf(name: FrameworkName, { alsoNeeds = [] }: PinTraits): readonly FrameworkName[] {
  return Object.values(frameworks)
    .map((framework) => framework.name)
    .filter((other) => other !== name && alsoNeeds.includes(other))
}

function companionRelease(name: FrameworkName, { sklearnVersion }: PinTraits): Release {
  return name === 'sklearn' && sklearnVersion !== undefined
    ? nearestRelease(frameworks.sklearn, sklearnVersion)
    : newestRelease(frameworks[name])
}

/** Only scikit-learn leaves its version in another library's pickle: of the others, the newest. */
function companionPins(name: FrameworkName, traits: PinTraits): readonly Pin[] {
  const release = companionRelease(name, traits)
  const version = name === 'sklearn' ? (traits.sklearnVersion ?? release.version) : release.version
  return [...ownPins(name, version, {}), ...release.beside]
}

/** Of two pins of one package, the first: it is the framework's own. */
function withoutTwins(all: readonly Pin[]): Pin[] {
  return all.filter(
    (pin, at) => all.findIndex((other) => other.name === pin.name && other.marker === pin.marker) === at,
  )
}

function ownPins(name: FrameworkName, version: string, traits: PinTraits): Pin[] {
  if (name === 'none') return []
  const own = { name: frameworks[name].package, version, marker: null }
  if (name === 'onnx') return onnxPins(own, traits)
  if (name !== 'xgboost') return [own]
  // The smaller package has no wheels for Macs; the other one has no CUDA in it there.
  return [
    { ...own, marker: "sys_platform != 'darwin'" },
    { name: 'xgboost', version, marker: "sys_platform == 'darwin'" },
  ]
}

/** Intel Macs got their last wheel long ago: they test with that one, if it loads the model at all. */
function onnxPins(own: Pin, { irVersion = 0, opset = 0 }: PinTraits): Pin[] {
  const last = onnxGates.find((gate) => gate.isLastForIntelMacs)
  if (last === undefined || irVersion > last.ir || opset > last.opset) return [own]
  return [
    { ...own, marker: "sys_platform != 'darwin' or platform_machine != 'x86_64'" },
    { ...own, version: last.version, marker: "sys_platform == 'darwin' and platform_machine == 'x86_64'" },
  ]
}

/** The server that Google's buildpack starts; as a dependency, so that the tested one is the deployed one. */
export const functionsFramework = fact<Pin>(
  { name: 'functions-framework', version: '3.10.2', marker: null },
  {
    source: 'https://pypi.org/project/functions-framework/#history',
    seen: '2026-11',
    matters: 'what serves a project on Cloud Functions, there and in its tests',
  },
)

/** What its owner needs to test, lint and call the project. */
export function devPins(): readonly Pin[] {
  return [
    { name: 'boto3', version: '1.44.5', marker: null },
    { name: 'hypothesis', version: '6.170.15', marker: null },
    { name: 'mypy', version: '2.4.1', marker: null },
    { name: 'pytest', version: '9.2.0', marker: null },
    { name: 'ruff', version: '0.17.5', marker: null },
  ]
}

/** What the scripts that write to a bucket need, and their tests. */
export const storeDevPins: Readonly<Record<Cloud, readonly Pin[]>> = {
  lambda: [{ name: 'moto', version: '5.2.5', marker: null }],
  'cloud-functions': [{ name: 'google-cloud-storage', version: '3.17.1', marker: null }],
}

function byNameAndMarker(a: Pin, b: Pin): number {
  const [x, y] = [`${a.name} ${a.marker ?? ''}`, `${b.name} ${b.marker ?? ''}`]
  return x < y ? -1 : x > y ? 1 : 0
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

const zipMiB = limits.zipUnpackedLimit.value / MiB

function fitsZip(subject: Subject): boolean {
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

function gatewayLabel(endpoint: Endpoint): string {
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

// ---- answers that contradict each other

/** The answers that can rule each other out, keyed like the flags. One that is missing contradicts nothing. */
export interface PlatformAnswers {
  readonly name?: string
  readonly cloud?: Cloud
  readonly packaging?: Packaging
  readonly 'model-store'?: 'bundled' | 'bucket'
  readonly endpoint?: Endpoint
  readonly auth?: 'iam' | 'api-key' | 'none' | null
  readonly warmup?: 'none' | 'schedule' | 'snapstart' | 'provisioned'
  readonly memory?: number
  readonly timeout?: number
  readonly 'tmp-size'?: number
  readonly region?: string
  readonly python?: string
  readonly arch?: Arch
}

export interface Sizes {
  readonly modelBytes?: number
  readonly extraBytes?: number
  /** The names of the user's own dependencies. */
  readonly required?: readonly string[]
}

/** Every pair of answers that cannot both hold, and every answer that the model rules out. */
export function contradictions(
  answers: PlatformAnswers,
  signature: Written | null,
  sizes: Sizes = {},
): readonly Problem[] {
  const aboutModel = signature === null ? [] : modelContradictions(answers, signature, sizes)
  if (answers.cloud === 'cloud-functions')
    return [keysOnGoogle(answers), ...aboutModel].filter((problem) => problem !== null)
  return [
    keysWithoutRestApi(answers),
    timeoutOverGateway(answers),
    snapStartWithLargeTmp(answers),
    snapStartOutOfRegion(answers),
    ...aboutModel,
  ].filter((problem) => problem !== null)
}

function keysWithoutRestApi({ auth, endpoint }: PlatformAnswers): Problem | null {
  if (auth !== 'api-key' || endpoint === undefined || endpoint === 'rest-api') return null
  return clash(
    '--auth',
    auth,
    `--auth api-key does not work with --endpoint ${endpoint}: only a REST API has keys.`,
    'Use --endpoint rest-api, or --auth iam.',
  )
}

function keysOnGoogle({ auth }: PlatformAnswers): Problem | null {
  if (auth !== 'api-key') return null
  const message = '--auth api-key does not work with --cloud cloud-functions: Cloud Run knows no keys.'
  return clash('--auth', auth, message, 'Use --auth iam.')
}

function timeoutOverGateway({ timeout, endpoint }: PlatformAnswers): Problem | null {
  if (timeout === undefined || endpoint === undefined) return null
  const gateway = gatewaySeconds(endpoint)
  if (gateway === null || timeout < gateway) return null
  return clash(
    '--timeout',
    timeout,
    `--timeout ${timeout} does not work with --endpoint ${endpoint}: the ${gatewayLabel(endpoint)} gives up after ${gateway} s.`,
    `Use --timeout ${gateway - 1}, or --endpoint function-url.`,
  )
}

function snapStartWithLargeTmp({ warmup, 'tmp-size': tmp }: PlatformAnswers): Problem | null {
  const most = limits.snapStartTmp.value
  if (warmup !== 'snapstart' || tmp === undefined || tmp <= most) return null
  return clash(
    '--tmp-size',
    tmp,
    `--tmp-size ${tmp} does not work with --warmup snapstart: SnapStart takes ${most} MB of /tmp at most.`,
    `Use --tmp-size ${most}, or --warmup provisioned.`,
  )
}

function snapStartOutOfRegion({ warmup, region }: PlatformAnswers): Problem | null {
  if (warmup !== 'snapstart' || region === undefined) return null
  if (!limits.regionsWithoutSnapStart.value.includes(region)) return null
  return clash(
    '--region',
    region,
    `--region ${region} does not work with --warmup snapstart: SnapStart is not there.`,
    'Use --warmup provisioned, or another region.',
  )
}

function modelContradictions(
  answers: PlatformAnswers,
  signature: Written,
  { modelBytes = 0, extraBytes = 0, required = [] }: Sizes,
): readonly (Problem | null)[] {
  const refused = frameworkProblems(signature)
  if (refused.length > 0) return refused
  const subject: Subject = {
    framework: signature.framework.name,
    version: signature.framework.version,
    format: signature.format,
    traits: signature.traits,
    modelBytes,
    extraBytes,
    arch: answers.arch ?? 'x86_64',
    modelStore: answers['model-store'] ?? 'bundled',
    cloud: answers.cloud ?? 'lambda',
  }
  return [
    namedLikeRequirement(answers, subject, required),
    archWithoutWheels(answers, subject),
    pythonWithoutWheels(answers, subject),
    answers.cloud === 'cloud-functions' ? null : zipTooLarge(answers, subject),
    memoryTooSmall(answers, subject),
    answers.cloud === 'cloud-functions' ? null : tmpTooSmall(answers, subject),
  ]
}

/** A project called like one of its requirements cannot be installed: it would have to require itself. */
function namedLikeRequirement(
  { name }: PlatformAnswers,
  subject: Subject,
  own: readonly string[],
): Problem | null {
  if (name === undefined) return null
  const { framework, version, format, traits = {} } = subject
  const required = [
    ...pins(framework, version, { python: '3.13', arch: 'x86_64', format, traits }),
    ...(subject.cloud === 'cloud-functions' ? [functionsFramework.value] : []),
    ...devPins(),
    ...storeDevPins[subject.cloud ?? 'lambda'],
  ]
  if (!own.includes(name) && !required.some((pin) => pin.name === name)) return null
  return clash(
    '--name',
    name,
    `--name ${name} is also the name of a package that the project needs.`,
    `Use --name ${name}-service.`,
  )
}

function archWithoutWheels({ arch }: PlatformAnswers, subject: Subject): Problem | null {
  const { framework, version, release } = pinnedRelease(subject)
  if (arch === undefined || release.architectures.includes(arch)) return null
  return clash(
    '--arch',
    arch,
    `--arch ${arch} does not work with --framework ${framework.name}: ${framework.label} ${version} has no wheels for it.`,
    `Use --arch ${release.architectures[0]}, or convert the model to ONNX.`,
  )
}

function pythonWithoutWheels({ python }: PlatformAnswers, subject: Subject): Problem | null {
  const { framework, version, release } = narrowest(subject)
  if (python === undefined || release.pythons.some((offered) => offered === python)) return null
  return clash(
    '--python',
    python,
    `--python ${python} does not work with the model: ${framework.label} ${version} has no wheels for it.`,
    `Use --python ${release.pythons[0]}, or save the model with a later ${framework.label}.`,
  )
}

/** The framework's release, or that of the scikit-learn in its pickle, where fewer pythons have that. */
function narrowest(subject: Subject): Pick<Pinned, 'framework' | 'version' | 'release'> {
  const pinned = pinnedRelease(subject)
  const { traits = {} } = subject
  if (!companionsOf(subject.framework, traits).includes('sklearn')) return pinned
  const release = companionRelease('sklearn', traits)
  if (release.pythons.length >= pinned.release.pythons.length) return pinned
  return { framework: frameworks.sklearn, version: traits.sklearnVersion ?? release.version, release }
}

function zipTooLarge({ packaging }: PlatformAnswers, subject: Subject): Problem | null {
  if (packaging !== 'zip' || fitsZip(subject)) return null
  const framework = frameworks[subject.framework]
  const because =
    framework.neverZip === null
      ? `about ${mib(unpackedMiB(subject))} unpacked is more than the ${zipMiB} MiB that Lambda takes`
      : `${framework.label} does not fit ${zipMiB} MiB, ${framework.neverZip}`
  const bucketHelps = subject.modelStore === 'bundled' && fitsZip({ ...subject, modelStore: 'bucket' })
  return clash(
    '--packaging',
    'zip',
    `--packaging zip does not work with --framework ${framework.name} and this model: ${because}.`,
    `Use --packaging image, or ${bucketHelps ? '--model-store bucket' : 'convert the model to ONNX'}.`,
  )
}

function memoryTooSmall({ memory }: PlatformAnswers, subject: Subject): Problem | null {
  const { label, residentMiB } = frameworks[subject.framework]
  const size = (subject.modelBytes ?? 0) / MiB
  const onLambda = subject.cloud !== 'cloud-functions'
  const least = Math.ceil(residentMiB + size + (onLambda ? 0 : limits.googleServerMiB.value))
  if (memory === undefined || memory >= least) return null
  const { max } = (onLambda ? limits.memoryRange : limits.googleMemoryRange).value
  const advice = onLambda ? adviseMemory(subject) : adviseGoogleMemory(subject)
  const fits = least <= max
  return clash(
    '--memory',
    memory,
    `--memory ${memory} does not work with the model: ${label} with ${mib(size)} of model needs more than ${least} MB.`,
    fits
      ? `Use --memory ${advice.value}, or leave it out.`
      : `${onLambda ? 'Lambda' : 'Cloud Run'} has ${max} MB at most: use a smaller model.`,
  )
}

function tmpTooSmall({ 'tmp-size': tmp }: PlatformAnswers, subject: Subject): Problem | null {
  const { modelStore, modelBytes = 0 } = subject
  if (modelStore !== 'bucket' || tmp === undefined || tmp * MiB >= modelBytes) return null
  return clash(
    '--tmp-size',
    tmp,
    `--tmp-size ${tmp} does not work with --model-store bucket: the model has ${mib(modelBytes / MiB)}.`,
    `Use --tmp-size ${adviseTmp(subject).value}, or --model-store bundled.`,
  )
}

function clash(option: string, value: unknown, message: string, fix: string): Problem {
  return { code: 'contradiction', option, value, message, fix }
}

// ---- looking things up in the table

interface Pinned {
  readonly framework: Framework
  readonly version: string
  /** The version's own row, or the nearest one. */
  readonly release: Release
  readonly isTooOld: boolean
}

function pinnedRelease(named: Named): Pinned {
  const framework = frameworks[named.framework]
  const version = adviseFrameworkVersion(named).value
  return {
    framework,
    version,
    release: nearestRelease(framework, version),
    isTooOld: isBeforeTable(framework, version),
  }
}

function newestRelease(framework: Framework): Release {
  return framework.releases[0]
}

function oldestRelease(framework: Framework): Release {
  return framework.releases.at(-1) as Release
}

function releaseOf(framework: Framework, version: string): Release | null {
  return framework.releases.find((release) => release.version === version) ?? null
}

/** The row itself; else the newest row that is older; else the oldest of all. */
function nearestRelease(framework: Framework, version: string): Release {
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

function mib(size: number): string {
  if (size < 1) return `${Math.max(1, Math.round(size * 1024))} KiB`
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} MiB`
}
