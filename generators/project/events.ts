import type { Feature } from '../model/signature.ts'
import type { GoldenCases, Row } from './samples.ts'

/** An event carries few rows: it is read by people. */
const ROWS = 3

interface EventInputs {
  readonly path: string
  readonly features: readonly Feature[]
  readonly rows: readonly Row[]
  readonly cases: GoldenCases | null
  /** What the service answers to the golden rows; `null` without them. */
  readonly predictions: readonly unknown[] | null
  readonly model: { readonly name: string; readonly version: string }
}

/** What the sample events hold and, where golden cases tell it, what is answered to them. */
export function eventFacts({ path, features, rows, cases, predictions, model }: EventInputs) {
  const eventRows = rows.slice(0, Math.min(ROWS, cases?.inputs.length ?? ROWS))
  // A feature called "instances" is a feature: the word cannot hold the rows as well.
  const eventDocument = features.some(({ name }) => name === 'instances')
    ? eventRows
    : { instances: eventRows }
  const { name, version } = model
  const answerTo = (count: number) =>
    predictions && { predictions: predictions.slice(0, count), model: { name, version } }
  return {
    routes: [
      ...new Set([
        `POST ${path}`,
        'POST /',
        `POST ${path.replace(/\/$/, '')}/validate`,
        'GET /health',
        'GET /schema',
      ]),
    ],
    eventRows,
    eventDocument,
    eventBodyBase64: Buffer.from(JSON.stringify(eventDocument)).toString('base64'),
    answerToAll: answerTo(ROWS),
    answerToFirst: answerTo(1),
  }
}
