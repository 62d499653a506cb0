import { nearest } from '../nearest.ts'
import type { Problem, Warning } from '../problem.ts'
import { fact } from './fact.ts'

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

// A continent or country, perhaps a partition, a direction, a number: new regions keep to it.
const regionPattern =
  /^(?:[a-z]{2}|eusc-[a-z]{2})(?:-(?:gov|iso[a-z]?))?-(?:central|(?:north|south)(?:east|west)?|east|west)-[1-9]$/

/** What is certainly no region: not written like one. */
export function regionProblem(region: string): Problem | null {
  if (regionPattern.test(region)) return null
  const meant = nearest(region, regions.value)
  return {
    code: 'bad-value',
    option: '--region',
    value: region,
    message: `--region ${JSON.stringify(region).slice(1, -1) || '""'} is not an AWS region.`,
    fix: meant === undefined ? 'Use a region like eu-central-1.' : `Did you mean ${meant}?`,
  }
}

/** What may be a region that opened after this version: deployable, and worth a look. */
export function regionWarning(region: string): Warning | null {
  if (regions.value.some((known) => known === region) || !regionPattern.test(region)) return null
  const meant = nearest(region, regions.value)
  return {
    code: 'unknown-region',
    message: `--region ${region} is not among the AWS regions known to this version${meant === undefined ? '' : `; the nearest is ${meant}`}.`,
  }
}
