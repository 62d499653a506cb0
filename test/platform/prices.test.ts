import { expect, test } from 'vitest'
import { millionCalls } from '../../generators/platform/prices.ts'

test('a million calls of 10 ms', () => {
  expect(millionCalls({ arch: 'x86_64', memory: 1024, endpoint: 'http-api' })).toMatchObject({
    gigabytes: '1',
    compute: '0.17',
    requests: '0.20',
    gateway: '1.00',
    total: '1.37',
  })
  expect(millionCalls({ arch: 'arm64', memory: 512, endpoint: 'function-url' }).total).toBe('0.27')
})
