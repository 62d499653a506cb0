import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Project } from './project.ts'

export interface SampleEvent {
  readonly name: string
  readonly event: string
  readonly answer: unknown
}

/** The events that have an answer beside them. */
export function sampleEvents({ folder }: Project): SampleEvent[] {
  const events = join(folder, 'events')
  return readdirSync(events)
    .filter((file) => existsSync(join(events, file.replace(/\.json$/, '.answer.json'))))
    .map((file) => {
      const name = file.replace(/\.json$/, '')
      const answer = JSON.parse(readFileSync(join(events, `${name}.answer.json`), 'utf8'))
      return { name, event: readFileSync(join(events, file), 'utf8'), answer: opened(answer) }
    })
}

/** Sends a project's requests for Google to a server there, and compares what it answers with what stands beside them. */
export async function answersItsEvents(project: Project, port: number): Promise<void> {
  const events = sampleEvents(project)
  expect(events.length).toBeGreaterThan(10)
  for (const { name, event, answer } of events) {
    const { method, path, headers, body, isBase64Encoded } = JSON.parse(event)
    const sent = body === undefined ? {} : { body: isBase64Encoded ? Buffer.from(body, 'base64') : body }
    const got = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: headers ?? {}, ...sent })
    const said = opened({ statusCode: got.status, body: await got.text() })
    const { headers: _, ...expected } = Object(answer)
    expect(settled(said, expected, 1e-5), name).toEqual(expected)
  }
}

/** An HTTP answer's body is text: what it says is compared, not how its numbers are spelt. */
export function opened(answer: unknown): unknown {
  const { body } = Object(answer) as { body?: unknown }
  return typeof body === 'string' ? { ...Object(answer), body: JSON.parse(body) } : answer
}

/** The answer with every number that is close enough to the expected one replaced by that: what is left differs. */
export function settled(answer: unknown, expected: unknown, tolerance: number): unknown {
  if (typeof answer === 'number' && typeof expected === 'number')
    return Math.abs(answer - expected) <= tolerance ? expected : answer
  if (Array.isArray(answer) && Array.isArray(expected))
    return answer.map((one, index) => settled(one, expected[index], tolerance))
  if (isObject(answer) && isObject(expected))
    return Object.fromEntries(
      Object.entries(answer).map(([name, value]) => [name, settled(value, expected[name], tolerance)]),
    )
  return answer
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
