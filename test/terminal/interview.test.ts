import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder, filesBelow, model } from '../shell.ts'
import { CTRL_C, CTRL_D, DOWN, ENTER, play, type Step, screen } from './play.ts'

const QUESTIONS = [
  'Where is the trained model file?',
  'What is the project called?',
  'Where shall it run?',
  'How shall the code be packed?',
  'What shall deploy it?',
  'How will the function be called?',
  'Who may call it?',
  'In which region?',
]
const DEFAULTS: Step[] = QUESTIONS.map((question) => ({ await: question, keys: ENTER }))
function state(cwd: string, project: string) {
  return JSON.parse(filesBelow(join(cwd, project))['.lambda-model/answers.json'] ?? '')
}

describe('an interview in a terminal', () => {
  test('Enter alone goes through, and decides nothing', () => {
    const cwd = emptyFolder()
    const { code, reached, output } = play({ argv: ['--no-git'], cwd, steps: DEFAULTS })
    expect({ code, reached }).toEqual({ code: 0, reached: QUESTIONS.length })
    expect(state(cwd, 'iris-demo').given).toEqual([])
    expect(output).toContain('iris-demo -- --yes')
  })

  test('every answer arrives, and a later question follows from an earlier one', () => {
    const cwd = emptyFolder()
    const steps: Step[] = [
      { await: 'trained model', keys: `'${model('iris-knn.joblib')}'${ENTER}` },
      { await: 'project called', keys: `flowers${ENTER}` },
      { await: 'shall it run?', keys: ENTER },
      { await: 'packed', keys: DOWN },
      { await: '❯ image', keys: ENTER },
      { await: 'shall deploy it?', keys: DOWN },
      { await: '❯ serverless', keys: ENTER },
      { await: 'be called?', keys: DOWN },
      { await: '❯ rest-api', keys: ENTER },
      { await: 'api-key', keys: DOWN },
      { await: '❯ api-key', keys: ENTER },
      { await: 'region', keys: `eu-central-1${ENTER}` },
    ]
    const { code, reached } = play({ argv: ['--no-git'], cwd, steps })
    expect({ code, reached }).toEqual({ code: 0, reached: steps.length })
    const { answers, given } = state(cwd, 'flowers')
    expect(given).toEqual(expect.arrayContaining(['packaging', 'iac', 'endpoint', 'auth', 'region']))
    expect(answers).toMatchObject({
      name: 'flowers',
      packaging: 'image',
      iac: 'serverless',
      endpoint: 'rest-api',
      auth: 'api-key',
      region: 'eu-central-1',
    })
  })

  test('what is wrong is said, and asked again', () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'notes.txt'), 'not a model')
    mkdirSync(join(cwd, 'taken'))
    writeFileSync(join(cwd, 'taken/work.py'), 'mine')
    const erase = '\u0015'
    const steps: Step[] = [
      { await: 'trained model', keys: `missing.onnx${ENTER}` },
      { await: 'missing.onnx does not exist. Check', keys: `${erase}notes.txt${ENTER}` },
      { await: 'none of the model formats', keys: `${erase}${ENTER}` },
      { await: 'project called', keys: `No Name!${ENTER}` },
      { await: '> --name', keys: `${erase}taken${ENTER}` },
      { await: 'is not empty: work.py', keys: `${erase}free${ENTER}` },
      ...DEFAULTS.slice(2, -1),
      { await: 'region', keys: `eu-center-1${ENTER}` },
      { await: 'is not an AWS region', keys: `${erase}eu-west-1${ENTER}` },
    ]
    const { code, reached } = play({ argv: ['--no-git'], cwd, steps })
    expect({ code, reached }).toEqual({ code: 0, reached: steps.length })
    expect(state(cwd, 'free').answers.region).toBe('eu-west-1')
    expect(readdirSync(cwd).sort()).toEqual(['free', 'notes.txt', 'taken'])
  })

  test('a wrong command line is refused before the first question', () => {
    const cwd = emptyFolder()
    const { code, output } = play({ argv: ['--region', 'eu-center-1'], cwd, steps: [] })
    expect(code).toBe(2)
    expect(output).not.toContain('trained model')
  })

  test.each([['taken'], ['--name', 'taken']])('so is a directory that is taken: %s', (...argv) => {
    const cwd = emptyFolder()
    mkdirSync(join(cwd, 'taken'))
    writeFileSync(join(cwd, 'taken/work.py'), 'mine')
    const { code, output } = play({ argv, cwd, steps: [] })
    expect([code, output]).toEqual([2, expect.stringContaining('taken is not empty: work.py')])
    expect(output).not.toContain('trained model')
  })
})

