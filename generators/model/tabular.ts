import type { Warning } from '../problem.ts'
import {
  type Dimension,
  type Feature,
  isLabel,
  type Label,
  type ModelType,
  type TensorInfo,
} from './signature.ts'

/** One [N,F] input with fixed F, or only [N,1] inputs: tabular. One 4-D input with 1, 3 or 4 channels: image. */
export function modelTypeOf(inputs: readonly TensorInfo[]): ModelType {
  if (featureCountOf(inputs) !== null) return 'tabular'
  return layoutOf(inputs) === null ? 'tensor' : 'image'
}

export function isNamedColumns(inputs: readonly TensorInfo[]): boolean {
  return inputs.length > 0 && inputs.every(({ shape }) => shape?.length === 2 && shape[1] === 1)
}

export function featureCountOf(inputs: readonly TensorInfo[]): number | null {
  if (isNamedColumns(inputs)) return inputs.length
  const shape = inputs.length === 1 ? inputs[0]?.shape : null
  const count = shape?.length === 2 ? shape[1] : null
  return typeof count === 'number' && count > 0 ? count : null
}

export interface ImageLayout {
  readonly layout: 'NCHW' | 'NHWC'
  readonly channels: number
  readonly height: Dimension
  readonly width: Dimension
}

/** Channels stand at axis 1 or at axis 3; where both could be, the first: it is what most exporters write. */
export function layoutOf(inputs: readonly TensorInfo[]): ImageLayout | null {
  const shape = inputs.length === 1 ? inputs[0]?.shape : null
  if (shape?.length !== 4) return null
  const [, a = null, b = null, c = null] = shape
  if (isChannels(a)) return { layout: 'NCHW', channels: a, height: b, width: c }
  if (isChannels(c)) return { layout: 'NHWC', channels: c, height: a, width: b }
  return null
}

function isChannels(dimension: Dimension): dimension is number {
  return dimension === 1 || dimension === 3 || dimension === 4
}

export function numbers(names: readonly string[]): Feature[] {
  return names.map((name) => ({ name, dtype: 'number' }))
}

/** The names of options that a tabular model's file leaves open, in the order in which they are asked. */
export function openQuestions(answers: {
  readonly task: unknown
  readonly features: readonly Feature[] | null
  readonly classes: readonly Label[] | null
}): string[] {
  const open: string[] = []
  if (answers.task === null) open.push('task')
  if (answers.features === null) open.push('features')
  if (answers.classes === null && answers.task !== 'regression') open.push('classes')
  return open
}

export function severalLabels(who: string, count: number): Warning {
  return {
    code: 'unsupported-format',
    message: `${who} answers ${count} labels for each row, which no answer here can hold.\nSave one model for each label.`,
  }
}

/** A list in a text that somebody wrote beside the model: a JSON list, a dict by index or by name, or lines. */
export function listOf(text: string): Label[] | null {
  const parsed = parseJson(text)
  if (Array.isArray(parsed)) return parsed.every(isLabel) && parsed.length > 0 ? parsed : null
  if (typeof parsed === 'object' && parsed !== null) return fromDict(Object.entries(parsed))
  if (parsed !== undefined) return null
  if (text.trimStart().startsWith('{')) return fromDict(pythonDict(text))
  const lines = text.split('\n').map((line) => line.trim())
  const filled = lines.filter((line) => line !== '')
  if (filled.length !== 1) return filled.length > 1 ? filled : null
  return filled[0]?.includes(',') ? filled[0].split(',').map((part) => part.trim()) : null
}

/** `{"0": "cat", "1": "dog"}` or `{"cat": 0, "dog": 1}`. */
function fromDict(entries: readonly (readonly [string, unknown])[]): Label[] | null {
  const byName = entries.every(([key, value]) => typeof value === 'number' && !/^\d+$/.test(key))
  const labels: Label[] = []
  for (const [key, value] of entries) {
    const [index, label] = byName ? [Number(value), key] : [Number(key), value]
    if (!(Number.isInteger(index) && index >= 0 && index < entries.length) || !isLabel(label)) return null
    labels[index] = label
  }
  return entries.length > 0 && labels.filter((label) => label !== undefined).length === entries.length
    ? labels
    : null
}

/** `{0: 'cat', 1: 'dog'}`, as Ultralytics writes its names: Python's text of a dict, not JSON. */
function pythonDict(text: string): [string, string][] {
  const entries = text.matchAll(/(\d+): (?:'([^'\\]*)'|"([^"\\]*)")[,}]/g)
  return Array.from(entries, ([, key = '', single, double]) => [key, single ?? double ?? ''])
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
