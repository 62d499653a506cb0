import { Failure, type Warning } from '../problem.ts'
import { detect } from './detect.ts'
import type { InspectedModel, Signature } from './signature.ts'
import { type ModelSource, open } from './source.ts'
import { Unreadable } from './unreadable.ts'

/** What a model file says about itself. Nothing in it is executed, imported or unpacked to disk. Throws Failure. */
export async function inspect(path: string): Promise<InspectedModel> {
  const source = await open(path)
  try {
    return await inspectSource(source)
  } finally {
    await source.close()
  }
}

export async function inspectSource(source: ModelSource): Promise<InspectedModel> {
  const signature = await read(source)
  const { path, bytes } = source
  return { file: { path, bytes, sha256: await source.sha256() }, signature }
}

async function read(source: ModelSource): Promise<Signature> {
  try {
    return await readSignature(source)
  } catch (error) {
    throw asFailure(source.path, error)
  }
}

/** Every answer is a signature or an Unreadable; test/model/fuzz.test.ts holds the readers to it. */
export async function readSignature(source: ModelSource): Promise<Signature> {
  const kind = await detect(source)
  const signature = await kind.read(source)
  return { ...signature, warnings: [...suffixWarning(source.path, kind), ...signature.warnings] }
}

function suffixWarning(
  path: string,
  { name, suffixes }: { name: string; suffixes: readonly string[] },
): Warning[] {
  const file = path.split(/[\\/]/).at(-1)?.toLowerCase() ?? ''
  if (!/\.[a-z0-9]{1,11}$/.test(file) || suffixes.some((suffix) => file.endsWith(suffix))) return []
  const suffix = file.slice(file.lastIndexOf('.'))
  return [
    {
      code: 'misleading-suffix',
      message: `The file ends in ${suffix}, but its content is ${name}. It is read as ${name}.`,
    },
  ]
}

function asFailure(path: string, error: unknown): unknown {
  // By name: a source from another chunk of the bundle has a class of its own.
  if (error instanceof Error && error.name === 'Failure') return error
  if (error instanceof Unreadable) {
    const { code, message, fix } = error
    return new Failure([{ code, option: '--model', value: path, message: `${path} ${message}`, fix }], 1)
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new Failure(
    [
      {
        code: 'unreadable-model',
        option: '--model',
        value: path,
        message: `${path} cannot be read as a model: ${reason}`,
        fix: 'Write the model file again, or copy it again.',
      },
    ],
    1,
  )
}