describe.each([
  ['Ctrl-C', CTRL_C],
  ['Ctrl-D', CTRL_D],
])('%s leaves nothing behind', (_, keys) => {
  test.each(QUESTIONS.map((question, index) => [question, index] as const))('at: %s', (question, index) => {
    // Ctrl-D means nothing to a list of choices but the end of the input, which it is there, too.
    const cwd = emptyFolder()
    const steps = [...DEFAULTS.slice(0, index), { await: question, keys }]
    const { code, reached, output } = play({ cwd, steps })
    expect({ code, reached, left: readdirSync(cwd) }).toEqual({ code: 130, reached: index + 1, left: [] })
    expect(output).toContain('Stopped; nothing was written.')
    expect(output.lastIndexOf('\u001b[?25h')).toBeGreaterThanOrEqual(output.lastIndexOf('\u001b[?25l'))
  })

  test('at the features, which a pickle without names leaves open', () => {
    const cwd = emptyFolder()
    const steps = [{ await: "What are the features' names", keys }]
    const { code } = play({ argv: ['svc', '--model', model('iris-logreg.pkl')], cwd, steps })
    expect({ code, left: readdirSync(cwd) }).toEqual({ code: 130, left: [] })
  })
})

test.each(['SIGTERM', 'SIGHUP'])('%s at a question ends it, with the cursor shown', (signal) => {
  const cwd = emptyFolder()
  const steps: Step[] = [...DEFAULTS.slice(0, 2), { await: QUESTIONS[2] ?? '', signal }]
  const { code, output } = play({ cwd, steps })
  expect(code).toBe(signal === 'SIGTERM' ? 143 : 129)
  expect(readdirSync(cwd)).toEqual([])
  expect(output.lastIndexOf('\u001b[?25h')).toBeGreaterThan(output.lastIndexOf('\u001b[?25l'))
})

describe.each([60, 200])('at %i columns', (columns) => {
  test('no word is broken, and every reason is there', async () => {
    const cwd = emptyFolder()
    const played = play({
      argv: ['--no-git'],
      cwd,
      columns,
      steps: DEFAULTS.slice(0, 6).concat({ await: QUESTIONS[6] ?? '', keys: CTRL_C }),
    })
    const seen = await screen(played, columns)
    for (const question of QUESTIONS.slice(0, 7)) expect(seen.replace(/\s+/g, ' ')).toContain(question)
    // What the screen shows at the end is laid out by us: nothing reaches the last column.
    for (const line of seen.split('\n')) expect(line.length).toBeLessThan(columns)
    expect(seen.replace(/\s+/g, ' ')).toContain('Suggested: iam, closed until you open it')
    await expect(`${seen}\n`).toMatchFileSnapshot(`screens/interview-${columns}.txt`)
  })
})

test.each([
  ['--no-color', ['--no-color'], {}],
  ['NO_COLOR', [], { NO_COLOR: '1' }],
])('%s shows no colour', (_, argv: string[], env) => {
  const { code, output } = play({ argv: ['--no-git', ...argv], cwd: emptyFolder(), env, steps: DEFAULTS })
  expect(code).toBe(0)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
  expect(output).not.toMatch(/\u001b\[[0-9;]*m/)
})
