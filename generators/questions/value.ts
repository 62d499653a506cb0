import { nearest } from '../nearest.ts'
import type { Problem } from '../problem.ts'
import { splitList } from './parse.ts'
import { optionOf, type Question } from './question.ts'

/** Where a value came from decides how a problem with it is named. */
export type Origin = 'flag' | 'environment' | 'answers file' | 'prompt'

/** A value as it came in, not yet checked: text from a flag, anything from an answers file. */
export interface RawValue {
  readonly value: unknown
  readonly origin: Origin
}

/** The value in its question's type, or what is wrong with it. */
export function readValue(question: Question, raw: unknown): { value: unknown } | Problem {
  switch (question.kind) {
    case 'choice':
      return readChoice(question, raw)
    case 'number':
      return readNumber(question, raw)
    case 'switch':
      return readSwitch(question, raw)
    case 'list':
      return readList(question, raw)
    default:
      return readText(question, raw)
  }
}

function readChoice(question: Question, raw: unknown): { value: unknown } | Problem {
  const choices = Object.keys(question.choices ?? {})
  // YAML reads `python: 3.13` as a number.
  const word = typeof raw === 'number' ? String(raw) : raw
  if (typeof word === 'string' && choices.includes(word)) return { value: word }
  const near = typeof word === 'string' ? nearest(word, choices) : undefined
  const only =
    choices.length === 1 ? `Only ${choices[0]} is offered.` : `Choose one of ${choices.join(', ')}.`
  return bad(question, raw, `is not one of its choices`, near ? `Did you mean ${near}? ${only}` : only)
}

function readNumber(question: Question, raw: unknown): { value: unknown } | Problem {
  const number = typeof raw === 'string' && /^-?(?:\d+(?:\.\d+)?|\.\d+)$/.test(raw.trim()) ? Number(raw) : raw
  if (typeof number === 'number' && Number.isFinite(number)) return { value: number }
  return bad(
    question,
    raw,
    'is not a number',
    `Give a number${question.placeholder ? ` (${question.placeholder})` : ''}.`,
  )
}

function readSwitch(question: Question, raw: unknown): { value: unknown } | Problem {
  if (typeof raw === 'boolean') return { value: raw }
  // An object may hold anything under the name toString, too.
  const word = typeof raw === 'object' ? 'an object' : String(raw).toLowerCase()
  if (['true', '1', 'yes', 'on'].includes(word)) return { value: true }
  if (['false', '0', 'no', 'off', ''].includes(word)) return { value: false }
  return bad(question, raw, 'is neither on nor off', 'Give true or false.')
}

function readList(question: Question, raw: unknown): { value: unknown } | Problem {
  const list = typeof raw === 'string' ? (question.parse ?? splitList)(raw) : raw
  if (!Array.isArray(list)) return bad(question, raw, 'is not a list', 'Give names with commas between them.')
  const odd = list.find((item) => !['string', 'number', 'boolean'].includes(typeof item))
  if (odd !== undefined) return bad(question, odd, 'is not a list of words', 'Give a list of names.')
  // Only labels keep a JSON type; a feature called 1 is named "1".
  return { value: question.name === 'classes' ? list : list.map(String) }
}

function readText(question: Question, raw: unknown): { value: unknown } | Problem {
  if (typeof raw === 'string' && (raw !== '' || question.name === 'description')) return { value: raw }
  if (typeof raw === 'number') return { value: String(raw) }
  return bad(question, raw, raw === '' ? 'is empty' : 'is not text', `Give ${question.help}.`)
}

function bad(question: Question, value: unknown, wrong: string, fix: string): Problem {
  const option = optionOf(question.name)
  const shown = typeof value === 'string' ? value || '""' : JSON.stringify(value)
  return { code: 'bad-value', option, value, message: `${option} ${shown} ${wrong}.`, fix }
}
