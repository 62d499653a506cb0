import { Failure } from '../problem.ts'

/** One question as it is shown, whoever shows it: a terminal, or Yeoman's adapter. The shapes are @inquirer's. */
export type Prompt = InputPrompt | SelectPrompt | ConfirmPrompt

interface Shown {
  /** The question's name in the catalogue. */
  readonly name: string
  readonly message: string
  readonly theme: Theme
}

export interface InputPrompt extends Shown {
  readonly type: 'input'
  /** What Enter alone answers. */
  readonly default?: string
  readonly transformer?: (text: string, state: { isFinal: boolean }) => string
  /** `true`, or what is wrong: then the question is asked again. */
  readonly validate: (text: string) => true | string | Promise<true | string>
}

export interface SelectPrompt extends Shown {
  readonly type: 'select'
  readonly default: unknown
  readonly choices: readonly { readonly value: unknown; readonly name: string; readonly short: string }[]
  readonly loop: boolean
}

export interface ConfirmPrompt extends Shown {
  readonly type: 'confirm'
  readonly default: boolean
}

export interface Theme {
  readonly prefix: { readonly idle: string; readonly done: string }
  readonly spinner: { readonly interval: number; readonly frames: string[] }
  readonly style: {
    readonly message: (text: string, status: string) => string
    readonly answer: (text: string) => string
    readonly defaultAnswer: (text: string) => string
    readonly error: (text: string) => string
    readonly help: (text: string) => string
    readonly highlight: (text: string) => string
    readonly key: (text: string) => string
    readonly keysHelpTip: (keys: [key: string, action: string][]) => string
  }
}

/** Shows one prompt and waits for its answer; rejects with a Failure of exit code 130 when the user stops. */
export type Ask = (prompt: Prompt) => Promise<unknown>

/** Ctrl-C in the words of @inquirer; by name, because a bundle may hold the class twice. */
export function isStop(error: unknown): boolean {
  return ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes((error as Error)?.name)
}

export function stopped(): Failure {
  const message = 'Stopped; nothing was written.'
  return new Failure([{ code: 'interrupted', message, fix: 'Run the command again.' }], 130)
}
