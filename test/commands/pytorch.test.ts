import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, emptyFolder, filesBelow, model } from '../shell.ts'

const PIXELS = '--image-scale 1/255 --image-mean 0.5 --image-std 0.25 --image-resize stretch'.split(' ')
const TRACED = ['--model', model('parts-traced.pt'), ...PIXELS, '--yes', '--no-git', '--json']

test('TorchScript becomes an image; its wheels come from the index for processors alone, for uv to be told so', async () => {
  const cwd = emptyFolder()
  const { answers } = (await cli(['svc', ...TRACED], { cwd })).json()
  expect([answers.framework, answers.packaging, answers.output]).toEqual(['pytorch', 'image', 'logits'])
  const files = filesBelow(join(cwd, 'svc'))
  expect(files['pyproject.toml']).toMatch(/\[tool\.uv\.sources\]\ntorch = \{ index = "pytorch-cpu"/)
  // uv leaves the indexes of pyproject.toml out of account where a uv.toml lies beside it.
  expect(files['uv.toml']).toBeUndefined()
  expect(files.Dockerfile).toContain('uv sync --quiet --frozen --no-dev')
  expect(files['scripts/to_onnx.py']).toContain('example = torch.zeros(1, 3, 32, 32, dtype=torch.float32)')
  expect(files['README.md']).toContain('converted by make export it would start about 9 times as fast')
})

test.each([
  [['--package-manager', 'pip'], '--package-manager'],
  [['--package-manager', 'poetry'], '--package-manager'],
  [['--packaging', 'zip'], '--packaging'],
  [['--packaging', 'zip', '--cloud', 'cloud-functions'], '--packaging'],
])('%j is a usage error with what to do', async (flags, option) => {
  const ran = await cli(['svc', ...TRACED, ...flags])
  expect([ran.code, ran.json().problems]).toEqual([
    2,
    [expect.objectContaining({ option, fix: expect.stringContaining('ONNX') })],
  ])
})

test('--output says what cannot be seen: whether a softmax is left to do', async () => {
  for (const [output, raises] of [
    ['logits', true],
    ['probabilities', false],
  ] as const) {
    const cwd = emptyFolder()
    await cli(['svc', ...TRACED, '--output', output], { cwd })
    expect(filesBelow(join(cwd, 'svc'))['app/predictor.py']?.includes('np.exp')).toBe(raises)
  }
})
