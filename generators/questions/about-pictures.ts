import type { ImageTraits } from '../model/signature.ts'
import { splitList } from './parse.ts'
import { type Known, question } from './question.ts'

/** What training on ImageNet nearly always subtracts and divides by (torchvision's own models, Keras' `torch` mode). */
const IMAGENET = { mean: ['0.485', '0.456', '0.406'], std: ['0.229', '0.224', '0.225'] }

const LARGEST_SIDE = 4096

const takesPictures = ({ answers }: Known) => answers['model-type'] === 'image'
/** Whole bytes go in as they are: such a model scales by itself. */
const takesNumbers = (known: Known) => takesPictures(known) && known.signature?.inputs[0]?.dtype !== 'uint8'
const imageOf = ({ signature }: Known): Partial<ImageTraits> => signature?.traits.image ?? {}

export const imageSize = question({
  name: 'image-size',
  kind: 'text',
  placeholder: 'WxH',
  help: "width x height of the model's pictures, where its file does not say",
  ask: "How large are the model's pictures (width x height)?",
  when: takesPictures,
  otherwise: null,
  fromModel: (known) => {
    const { width, height } = imageOf(known)
    return typeof width === 'number' && typeof height === 'number' ? `${width}x${height}` : undefined
  },
  default: (known) => {
    const { width, height } = imageOf(known)
    const [w, h] = [width, height].map((side) => (typeof side === 'number' ? side : undefined))
    return { value: `${w ?? h ?? 224}x${h ?? w ?? 224}`, reason: 'the file takes any size' }
  },
  check: (size, known) => {
    const sides = sidesOf(size ?? '')
    if (!sides?.every((side) => side > 0 && side <= LARGEST_SIDE)) {
      return {
        message: `--image-size ${size} is not a width and a height from 1 to ${LARGEST_SIDE}.`,
        fix: 'Give both with an x between them: --image-size 224x224.',
      }
    }
    const { width, height } = imageOf(known)
    const fits = [width, height].every((side, index) => typeof side !== 'number' || side === sides[index])
    return fits
      ? null
      : {
          message: `--image-size ${size} contradicts the model file, which takes ${width ?? 'any'}x${height ?? 'any'}.`,
          fix: 'Leave --image-size out, or give the size that the model was exported for.',
        }
  },
})

/** `224x112`: width and height. */
export function sidesOf(size: string): [number, number] | null {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(size) ?? []
  return width && height ? [Number(width), Number(height)] : null
}

const CHANNELS: Readonly<Record<string, number>> = { RGB: 3, BGR: 3, L: 1, RGBA: 4 }

export const imageMode = question({
  name: 'image-mode',
  kind: 'choice',
  help: "what the model's channels are",
  choices: {
    RGB: 'red, green, blue',
    BGR: 'blue, green, red: models that were trained on what OpenCV reads',
    L: 'grey',
    RGBA: 'red, green, blue and opacity',
  },
  fitting: (known) => modesFor(known),
  when: takesPictures,
  otherwise: null,
  fromModel: (known) => {
    const fitting = modesFor(known)
    return fitting.length === 1 ? fitting[0] : undefined
  },
  default: () => ({ value: 'RGB' }),
  check: (mode, known) => {
    const fitting = modesFor(known)
    if (mode === null || fitting.includes(mode)) return null
    return {
      message: `--image-mode ${mode} does not fit the model, whose pictures have ${imageOf(known).channels} channels.`,
      fix: `Use --image-mode ${fitting[0]}.`,
    }
  },
})

function modesFor(known: Known): ('RGB' | 'BGR' | 'L' | 'RGBA')[] {
  const modes = ['RGB', 'BGR', 'L', 'RGBA'] as const
  const { channels } = imageOf(known)
  return modes.filter((mode) => channels === undefined || CHANNELS[mode] === channels)
}

export const imageScale = question({
  name: 'image-scale',
  kind: 'text',
  placeholder: 'NUMBER',
  help: 'what each pixel, 0 to 255, is multiplied by: a number, a fraction or none',
  ask: 'What is each pixel (0 to 255) multiplied by: a number, a fraction or none?',
  when: takesNumbers,
  otherwise: null,
  default: () => ({ value: '1/255', reason: 'pixels from 0 to 1, as most networks are trained' }),
  check: (scale) =>
    scaleOf(scale ?? '') === null
      ? {
          message: `--image-scale ${scale} is neither a number, a fraction nor none.`,
          fix: 'Give --image-scale 1/255, or --image-scale none for pixels from 0 to 255.',
        }
      : null,
})

