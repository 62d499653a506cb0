import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { frameworks, onnxGates, prunedPaths } from '../../generators/platform/frameworks.ts'
import * as limits from '../../generators/platform/limits.ts'
import { regions } from '../../generators/platform/regions.ts'
import { isOlder } from '../../generators/platform/releases.ts'
import { pythonVersions, runtimes, wheelPlatform } from '../../generators/platform/runtimes.ts'

const folder = join(import.meta.dirname, '../../generators/platform')

test.each(Object.entries({ ...limits, regions, runtimes }))(
  '%s says where it was read, when, and what it decides',
  (_, fact) => {
    expect(fact).toMatchObject({
      source: expect.stringMatching(/.{10}/),
      seen: expect.stringMatching(/^20\d\d-(?:0[1-9]|1[0-2])$/),
      matters: expect.stringMatching(/.{5}/),
    })
  },
)

test.each(Object.values(frameworks))(
  'the table of $label is whole: newest first, pythons that we offer, sizes of both processors',
  (framework) => {
    const versions = framework.releases.map(({ version }) => version)
    expect(versions).toEqual([...versions].sort((a, b) => (isOlder(a, b) ? 1 : -1)))
    for (const { pythons, architectures, unpacked, beside } of framework.releases) {
      expect(pythons.length).toBeGreaterThan(0)
      expect(pythons).toEqual(pythonVersions.filter((python) => pythons.includes(python)))
      expect(architectures.length).toBeGreaterThan(0)
      for (const arch of architectures) expect(unpacked[arch] > 250).toBe(framework.neverZip !== null)
      for (const { name, version } of beside)
        expect(`${name}==${version}`).toMatch(/^[a-z0-9-]+==\d+(?:\.\d+)+$/)
    }
  },
)

test('ONNX Runtime: what the newest loads is the most', () => {
  expect(onnxGates[0].version).toBe(frameworks.onnx.releases[0].version)
  for (const gate of onnxGates)
    expect(gate.ir <= onnxGates[0].ir && gate.opset <= onnxGates[0].opset).toBe(true)
})

test("a zip leaves out the packages' own tests, and of ONNX Runtime what makes models", () => {
  expect(prunedPaths('sklearn')).toEqual(['**/tests'])
  expect(prunedPaths('onnx')).toContain('onnxruntime/transformers')
  expect(wheelPlatform('arm64')).toBe('aarch64-manylinux_2_28')
})

test('facts touch no disk, network, process or clock', () => {
  for (const file of readdirSync(folder)) {
    const source = readFileSync(join(folder, file), 'utf8')
    expect(source.match(/from 'node:[^']*'|\bprocess\.|\bfetch\(|Date\b|Math\.random/g)).toBeNull()
  }
})
