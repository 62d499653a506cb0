import { paint, type Shell, visible } from '../shell.ts'
import type { Theme } from './prompt.ts'

/** Lines that are easy to read are no longer than this, however wide the terminal is. */
const WIDEST = 100

/** Breaks at spaces, so that a terminal does not break inside a word; later lines stand below `indent`. */
export function wrapped(text: string, columns: number, indent = 0): string {
  const width = Math.max(20, Math.min(columns, WIDEST) - indent)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length >= width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

/** `http-api      HTTP API: the cheapest gateway, …`: meanings stand below each other. */
export function choiceLines(
  choices: readonly (readonly [choice: string, meaning: string])[],
  columns: number,
): string[] {
  const column = Math.max(...choices.map(([choice]) => choice.length)) + 2
  return choices.map(([choice, meaning]) => choice.padEnd(column) + wrapped(meaning, columns - 2, column + 2))
}

const ENOUGH = 60

/** What Enter answers, shortened when there are hundreds of features. */
export function shownList(words: readonly unknown[]): string {
  const all = words.join(',')
  return all.length <= ENOUGH ? all : `${words[0]},${words[1]},…,${words.at(-1)}: ${words.length} in all`
}

/**
 * The looks of every prompt. Colour repeats what a sign says already: nothing is told by colour or by a
 * spinner alone. The second line of a message, the reason for the default, goes once it is answered.
 */
export function themeFor({ colours, columns }: Pick<Shell, 'colours' | 'columns'>, shown?: string): Theme {
  const { bold, dim, green, red } = paint(colours)
  return {
    prefix: { idle: bold('?'), done: green('✔') },
    spinner: { interval: 1000, frames: ['… reading'] },
    style: {
      message: (text, status) => {
        const [question = '', ...reason] = text.split('\n')
        const asked = bold(wrapped(question, columns() - 4, 2))
        return status === 'done' || reason.length === 0
          ? asked
          : `${asked}\n  ${dim(wrapped(visible(reason.join(' ')), columns() - 2, 2))}\n `
      },
      answer: (text) => green(visible(text)),
      defaultAnswer: (text) => dim(`(${visible(shown ?? text)})`),
      error: (text) => red(wrapped(`> ${visible(text.replaceAll('\n', ' '))}`, columns(), 2)),
      help: dim,
      highlight: green,
      key: bold,
      keysHelpTip: (keys) => dim(keys.map(([key, action]) => `${key} ${action}`).join(', ')),
    },
  }
}
