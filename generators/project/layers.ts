import type { Answers } from '../questions/answers.ts'

/** A compiled template: a function of the facts, a text that is emitted as it is, or bytes. */
export type Template =
  | { readonly render: (facts: unknown, literal: (value: unknown) => string) => string }
  | { readonly text: string }
  | { readonly base64: string }

/** Every template by its path below `templates/`. */
export type Templates = Readonly<Record<string, Template>>

/** A chosen answer is a folder; a later layer overlays an earlier one. */
const ORDER = [
  'model-type',
  'framework',
  'answer',
  'cloud',
  'model-store',
  'packaging',
  'iac',
  'package-manager',
] as const

/** The folders that these answers choose, first to last. */
export function layersOf(answers: Answers): string[] {
  const chosen = ORDER.map((question) => `${question}/${answers[question]}`)
  return ['base', ...chosen]
}

/** Names that npm would not pack, or that would act on this repository itself, stand here without their dot. */
const DOTTED = new Set([
  '_gitignore',
  '_gitattributes',
  '_dockerignore',
  '_gcloudignore',
  '_github',
  '_python-version',
  '_yamllint',
])

export interface Chosen {
  /** By their path in the project. */
  readonly files: ReadonlyMap<string, { source: string; template: Template }>
  /** By their name: what `part('NAME')` in a template is replaced with. */
  readonly parts: ReadonlyMap<string, { source: string; template: Template }>
}

/**
 * The templates that apply to these answers: a later layer replaces what an earlier one has under the same name.
 * `+question-choice/` inside a layer's folder is overlaid right after that layer.
 */
export function templatesFor(answers: Answers, templates: Templates): Chosen {
  const files = new Map<string, { source: string; template: Template }>()
  const parts = new Map<string, { source: string; template: Template }>()
  const byLayer = new Map<string, string[]>()
  for (const source of Object.keys(templates)) {
    const layer = source.startsWith('base/') ? 'base' : source.split('/', 2).join('/')
    const sources = byLayer.get(layer)
    if (sources) sources.push(source)
    else byLayer.set(layer, [source])
  }
  for (const layer of layersOf(answers)) {
    const inLayer = byLayer.get(layer) ?? []
    const always = inLayer.filter((source) => !source.startsWith(`${layer}/+`))
    const conditional = inLayer.filter(
      (source) => source.startsWith(`${layer}/+`) && applies(source.slice(layer.length + 2), answers),
    )
    for (const source of [...always, ...conditional]) {
      const path = emittedPath(source.slice(layer.length + 1))
      const template = templates[source]
      if (!template) continue
      if (isPart(path)) parts.set(path.slice(PARTS.length), { source, template })
      else files.set(path, { source, template })
    }
  }
  return { files, parts }
}

/** Files of a layer that are not emitted, but stand where a template of another layer asks for them. */
const PARTS = '_parts/'

function isPart(path: string): boolean {
  return path.startsWith(PARTS)
}

/** `packaging-image/Dockerfile.ejs`: does `packaging` have the choice `image`? */
function applies(below: string, answers: Answers): boolean {
  const condition = below.slice(0, below.indexOf('/'))
  return Object.entries(answers).some(([question, choice]) => condition === `${question}-${choice}`)
}

/** Every path that some answers emit. */
export function allEmittedPaths(templates: Templates): string[] {
  const layered = Object.keys(templates).flatMap((source) => {
    const [question = '', choice = ''] = source.split('/')
    if (question === 'base') return [source.slice('base/'.length)]
    return (ORDER as readonly string[]).includes(question)
      ? [source.slice(question.length + choice.length + 2)]
      : []
  })
  return [...new Set(layered.map(emittedPath).filter((path) => !isPart(path)))].sort()
}

function emittedPath(below: string): string {
  return below
    .replace(/^\+[^/]+\//, '')
    .replace(/\.ejs$/, '')
    .split('/')
    .map((segment) => (DOTTED.has(segment) ? `.${segment.slice(1)}` : segment))
    .join('/')
}
