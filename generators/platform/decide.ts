import type { FrameworkName, Signature, Traits } from '../model/signature.ts'
import type { Problem, Warning } from '../problem.ts'
import { MiB } from './fact.ts'
import { type Framework, frameworks, onnxGates, type Pin, type Release } from './frameworks.ts'
import * as limits from './limits.ts'
import { type Arch, type PythonVersion, pythonVersions, runtimes } from './runtimes.ts'

/** A value that was decided, with what the user needs to agree or to overrule it. */
export interface Advice<T> {
  readonly value: T
  /** One clause, without a full stop: it stands beside a prompt and in the README. */
  readonly reason: string
  readonly source: string
}

export type Packaging = 'zip' | 'image'
export type Endpoint = 'http-api' | 'rest-api' | 'function-url' | 'none'

/** What decides pins and sizes beside the version: any part may be missing. */
export type PinTraits = Pick<Traits, 'namedColumns' | 'irVersion' | 'opset'> & {
  /** How a joblib file is compressed: only lz4 needs a package of its own. */
  readonly compression?: string
}

// ---- the version of the framework

/**
 * The version to pin: of the framework's own package, never a guess about a pickle.
 * A file that names none gets the newest of the table, and `versionWarnings` says so.
 */
export function adviseFrameworkVersion(signature: Pick<Signature, 'framework' | 'format'>): Advice<string> {
  const { name, version } = signature.framework
  const framework = frameworks[name]
  const newest = newestRelease(framework).version
  const source = `${framework.source} (${framework.seen})`
  if (name === 'onnx') {
    return { value: newest, reason: 'the newest ONNX Runtime loads every older IR and operator set', source }
  }
  if (version === null) {
    return {
      value: newest,
      reason: `the file does not name its version: the newest ${framework.label}`,
      source,
    }
  }
  if (mustMatchExactly(signature)) {
    return { value: version, reason: `the version that wrote the file: a pickle is safe in no other`, source }
  }
  return isOlder(newest, version)
    ? { value: version, reason: 'the version that wrote the file, newer than any known here', source }
    : {
        value: newest,
        reason: `reads files of ${framework.label} ${version}, and nothing older than the file is safe`,
        source,
      }
}

/** Pickles hold the library's own objects; the other formats are documents that newer versions keep reading. */
function mustMatchExactly({ framework, format }: Pick<Signature, 'framework' | 'format'>): boolean {
  return framework.name === 'sklearn' || format === 'sklearn-joblib' || format === 'sklearn-pickle'
}

export function versionWarnings(signature: Pick<Signature, 'framework' | 'format'>): readonly Warning[] {
  const { name, version } = signature.framework
  if (name === 'onnx') return []
  const framework = frameworks[name]
  const pinned = adviseFrameworkVersion(signature).value
  if (version === null) {
    if (!mustMatchExactly(signature)) return []
    return [
      {
        code: 'unknown-framework-version',
        message: `The file does not say which ${framework.label} wrote it: ${pinned} is pinned. Change the pin if the model was saved by another one.`,
      },
    ]
  }
  if (releaseOf(framework, pinned) !== null || isBeforeTable(framework, pinned)) return []
  return [
    {
      code: 'unknown-framework-version',
      message: `${framework.label} ${pinned} is not known to this version: it is pinned as the file says, with what ${nearestRelease(framework, pinned).version} needs.`,
    },
  ]
}

/** Models that no runtime which we could emit would answer rightly: refused, whatever else was chosen. */
export function frameworkProblems(
  signature: Pick<Signature, 'framework' | 'format' | 'traits'>,
): readonly Problem[] {
  const { framework, traits } = signature
  if (framework.name === 'onnx') return onnxProblems(traits)
  const known = frameworks[framework.name]
  if (framework.version === null || !mustMatchExactly(signature) || !isBeforeTable(known, framework.version))
    return []
  const oldest = known.releases.at(-1) as Release
  const least = pythonVersions.at(-1)
  return [
    {
      code: 'unsupported-framework-version',
      option: '--model',
      value: framework.version,
      message: `The model was saved by ${known.label} ${framework.version}, which has no wheels for Python ${least} or later, and another version may answer wrongly without an error.`,
      fix: `Train and save it again with ${known.label} ${oldest.version} or later, or convert it to ONNX where ${known.label} ${framework.version} is installed (skl2onnx).`,
    },
  ]
}

