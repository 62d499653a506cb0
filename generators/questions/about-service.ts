import { originProblem, pathProblem } from '../platform/names.ts'
import { splitList } from './parse.ts'
import { hasModel, type Known, predicts, question } from './question.ts'

const onLambda = ({ answers }: Known) => answers.cloud === 'lambda'
const hasEndpoint = ({ answers }: Known) => answers.endpoint !== 'none'

export const cloud = question({
  name: 'cloud',
  kind: 'choice',
  help: 'where it runs',
  ask: 'Where shall it run?',
  choices: {
    lambda: 'AWS Lambda',
    'cloud-functions': 'Google Cloud Functions, which are Cloud Run functions',
  },
  default: () => ({ value: 'lambda' }),
})

export const endpoint = question({
  name: 'endpoint',
  kind: 'choice',
  help: 'how the function is called (Lambda)',
  ask: 'How will the function be called?',
  choices: {
    'http-api': 'HTTP API: the cheapest gateway, answers within 30 s',
    'rest-api': 'REST API: has API keys and usage plans, answers within 29 s',
    'function-url': 'Function URL: no gateway, up to 15 minutes',
    none: 'no HTTP: events and direct calls only',
  },
  when: onLambda,
  otherwise: null,
  default: () => ({ value: 'http-api', reason: 'the cheapest with a URL' }),
})

export const path = question({
  name: 'path',
  kind: 'text',
  placeholder: 'PATH',
  help: 'where predictions are asked for',
  when: hasEndpoint,
  otherwise: null,
  default: () => ({ value: '/predict' }),
  check: (value, { answers }) =>
    answers['model-type'] === 'tensor' && /^\/v2(?:\/|$)/.test(value ?? '')
      ? {
          message: `--path ${value} cannot be the route: the Open Inference Protocol has its own below /v2.`,
          fix: 'Use a path like /predict, or / alone.',
        }
      : pathProblem(value ?? ''),
})

export const auth = question({
  name: 'auth',
  kind: 'choice',
  help: 'who may call it',
  ask: 'Who may call it?',
  choices: {
    iam: 'callers with credentials of the cloud: signed requests on AWS, identity tokens on Google',
    'api-key': 'callers with an API key (REST API only)',
    none: 'everybody on the internet',
  },
  fitting: ({ answers }) => (answers.endpoint === 'rest-api' ? ['iam', 'api-key', 'none'] : ['iam', 'none']),
  when: hasEndpoint,
  otherwise: null,
  default: () => ({ value: 'iam', reason: 'closed until you open it' }),
})

export const cors = question({
  name: 'cors',
  kind: 'list',
  placeholder: 'ORIGINS',
  help: 'web pages that may call it: https://app.example.com, comma-separated, or *',
  when: hasEndpoint,
  otherwise: [],
  default: () => ({ value: [] }),
  parse: splitList,
  check: (origins) => origins.map(originProblem).find((problem) => problem !== null),
  caution: (origins, { answers }) =>
    origins.length > 0 && answers.cloud === 'cloud-functions' && answers.auth === 'iam'
      ? {
          code: 'preflight-refused',
          message:
            '--cors: with --auth iam Cloud Run refuses the request that a browser sends first, because it carries no token; put a gateway in front, or use --auth none.',
        }
      : null,
})

export const answer = question({
  name: 'answer',
  kind: 'choice',
  help: 'the shape of an answer',
  when: predicts,
  otherwise: null,
  choices: {
    predictions: '{"predictions": [{"label", "probabilities"}, …], "model"}',
    records: '[{"label", "probabilities"}, …], a bare list',
    value:
      'a number, for several rows a list: of two classes the probability of the second, of more (or without probabilities) the label',
    response: '{"success": true, "response": "0.067"}: the value as text; problems carry "success": false',
  },
  default: () => ({ value: 'predictions' }),
})

export const tracing = question({
  name: 'tracing',
  kind: 'switch',
  help: 'trace calls with AWS X-Ray (Lambda)',
  when: onLambda,
  otherwise: false,
  default: () => ({ value: false }),
})

export const logPredictions = question({
  name: 'log-predictions',
  kind: 'number',
  placeholder: 'RATE',
  help: 'log this share of the predictions, 0 to 1, so that drift can be seen',
  when: hasModel,
  otherwise: 0,
  default: () => ({ value: 0 }),
  check: (rate) =>
    rate >= 0 && rate <= 1
      ? null
      : { message: `--log-predictions ${rate} is not between 0 and 1.`, fix: 'Give a share, such as 0.1.' },
})

export const strictInput = question({
  name: 'strict-input',
  kind: 'switch',
  help: 'refuse rows with fields that the model does not know',
  when: predicts,
  otherwise: false,
  default: () => ({ value: false }),
})

/** What CatBoost has not seen it takes in any case: its file holds no words. */
const HAVE_CATEGORIES: readonly string[] = ['onnx', 'sklearn', 'lightgbm', 'xgboost']

export const unknownCategories = question({
  name: 'unknown-categories',
  kind: 'choice',
  help: 'what becomes of a category that training did not see',
  choices: {
    refuse: 'it is refused: 422',
    model:
      'the model does what it was trained to: boosted trees take it as missing, an encoder as none of its own',
  },
  when: ({ answers, signature }) =>
    answers['model-type'] === 'tabular' &&
    HAVE_CATEGORIES.includes(answers.framework ?? '') &&
    (signature?.features?.some(({ categories }) => categories !== undefined) ?? false),
  otherwise: null,
  default: () => ({ value: 'refuse' }),
  // Measured with 3.4.1: "Found a category not in the training set", where the others answer.
  check: (choice, { answers }) =>
    choice === 'model' && answers.framework === 'xgboost'
      ? {
          message: '--unknown-categories model: XGBoost itself refuses a category that training did not see.',
          fix: 'Leave it out; whoever calls may send null, which XGBoost takes as missing.',
        }
      : null,
})
