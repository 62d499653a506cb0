import type { Problem, Warning } from '../problem.ts'
import type { Answers } from '../questions/answers.ts'
import type { Shell } from '../shell.ts'

interface Seen {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Warning[]
}

const NOTHING: Seen = { problems: [], warnings: [] }

/**
 * A bucket of S3 that a new project names, looked at with the credentials that are there: bucket and function in two
 * regions is what nobody finds out before the first deployment fails. Where there are none, that is said and no more.
 */
export async function lookAtBucket(answers: Answers, { env }: Pick<Shell, 'env'>): Promise<Seen> {
  const { bucket, region } = answers
  if (bucket === null || answers.cloud !== 'lambda') return NOTHING
  const { credentialsOf, keysAtHand } = await import('../model/aws-credentials.ts')
  if (!keysAtHand(env))
    return told(`--bucket ${bucket} was not looked at: there are no AWS credentials here.`)
  const { S3Refusal, send } = await import('../model/s3-request.ts')
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined
  try {
    const place = { bucket, key: '', region, endpoint }
    const { headers } = await send('HEAD', place, {}, await credentialsOf(env), 1)
    return elsewhere(bucket, region, headers['x-amz-bucket-region']) ?? NOTHING
  } catch (error) {
    if (!(error instanceof S3Refusal)) {
      return told(`--bucket ${bucket} was not looked at: ${(error as Error).message}`)
    }
    const moved = elsewhere(bucket, region, error.region)
    if (moved) return moved
    if (error.status === 404) {
      return told(
        `There is no bucket ${bucket} yet: make release ARGS=--create-bucket makes it, in ${region}.`,
      )
    }
    return told(
      `--bucket ${bucket} answers ${error.status} to the credentials that are here: somebody else may have it, or they lack s3:ListBucket.`,
    )
  }
}

function told(message: string): Seen {
  return { problems: [], warnings: [{ code: 'bucket-not-seen', message }] }
}

function elsewhere(bucket: string, region: string, found: unknown): Seen | null {
  if (typeof found !== 'string' || found === '' || found === region) return null
  const problem = {
    code: 'bucket-in-another-region',
    option: '--bucket',
    value: bucket,
    message: `--bucket ${bucket} is in ${found}, but the function would be in ${region}.`,
    fix: `Use --region ${found}, or another --bucket.`,
  }
  return { problems: [problem], warnings: [] }
}
