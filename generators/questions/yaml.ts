import { parse } from 'yaml'

/** YAML 1.2's core schema: `on` and `no` are words. Aliases are counted, so that no file grows in memory. */
export function parseYaml(text: string): unknown {
  return parse(text, { maxAliasCount: 100, schema: 'core' })
}
