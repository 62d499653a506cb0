import type { FrameworkName, ModelFormat } from '../model/signature.ts'
import { fact } from './fact.ts'
import {
  besideKerasOnTensorflow,
  frameworks,
  onnxGates,
  type Pin,
  pillow,
  type Release,
} from './frameworks.ts'
import type { Cloud } from './infrastructure.ts'
import { mustMatchExactly, nearestRelease, newestRelease, pinnedRelease } from './releases.ts'
import type { Arch } from './runtimes.ts'
import type { PinTraits } from './subject.ts'

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
export function companionsOf(name: FrameworkName, { alsoNeeds = [] }: PinTraits): readonly FrameworkName[] {
  return Object.values(frameworks)
    .map((framework) => framework.name)
    .filter((other) => other !== name && alsoNeeds.includes(other))
}

export function companionRelease(name: FrameworkName, { sklearnVersion }: PinTraits): Release {
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
