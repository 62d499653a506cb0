import { fact, MiB } from './fact.ts'

const quotas = 'AWS Lambda quotas, "Function configuration, deployment, and execution"'

export const zipUnpackedLimit = fact(250 * MiB, {
  source: 'AWS Lambda quotas, "Deployment package size": the unpacked .zip with all its layers',
  seen: '2026-08',
  matters: 'zip or image',
})

export const imageLimit = fact(10 * 1024 * MiB, {
  source: 'AWS Lambda quotas, "Container image code package size"',
  seen: '2026-08',
  matters: 'whether a model can be bundled at all',
})

export const memoryRange = fact(
  { min: 128, max: 10_240 },
  { source: quotas, seen: '2026-08', matters: '--memory' },
)

export const newAccountMemory = fact(3008, {
  source: 'AWS Lambda quotas, note on new accounts; an increase is asked for with AWS Support',
  seen: '2026-08',
  matters: 'the remark beside a larger --memory',
})

export const memoryOfOneCore = fact(1769, {
  source: 'AWS Lambda developer guide, "Configure Lambda function memory"',
  seen: '2026-08',
  matters: '--memory',
})

export const timeoutRange = fact(
  { min: 1, max: 900 },
  { source: quotas, seen: '2026-08', matters: '--timeout' },
)

export const tmpRange = fact(
  { min: 512, max: 10_240 },
  { source: quotas, seen: '2026-08', matters: '--tmp-size' },
)

export const payloadLimit = fact(6 * MiB, {
  source: 'AWS Lambda quotas, "Invocation payload (request and response)", synchronous',
  seen: '2026-08',
  matters: 'the largest request the service accepts; base64 leaves about 4.5 MiB of bytes',
})

export const gitFileLimit = fact(100 * MiB, {
  source: 'GitHub docs, "About large files on GitHub": larger files are refused',
  seen: '2026-11',
  matters: 'whether a model that comes from a bucket is committed as well',
})

export const functionNameLimit = fact(64, {
  source: 'AWS Lambda API reference, CreateFunction, FunctionName: without the rest of its ARN',
  seen: '2026-11',
  matters: 'how long a stage may be',
})

export const httpApiSeconds = fact(30, {
  source: 'API Gateway quotas for HTTP APIs, "Integration timeout": cannot be raised',
  seen: '2026-08',
  matters: '--timeout',
})

export const restApiSeconds = fact(29, {
  source:
    'API Gateway quotas for REST APIs, "Integration timeout": raised on request for regional and private APIs',
  seen: '2026-08',
  matters: '--timeout',
})

export const restApiReservedPaths = fact(['/ping', '/sping'], {
  source: 'API Gateway developer guide, "Amazon API Gateway important notes": kept for its own health checks',
  seen: '2026-11',
  matters: '--path',
})

const runMemory =
  'Cloud Run, "Configure memory limits": files that are written count, too; the second generation starts at 512 MiB'

export const googleRequestLimit = fact(32 * MiB, {
  source: 'Cloud Run quotas and limits, "Maximum HTTP/1 request size"',
  seen: '2026-08',
  matters: 'the largest request the service accepts: Google cuts off larger ones',
})

export const googleMemoryRange = fact(
  { min: 512, max: 32_768 },
  { source: runMemory, seen: '2026-11', matters: '--memory' },
)

/** So much memory needs so many processors; more than one call at a time needs a whole one. */
export const googleCpus = fact(
  [
    { upToMb: 4096, cpus: 1 },
    { upToMb: 8192, cpus: 2 },
    { upToMb: 16_384, cpus: 4 },
    { upToMb: 24_576, cpus: 6 },
    { upToMb: 32_768, cpus: 8 },
  ],
  {
    source: 'Cloud Run, "Configure memory limits", required minimum CPUs',
    seen: '2026-11',
    matters: '--memory',
  },
)

/** 300 s by default on Cloud Run and 60 s by the Cloud Functions API: always emitted. */
export const googleTimeoutRange = fact(
  { min: 1, max: 3600 },
  { source: 'Cloud Run, "Set request timeout"', seen: '2026-08', matters: '--timeout' },
)

/** Threads for each core that functions-framework starts gunicorn with. */
export const threadsPerCpu = fact(4, {
  source: 'functions-framework 3.10.2, functions_framework/_http/gunicorn.py, THREADS',
  seen: '2026-11',
  matters: 'how many calls an instance takes at a time (--concurrency)',
})

/** The server with Flask and functions-framework, before any model. */
export const googleServerMiB = fact(40, {
  source: 'functions-framework 3.10.2 on Python 3.13, both processes of an echo, measured',
  seen: '2026-11',
  matters: '--memory',
})

export const snapStartTmp = fact(512, {
  source: 'AWS Lambda developer guide, "Improving startup performance with Lambda SnapStart", limitations',
  seen: '2026-08',
  matters: '--tmp-size with --warmup snapstart',
})

export const regionsWithoutSnapStart = fact<readonly string[]>(['ap-east-2', 'ap-southeast-6'], {
  source:
    'AWS Lambda developer guide, "Improving startup performance with Lambda SnapStart", supported regions: all commercial ones but Taipei and New Zealand',
  seen: '2026-11',
  matters: '--region with --warmup snapstart',
})
