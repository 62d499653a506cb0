import { join } from 'node:path'
import { type Choice, everyPair } from './pairs.ts'
import { models } from './places.ts'

/** Every two answers about a function on Lambda that go together: each tool that deploys is held against these. */
export const everyAnswer = everyPair(
  {
    endpoint: ['http-api', 'rest-api', 'function-url', 'none'],
    auth: ['iam', 'api-key', 'none'],
    warmup: ['none', 'schedule', 'snapstart', 'provisioned'],
    packaging: ['zip', 'image'],
    'model-store': ['bundled', 'bucket'],
    arch: ['x86_64', 'arm64'],
    cors: ['', '*', 'https://app.example.com', 'https://app.example.com,http://localhost:8080'],
    path: ['/predict', '/', '/v1/iris.score~2'],
    tracing: ['', '--tracing'],
    logs: ['', '--log-predictions=0.1'],
    python: ['3.13', '3.12'],
    model: ['iris-plain.onnx', 'digits.onnx'],
  },
  ({ endpoint, auth, cors, path }) => {
    if (auth === 'api-key' && endpoint !== 'rest-api') return false
    // Without an endpoint there is nobody to keep out, and no path to be asked for.
    return endpoint !== 'none' || (auth === 'iam' && cors === '' && path === '/predict')
  },
)

export function flagsOf({ endpoint, auth, cors, path, tracing, logs, model, ...rest }: Choice): string[] {
  const reachable = [`--auth=${auth}`, `--path=${path}`, ...(cors ? [`--cors=${cors}`] : [])]
  return [
    ...['--model', join(models, model as string), `--endpoint=${endpoint}`],
    ...(endpoint === 'none' ? [] : reachable),
    ...[tracing, logs].filter((flag) => flag !== undefined && flag !== ''),
    ...Object.entries(rest).map(([name, value]) => `--${name}=${value}`),
  ] as string[]
}
