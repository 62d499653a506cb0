import { type Compression, compressionOf, inflate } from './compression.ts'
import { readOnnx } from './onnx.ts'
import type { Signature } from './signature.ts'
import { readPickled } from './sklearn.ts'
import type { ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

/** A format is told by its content; `suffixes` only serve to say that a file's name is misleading. */
export interface Kind {
  readonly name: string
  readonly suffixes: readonly string[]
  readonly read: (source: ModelSource) => Promise<Signature>
}

const onnx: Kind = {
  name: 'ONNX',
  suffixes: ['.onnx', '.ort'],
  read: readOnnx,
}

const pickle: Kind = {
  name: 'a pickle',
  suffixes: ['.pkl', '.pickle', '.joblib', '.p', '.sav', '.dump'],
  read: readPickled,
}

export async function detect(source: ModelSource): Promise<Kind> {
  const head = await source.read(0, 1024)
  const starts = (hex: string) => head.subarray(0, hex.length / 2).toString('hex') === hex
  refuseWhatIsNoModel(head)
  if (starts('80') && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return pickle
  const compression = compressionOf(head)
  if (compression) return compressed(compression)
  if (looksLikeOnnx(head)) return onnx
  if (looksLikeOldPickle(head)) return pickle
  throw new Unreadable(
    'is none of the model formats that are known here',
    'Give a model as ONNX, joblib or pickle (scikit-learn), LightGBM text, XGBoost JSON or UBJ, CatBoost, TorchScript or Keras.',
    'unknown-format',
  )
}

/** joblib inflates by itself whatever it wrote; the suffixes are those that people give to such files. */
function compressed(compression: Compression): Kind {
  return {
    name: `a pickle compressed with ${compression}`,
    suffixes: [...pickle.suffixes, '.gz', '.z', '.bz2', '.xz', '.lzma', '.lz4'],
    read: async (source) => {
      const content = await inflate(source, compression)
      const inner = await detect(content)
      return inner.read(content)
    },
  }
}

/** One sentence each for what people have instead of the model that they meant. */
function refuseWhatIsNoModel(head: Buffer): void {
  const text = head.toString('latin1').trimStart().toLowerCase()
  if (text.startsWith('version https://git-lfs')) {
    throw new Unreadable(
      'is a Git LFS pointer, not the model',
      'Fetch the model: git lfs pull.',
      'git-lfs-pointer',
    )
  }
  if (text.startsWith('<!doctype') || text.startsWith('<html')) {
    throw new Unreadable(
      'is an HTML page, not a model: the download failed',
      'Download the model again.',
      'html-page',
    )
  }
}

/** Field 1 (IR version) as a small number, then one of the fields that follow it in every ONNX file. */
function looksLikeOnnx(head: Buffer): boolean {
  return (
    head[0] === 0x08 &&
    (head[1] ?? 255) < 30 &&
    [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72].includes(head[2] ?? 0)
  )
}

/** Protocols 0 and 1 have no mark of their own; an object begins with one of these opcodes. */
function looksLikeOldPickle(head: Buffer): boolean {
  return /^(\(|c[\w.]+\n[\w.]+\n|\]|\}|ccopy_reg\n)/.test(head.toString('latin1'))
}
