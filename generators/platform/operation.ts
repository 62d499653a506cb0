import { fact } from './fact.ts'

/** How a deployed service is bounded, watched and kept warm: the same numbers, whatever tool deploys it. */

export const throttle = fact(
  { rate: 50, burst: 100 },
  {
    source: 'our choice: a stranger who calls all month costs tens of dollars, not thousands',
    seen: '2026-11',
    matters: 'calls a second that an endpoint without a login lets in',
  },
)

export const logRetentionDays = fact(30, {
  source: 'our choice among the values of CloudWatch Logs, "PutRetentionPolicy"',
  seen: '2026-11',
  matters: 'how long the log is kept',
})

export const latencyShare = fact(0.8, {
  source: 'our choice: four fifths of the time-out, before callers are turned away',
  seen: '2026-11',
  matters: 'the alarm on slow calls',
})

export const failedCalls = fact('{ $.status >= 500 }', {
  source: 'the line that app/api.py writes for each request; CloudWatch Logs, "Filter pattern syntax"',
  seen: '2026-11',
  matters: 'the alarm on answers of 5xx: a failure that was caught is none for Lambda',
})

export const warmupMinutes = fact(5, {
  source: 'Lambda keeps an idle instance longer than this; measured by many, promised by nobody',
  seen: '2026-11',
  matters: 'how often --warmup schedule calls the function',
})

export const corsHeaders = fact(
  ['authorization', 'content-type', 'x-api-key', 'x-amz-date', 'x-amz-security-token'],
  {
    source: 'AWS Signature Version 4, the headers of a signed request; x-api-key is a REST API’s own',
    seen: '2026-11',
    matters: 'what a page on another site may send',
  },
)

export const corsSeconds = fact(3600, {
  source: 'our choice; Chromium keeps a preflight for two hours at most',
  seen: '2026-11',
  matters: 'how long a browser remembers a preflight',
})

export const pictureMediaTypes = fact(
  ['image/jpeg', 'image/png', 'image/webp', 'multipart/form-data', 'application/octet-stream'],
  {
    source: 'API Gateway developer guide, "Working with binary media types for REST APIs"',
    seen: '2026-11',
    matters: 'what a REST API hands on as bytes; with */* JSON would come as base64, too',
  },
)
