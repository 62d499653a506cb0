import { fact } from './fact.ts'

/** US dollars. The first tier of us-east-1; other regions differ by up to a third. */
export const lambdaPrices = fact(
  { millionRequests: 0.2, gigabyteSecond: { x86_64: 0.0000166667, arm64: 0.0000133334 } },
  {
    source: 'AWS Lambda pricing, US East (N. Virginia)',
    seen: '2026-06',
    matters: 'what a call costs, in the README',
  },
)

/** US dollars for a million calls of up to 512 kB. */
export const gatewayPrices = fact(
  { 'http-api': 1, 'rest-api': 3.5, 'function-url': 0, none: 0 },
  {
    source: 'Amazon API Gateway pricing, US East (N. Virginia)',
    seen: '2026-06',
    matters: 'what a call costs, in the README',
  },
)

export interface CostOfMillionCalls {
  /** Billed duration of each call. */
  readonly milliseconds: number
  readonly gigabytes: string
  readonly gigabyteSecond: string
  readonly compute: string
  readonly requests: string
  readonly gateway: string
  readonly total: string
}

/** What a million warm calls cost, as dollars with two decimals. */
export function millionCalls(
  answers: { arch: 'x86_64' | 'arm64'; memory: number; endpoint: keyof typeof gatewayPrices.value },
  milliseconds = 10,
): CostOfMillionCalls {
  const gigabytes = answers.memory / 1024
  const perSecond = lambdaPrices.value.gigabyteSecond[answers.arch]
  const compute = 1000 * milliseconds * gigabytes * perSecond
  const requests = lambdaPrices.value.millionRequests
  const gateway = gatewayPrices.value[answers.endpoint]
  return {
    milliseconds,
    gigabytes: String(Number(gigabytes.toFixed(3))),
    gigabyteSecond: perSecond.toFixed(10),
    compute: compute.toFixed(2),
    requests: requests.toFixed(2),
    gateway: gateway.toFixed(2),
    total: (compute + requests + gateway).toFixed(2),
  }
}
