import { label } from '../questions/about-model.ts'
import type { AnswerName, Answers } from '../questions/answers.ts'
import { questionNamed } from '../questions/catalogue.ts'
import { version } from '../version.ts'
import { sh } from './literals.ts'

export interface CommandParts {
  readonly answers: Answers
  /** The names that the user chose. */
  readonly given: readonly AnswerName[]
  readonly directory: string
  /** `null`: the demo model. */
  readonly model: string | null
  /** Options of the run: `no-git`. */
  readonly options?: readonly string[]
}

/** The one command that makes the same project again. */
export function commandFor({ answers, given, directory, model, options = [] }: CommandParts): string {
  const chosen = given
    .filter((name) => name !== 'model' && answers[name] !== null)
    .map((name) => option(name, answers[name]))
  const words = [
    ...(model === null ? [] : [`--model ${sh(model)}`]),
    ...chosen,
    '--yes',
    ...options.map((name) => `--${name}`),
  ]
  return `npm create lambda-model@${version} ${sh(asDirectory(directory))} -- ${words.join(' ')}`
}

/** A directory that is named like a command, or like an option, is written `./update`. */
function asDirectory(directory: string): string {
  return /^(?:update|check|inspect|-.*)$/s.test(directory) ? `./${directory}` : directory
}

function option(name: AnswerName, value: unknown): string {
  if (questionNamed(name)?.kind === 'switch') return value ? `--${name}` : `--no-${name}`
  if (name === 'requirements') return `--requirements ${sh(JSON.stringify(value))}`
  return `--${name} ${sh(Array.isArray(value) ? listText(value, name === 'classes') : value)}`
}

/** Commas between plain words; a JSON list where a word holds a comma or the like, or a label `"0"` is text. */
function listText(words: readonly unknown[], areLabels: boolean): string {
  const plain = words.every(
    (word) =>
      !/[,[\]@\s]/.test(String(word)) && String(word) !== '' && (!areLabels || label(String(word)) === word),
  )
  return plain ? words.join(',') : JSON.stringify(words)
}
