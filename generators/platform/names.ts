import type { Problem } from '../problem.ts'
import type { Cloud } from './infrastructure.ts'
import {
  googleMemoryRange,
  googleTimeoutRange,
  memoryRange,
  restApiReservedPaths,
  timeoutRange,
  tmpRange,
} from './limits.ts'

/** Rules for values that a cloud or a language has its own rules for. Each answers a problem, or null: the value is fine. */

const namePattern = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/

export function nameProblem(name: string): Problem | null {
  if (namePattern.test(name) && !name.includes('--')) return null
  const valid = validName(name)
  return bad(
    '--name',
    name,
    `--name ${shown(name)} cannot name a project: a name is up to 40 small letters, digits and single hyphens, and begins with a letter.`,
    valid === null ? 'Use a name like my-service.' : `Use --name ${valid}.`,
  )
}

/** The nearest valid project name, or null if nothing is left of the text. */
export function validName(text: string): string | null {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return namePattern.test(plain) ? plain : null
}

/** It becomes one line in several files and the stack's description, each of which cuts it to what it takes. */
export function descriptionProblem(description: string): Problem | null {
  const because =
    description.trim() === ''
      ? 'is empty'
      : /[\p{Cc}\u2028\u2029]/u.test(description)
        ? 'has line breaks or control characters'
        : null
  return because === null
    ? null
    : bad(
        '--description',
        description,
        `--description ${shown(description)} ${because}.`,
        'Use one line of text.',
      )
}

/** S3 and Cloud Storage: what both allow, and each one's own reserved words. */
export function bucketProblem(bucket: string, cloud: Cloud): Problem | null {
  const because = cloud === 'lambda' ? s3Objection(bucket) : storageObjection(bucket)
  if (because === null) return null
  const service = cloud === 'lambda' ? 'an S3' : 'a Cloud Storage'
  return bad(
    '--bucket',
    bucket,
    `--bucket ${shown(bucket)} cannot be ${service} bucket: ${because}.`,
    'Use the name of an existing bucket, without scheme or path, like my-models.',
  )
}

function s3Objection(bucket: string): string | null {
  if (bucket.length < 3 || bucket.length > 63) return 'a name has 3 to 63 characters'
  if (!/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(bucket)) {
    return 'a name holds small letters, digits, dots and hyphens, and begins and ends with a letter or a digit'
  }
  if (bucket.includes('..')) return 'two dots in a row are not allowed'
  if (/^\d+\.\d+\.\d+\.\d+$/.test(bucket)) return 'an IP address is not allowed'
  const prefix = ['xn--', 'sthree-', 'amzn-s3-demo-'].find((reserved) => bucket.startsWith(reserved))
  if (prefix !== undefined) return `names beginning with ${prefix} are reserved`
  const suffix = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'].find((reserved) =>
    bucket.endsWith(reserved),
  )
  return suffix === undefined ? null : `names ending with ${suffix} are reserved`
}

function storageObjection(bucket: string): string | null {
  const longest = bucket.includes('.') ? 222 : 63
  if (bucket.length < 3 || bucket.length > longest) return `a name has 3 to ${longest} characters`
  if (!/^[a-z0-9][a-z0-9._-]*[a-z0-9]$/.test(bucket)) {
    return 'a name holds small letters, digits, dots, hyphens and underscores, and begins and ends with a letter or a digit'
  }
  if (bucket.split('.').some((part) => part.length > 63))
    return 'each part between dots has up to 63 characters'
  if (/^\d+\.\d+\.\d+\.\d+$/.test(bucket)) return 'an IP address is not allowed'
  return bucket.startsWith('goog') || /g[o0]{2}g[l1]e/.test(bucket)
    ? 'names with google in them are reserved'
    : null
}

export function pathProblem(path: string): Problem | null {
  const because = pathObjection(path)
  return because === null
    ? null
    : bad(
        '--path',
        path,
        `--path ${shown(path)} cannot be the route: ${because}.`,
        'Use a path like /predict, or / alone.',
      )
}

function pathObjection(path: string): string | null {
  if (path === '/') return null
  if (!path.startsWith('/')) return 'it does not begin with /'
  if (path.length > 200) return 'it is longer than 200 characters'
  const segments = path.slice(1).split('/')
  if (segments.includes('')) return 'it has an empty segment'
  if (segments.some((segment) => !/^[A-Za-z0-9._~-]+$/.test(segment) || /^\.+$/.test(segment))) {
    return 'its segments may hold letters, digits and . _ ~ - only'
  }
  if (ownRoutes.some((route) => path === route)) return 'the service itself answers there'
  const reserved = restApiReservedPaths.value.find((taken) => path === taken)
  return reserved === undefined ? null : `API Gateway keeps ${reserved} for itself`
}

const ownRoutes: readonly string[] = ['/health', '/schema']

export function originProblem(origin: string): Problem | null {
  if (
    origin === '*' ||
    /^https?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/.test(origin)
  )
    return null
  return bad(
    '--cors',
    origin,
    `--cors ${shown(origin)} is not an origin: an origin is a scheme, a host and perhaps a port.`,
    'Use origins like https://shop.example, separated by commas, or * for every site.',
  )
}

export function memoryProblem(megabytes: number, cloud: Cloud = 'lambda'): Problem | null {
  const range = cloud === 'lambda' ? memoryRange : googleMemoryRange
  return rangeProblem('--memory', megabytes, range.value, 'MB', cloud)
}

export function timeoutProblem(seconds: number, cloud: Cloud = 'lambda'): Problem | null {
  const range = cloud === 'lambda' ? timeoutRange : googleTimeoutRange
  return rangeProblem('--timeout', seconds, range.value, 'seconds', cloud)
}

export function tmpSizeProblem(megabytes: number): Problem | null {
  return rangeProblem('--tmp-size', megabytes, tmpRange.value, 'MB')
}

function rangeProblem(
  option: string,
  value: number,
  { min, max }: { min: number; max: number },
  unit: string,
  cloud: Cloud = 'lambda',
): Problem | null {
  if (Number.isInteger(value) && value >= min && value <= max) return null
  return bad(
    option,
    value,
    `${option} ${value} is not possible: ${cloud === 'lambda' ? 'Lambda' : 'Cloud Run'} takes whole ${unit} from ${min} to ${max}.`,
    `Use ${option} ${Number.isNaN(value) ? min : Math.min(max, Math.max(min, Math.round(value)))}.`,
  )
}

/** One line of it, so that a message stays one. */
function shown(text: string): string {
  const plain = /^[\p{L}\p{N}._~:/@+*-]+$/u.test(text) && text.length <= 80
  return plain ? text : JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 77)}…`)
}

function bad(option: string, value: unknown, message: string, fix: string): Problem {
  return { code: 'bad-value', option, value, message, fix }
}
