import { HEAD, type Kind } from './kind.ts'
import { looksLikeLightgbm, readLightgbm } from './lightgbm.ts'
import {
  type Compression,
  compressionOf,
  isLegacySave,
  looksLikeJson,
  looksLikeOnnx,
  looksLikePickle,
  looksLikeSafetensors,
  looksLikeTar,
  looksLikeUbj,
} from './marks.ts'
import type { Signature } from './signature.ts'
import type { ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

const starts = (hex: string) => (head: Buffer) => head.toString('hex', 0, hex.length / 2) === hex

const pickle: Kind = {
  name: 'a pickle',
  suffixes: ['.pkl', '.pickle', '.joblib', '.p', '.sav', '.dump', '.bin'],
  recognises: looksLikePickle,
  read: async (source) => (await import('./sklearn.ts')).readPickled(source),
}

const tar: Kind = {
  name: 'a tar archive',
  suffixes: ['.tar'],
  recognises: looksLikeTar,
  read: async (source) => (await import('./bundle.ts')).readTar(source, identify),
}

/** In this order: what is told by more bytes comes first. */
const kinds: readonly Kind[] = [
  {
    name: 'a zip archive: PyTorch, Keras or a bundle',
    suffixes: ['.pt', '.pth', '.ts', '.pt2', '.keras', '.zip', '.mar', '.npz', '.bin', '.torchscript'],
    recognises: starts('504b0304'),
    read: async (source) => (await import('./bundle.ts')).readZip(source, identify),
  },
  {
    name: 'HDF5',
    suffixes: ['.h5', '.hdf5', '.keras'],
    recognises: starts('894844460d0a1a0a'),
    read: async (source) => (await import('./keras-h5.ts')).readKerasH5(source),
  },
  {
    name: 'PyTorch',
    suffixes: ['.pt', '.pth', '.bin', '.ckpt'],
    recognises: isLegacySave,
    read: async () => (await import('./torch.ts')).readLegacySave(),
  },
  {
    name: 'safetensors',
    suffixes: ['.safetensors'],
    recognises: looksLikeSafetensors,
    read: async (source) => (await import('./torch.ts')).readSafetensors(source),
  },
  tar,
  {
    name: 'XGBoost in its old binary format',
    suffixes: ['.model', '.bin', '.deprecated', '.xgb'],
    recognises: starts('62696e66'),
    read: async (source) => (await import('./xgboost.ts')).readXgboostLegacy(source),
  },
  {
    name: 'CatBoost',
    suffixes: ['.cbm', '.bin', '.model'],
    recognises: starts('43424d31'),
    read: async (source) => (await import('./catboost.ts')).readCatboostCbm(source),
  },
  {
    name: 'UBJ: XGBoost',
    suffixes: ['.ubj', '.model', '.bin', '.xgb'],
    recognises: looksLikeUbj,
    read: async (source) => (await import('./xgboost.ts')).readXgboostUbj(source),
  },
  {
    name: 'JSON',
    suffixes: ['.json', '.model', '.xgb'],
    recognises: looksLikeJson,
    read: async (source) => (await import('./json-model.ts')).readJsonModel(source),
  },
  {
    name: 'LightGBM text',
    suffixes: ['.txt', '.lgb', '.model', '.lgbm'],
    recognises: looksLikeLightgbm,
    read: (source) => readLightgbm(source),
  },
  {
    name: 'ONNX',
    suffixes: ['.onnx'],
    recognises: looksLikeOnnx,
    read: async (source) => (await import('./onnx.ts')).readOnnx(source),
  },
  pickle,
]

/** Also of a bundle's members, whose class list and notes are no models. */
export function identify(head: Buffer, source: ModelSource): Kind | null {
  const compression = compressionOf(head)
  if (compression) return compressed(compression)
  return kinds.find(({ recognises }) => recognises(head, source)) ?? null
}

export async function detect(source: ModelSource): Promise<Kind> {
  const head = await source.read(0, HEAD)
  refuseWhatIsNoModel(head)
  const kind = identify(head, source)
  if (kind) return kind
  throw new Unreadable(
    'is none of the model formats that are known here',
    'Give a model as ONNX, joblib or pickle (scikit-learn), LightGBM text, XGBoost JSON or UBJ, CatBoost, TorchScript or Keras.',
    'unknown-format',
  )
}

/** joblib inflates by itself whatever it wrote, and archives are unpacked; of other formats, the file itself is wanted. */
function compressed(compression: Compression): Kind {
  return {
    name: `compressed with ${compression}`,
    suffixes: [...pickle.suffixes, '.gz', '.tgz', '.z', '.zlib', '.bz2', '.xz', '.lzma', '.lz4'],
    recognises: (head) => compressionOf(head) === compression,
    read: async (source) => {
      const { inflate } = await import('./compression.ts')
      const content = await inflate(source, compression)
      const head = await content.read(0, HEAD)
      const inner = [tar, pickle].find(({ recognises }) => recognises(head, content))
      if (inner === tar) return inner.read(content)
      if (inner) return withCompression(await inner.read(content), compression)
      const found = compressionOf(head) ? null : identify(head, content)
      throw new Unreadable(
        found
          ? `is ${found.name}, compressed with ${compression}`
          : `is compressed with ${compression}, and holds no model that is known here`,
        found ? 'Give the model itself, not compressed.' : 'Check what was compressed.',
        found ? 'compressed-model' : 'unknown-format',
      )
    },
  }
}

/** joblib needs a package of its own for LZ4. */
function withCompression(signature: Signature, compression: Compression): Signature {
  return { ...signature, traits: { ...signature.traits, compression } }
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
