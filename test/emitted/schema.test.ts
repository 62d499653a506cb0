import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { answering, freePort } from './emulator.ts'
import { environmentOf } from './environment.ts'
import { emitted, tool } from './places.ts'
import { flagsFor, generate } from './project.ts'
import { attempt } from './run.ts'

/** One project of each model type. */
const described: Record<string, readonly string[]> = {
  tabular: flagsFor('iris-knn.joblib'),
  'tabular-words': [...flagsFor('adult-columns.onnx'), '--answer', 'response'],
  image: flagsFor('digits.onnx'),
  tensor: flagsFor('tokens.onnx'),
  echo: ['--model-type', 'echo'],
}

// A request that fits the schema may still be refused: data must be as long as its shape says.
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
]

/** Schemathesis sends what GET /schema describes, and what it does not. */
test.each(Object.entries(described))('%s is what its GET /schema says', async (name, flags) => {
  const project = await generate(`schema-${name}`, flags)
  const port = await freePort()
  const python = await environmentOf(project)
  const server = spawn(python, ['-m', 'scripts.serve', '--port', String(port)], {
    cwd: project.folder,
    stdio: 'ignore',
  })
  try {
    await answering(port, server, 60)
    const options = ['--phases', 'coverage,fuzzing', '--max-examples', '25', '--seed', '7', '--no-color']
    const quiet = ['--warnings', 'off', '--suppress-health-check', 'all']
    const url = `http://127.0.0.1:${port}/schema`
    const ran = await attempt(
      tool('schemathesis'),
      ['run', url, '--checks', CHECKS.join(','), ...options, ...quiet],
      { in: join(emitted, '.') },
    )
    expect(ran.output).toMatch(/No issues found|passed/i)
    expect(ran.exitCode, ran.output).toBe(0)
  } finally {
    if (server.exitCode === null) server.kill('SIGKILL')
  }
})
