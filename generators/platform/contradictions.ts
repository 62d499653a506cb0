import type { Problem } from '../problem.ts'
import {
  adviseGoogleMemory,
  adviseMemory,
  adviseTmp,
  fitsZip,
  gatewayLabel,
  gatewaySeconds,
  mib,
  unpackedMiB,
  zipMiB,
} from './decide.ts'
import { MiB } from './fact.ts'
import { frameworks } from './frameworks.ts'
import type { Cloud } from './infrastructure.ts'
import * as limits from './limits.ts'
import { companionRelease, companionsOf, devPins, functionsFramework, pins, storeDevPins } from './pins.ts'
import { frameworkProblems, type Pinned, pinnedRelease } from './releases.ts'
import type { Arch } from './runtimes.ts'
import type { Endpoint, Packaging, Subject, Written } from './subject.ts'

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
    ...sizesThatClash(answers, subject),
  ]
}

/** What no size that could be given mends stands alone. */
function sizesThatClash(answers: PlatformAnswers, subject: Subject): readonly (Problem | null)[] {
  const tooLarge = modelTooLarge(subject)
  if (tooLarge) return [tooLarge]
  const onGoogle = subject.cloud === 'cloud-functions'
  return [
    onGoogle ? null : zipTooLarge(answers, subject),
    memoryTooSmall(answers, subject),
    onGoogle ? null : tmpTooSmall(answers, subject),
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

function modelTooLarge(subject: Subject): Problem | null {
  const { modelBytes = 0, modelStore = 'bundled', cloud = 'lambda' } = subject
  const { label } = frameworks[subject.framework]
  const size = mib(modelBytes / MiB)
  const [least, most] = [leastMemory(subject, cloud), mostMemory(cloud)]
  if (least > most) {
    const name = cloud === 'lambda' ? 'Lambda' : 'Cloud Run'
    const elsewhere =
      cloud === 'lambda' && leastMemory(subject, 'cloud-functions') <= mostMemory('cloud-functions')
    return clash(
      '--model',
      size,
      `--model, of ${size}, needs more than ${least} MB of memory with ${label}, and ${name} has ${most} MB at most.`,
      elsewhere ? 'Use a smaller model, or --cloud cloud-functions.' : 'Use a smaller model.',
    )
  }
  const imageMiB = limits.imageLimit.value / MiB
  if (cloud !== 'lambda' || modelStore !== 'bundled' || unpackedMiB(subject) <= imageMiB) return null
  return clash(
    '--model-store',
    modelStore,
    `--model-store bundled does not work with a model of ${size}: Lambda takes images of ${mib(imageMiB)} at most.`,
    'Use --model-store bucket.',
  )
}

/** In MB: the framework, the model as it lies on disk, and what serves it. */
function leastMemory({ framework, modelBytes = 0 }: Subject, cloud: Cloud): number {
  const server = cloud === 'lambda' ? 0 : limits.googleServerMiB.value
  return Math.ceil(frameworks[framework].residentMiB + modelBytes / MiB + server)
}

function mostMemory(cloud: Cloud): number {
  return (cloud === 'lambda' ? limits.memoryRange : limits.googleMemoryRange).value.max
}

function memoryTooSmall({ memory }: PlatformAnswers, subject: Subject): Problem | null {
  const { cloud = 'lambda', modelBytes = 0 } = subject
  const least = leastMemory(subject, cloud)
  if (memory === undefined || memory >= least) return null
  const advice = cloud === 'lambda' ? adviseMemory(subject) : adviseGoogleMemory(subject)
  return clash(
    '--memory',
    memory,
    `--memory ${memory} does not work with the model: ${frameworks[subject.framework].label} with ${mib(modelBytes / MiB)} of model needs more than ${least} MB.`,
    `Use --memory ${advice.value}, or leave it out.`,
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
