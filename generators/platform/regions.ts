import { nearest } from '../nearest.ts'
import type { Problem, Warning } from '../problem.ts'
import { fact } from './fact.ts'
import type { Cloud } from './infrastructure.ts'

export const regions = fact(
  [
    'af-south-1',
    'ap-east-1',
    'ap-east-2',
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-northeast-3',
    'ap-south-1',
    'ap-south-2',
    'ap-southeast-1',
    'ap-southeast-2',
    'ap-southeast-3',
    'ap-southeast-4',
    'ap-southeast-5',
    'ap-southeast-6',
    'ap-southeast-7',
    'ca-central-1',
    'ca-west-1',
    'cn-north-1',
    'cn-northwest-1',
    'eu-central-1',
    'eu-central-2',
    'eu-north-1',
    'eu-south-1',
    'eu-south-2',
    'eu-west-1',
    'eu-west-2',
    'eu-west-3',
    'eusc-de-east-1',
    'il-central-1',
    'me-central-1',
    'me-south-1',
    'mx-central-1',
    'sa-east-1',
    'us-east-1',
    'us-east-2',
    'us-gov-east-1',
    'us-gov-west-1',
    'us-west-1',
    'us-west-2',
  ],
  { source: 'botocore 1.44.5, endpoint data of Lambda', seen: '2026-11', matters: '--region' },
)

export const googleRegions = fact(
  [
    'africa-south1',
    'asia-east1',
    'asia-east2',
    'asia-northeast1',
    'asia-northeast2',
    'asia-northeast3',
    'asia-south1',
    'asia-south2',
    'asia-southeast1',
    'asia-southeast2',
    'asia-southeast3',
    'australia-southeast1',
    'australia-southeast2',
    'europe-central2',
    'europe-north1',
    'europe-north2',
    'europe-southwest1',
    'europe-west1',
    'europe-west10',
    'europe-west12',
    'europe-west2',
    'europe-west3',
    'europe-west4',
    'europe-west6',
    'europe-west8',
    'europe-west9',
    'me-central1',
    'me-central2',
    'me-west1',
    'northamerica-northeast1',
    'northamerica-northeast2',
    'northamerica-south1',
    'southamerica-east1',
    'southamerica-west1',
    'us-central1',
    'us-east1',
    'us-east4',
    'us-east5',
    'us-south1',
    'us-west1',
    'us-west2',
    'us-west3',
    'us-west4',
  ],
  { source: 'Cloud Run, "Locations"', seen: '2026-08', matters: '--region' },
)

const googleRegionPattern = /^[a-z]+-(?:central|(?:north|south)(?:east|west)?|east|west)[1-9]\d?$/

// A continent or country, perhaps a partition, a direction, a number: new regions keep to it.
const regionPattern =
  /^(?:[a-z]{2}|eusc-[a-z]{2})(?:-(?:gov|iso[a-z]?))?-(?:central|(?:north|south)(?:east|west)?|east|west)-[1-9]$/

interface Regions {
  readonly pattern: RegExp
  readonly known: readonly string[]
  /** With its article: `an AWS`. */
  readonly one: string
  readonly owner: string
  readonly such: string
}

const regionsOf: Readonly<Record<Cloud, Regions>> = {
  lambda: { pattern: regionPattern, known: regions.value, one: 'an AWS', owner: 'AWS', such: 'eu-central-1' },
  'cloud-functions': {
    pattern: googleRegionPattern,
    known: googleRegions.value,
    one: 'a Google',
    owner: 'Google',
    such: 'europe-west1',
  },
}

/** What is certainly no region: not written like one. */
export function regionProblem(region: string, cloud: Cloud = 'lambda'): Problem | null {
  const { pattern, known, one, such } = regionsOf[cloud]
  if (pattern.test(region)) return null
  const meant = nearest(region, known)
  return {
    code: 'bad-value',
    option: '--region',
    value: region,
    message: `--region ${JSON.stringify(region).slice(1, -1) || '""'} is not ${one} region.`,
    fix: meant === undefined ? `Use a region like ${such}.` : `Did you mean ${meant}?`,
  }
}

/** What may be a region that opened after this version: deployable, and worth a look. */
export function regionWarning(region: string, cloud: Cloud = 'lambda'): Warning | null {
  const { pattern, known, owner } = regionsOf[cloud]
  if (known.includes(region) || !pattern.test(region)) return null
  const meant = nearest(region, known)
  return {
    code: 'unknown-region',
    message: `--region ${region} is not among the ${owner} regions known to this version${meant === undefined ? '' : `; the nearest is ${meant}`}.`,
  }
}