function onnxProblems({ irVersion, opset }: Traits): readonly Problem[] {
  const newest = onnxGates[0]
  if (newest === undefined || ((irVersion ?? 0) <= newest.ir && (opset ?? 0) <= newest.opset)) return []
  const has = [
    irVersion === undefined ? null : `IR version ${irVersion}`,
    opset === undefined ? null : `opset ${opset}`,
  ]
  return [
    {
      code: 'unsupported-framework-version',
      option: '--model',
      value: has.filter((part) => part !== null).join(', '),
      message: `The model has ${has.filter((part) => part !== null).join(' and ')}; the newest ONNX Runtime (${newest.version}) loads IR version ${newest.ir} and opset ${newest.opset} at most.`,
      fix: `Export it again with ir_version <= ${newest.ir} and opset <= ${newest.opset}.`,
    },
  ]
}

// ---- python and architecture

/** The pythons that we offer and that have wheels for this version, newest first. */
export function pythonChoices(
  name: FrameworkName,
  version: string | null,
  arch: Arch = 'x86_64',
): readonly PythonVersion[] {
  const framework = frameworks[name]
  if (version !== null && isBeforeTable(framework, version)) return []
  const release = nearestRelease(framework, version)
  return release.architectures.includes(arch) ? release.pythons : []
}

export function advisePython(
  name: FrameworkName,
  version: string | null,
  arch: Arch = 'x86_64',
): Advice<PythonVersion> {
  const framework = frameworks[name]
  const value = pythonChoices(name, version, arch)[0] ?? (pythonVersions[0] as PythonVersion)
  const until = runtimes.value.find(({ python }) => python === value)?.until
  const pinned = version ?? newestRelease(framework).version
  const newest = pythonVersions[0]
  return {
    value,
    reason:
      value === newest
        ? `the newest Lambda runtime that ${framework.label} ${pinned} has wheels for, patched until ${until}`
        : `${framework.label} ${pinned} has no wheels for Python ${newest}; ${value} is patched until ${until}`,
    source: `${framework.source}; ${runtimes.source}`,
  }
}

export function adviseArch(name: FrameworkName, version: string | null): Advice<Arch> {
  const { architectures, ...release } = nearestRelease(frameworks[name], version)
  return {
    value: architectures.includes('x86_64') ? 'x86_64' : 'arm64',
    reason: architectures.includes('arm64')
      ? 'what most machines that build and test it have; arm64 is cheaper and works too'
      : `${frameworks[name].label} ${release.version} has wheels for x86_64 only`,
    source: frameworks[name].source,
  }
}

// ---- pins

export interface PinChoices {
  readonly python: PythonVersion
  readonly arch: Arch
  readonly traits?: PinTraits
}

/** What the emitted project needs at run time, sorted by name. A name may come twice, with markers that exclude each other. */
export function pins(
  name: FrameworkName,
  version: string | null,
  { traits = {} }: PinChoices,
): readonly Pin[] {
  const framework = frameworks[name]
  const release = nearestRelease(framework, version)
  const own = ownPins(framework, version ?? newestRelease(framework).version, traits)
  const extra: Pin[] = []
  if (traits.namedColumns === true) {
    extra.push({ name: 'pandas', version: usesNumpy1(release) ? '2.3.3' : '3.1.1', marker: null })
  }
  if (traits.compression === 'lz4') extra.push({ name: 'lz4', version: '4.4.5', marker: null })
  const taken = new Set(release.beside.map((pin) => pin.name))
  return [...own, ...release.beside, ...extra.filter((pin) => !taken.has(pin.name))].sort(byNameAndMarker)
}

