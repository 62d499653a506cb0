import type { InspectedModel } from '../model/signature.ts'
import { Failure, refuse } from '../problem.ts'
import { paint, type Shell, visible, warningLine } from '../shell.ts'
import { type Arguments, swallowedByNpm } from './arguments.ts'
import { patiently } from './patience.ts'

/** `inspect <model>`: what the model file says. */
export async function inspectModel(args: Arguments, shell: Shell): Promise<void> {
  const { positionals, run, problems } = args
  const swallowed = swallowedByNpm(shell.env, args)
  if (swallowed) refuse([...problems, swallowed], [])
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) {
    const message =
      path === undefined
        ? 'inspect needs a model file.'
        : `inspect takes one model file, not ${positionals.length}.`
    throw new Failure([...problems, { code: 'usage', message, fix: 'create-lambda-model inspect FILE' }], 2)
  }
  refuse(problems, [])
  const { inspect } = await import('../model/index.ts')
  const quiet = run.has('quiet') ? { stderr: () => {} } : shell
  const model = await patiently(`Reading ${path}`, quiet, inspect(path))
  if (run.has('json')) shell.stdout(`${JSON.stringify(document(model))}\n`)
  else if (!run.has('quiet')) shell.stdout(page(model, shell.colours))
}

/** The contract's JSON: neither traits nor training ranges are part of it. */
export function document({ file, signature }: InspectedModel) {
  const { format, framework, modelType, task, inputs, outputs, features, classes, unknown, warnings } =
    signature
  return {
    ok: true,
    file,
    format,
    framework,
    modelType,
    task,
    inputs,
    outputs,
    features:
      features?.map(({ name, dtype, categories }) => ({ name, dtype, ...(categories && { categories }) })) ??
      null,
    classes,
    unknown,
    warnings,
  }
}

function page({ file, signature }: InspectedModel, colours: boolean): string {
  const { bold, dim } = paint(colours)
  const features = signature.features?.map(({ name, dtype, categories }) =>
    dtype === 'number' ? name : `${name} (${categories ? `one of ${categories.join(', ')}` : dtype})`,
  )
  const shape = (tensor: { name: string; dtype: string; shape: readonly unknown[] | null }) =>
    `${tensor.name} ${tensor.dtype}${tensor.shape ? `[${tensor.shape.map((size) => size ?? '?').join(', ')}]` : ''}`
  const rows: [string, string | null][] = [
    [
      'file',
      `${file.path}, ${file.bytes} bytes${file.sha256 ? `, SHA-256 ${file.sha256.slice(0, 12)}…` : ''}`,
    ],
    ['format', signature.format],
    [
      'framework',
      `${signature.framework.name} ${signature.framework.version ?? '(version not in the file)'}`,
    ],
    ['type', signature.modelType],
    ['task', signature.task ?? null],
    ['features', features?.join(', ') ?? null],
    [
      'classes',
      signature.task === 'regression' ? 'none, it is a regression' : (signature.classes?.join(', ') ?? null),
    ],
    ['inputs', signature.inputs.map(shape).join('; ')],
    ['outputs', signature.outputs.map(shape).join('; ')],
  ]
  const lines = rows.map(
    ([name, value]) => `${bold(name.padEnd(10))} ${value === null ? dim('not in the file') : visible(value)}`,
  )
  const warnings = signature.warnings.map((warning) => `\n${warningLine(warning)}`)
  const unknown =
    signature.unknown.length > 0
      ? `\nTo be asked: ${signature.unknown.map((name) => `--${name}`).join(', ')}`
      : ''
  return `${[...lines, unknown, ...warnings].filter((line) => line !== '').join('\n')}\n`
}
