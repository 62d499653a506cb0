import type { FrameworkName } from '../model/signature.ts'
import { fact } from './fact.ts'
import type { Arch, PythonVersion } from './runtimes.ts'

/** One requirement of an emitted project: `name==version; marker`. */
export interface Pin {
  readonly name: string
  readonly version: string
  /** PEP 508, or null: everywhere. */
  readonly marker: string | null
}

/**
 * Unpacked size in MiB of a release with all that it pulls in, as it lies in a zip:
 * byte code compiled, and without what `prunedPaths` names.
 */
export type UnpackedMiB = Readonly<Record<Arch, number>>

export interface Release {
  /** Of the framework's own package. */
  readonly version: string
  /** Those of our pythons that have wheels for it, newest first. */
  readonly pythons: readonly PythonVersion[]
  readonly architectures: readonly Arch[]
  /** What is pinned beside the package itself. */
  readonly beside: readonly Pin[]
  readonly unpacked: UnpackedMiB
}

export interface Framework {
  readonly name: FrameworkName
  /** As people write it. */
  readonly label: string
  /** As the package index has it. */
  readonly package: string
  /** Newest first. */
  readonly releases: readonly [Release, ...Release[]]
  readonly source: string
  readonly seen: string
  /** What it adds to the unpacked size of another one that has numpy and scipy already. */
  readonly besideMiB: number
  /** Never fits a zip, whatever the release; why. */
  readonly neverZip: string | null
  /** Resident memory in MiB of a process that imported it and answered one row. */
  readonly residentMiB: number
  /** How many times the model file's size the loaded model takes, while it loads. */
  readonly loadFactor: number
  /** What importing costs in CPU decides the least memory worth having: CPU grows with memory. */
  readonly leastMemoryMb: number
  /** Features whose value may be missing: the model itself knows what to do with NaN. */
  readonly takesNull: 'every feature' | 'numbers' | 'no feature'
  /** It starts OpenMP's threads, which win nothing on one core. */
  readonly usesOpenMp: boolean
  /** Its wheel expects the system's libgomp.so.1, which Lambda's runtimes and images lack. */
  readonly needsLibgomp: boolean
  /** A model takes tensors and gives scores, and so does what it is converted to. */
  readonly isNetwork: boolean
}

const both: readonly PythonVersion[] = ['3.13', '3.12']
const only312: readonly PythonVersion[] = ['3.12']
const everywhere: readonly Arch[] = ['x86_64', 'arm64']
const measured = 'wheels of the package index, unpacked, pruned and compiled'

function pin(name: string, version: string, marker: string | null = null): Pin {
  return { name, version, marker }
}

// joblib and threadpoolctl keep up with every scikit-learn of this table; numpy and scipy do not.
function scientific(numpy: string, scipy: string): readonly Pin[] {
  return [pin('joblib', '1.6.0'), pin('numpy', numpy), pin('scipy', scipy), pin('threadpoolctl', '3.8.0')]
}

const current = scientific('2.5.5', '1.18.1')
// scikit-learn before 1.4.2 was built against numpy 1.
const numpy1 = scientific('1.26.4', '1.17.1')

function sklearn(
  version: string,
  pythons: readonly PythonVersion[],
  beside: readonly Pin[],
  unpacked: UnpackedMiB,
): Release {
  return { version, pythons, architectures: everywhere, beside, unpacked }
}

function xgboost(version: string, unpacked: UnpackedMiB): Release {
  return {
    version,
    pythons: both,
    architectures: everywhere,
    beside: [pin('numpy', '2.5.5'), pin('scipy', '1.18.1')],
    unpacked,
  }
}