/** `1/255`, `0.0039`, `none`; `null`: none of these. */
export function scaleOf(text: string): number | null {
  if (text === 'none') return 1
  const [, above, below = '1'] = /^([\d.e-]+)(?:\/([\d.e-]+))?$/i.exec(text.replaceAll(' ', '')) ?? []
  const scale = above === undefined ? Number.NaN : Number(above) / Number(below)
  return Number.isFinite(scale) && scale > 0 ? scale : null
}

export const imageMean = question({
  name: 'image-mean',
  kind: 'list',
  placeholder: 'NUMBERS',
  help: 'what is subtracted from each scaled channel: one number, one a channel, imagenet or none',
  ask: 'What is subtracted from each channel once it is scaled: numbers, imagenet or none?',
  when: takesNumbers,
  otherwise: null,
  fromModel: (known) => imageOf(known).mean?.map(String),
  default: () => ({ value: [], reason: 'the file names none; imagenet stands for 0.485,0.456,0.406' }),
  parse: (text) => listOfNumbers(text, IMAGENET.mean),
  check: (mean, known) => wrongChannels('--image-mean', mean, known),
})

export const imageStd = question({
  name: 'image-std',
  kind: 'list',
  placeholder: 'NUMBERS',
  help: 'what each channel is divided by after that: one number, one a channel, imagenet or none',
  ask: 'What is each channel divided by after that: numbers, imagenet or none?',
  when: takesNumbers,
  otherwise: null,
  fromModel: (known) => imageOf(known).std?.map(String),
  default: ({ isGiven }) =>
    isGiven('image-mean')
      ? { value: [], reason: 'none was given' }
      : { value: [], reason: 'the file names none; imagenet stands for 0.229,0.224,0.225' },
  parse: (text) => listOfNumbers(text, IMAGENET.std),
  check: (std, known) => {
    if (std?.some((value) => Number(value) === 0)) {
      return {
        message: `--image-std ${std.join(',')} holds 0, by which nothing can be divided.`,
        fix: 'Give --image-std none to divide by nothing.',
      }
    }
    return wrongChannels('--image-std', std, known)
  },
})

function listOfNumbers(text: string, imagenet: readonly string[]): readonly string[] {
  if (text.trim() === 'none') return []
  return text.trim().toLowerCase() === 'imagenet' ? imagenet : splitList(text)
}

function wrongChannels(option: string, values: readonly string[] | null, known: Known) {
  if (!values || values.length === 0) return null
  const shown = `${option} ${values.join(',')}`
  const odd = values.find((value) => value.trim() === '' || !Number.isFinite(Number(value)))
  if (odd !== undefined) {
    return {
      message: `${shown}: ${JSON.stringify(odd)} is not a number.`,
      fix: `Give numbers with commas between them, ${option} imagenet or ${option} none.`,
    }
  }
  const channels = imageOf(known).channels ?? values.length
  if (values.length === 1 || values.length === channels) return null
  return {
    message: `${shown} has ${values.length} numbers, but the model's pictures have ${channels} channel${channels === 1 ? '' : 's'}.`,
    fix: channels === 1 ? 'Give one number.' : `Give one number, or ${channels}.`,
  }
}

export const imageResize = question({
  name: 'image-resize',
  kind: 'text',
  placeholder: 'HOW',
  help: 'how a picture becomes that size: stretch, crop:N (shorter side to N, then the centre) or pad',
  ask: "How does a picture become the model's size: stretch, crop:N (shorter side to N, then the centre) or pad?",
  when: takesPictures,
  otherwise: null,
  default: () => ({ value: 'stretch', reason: 'the whole picture is seen' }),
  check: (resize, { answers }) => {
    const [, shorter] = /^(?:stretch|pad|crop:(\d{1,4}))$/.exec(resize ?? '') ?? [null]
    if (shorter === null) {
      return {
        message: `--image-resize ${resize} is none of stretch, crop:N and pad.`,
        fix: 'Give --image-resize crop:256 to make the shorter side 256 and take the centre.',
      }
    }
    const longest = Math.max(...(sidesOf(answers['image-size'] ?? '') ?? [1]))
    if (shorter === undefined || Number(shorter) >= longest) return null
    return {
      message: `--image-resize ${resize} makes pictures that are smaller than ${answers['image-size']}.`,
      fix: `Give --image-resize crop:${longest} or more.`,
    }
  },
})
