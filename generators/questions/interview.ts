import { basename } from 'node:path'
import { hasModel } from '../model/echo.ts'
import type { InspectedModel } from '../model/signature.ts'
import type { Problem } from '../problem.ts'
import { paint, type Shell, visible } from '../shell.ts'
import { version } from '../version.ts'
import { framework as frameworkQuestion, model as modelQuestion } from './about-model.ts'
import { choiceLines, shownList, themeFor, wrapped } from './layout.ts'
import type { Ask } from './prompt.ts'
import { type Decision, optionOf, type Question } from './question.ts'
import { type Inputs, type Resolved, resolve } from './resolve.ts'
import { type RawValue, readValue } from './value.ts'

type Given = Map<string, RawValue>

/** A read model file, or what is wrong with it. */
interface Read {
  readonly inspected: InspectedModel | null
  readonly usage: readonly Problem[]
  readonly problems: readonly Problem[]
}

/**
 * The model comes first: what its file says is not asked. A file that cannot be read is asked for again.
 * Writes what was answered into `given`, and returns what was read.
 */
export async function askForModel<Result extends Read>(
  given: Given,
  read: (given: Given) => Promise<Result>,
  ask: Ask,
  shell: Shell,
): Promise<Result> {
  const { bold, dim } = paint(shell.colours)
  const hint = 'Enter takes what stands in brackets; Ctrl-C stops and leaves nothing behind.'
  shell.stdout(`${bold(`create-lambda-model ${version}`)}\n${dim(wrapped(hint, shell.columns()))}\n\n`)
  if (given.has('model') || !hasModel(given.get('model-type')?.value)) return read(given)
  let latest: Result | null = null
  const pathIn = (text: string) => typedPath(text, shell.env.HOME)
  const withPath = (path: string): Given =>
    path === '' ? given : new Map(given).set('model', { value: path, origin: 'prompt' })
  const answer = await ask({
    type: 'input',
    name: 'model',
    message: `${modelQuestion.ask}\nEnter alone takes a small demo model.`,
    transformer: (text, { isFinal }) => (isFinal && text.trim() === '' ? 'the demo model' : text),
    validate: async (text) => {
      latest = await read(withPath(pathIn(text)))
      const problem = [...latest.usage, ...latest.problems][0]
      return problem ? sentences(problem) : true
    },
    theme: themeFor(shell),
  })
  const path = pathIn(String(answer ?? ''))
  if (path !== '') given.set('model', { value: path, origin: 'prompt' })
  return latest ?? read(given)
}

function sentences({ message, fix }: Problem): string {
  return `${message.replace(/\.?$/, '.')} ${fix}`
}

/** A path dropped into a terminal comes in quotes; `~` is the shell's word, which no shell has read here. */
function typedPath(text: string, home: string | undefined): string {
  const path = text.trim().replace(/^(['"])(.*)\1$/, '$2')
  return home !== undefined && path.startsWith('~/') ? home + path.slice(1) : path
}

/** Asks one question after the other; each answer may close or open later ones. */
export async function askWhatIsLeft(
  inputs: Inputs,
  /** What speaks against the answers so far, shown at the question whose option it names. */
  objections: (resolved: Resolved) => readonly Problem[],
  ask: Ask,
  shell: Shell,
): Promise<Resolved> {
  if (inputs.model) shell.stdout(whatTheFileSays(inputs.model, shell))
  const given = new Map(inputs.given)
  const asked = new Set<string>(['model'])
  for (;;) {
    const resolved = resolve({ ...inputs, given })
    const next = resolved.open.find((question) => !asked.has(question.name))
    if (!next) return resolved
    asked.add(next.name)
    const decision = resolved.defaults.get(next.name)
    const wrongWith = (text: string): string | null => {
      const tried = resolve({ ...inputs, given: new Map(given).set(next.name, fromPrompt(text)) })
      const problems = [...tried.problems, ...objections(tried)]
      const mine = problems.find((problem) => problem.option === optionOf(next.name))
      return mine ? sentences(mine) : null
    }
    const value = await askOne(next, resolved, decision, wrongWith, ask, shell)
    // Enter on the default decides nothing: `update` may decide it anew.
    if (JSON.stringify(value) !== JSON.stringify(decision?.value)) given.set(next.name, fromPrompt(value))
  }
}

function fromPrompt(value: unknown): RawValue {
  return { value, origin: 'prompt' }
}

async function askOne(
  question: Question,
  { known }: Resolved,
  decision: Decision | undefined,
  wrongWith: (text: string) => string | null,
  ask: Ask,
  shell: Shell,
): Promise<unknown> {
  const { name, kind } = question
  const suggested = decision?.value
  const because = decision?.reason ?? ''
  const message = (reason: string) => (reason === '' ? `${question.ask}` : `${question.ask}\n${reason}`)
  if (kind === 'choice') {
    const fitting = question.fitting?.(known) ?? Object.keys(question.choices ?? {})
    const lines = choiceLines(
      fitting.map((choice) => [choice, question.choices?.[choice] ?? '']),
      shell.columns(),
    )
    return ask({
      type: 'select',
      name,
      message: message(because === '' ? '' : `Suggested: ${suggested}, ${because}`),
      default: suggested,
      choices: fitting.map((choice, index) => ({
        value: choice,
        name: lines[index] ?? choice,
        short: choice,
      })),
      loop: false,
      theme: themeFor(shell),
    })
  }
  if (kind === 'switch') {
    const theme = themeFor(shell)
    return ask({ type: 'confirm', name, message: message(because), default: suggested === true, theme })
  }
  const shown = Array.isArray(suggested) ? shownList(suggested) : undefined
  const preset = Array.isArray(suggested) ? listText(suggested) : String(suggested ?? '')
  const text = await ask({
    type: 'input',
    name,
    message: message(because),
    default: preset,
    validate: (answer) => wrongWith(answer) ?? true,
    theme: themeFor(shell, shown),
  })
  if (text === preset) return suggested
  const read = readValue(question, text)
  return 'value' in read ? read.value : text
}

/** A name may hold a comma. */
function listText(words: readonly unknown[]): string {
  return words.some((word) => String(word).includes(',')) ? JSON.stringify(words) : words.join(',')
}

/** One sentence, so that its reader sees what need not be asked. */
function whatTheFileSays({ file, signature }: InspectedModel, shell: Shell): string {
  const { framework, task, classes, features } = signature
  const runner = frameworkQuestion.choices?.[framework.name] ?? framework.name
  const release = framework.version === null || framework.name === 'onnx' ? '' : ` ${framework.version}`
  const told =
    task === null ? [] : [classes ? `${task} into ${shownList(classes).replaceAll(',', ', ')}` : task]
  const named = features?.map((feature) => feature.name)
  const taken = named ? [`from ${shownList(named).replaceAll(',', ', ')}`] : []
  const sentence = [`${basename(file.path)}: ${runner}${release}`, [...told, ...taken].join(' ')]
  const said = visible(sentence.filter((part) => part !== '').join(', '))
  return `${paint(shell.colours).dim(wrapped(said, shell.columns(), 2))}\n`
}