export const frameworks: Readonly<Record<FrameworkName, Framework>> = {
  none: {
    name: 'none',
    label: 'Python',
    package: '',
    releases: [
      {
        version: '',
        pythons: both,
        architectures: everywhere,
        beside: [],
        unpacked: { x86_64: 0, arm64: 0 },
      },
    ],
    source: 'an echo, measured',
    seen: '2026-11',
    besideMiB: 0,
    neverZip: null,
    residentMiB: 12,
    loadFactor: 1,
    leastMemoryMb: 256,
    takesNull: 'no feature',
    usesOpenMp: false,
    needsLibgomp: false,
    isNetwork: false,
  },

  onnx: {
    name: 'onnx',
    label: 'ONNX Runtime',
    package: 'onnxruntime',
    releases: [
      {
        version: '1.31.1',
        pythons: both,
        architectures: everywhere,
        beside: [pin('numpy', '2.5.5')],
        unpacked: { x86_64: 82, arm64: 76 },
      },
    ],
    source: measured,
    seen: '2026-11',
    besideMiB: 70,
    neverZip: null,
    residentMiB: 60,
    loadFactor: 2,
    leastMemoryMb: 512,
    takesNull: 'no feature',
    usesOpenMp: false,
    needsLibgomp: false,
    isNetwork: false,
  },

  // Every final release since the first with wheels for python 3.12: a pickle is pinned to exactly its own.
  sklearn: {
    name: 'sklearn',
    label: 'scikit-learn',
    package: 'scikit-learn',
    releases: [
      sklearn('1.9.1', both, current, { x86_64: 189, arm64: 205 }),
      sklearn('1.9.0', both, current, { x86_64: 189, arm64: 205 }),
      sklearn('1.8.0', both, current, { x86_64: 184, arm64: 200 }),
      sklearn('1.7.2', both, current, { x86_64: 187, arm64: 201 }),
      sklearn('1.7.1', both, current, { x86_64: 187, arm64: 202 }),
      sklearn('1.7.0', both, current, { x86_64: 194, arm64: 201 }),
      sklearn('1.6.1', both, current, { x86_64: 194, arm64: 201 }),
      sklearn('1.6.0', both, current, { x86_64: 194, arm64: 201 }),
      sklearn('1.5.2', both, current, { x86_64: 193, arm64: 200 }),
      sklearn('1.5.1', only312, current, { x86_64: 194, arm64: 200 }),
      sklearn('1.5.0', only312, current, { x86_64: 194, arm64: 200 }),
      sklearn('1.4.2', only312, current, { x86_64: 194, arm64: 204 }),
      sklearn('1.4.1.post1', only312, numpy1, { x86_64: 208, arm64: 201 }),
      sklearn('1.4.0', only312, numpy1, { x86_64: 207, arm64: 201 }),
      sklearn('1.3.2', only312, numpy1, { x86_64: 204, arm64: 198 }),
      sklearn('1.3.1', only312, numpy1, { x86_64: 204, arm64: 198 }),
    ],
    source: measured,
    seen: '2026-11',
    besideMiB: 46,
    neverZip: null,
    residentMiB: 130,
    loadFactor: 3,
    leastMemoryMb: 1024,
    takesNull: 'no feature',
    usesOpenMp: true,
    needsLibgomp: false,
    isNetwork: false,
  },

  lightgbm: {
    name: 'lightgbm',
    label: 'LightGBM',
    package: 'lightgbm',
    releases: [
      {
        version: '4.7.0',
        pythons: both,
        architectures: everywhere,
        beside: [pin('numpy', '2.5.5'), pin('scipy', '1.18.1')],
        unpacked: { x86_64: 165, arm64: 172 },
      },
    ],
    source: measured,
    seen: '2026-11',
    besideMiB: 10,
    neverZip: null,
    residentMiB: 85,
    loadFactor: 4,
    leastMemoryMb: 512,
    takesNull: 'every feature',
    usesOpenMp: true,
    needsLibgomp: true,
    isNetwork: false,
  },

  // `xgboost` itself brings CUDA (584 MiB): the same code without it is called xgboost-cpu, for Linux and Windows only.
  xgboost: {
    name: 'xgboost',
    label: 'XGBoost',
    package: 'xgboost-cpu',
    releases: [
      xgboost('3.4.1', { x86_64: 174, arm64: 178 }),
      xgboost('3.4.0', { x86_64: 174, arm64: 178 }),
      xgboost('3.3.0', { x86_64: 170, arm64: 175 }),
      xgboost('3.2.0', { x86_64: 169, arm64: 175 }),
      xgboost('3.1.3', { x86_64: 168, arm64: 174 }),
    ],
    source: measured,
    seen: '2026-11',
    besideMiB: 24,
    neverZip: null,
    residentMiB: 130,
    loadFactor: 4,
    leastMemoryMb: 1024,
    takesNull: 'every feature',
    usesOpenMp: true,
    needsLibgomp: false,
    isNetwork: false,
  },

  catboost: {
    name: 'catboost',
    label: 'CatBoost',
    package: 'catboost',
    releases: [
      {
        version: '1.2.10',
        pythons: both,
        architectures: everywhere,
        beside: [pin('numpy', '2.5.5'), pin('pandas', '3.1.1')],
        unpacked: { x86_64: 608, arm64: 622 },
      },
    ],
    source: measured,
    seen: '2026-11',
    besideMiB: 460,
    neverZip: 'its library alone is 277 MB',
    residentMiB: 105,
    loadFactor: 4,
    leastMemoryMb: 1024,
    takesNull: 'numbers',
    usesOpenMp: false,
    needsLibgomp: false,
    isNetwork: false,
  },

  // The wheel for processors alone comes from PyTorch's own index; the general index's brings CUDA (5.2 GB).
  pytorch: {
    name: 'pytorch',
    label: 'PyTorch',
    package: 'torch',
    releases: [
      {
        version: '2.15.0',
        pythons: both,
        architectures: everywhere,
        beside: [pin('numpy', '2.5.5')],
        unpacked: { x86_64: 877, arm64: 877 },
      },
    ],
    source: measured,
    seen: '2026-11',
    besideMiB: 800,
    neverZip: 'its wheel for processors alone is 877 MiB unpacked',
    residentMiB: 850,
    loadFactor: 2,
    leastMemoryMb: 2048,
    takesNull: 'no feature',
    usesOpenMp: true,
    needsLibgomp: false,
    isNetwork: true,
  },

  keras: {
    name: 'keras',
    label: 'Keras',
    package: 'keras',
    releases: [
      {
        version: '3.15.1',
        pythons: both,
        architectures: everywhere,
        // Its numpy backend computes convolutions by JAX, and imports it for any model.
        beside: [pin('jax', '0.12.0.1'), pin('numpy', '2.5.5'), pin('scipy', '1.18.1')],
        unpacked: { x86_64: 569, arm64: 567 },
      },
    ],
    source: measured,
    seen: '2026-11',
    besideMiB: 1300,
    neverZip: 'even its smallest backend imports JAX, 569 MiB unpacked with all that it needs',
    residentMiB: 270,
    loadFactor: 2,
    leastMemoryMb: 2048,
    takesNull: 'no feature',
    usesOpenMp: false,
    needsLibgomp: false,
    isNetwork: true,
  },
}

