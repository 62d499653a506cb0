import { CORE_SCHEMA, load } from 'js-yaml'

/** More than any answers file holds: an alias that names a list of aliases, and so on, is an attack. */
const MOST_VALUES = 100_000

/** YAML 1.2's core schema: `on` and `no` are words. Aliases are followed only so far. */
export function parseYaml(text: string): unknown {
  const content = load(text, { schema: CORE_SCHEMA })
  const waiting: unknown[] = [content]
  for (let seen = 0; waiting.length > 0; seen += 1) {
    if (seen > MOST_VALUES) throw new Error(`it holds more than ${MOST_VALUES} values through its aliases`)
    const value = waiting.pop()
    if (typeof value === 'object' && value !== null)
      for (const part of Object.values(value)) waiting.push(part)
  }
  return content
}
