import type { Feature, Signature, TensorInfo } from '../model/signature.ts'
import { DATATYPES } from '../model/tensor.ts'
import type { AnswerForm } from '../questions/answers.ts'
import { FORM_TYPE, formOf, mediaTypeOf } from './pictures.ts'
import type { GoldenCases, Row } from './samples.ts'
import { inferAnswers, inferRequests } from './tensors.ts'

/** An event carries few rows: it is read by people. */
const ROWS = 3
const TOO_MANY_ROWS = 1001

interface EventInputs {
  readonly isImage: boolean
  readonly path: string
  readonly features: readonly Feature[]
  readonly rows: readonly Row[]
  readonly cases: GoldenCases | null
  /** What the service shows of its predictions for the golden rows; `null` without them. */
  readonly predictions: readonly unknown[] | null
  readonly answer: AnswerForm
  readonly model: { readonly name: string; readonly version: string }
}

/** What the sample events hold and what is answered to them; predictions only where golden cases tell them. */
export function eventFacts(inputs: EventInputs) {
  const { path, isImage, features, rows, cases, predictions, answer, model } = inputs
  const most = isImage ? 1 : ROWS
  const eventRows = rows.slice(0, Math.min(most, cases?.inputs.length ?? most))
  const names = features.map((feature) => feature.name)
  // A feature called "instances" is a feature: the word cannot hold the rows as well.
  const isRows = names.includes('instances')
  const eventDocument = isImage ? eventRows[0] : isRows ? eventRows : { instances: eventRows }
  const { name, version } = model
  const answerTo = (count: number) =>
    predictions && documentOf(answer, predictions.slice(0, count), { name, version })
  const measured = features.find((feature) => feature.dtype === 'number')?.name
  return {
    eventRows,
    eventDocument,
    eventValues: eventRows.map((row) => names.map((feature) => row[feature])),
    eventTexts: eventRows.map((row) =>
      Object.fromEntries(
        names.map((feature) => [feature, row[feature] === null ? null : String(row[feature])]),
      ),
    ),
    eventBodyBase64: Buffer.from(JSON.stringify(eventDocument)).toString('base64'),
    answerToAll: answerTo(most),
    answerToFirst: answerTo(1),
    answerToValidate: { instances: eventRows.map((row) => asUnderstood(row, features)) },
    answerToHealth: { status: 'ok', model: { name, version } },
    ...(isImage && pictureEvents(rows[0] ?? {})),
    hasBodyFeature: names.includes('body'),
    tooManyRows: Array.from({ length: TOO_MANY_ROWS }, () => []),
    rowWithText: measured === undefined ? null : { ...eventRows[0], [measured]: 'abc' },
    problems: asRefused(answer, problemsOf(path, names, measured ?? '')),
  }
}

/** What `app/answer.py` makes of what it shows of the predictions. */
function documentOf(answer: AnswerForm, shown: readonly unknown[], model: object): unknown {
  if (answer === 'predictions') return { predictions: shown, model }
  if (answer === 'records') return shown
  if (answer === 'value') return shown.length === 1 ? shown[0] : shown
  const texts = shown.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  return { success: true, response: texts.length === 1 ? texts[0] : texts }
}

function asRefused<Problems extends Record<string, object>>(answer: AnswerForm, problems: Problems) {
  if (answer !== 'response') return problems
  const refused = Object.entries(problems).map(([name, problem]) => [name, { success: false, ...problem }])
  return Object.fromEntries(refused) as Problems
}

export const ECHOED = { msg: 'hello' }

/** What comes back is known, and there are fewer routes: nothing is predicted. */
export function echoFacts(path: string) {
  const answer = { response: ECHOED.msg, success: true }
  const { noRoute, ...others } = problemsOf(path, [], '')
  const routes = noRoute.routes.filter((route) => !route.endsWith('/validate'))
  return {
    eventDocument: ECHOED,
    eventBodyBase64: Buffer.from(JSON.stringify(ECHOED)).toString('base64'),
    answerToAll: answer,
    answerToFirst: answer,
    answerToHealth: { status: 'ok' },
    problems: { ...others, noRoute: { ...noRoute, routes } },
  }
}

interface TensorInputs {
  readonly path: string
  readonly theModel: string
  readonly signature: Signature
  readonly cases: GoldenCases | null
  readonly model: { readonly name: string; readonly version: string }
}