function ownPins(framework: Framework, version: string, traits: PinTraits): Pin[] {
  if (framework.name === 'onnx') {
    const forIntelMacs = onnxGates.find((gate) => gate.version === lastOnnxForIntelMacs)
    const loads =
      forIntelMacs !== undefined &&
      (traits.irVersion ?? 0) <= forIntelMacs.ir &&
      (traits.opset ?? 0) <= forIntelMacs.opset
    if (!loads) return [{ name: framework.package, version, marker: null }]
    return [
      { name: framework.package, version, marker: `not (${onIntelMacs})` },
      { name: framework.package, version: forIntelMacs.version, marker: onIntelMacs },
    ]
  }
  if (framework.name === 'xgboost') {
    return [
      { name: 'xgboost', version, marker: "sys_platform == 'darwin'" },
      { name: 'xgboost-cpu', version, marker: "sys_platform != 'darwin'" },
    ]
  }
  return [{ name: framework.package, version, marker: null }]
}

const lastOnnxForIntelMacs = '1.23.2'
const onIntelMacs = "sys_platform == 'darwin' and platform_machine == 'x86_64'"

/** What its owner needs to test, lint and call the project. */
export function devPins(): readonly Pin[] {
  return [
    { name: 'boto3', version: '1.44.5', marker: null },
    { name: 'mypy', version: '2.4.1', marker: null },
    { name: 'pytest', version: '9.2.0', marker: null },
    { name: 'ruff', version: '0.17.5', marker: null },
  ]
}

function usesNumpy1(release: Release): boolean {
  return release.beside.some((pin) => pin.name === 'numpy' && pin.version.startsWith('1.'))
}

function byNameAndMarker(a: Pin, b: Pin): number {
  const [x, y] = [`${a.name} ${a.marker ?? ''}`, `${b.name} ${b.marker ?? ''}`]
  return x < y ? -1 : x > y ? 1 : 0
}

// ---- zip or image

export interface Load {
  readonly framework: FrameworkName
  readonly version: string | null
  readonly python: PythonVersion
  readonly arch: Arch
  /** 0 when the model is fetched from a bucket. */
  readonly modelBytes: number
  /** The user's own code and dependencies. */
  readonly extraBytes?: number
  readonly traits?: PinTraits
}

/** Unpacked size in MiB of the framework's packages, pruned and with byte code. */
export function packagesMiB({
  framework,
  version,
  arch,
  traits,
}: Pick<Load, 'framework' | 'version' | 'arch' | 'traits'>): number {
  const packages = nearestRelease(frameworks[framework], version).unpacked[arch]
  const pandas = traits?.namedColumns === true && framework !== 'catboost' ? pandasMiB : 0
  return packages + pandas
}

const pandasMiB = 45
// The emitted code, and what a lock file may drift by.
const headroomMiB = 4

export function unpackedMiB(load: Load): number {
  return packagesMiB(load) + (load.modelBytes + (load.extraBytes ?? 0)) / MiB
}

export function advisePackaging(load: Load): Advice<Packaging> {
  const framework = frameworks[load.framework]
  const source = `${limits.zipUnpackedLimit.source}; ${framework.source}`
  if (framework.neverZip !== null) {
    return { value: 'image', reason: `${framework.label} does not fit a zip: ${framework.neverZip}`, source }
  }
  const size = unpackedMiB(load)
  const limit = limits.zipUnpackedLimit.value / MiB
  return fitsZip(load)
    ? { value: 'zip', reason: `${mib(size)} unpacked, of ${limit} MiB that a zip may have`, source }
    : {
        value: 'image',
        reason: `${mib(size)} unpacked is more than the ${limit} MiB that a zip may have`,
        source,
      }
}

function fitsZip(load: Load): boolean {
  return (
    frameworks[load.framework].neverZip === null &&
    unpackedMiB(load) + headroomMiB <= limits.zipUnpackedLimit.value / MiB
  )
}

// ---- memory, time-out, /tmp

export interface MemoryNeed {
  readonly framework: FrameworkName
  readonly modelBytes: number
  readonly packaging: Packaging
}

