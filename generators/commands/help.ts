import { catalogue } from '../questions/catalogue.ts'
import type { Question } from '../questions/question.ts'
import { runOptions } from './arguments.ts'

const COLUMN = 26
const WIDTH = 100

/** `--help`, from the catalogue. */
export function help(): string {
  const questions = catalogue.map((question) =>
    line(`--${question.name}${placeholderOf(question)}`, helpOf(question)),
  )
  const options = Object.entries(runOptions).map(([name, option]) => {
    const short = 'short' in option ? `-${option.short}, ` : ''
    const value = 'placeholder' in option ? ` ${option.placeholder}` : ''
    return line(`${short}--${name}${value}`, option.help)
  })
  return `Turns a trained model file into a complete, tested serverless project.

Usage
  npm create lambda-model [directory] -- [options]     a new project
  create-lambda-model [directory] [options]            the same, without npm
  create-lambda-model update [directory] [options]     a newer template, or new answers
  create-lambda-model check [directory] [--strict]     whether an update would change files
  create-lambda-model inspect <model> [--json]         what the model file says
  A directory that is named like a command is written ./update.

Answers (each has a variable LAMBDA_MODEL_<NAME>, too)
${questions.join('\n')}

Options
${options.join('\n')}

Exit codes: 0 done, 1 failed or conflicts left, 2 wrong usage, 3 check found something, 130 stopped.

Example
  npm create lambda-model iris-service -- --model iris.joblib --yes --install
`
}

function placeholderOf({ kind, placeholder }: Question): string {
  if (kind === 'switch') return ''
  return ` ${placeholder ?? 'CHOICE'}`
}

function helpOf(question: Question): string {
  const choices = Object.keys(question.choices ?? {})
  return choices.length > 0 ? `${question.help}: ${choices.join(', ')}` : question.help
}

function line(left: string, right: string): string {
  const lines = wrap(right, WIDTH - COLUMN - 4)
  const first = left.length < COLUMN ? `  ${left.padEnd(COLUMN)}  ${lines.shift() ?? ''}` : `  ${left}`
  return [first, ...lines.map((text) => ' '.repeat(COLUMN + 4) + text)].join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last.length + word.length + 1 > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
