import { latencyShare } from '../platform/operation.ts'
import type { Answers } from '../questions/answers.ts'

/** An alarm in CloudWatch, whatever tool makes it. */
export interface Alarm {
  /** `Failure`: the tool adds what it calls an alarm. */
  readonly name: string
  /** `server-error`, for tools whose names have no capitals. */
  readonly slug: string
  readonly description: string
  /** `null`: a namespace of its own, called like the deployed stack. */
  readonly namespace: string | null
  readonly metric: string
  /** Whose metric it is: its dimensions are named as the tool names that thing. */
  readonly of: 'function' | 'http-api' | 'rest-api' | 'log'
  readonly statistic: 'Sum' | 'p99'
  readonly period: number
  readonly periods: number
  readonly threshold: number
  readonly comparison: 'GreaterThanOrEqualToThreshold' | 'GreaterThanThreshold'
}

const ONE_IN_A_MINUTE = {
  statistic: 'Sum',
  period: 60,
  periods: 1,
  threshold: 1,
  comparison: 'GreaterThanOrEqualToThreshold',
} as const

export function alarmsFor({ endpoint, timeout }: Pick<Answers, 'endpoint' | 'timeout'>): Alarm[] {
  const gateway = GATEWAYS[endpoint ?? 'none']
  return [
    {
      name: 'Failure',
      slug: 'failure',
      description: 'The function failed, ran out of memory or out of time.',
      namespace: 'AWS/Lambda',
      metric: 'Errors',
      of: 'function',
      ...ONE_IN_A_MINUTE,
    },
    {
      name: 'FailedCalls',
      slug: 'failed-calls',
      description: 'The function answered 5xx, which is no error for Lambda itself.',
      namespace: null,
      metric: 'FailedCalls',
      of: 'log',
      ...ONE_IN_A_MINUTE,
    },
    ...(gateway
      ? [
          {
            name: 'ServerError',
            slug: 'server-error',
            description: 'Callers were answered 5xx, by the function or by what stands before it.',
            ...gateway,
            ...ONE_IN_A_MINUTE,
          },
        ]
      : []),
    {
      name: 'Throttle',
      slug: 'throttle',
      description: "Calls were turned away because the account's concurrency was used up.",
      namespace: 'AWS/Lambda',
      metric: 'Throttles',
      of: 'function',
      ...ONE_IN_A_MINUTE,
    },
    {
      name: 'Latency',
      slug: 'latency',
      description:
        'One call in a hundred took more than four fifths of the time-out, for a quarter of an hour.',
      namespace: 'AWS/Lambda',
      metric: 'Duration',
      of: 'function',
      statistic: 'p99',
      period: 300,
      periods: 3,
      // Milliseconds.
      threshold: Math.round(timeout * 1000 * latencyShare.value),
      comparison: 'GreaterThanThreshold',
    },
  ]
}

/** Who answers callers counts the answers; each calls its count by another name. */
const GATEWAYS: {
  readonly [endpoint in NonNullable<Answers['endpoint']>]: Pick<Alarm, 'namespace' | 'metric' | 'of'> | null
} = {
  'http-api': { namespace: 'AWS/ApiGateway', metric: '5xx', of: 'http-api' },
  'rest-api': { namespace: 'AWS/ApiGateway', metric: '5XXError', of: 'rest-api' },
  'function-url': { namespace: 'AWS/Lambda', metric: 'Url5xxCount', of: 'function' },
  none: null,
}
