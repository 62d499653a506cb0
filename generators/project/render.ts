import type { Answers } from '../questions/answers.ts'
import type { Facts } from './facts.ts'
import type { ProjectFile, ProjectFiles } from './files.ts'
import { idOf, policyOf } from './identity.ts'
import { type Chosen, type Template, type Templates, templatesFor } from './layers.ts'
import { hcl, json, literalFor, md, py, sh, toml, ts, yaml } from './literals.ts'
import { compare } from './order.ts'

/** What is written beside the rendered templates: the model, cases, the user's own code. */
export type BroughtFiles = ReadonlyMap<string, ProjectFile['content']>

/** Answers to files, in memory. Same answers, same bytes: no disk, no clock, no randomness. */
export function render(
  answers: Answers,
  facts: Facts,
  templates: Templates,
  brought: BroughtFiles,
): ProjectFiles {
  const files: ProjectFile[] = []
  const known = { ...facts, json, hcl, py, sh, toml, ts, yaml, md }
  const chosen = templatesFor(answers, templates)
  for (const [path, { source, template }] of chosen.files) {
    const content = contentOf(template, path, demanding(known, source, partsIn(path, known, chosen.parts)))
    if (typeof content !== 'string' || content.trim() !== '' || path.endsWith('__init__.py')) {
      files.push(fileAt(path, content))
    }
  }
  for (const [path, content] of brought) files.push({ ...fileAt(path, content), policy: 'once' })
  return new Map(files.sort((a, b) => compare(a.path, b.path)).map((file) => [file.path, file]))
}

function contentOf(template: Template, path: string, facts: object): string | Uint8Array {
  if ('text' in template) return template.text
  if ('base64' in template) return Uint8Array.from(Buffer.from(template.base64, 'base64'))
  return template.render(facts, literalFor(path))
}

type Part = (name: string, otherwise?: string) => string

/** What `part('NAME')` stands for in the file at `path`, in whose language its values are written. */
function partsIn(path: string, known: object, parts: Chosen['parts']): Part {
  const part: Part = (name, otherwise) => {
    const found = parts.get(name)
    if (found) return String(contentOf(found.template, path, demanding(known, found.source, part)))
    if (otherwise !== undefined) return otherwise
    throw new Error(`${path} needs the part "${name}", which no chosen layer has`)
  }
  return part
}

/** A template that names a fact which does not exist is a mistake of ours, not an empty word in a project. */
function demanding(known: object, reading: string, part: Part): object {
  return new Proxy(known, {
    get(target, name) {
      if (name === 'part') return part
      if (typeof name === 'string' && !(name in target))
        throw new Error(`${reading} names the unknown fact "${name}"`)
      return Reflect.get(target, name)
    },
  })
}

export function fileAt(path: string, content: ProjectFile['content']): ProjectFile {
  const executable = typeof content === 'string' && content.startsWith('#!')
  return { id: idOf(path), path, content, executable, policy: policyOf(path) }
}
