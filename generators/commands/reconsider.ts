import { answerNames } from '../questions/catalogue.ts'
import { askWhatIsLeft } from '../questions/interview.ts'
import { themeFor } from '../questions/layout.ts'
import { ask } from '../questions/terminal.ts'
import type { RawValue } from '../questions/value.ts'
import type { Shell } from '../shell.ts'
import type { Reconsider } from './update-plan.ts'

/** On a terminal an update may change the answers, too: each question shows the present one, and Enter keeps it. */
export function reconsiderOn(shell: Shell): Reconsider {
  return async (inputs, recorded) => {
    const message = 'Change any of the answers that the project was made with?'
    const wanted = await ask({
      type: 'confirm',
      name: 'reconsider',
      message,
      default: false,
      theme: themeFor(shell),
    })
    if (wanted !== true) return new Map()
    const fixed = new Map(
      [...inputs.given].filter(([name]) => ['model', 'model-type', 'name'].includes(name)),
    )
    const { answers } = await askWhatIsLeft(
      { ...inputs, given: fixed, previous: recorded.answers },
      () => [],
      ask,
      shell,
    )
    const changed = answerNames.filter(
      (name) =>
        !fixed.has(name) &&
        answers[name] !== null &&
        JSON.stringify(answers[name]) !== JSON.stringify(recorded.answers[name]),
    )
    return new Map(
      changed.map((name): [string, RawValue] => [name, { value: answers[name], origin: 'prompt' }]),
    )
  }
}