/** In MB. A third is left free, in steps of 256: what is short of memory is also short of CPU. */
export function adviseMemory({ framework: name, modelBytes }: MemoryNeed): Advice<number> {
  const framework = frameworks[name]
  const resident = framework.residentMiB + (framework.loadFactor * modelBytes) / MiB
  const needed = Math.ceil((resident * 1.5) / 256) * 256
  const value = Math.min(limits.memoryRange.value.max, Math.max(framework.leastMemoryMb, needed))
  const core = Math.round((value / limits.memoryOfOneCore.value) * 100)
  const because =
    value > framework.leastMemoryMb
      ? `the loaded model needs about ${mib(resident)}`
      : `${framework.label} needs about ${mib(resident)}, and less memory means a slower start`
  return {
    value,
    reason: [`${because}: ${core} % of a core`, memoryRemark(value)]
      .filter((part) => part !== null)
      .join('; '),
    source: limits.memoryOfOneCore.source,
  }
}

/** What to know about a memory size that is allowed but may still be refused by the account. */
export function memoryRemark(megabytes: number): string | null {
  const cap = limits.newAccountMemory.value
  return megabytes > cap ? `new AWS accounts are capped at ${cap} MB until AWS Support raises it` : null
}

/** What a gateway in front of the function waits for, in seconds; null: nothing but Lambda's own limit. */
export function gatewaySeconds(endpoint: Endpoint): number | null {
  if (endpoint === 'http-api') return limits.httpApiSeconds.value
  if (endpoint === 'rest-api') return limits.restApiSeconds.value
  return null
}

export interface TimeoutNeed {
  readonly endpoint: Endpoint
}

/** In seconds. One second below the gateway's limit, so that the function's own answer and log line come first. */
export function adviseTimeout({ endpoint }: TimeoutNeed): Advice<number> {
  const gateway = gatewaySeconds(endpoint)
  if (gateway === null) {
    return {
      value: 60,
      reason: 'no gateway waits for it: long enough for a cold start and a large batch',
      source: limits.timeoutRange.source,
    }
  }
  const source = endpoint === 'http-api' ? limits.httpApiSeconds.source : limits.restApiSeconds.source
  return {
    value: gateway - 1,
    reason: `one second below the ${gateway} s after which the ${endpointLabels[endpoint]} gives up`,
    source,
  }
}

const endpointLabels: Readonly<Record<Endpoint, string>> = {
  'http-api': 'HTTP API',
  'rest-api': 'REST API',
  'function-url': 'Function URL',
  none: 'caller',
}

/** In MB. Only a model that is fetched at start lies in /tmp: twice, while a new one is fetched beside the old one. */
export function adviseTmp({
  modelStore,
  modelBytes,
}: {
  readonly modelStore: 'bundled' | 'bucket'
  readonly modelBytes: number
}): Advice<number> {
  const { min, max } = limits.tmpRange.value
  const source = limits.tmpRange.source
  if (modelStore === 'bundled')
    return { value: min, reason: 'nothing is stored there: the smallest, and free', source }
  const needed = Math.ceil((2 * modelBytes) / MiB / 256) * 256 + 256
  const value = Math.min(max, Math.max(min, needed))
  return value === min
    ? { value, reason: 'the fetched model fits twice, and it is free', source }
    : {
        value,
        reason: `the fetched model (${mib(modelBytes / MiB)}) lies there twice while it is replaced`,
        source,
      }
}

// ---- answers that contradict each other

/** The answers that rule each other out, keyed like the flags. A missing one contradicts nothing. */
export interface PlatformAnswers {
  readonly name?: string
  readonly cloud?: 'lambda' | 'cloud-functions'
  readonly packaging?: Packaging
  readonly 'model-store'?: 'bundled' | 'bucket'
  readonly endpoint?: Endpoint
  readonly auth?: 'iam' | 'api-key' | 'none'
  readonly warmup?: 'none' | 'schedule' | 'snapstart' | 'provisioned'
  readonly memory?: number
  readonly timeout?: number
  readonly 'tmp-size'?: number
  readonly cors?: readonly string[]
  readonly python?: PythonVersion
  readonly arch?: Arch
}

export interface Sizes {
  readonly modelBytes?: number
  readonly extraBytes?: number
}

