import { existsSync, statSync } from 'node:fs'
import { resolve as resolvePath } from 'node:path'
import { confirm, input, select } from '@inquirer/prompts'
import { Failure } from '../problem.ts'
import type { Shell } from '../shell.ts'
import { model as modelQuestion } from './about-model.ts'
import type { Decision, Question } from './question.ts'
import { type Inputs, type Resolved, resolve } from './resolve.ts'
import { type RawValue, readValue } from './value.ts'

/** The model comes first: what its file says is not asked. */
export async function askForModel(given: Map<string, RawValue>, shell: Shell): Promise<void> {
  if (given.has('model')) return
  const path = await stopped(
    input({
      message: modelQuestion.ask ?? '',
      validate: (text) =>
        text.trim() === '' || isModelFile(text.trim(), shell.cwd) || `There is no file ${text.trim()}.`,
    }),
  )
  if (path.trim() !== '') given.set('model', { value: path.trim(), origin: 'prompt' })
}

function isModelFile(path: string, cwd: string): boolean {
  if (/^(?:s3|gs):\/\//.test(path)) return true
  const file = resolvePath(cwd, path)
  return existsSync(file) && statSync(file).isFile()
}

/** Asks one question after the other; each answer may close or open later ones. */
export async function askWhatIsLeft(inputs: Inputs, _shell: Shell): Promise<Resolved> {
  const given = new Map(inputs.given)
  const asked = new Set<string>(['model'])
  for (;;) {
    const resolved = resolve({ ...inputs, given })
    const next = resolved.open.find((question) => !asked.has(question.name))
    if (!next) return resolved
    asked.add(next.name)
    const decision = resolved.defaults.get(next.name)
    const value = await stopped(ask(next, decision, { ...inputs, given }))
    // Enter on the default decides nothing: `update` may decide it anew.
    if (JSON.stringify(value) !== JSON.stringify(decision?.value))
      given.set(next.name, { value, origin: 'prompt' })
  }
}

function ask(question: Question, decision: Decision | undefined, inputs: Inputs): Promise<unknown> {
  const reason = decision?.reason ? ` (${decision.reason})` : ''
  const message = `${question.ask}`
  if (question.kind === 'choice') {
    const known = resolve(inputs)
    const fitting = question.fitting?.(known.known) ?? Object.keys(question.choices ?? {})
    return select({
      message,
      default: decision?.value,
      choices: fitting.map((choice) => ({
        value: choice as unknown,
        name: `${choice}: ${question.choices?.[choice]}${choice === decision?.value ? reason : ''}`,
        short: choice,
      })),
      theme: { indexMode: 'hidden' },
    })
  }
  if (question.kind === 'switch') return confirm({ message, default: decision?.value === true })
  const shown = Array.isArray(decision?.value) ? decision.value.join(',') : String(decision?.value ?? '')
  return input({
    message: `${message}${reason}`,
    default: shown,
    validate: (text) => wrongWith(question, text, inputs) ?? true,
  }).then((text) => {
    const read = readValue(question, text)
    return 'value' in read ? read.value : text
  })
}

/** The same checks as for a flag, one value at a time. */
function wrongWith(question: Question, text: string, inputs: Inputs): string | null {
  const given = new Map(inputs.given).set(question.name, { value: text, origin: 'prompt' })
  const mine = resolve({ ...inputs, given }).problems.find(
    (problem) => problem.option === `--${question.name}`,
  )
  return mine ? `${mine.message} ${mine.fix}` : null
}

/** Ctrl-C at a prompt: nothing was written yet, so nothing is left behind. */
async function stopped<Answer>(prompt: Promise<Answer>): Promise<Answer> {
  try {
    return await prompt
  } catch (error) {
    if ((error as Error).name !== 'ExitPromptError') throw error
    throw new Failure(
      [{ code: 'interrupted', message: 'Stopped; nothing was written.', fix: 'Run the command again.' }],
      130,
    )
  }
}
