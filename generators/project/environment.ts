import { cpusFor } from '../platform/decide.ts'
import { threadsPerCpu } from '../platform/limits.ts'
import type { Answers } from '../questions/answers.ts'

/** Variables of the function, whatever deploys it; a tool adds those that it knows the values of. */
export function environmentOf(answers: Answers, usesOpenMp: boolean) {
  const variables: { name: string; value: string; why: string | null }[] = [
    {
      name: 'OPENBLAS_NUM_THREADS',
      value: '1',
      why: 'Starting threads costs a third of the import and wins nothing on one core.',
    },
  ]
  if (usesOpenMp) variables.push({ name: 'OMP_NUM_THREADS', value: '1', why: null })
  variables.push({
    name: 'HOME',
    value: '/tmp',
    why: 'Libraries that keep a cache in the home directory find one they may write to.',
  })
  if (answers.cloud === 'cloud-functions')
    variables.push(
      { name: 'PYTHONUNBUFFERED', value: '1', why: 'A log line is written when it is made.' },
      { name: 'THREADS', value: String(cpusFor(answers.memory) * threadsPerCpu.value), why: 'Of gunicorn.' },
    )
  if (answers['model-store'] === 'bucket' && answers.bucket !== null)
    variables.push(
      { name: 'MODEL_BUCKET', value: answers.bucket, why: null },
      {
        name: 'MODEL_REFRESH_SECONDS',
        value: '0',
        why: 'How often to look for another model in service; 0: at the start only, until `make reload`.',
      },
    )
  if (answers['log-predictions'] > 0)
    variables.push(
      {
        name: 'LOG_PREDICTIONS',
        value: String(answers['log-predictions']),
        why: 'The share of predictions that is written to the log, for watching drift.',
      },
      { name: 'LOG_INPUTS', value: 'hashed', why: 'What was asked stands beside them, hashed or whole.' },
    )
  return variables
}
