import { confirm, input, select } from '@inquirer/prompts'
import { type Ask, isStop, type Prompt, stopped } from './prompt.ts'

/** Asks on the terminal that this process runs in. */
export const ask: Ask = (prompt) => unlessStopped(show(prompt))

function show(prompt: Prompt): Promise<unknown> {
  if (prompt.type === 'select') return select({ ...prompt, choices: [...prompt.choices] })
  if (prompt.type === 'confirm') return confirm(prompt)
  return input(prompt)
}

/** Ctrl-C at a prompt, or Ctrl-D, which closes the input: nothing was written yet, so nothing is left behind. */
async function unlessStopped<Answer>(prompt: Promise<Answer>): Promise<Answer> {
  // After Ctrl-D nobody settles the prompt: node would end with exit code 0 as soon as nothing is left to do.
  let closed = (): void => {}
  const inputClosed = new Promise<never>((_, reject) => {
    closed = () => reject(stopped())
    process.once('beforeExit', closed)
  })
  process.once('exit', showCursor)
  try {
    return await Promise.race([prompt, inputClosed])
  } catch (error) {
    throw isStop(error) ? stopped() : error
  } finally {
    process.off('beforeExit', closed)
    process.off('exit', showCursor)
  }
}

/** A signal ends the process in the middle of a list, which hides the cursor. */
function showCursor(): void {
  process.stdout.write('\u001b[?25h\n')
}
