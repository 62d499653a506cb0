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

/** US dollars for a gigabyte: of snapshot kept for a second, of snapshot restored, of a ready instance for a second. */
export const warmPrices = fact(
  {
    snapshotSecond: 0.0000015046,
    restore: 0.0001397998,
    readySecond: { x86_64: 0.0000041667, arm64: 0.0000033334 },
  },
  {
    source: 'AWS Lambda pricing, "SnapStart" and "Provisioned Concurrency", US East (N. Virginia)',
    seen: '2026-06',
    matters: 'what --warmup snapstart and provisioned cost, in the README',
  },
)

const SECONDS_OF_MONTH = 30 * 24 * 60 * 60

/** What it costs that nothing starts cold, as dollars with two decimals. */
export function costOfWarmth({ arch, memory }: { arch: 'x86_64' | 'arm64'; memory: number }) {
  const gigabytes = memory / 1024
  const { snapshotSecond, restore, readySecond } = warmPrices.value
  return {
    snapshotMonth: (gigabytes * snapshotSecond * SECONDS_OF_MONTH).toFixed(2),
    thousandRestores: (gigabytes * restore * 1000).toFixed(2),
    readyMonth: (gigabytes * readySecond[arch] * SECONDS_OF_MONTH).toFixed(2),
  }
}

/** US dollars, billed by request in regions of tier 1; each instance's time is rounded up to 100 ms. */
export const runPrices = fact(
  { millionRequests: 0.4, cpuSecond: 0.000024, gibibyteSecond: 0.0000025, roundedToMs: 100 },
  {
    source: 'Cloud Run pricing, request-based billing, tier 1 regions, without the free tier',
    seen: '2026-11',
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
  answers: {
    arch: 'x86_64' | 'arm64'
    memory: number
    endpoint: keyof typeof gatewayPrices.value | null
  },
  milliseconds = 10,
): CostOfMillionCalls {
  const gigabytes = answers.memory / 1024
  const perSecond = lambdaPrices.value.gigabyteSecond[answers.arch]
  const compute = 1000 * milliseconds * gigabytes * perSecond
  const requests = lambdaPrices.value.millionRequests
  const gateway = gatewayPrices.value[answers.endpoint ?? 'none']
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

/** The same on Cloud Run, one call at a time: several at once share an instance and cost less. */
export function millionCallsOnCloudRun({ memory, cpus }: { memory: number; cpus: number }) {
  const { millionRequests, cpuSecond, gibibyteSecond, roundedToMs } = runPrices.value
  const gigabytes = memory / 1024
  const cpu = 1000 * roundedToMs * cpus * cpuSecond
  const ram = 1000 * roundedToMs * gigabytes * gibibyteSecond
  return {
    milliseconds: roundedToMs,
    gigabytes: String(Number(gigabytes.toFixed(3))),
    cpuSecond: String(cpuSecond),
    gibibyteSecond: gibibyteSecond.toFixed(7),
    cpu: cpu.toFixed(2),
    ram: ram.toFixed(2),
    requests: millionRequests.toFixed(2),
    total: (cpu + ram + millionRequests).toFixed(2),
  }
}
