import { expect, test } from 'vitest'
import type { Signature } from '../../generators/model/signature.ts'
import { targetsOf } from '../../generators/project/predictions.ts'
import type { Answers } from '../../generators/questions/answers.ts'

test.each([
  ['keras', [null, 2], 2],
  ['onnx', ['batch', 2], 2],
  ['pytorch', [2], 2],
  ['onnx', [3], 1], // three rows
  ['onnx', [null, null], 1],
  ['sklearn', [null, 2], 1], // its reader tells
])('a regression by %s that gives %j has %i targets', (framework, shape, targets) => {
  const signature = { traits: {}, outputs: [{ name: 'y', dtype: 'float32', shape }] }
  const answers = { framework, task: 'regression' }
  expect(targetsOf(answers as Answers, signature as unknown as Signature)).toBe(targets)
})