/** Every pair of answers that cannot both hold; `signature` is null while there is no model. */
export function contradictions(
  answers: PlatformAnswers,
  signature: Pick<Signature, 'framework' | 'format' | 'traits'> | null,
  sizes: Sizes = {},
): readonly Problem[] {
  if (answers.cloud === 'cloud-functions') return signature === null ? [] : frameworkProblems(signature)
  const problems = [keysWithoutRestApi, timeoutOverGateway, snapStartWithLargeTmp].map((check) =>
    check(answers),
  )
  const aboutModel = signature === null ? [] : modelContradictions(answers, signature, sizes)
  return [...problems, ...aboutModel].filter((problem) => problem !== null)
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

function timeoutOverGateway({ timeout, endpoint }: PlatformAnswers): Problem | null {
  const gateway = endpoint === undefined ? null : gatewaySeconds(endpoint)
  if (timeout === undefined || gateway === null || endpoint === undefined || timeout < gateway) return null
  return clash(
    '--timeout',
    timeout,
    `--timeout ${timeout} does not work with --endpoint ${endpoint}: the ${endpointLabels[endpoint]} gives up after ${gateway} s, while the function runs on.`,
    `Use --timeout ${gateway - 1}, or --endpoint function-url.`,
  )
}

function snapStartWithLargeTmp({ warmup, 'tmp-size': tmp }: PlatformAnswers): Problem | null {
  const most = limits.snapStartTmp.value
  if (warmup !== 'snapstart' || tmp === undefined || tmp <= most) return null
  return clash(
    '--warmup',
    warmup,
    `--warmup snapstart does not work with --tmp-size ${tmp}: SnapStart takes ${most} MB of /tmp at most.`,
    `Use --tmp-size ${most}, or --warmup provisioned.`,
  )
}

function modelContradictions(
  answers: PlatformAnswers,
  signature: Pick<Signature, 'framework' | 'format' | 'traits'>,
  { modelBytes = 0, extraBytes = 0 }: Sizes,
): readonly (Problem | null)[] {
  const refused = frameworkProblems(signature)
  if (refused.length > 0) return refused
  const { name } = signature.framework
  const version = adviseFrameworkVersion(signature).value
  const bundled = answers['model-store'] === 'bucket' ? 0 : modelBytes
  return [
    nameOfDependency(answers, name, version, signature.traits),
    wheelsFor(answers, name, version),
    zipTooLarge(answers, {
      framework: name,
      version,
      python: answers.python ?? '3.13',
      arch: answers.arch ?? 'x86_64',
      modelBytes: bundled,
      extraBytes,
      traits: signature.traits,
    }),
    memoryTooSmall(answers, name, modelBytes),
    tmpTooSmall(answers, modelBytes),
  ]
}

/** A project that is called like one of its requirements cannot be installed: it would satisfy itself. */
function nameOfDependency(
  { name }: PlatformAnswers,
  framework: FrameworkName,
  version: string,
  traits: PinTraits,
): Problem | null {
  const taken = [...pins(framework, version, { python: '3.13', arch: 'x86_64', traits }), ...devPins()].some(
    (pin) => pin.name === name,
  )
  if (name === undefined || !taken) return null
  return clash(
    '--name',
    name,
    `--name ${name} is the name of a package that the project needs.`,
    `Use --name ${name}-service.`,
  )
}

function wheelsFor(
  { python, arch = 'x86_64' }: PlatformAnswers,
  name: FrameworkName,
  version: string,
): Problem | null {
  const framework = frameworks[name]
  const release = nearestRelease(framework, version)
  if (!release.architectures.includes(arch)) {
    const other = arch === 'arm64' ? 'x86_64' : 'arm64'
    return clash(
      '--arch',
      arch,
      `--arch ${arch} does not work with the model: ${framework.label} ${version} has no wheels for it.`,
      `Use --arch ${other}, or save the model with another version.`,
    )
  }
  if (python === undefined || release.pythons.includes(python)) return null
  return clash(
    '--python',
    python,
    `--python ${python} does not work with the model: it needs ${framework.label} ${version}, which has no wheels for Python ${python}.`,
    `Use --python ${release.pythons[0]}, or save the model with a later ${framework.label}.`,
  )
}

function zipTooLarge({ packaging }: PlatformAnswers, load: Load): Problem | null {
  if (packaging !== 'zip' || fitsZip(load)) return null
  const framework = frameworks[load.framework]
  const limit = limits.zipUnpackedLimit.value / MiB
  const because =
    framework.neverZip === null
      ? `${mib(unpackedMiB(load))} unpacked is more than the ${limit} MiB that Lambda takes`
      : `${framework.label} does not fit ${limit} MiB, ${framework.neverZip}`
  const bucketHelps = load.modelBytes > 0 && fitsZip({ ...load, modelBytes: 0 })
  return clash(
    '--packaging',
    'zip',
    `--packaging zip does not work with the model: ${because}.`,
    bucketHelps
      ? 'Use --packaging image, or --model-store bucket.'
      : 'Use --packaging image, or convert the model to ONNX.',
  )
}

function memoryTooSmall(
  { memory }: PlatformAnswers,
  name: FrameworkName,
  modelBytes: number,
): Problem | null {
  const { residentMiB, loadFactor, label } = frameworks[name]
  const least = Math.ceil(residentMiB + modelBytes / MiB)
  if (memory === undefined || memory >= least) return null
  const advised = adviseMemory({ framework: name, modelBytes, packaging: 'zip' }).value
  const most = limits.memoryRange.value.max
  return clash(
    '--memory',
    memory,
    `--memory ${memory} does not work with the model: ${label} and ${mib(modelBytes / MiB)} of model need ${least} MB and more.`,
    least > most
      ? `Lambda has ${most} MB at most: the model is too large for it.`
      : `Use --memory ${Math.max(advised, loadFactor)}, or leave it out.`,
  )
}

function tmpTooSmall(
  { 'tmp-size': tmp, 'model-store': store }: PlatformAnswers,
  modelBytes: number,
): Problem | null {
  if (store !== 'bucket' || tmp === undefined || tmp * MiB >= modelBytes) return null
  const advised = adviseTmp({ modelStore: 'bucket', modelBytes }).value
  return clash(
    '--tmp-size',
    tmp,
    `--tmp-size ${tmp} does not work with --model-store bucket: the model has ${mib(modelBytes / MiB)}.`,
    `Use --tmp-size ${advised}, or --model-store bundled.`,
  )
}

function clash(option: string, value: unknown, message: string, fix: string): Problem {
  return { code: 'contradiction', option, value, message, fix }
}

// ---- looking things up in the table

function newestRelease(framework: Framework): Release {
  return framework.releases[0] as Release
}

function releaseOf(framework: Framework, version: string): Release | null {
  return framework.releases.find((release) => release.version === version) ?? null
}

/** The row itself; else the newest row that is not newer; else the oldest. */
function nearestRelease(framework: Framework, version: string | null): Release {
  if (version === null) return newestRelease(framework)
  return (
    releaseOf(framework, version) ??
    framework.releases.find((release) => !isOlder(version, release.version)) ??
    (framework.releases.at(-1) as Release)
  )
}

function isBeforeTable(framework: Framework, version: string): boolean {
  return isOlder(version, (framework.releases.at(-1) as Release).version)
}

/** By the numbers of the release; what follows them (`rc1`, `.post1`, `+cpu`) counts only for pre-releases, which are older. */
export function isOlder(a: string, b: string): boolean {
  const [x, y] = [versionKey(a), versionKey(b)]
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function versionKey(version: string): number[] {
  const [, release = '', rest = ''] = /^(\d+(?:\.\d+)*)(.*)$/.exec(version) ?? []
  const numbers = release.split('.').slice(0, 3).map(Number)
  while (numbers.length < 3) numbers.push(0)
  return [...numbers, /^\.?(?:a|b|rc|dev)/.test(rest) ? -1 : /^\.post/.test(rest) ? 1 : 0]
}

function mib(size: number): string {
  return size < 1
    ? `${Math.max(1, Math.round(size * 1024))} KiB`
    : `${size < 10 ? size.toFixed(1) : Math.round(size)} MiB`
}
