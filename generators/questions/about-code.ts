import type { FrameworkName } from '../model/signature.ts'
import { MiB } from '../platform/fact.ts'
import { frameworks } from '../platform/frameworks.ts'
import { zipUnpackedLimit } from '../platform/limits.ts'
import { pins } from '../platform/pins.ts'
import {
  joined,
  requirementOf,
  requirementsMiB,
  satisfies,
  UNKNOWN_MIB,
  unmeasured,
} from '../platform/requirements.ts'
import type { Warning } from '../problem.ts'
import { jsonList } from './parse.ts'
import { type Known, question } from './question.ts'

/** What the paths hold is read beside the answers: generators/commands/own-code.ts. */
export const code = question({
  name: 'code',
  kind: 'list',
  placeholder: 'PATH',
  help: 'your own packages (folders, .py files, or a project with a pyproject.toml): they come along and can be imported; several with commas, or --code again',
  default: () => ({ value: [] }),
})

/** A file when it is given as a flag; its lines from there on, so that a project needs the file no more. */
export const requirements = question({
  name: 'requirements',
  kind: 'list',
  placeholder: 'FILE',
  help: 'your own dependencies, as a requirements.txt or a pyproject.toml names them; they count in the size decision',
  default: () => ({ value: [] }),
  parse: (text) => jsonList(text)?.map(String),
  check: (lines, known) => {
    const odd = lines.find((line) => requirementOf(line) === null)
    if (odd !== undefined) {
      return {
        message: `--requirements: ${JSON.stringify(odd)} is not a requirement.`,
        fix: 'Give lines such as pandas>=2,<3.',
      }
    }
    const clash = pinsOf(known).find(
      (pin) => isOwn(pin.name, known) && lines.some((line) => differs(pin, line)),
    )
    if (clash === undefined) return null
    return {
      message: `--requirements: ${lines.find((line) => differs(clash, line))} does not go with ${clash.name}==${clash.version}, which this model needs.`,
      fix: `Leave ${clash.name} out of the file.`,
    }
  },
})

function differs(pin: { name: string; version: string }, line: string): boolean {
  const wanted = requirementOf(line)
  return wanted?.name === pin.name && !satisfies(pin.version, wanted.versions)
}

/** The framework's own package; what is pinned beside it may be another version. */
function isOwn(name: string, known: Known): boolean {
  const { package: own } = frameworks[frameworkOf(known)]
  return name === own || name === own.replace(/-cpu$/, '')
}

function frameworkOf({ answers, signature }: Known): FrameworkName {
  return signature?.framework.name ?? answers.framework ?? 'onnx'
}

function pinsOf(known: Known) {
  const { answers, signature } = known
  const framework = frameworkOf(known)
  const version = framework === 'onnx' ? null : (signature?.framework.version ?? null)
  const { python = '3.13', arch = 'x86_64' } = answers
  return pins(framework, version, {
    python,
    arch,
    traits: signature?.traits ?? {},
    format: signature?.format,
  })
}

/** What the user's own code and dependencies add to the package. */
export function extraBytes(known: Known): number {
  return known.codeBytes + requirementsMiB(addedLines(known)) * MiB
}

function addedLines(known: Known): readonly string[] {
  return joined(pinsOf(known), known.answers.requirements ?? []).lines
}

/** A zip that was promised to fit may turn out not to. */
export function guessedSizes(known: Known): Warning[] {
  const names = unmeasured(addedLines(known)).join(', ')
  const { cloud, packaging } = known.answers
  if (names === '' || cloud !== 'lambda' || packaging !== 'zip') return []
  const message = `--requirements: each of ${names} counts ${UNKNOWN_MIB} MiB, because its size is not known here. A zip may have ${zipUnpackedLimit.value / MiB} MiB unpacked: make package measures it, and refuses more; then give --packaging image.`
  return [{ code: 'guessed-sizes', message }]
}

/** As the package index spells them. */
export function requiredNames({ answers }: Known): string[] {
  return (answers.requirements ?? []).flatMap((line) => requirementOf(line)?.name ?? [])
}