/** The Open Inference Protocol has requests, answers and routes of its own. */
export function tensorFacts({ path, theModel, signature, cases, model: { name, version } }: TensorInputs) {
  const requests = inferRequests(signature, cases)
  const answers = inferAnswers(signature, cases, { name, version })
  const [request = {}] = requests
  const [answer = null] = answers ?? []
  const first = signature.outputs[0]?.name ?? ''
  const { noRoute, ...others } = problemsOf(path, [], '')
  const gets = ['/v2', '/v2/health/live', '/v2/health/ready', theModel, `${theModel}/ready`]
  const routes = [...noRoute.routes, ...gets.map((route) => `GET ${route}`), `POST ${theModel}/infer`]
  const noInputs = { detail: 'inputs is missing', field: 'inputs' }
  const unlike = { detail: 'inputs[0].datatype: "BF16" is not ', field: 'inputs[0].datatype' }
  const datatype = DATATYPES[signature.inputs[0]?.dtype ?? ''] ?? ''
  const wrongType = { ...unlike, detail: unlike.detail + datatype }
  const problems = { ...others, noRoute: { ...noRoute, routes } }
  const title = 'The body does not fit the schema'
  const inputs = 'inputs' in request && Array.isArray(request.inputs) ? request.inputs : []
  return {
    eventRows: requests,
    eventDocument: request,
    eventBodyBase64: Buffer.from(JSON.stringify(request)).toString('base64'),
    answerToAll: answer,
    answerToFirst: answer,
    /** Named, and for one output only. */
    inferRequest: { id: 'first', ...request, outputs: [{ name: first }] },
    answerToInfer: answer && onlyOutput(answer, first, 'first'),
    answerToModel: {
      name,
      versions: [version],
      platform: 'onnx_onnxv1',
      inputs: signature.inputs.map(metadata),
      outputs: signature.outputs.map(metadata),
    },
    wrongTypeRequest: { inputs: [{ ...inputs[0], datatype: 'BF16' }, ...inputs.slice(1)] },
    problems: {
      ...Object.fromEntries(
        Object.entries(problems).map(([kind, problem]) => [kind, { ...problem, error: problem.detail }]),
      ),
      noInputs: { status: 422, title, detail: noInputs.detail, error: noInputs.detail, errors: [noInputs] },
      wrongType: {
        status: 422,
        title,
        detail: wrongType.detail,
        error: wrongType.detail,
        errors: [wrongType],
      },
    },
  }
}

function onlyOutput(answer: object, wanted: string, id: string): object {
  const outputs = 'outputs' in answer ? (answer.outputs as { name: string }[]) : []
  return { ...answer, id, outputs: outputs.filter(({ name }) => name === wanted) }
}

/** A free dimension is -1. */
function metadata({ name, dtype, shape }: TensorInfo): object {
  const sizes = shape?.map((size) => (typeof size === 'number' ? size : -1)) ?? [-1]
  return { name, datatype: DATATYPES[dtype], shape: sizes }
}

/** The same picture as its bytes and in a form, both in base64; then a form with two files. */
function pictureEvents({ image }: Row) {
  const picture = String(image)
  return {
    picture,
    pictureType: mediaTypeOf(picture),
    formType: FORM_TYPE,
    form: formOf([picture]),
    formWithTwo: formOf([picture, picture]),
  }
}

/** As the model sees a row: a category that may be any is a word, though clients may give whole numbers. */
function asUnderstood(row: Row, features: readonly Feature[]): Row {
  const words = features.filter(({ dtype, categories }) => dtype === 'category' && !categories?.length)
  const numbers = words.filter(({ name }) => typeof row[name] === 'number')
  return { ...row, ...Object.fromEntries(numbers.map(({ name }) => [name, String(row[name])])) }
}

/** The documents that the service answers to the events in `events/error-*`. */
function problemsOf(path: string, names: readonly string[], measured: string) {
  const validate = `${path.replace(/\/$/, '')}/validate`
  return {
    notJson: {
      status: 400,
      title: 'The body is not JSON',
      detail: "Expecting ',' delimiter: line 1 column 22 (char 21)",
    },
    noRoute: {
      status: 404,
      title: 'There is nothing here',
      detail: 'no route /nothing',
      routes: [...new Set([`POST ${path}`, 'POST /', `POST ${validate}`, 'GET /health', 'GET /schema'])],
    },
    method: {
      status: 405,
      title: 'The method does not go with this route',
      detail: `${path} answers POST, not GET`,
    },
    mediaType: {
      status: 415,
      title: 'The media type cannot be answered',
      detail: 'image/png is not application/json',
    },
    missing: unfit(names.map((field) => ({ detail: `instances[0].${field} is missing`, row: 0, field }))),
    text: unfit([{ detail: `instances[0].${measured}: "abc" is not a number`, row: 0, field: measured }]),
    tooManyRows: {
      status: 422,
      title: 'The body holds too many rows',
      detail: `${TOO_MANY_ROWS} rows, at most ${TOO_MANY_ROWS - 1}`,
    },
    notAPicture: unfitPicture('image is neither JPEG, PNG nor WebP'),
    noPicture: unfitPicture('image is missing'),
    twoPictures: unfitPicture('the form holds 2 files, expected one'),
    notPictureType: {
      status: 415,
      title: 'The media type cannot be answered',
      detail: 'text/html is not image/jpeg, image/png, image/webp, multipart/form-data or JSON',
    },
    noRows: { status: 422, title: 'The body holds no rows', detail: 'the list is empty' },
  }
}

function unfit(errors: readonly { readonly detail: string; readonly row: number; readonly field: string }[]) {
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return {
    status: 422,
    title: 'The body does not fit the schema',
    detail: `${errors[0]?.detail}${more}`,
    errors,
  }
}

function unfitPicture(detail: string) {
  return {
    status: 422,
    title: 'The body holds no picture',
    detail,
    errors: [{ detail, field: 'image' }],
  }
}