/** Instead of what stands beside Keras above, for layers that only TensorFlow computes: 1.4 GiB unpacked, 500 MiB of memory. */
export const besideKerasOnTensorflow: readonly Pin[] = [
  pin('numpy', '2.5.5'),
  // tensorflow-cpu is built for x86-64 Linux and Windows only.
  pin('tensorflow', '2.21.0', "sys_platform == 'darwin' or platform_machine == 'aarch64'"),
  pin('tensorflow-cpu', '2.21.0', "sys_platform != 'darwin' and platform_machine != 'aarch64'"),
]

/** What models of pictures need beside their framework. Measured like the frameworks, 2026-11. */
export const pillow: { readonly pin: Pin; readonly unpacked: UnpackedMiB } = {
  pin: pin('pillow', '13.0.0'),
  unpacked: { x86_64: 23, arm64: 23 },
}

/** What each framework's packages carry that a running service never opens: shell patterns from the packages' root. */
export function prunedPaths(framework: FrameworkName): readonly string[] {
  return framework === 'onnx' ? [...prunedEverywhere, ...prunedOnnxRuntime] : prunedEverywhere
}

const prunedEverywhere: readonly string[] = ['**/tests']
// The free-standing C library beside the Python module, and tools for making models: 119 -> 77 MiB, runs unchanged.
const prunedOnnxRuntime: readonly string[] = [
  'onnxruntime/capi/libonnxruntime.so.*',
  'onnxruntime/datasets',
  'onnxruntime/quantization',
  'onnxruntime/tools',
  'onnxruntime/transformers',
]

interface OnnxGate {
  readonly version: string
  readonly ir: number
  readonly opset: number
  readonly isLastForIntelMacs: boolean
}

/** Wheels for processors alone: those of the package index are for graphics cards, and several times as large. */
export const pytorchIndex = fact('https://download.pytorch.org/whl/cpu', {
  source: 'https://docs.astral.sh/uv/guides/integration/pytorch/',
  seen: '2026-11',
  matters: 'how large an image with PyTorch is',
})

/** What an ONNX Runtime loads at most, measured by loading. Newest first. */
export const onnxGates: readonly [OnnxGate, ...OnnxGate[]] = [
  { version: '1.31.1', ir: 13, opset: 26, isLastForIntelMacs: false },
  { version: '1.23.2', ir: 11, opset: 23, isLastForIntelMacs: true },
]
