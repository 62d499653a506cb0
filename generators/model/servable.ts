import type { Problem } from '../problem.ts'
import type { InspectedModel, Signature } from './signature.ts'
import { tensorObjection } from './tensor.ts'

/** Why no project can be made of a model that `inspect` reads well; `null`: one can. */
export function notServable(
  { signature }: InspectedModel,
  path: string,
  /** Is this module among what --code brings along? */
  isBrought: (module: string) => boolean,
): Problem | null {
  const warning = signature.warnings.find(({ code }) => code === 'unsupported-format')
  const [message, ...fix] = warning ? warning.message.split('\n') : (objection(signature, isBrought) ?? [])
  if (message === undefined) return null
  return {
    code: 'unsupported-format',
    option: '--model',
    value: path,
    message: warning ? message : `${path} ${message}`,
    fix: fix.join('\n') || 'Convert the model, and give that file to --model.',
  }
}

/** The frameworks whose models of pictures can be served. */
const TAKES_PICTURES: readonly string[] = ['onnx', 'pytorch', 'keras']

/** What is wrong with it, then what to do. */
function objection(signature: Signature, isBrought: (module: string) => boolean): string[] | null {
  const { framework, modelType, traits } = signature
  const missing = traits.ownModules?.filter((module) => !isBrought(module)) ?? []
  if (missing.includes('__main__')) {
    return [
      'holds objects of the script or notebook that saved it (__main__), which nothing else can import.',
      'Put their classes and functions into a module, import them from there, save the model again, and give the module to --code.',
    ]
  }
  if (missing.length > 0) {
    const modules = missing.join(', ')
    const top = missing[0]?.split('.')[0] ?? ''
    const isFolder = missing.some((module) => module.startsWith(`${top}.`))
    return [
      `holds objects of your own code: ${modules}.`,
      `Bring it along: --code PATH/TO/${top}${isFolder ? '' : '.py'}`,
    ]
  }
  if (framework.name === 'pytorch' && signature.inputs.length > 1) {
    return [
      `takes ${signature.inputs.length} tensors, which is served for ONNX only.`,
      'Convert the model to ONNX: torch.onnx.export(model, examples, "model.onnx", dynamo=False)',
    ]
  }
  if (framework.name === 'sklearn' && signature.inputs[0]?.dtype === 'str') {
    return [
      'takes a list of texts, not rows of features.',
      'Fit it on a DataFrame whose column holds them: make_pipeline(ColumnTransformer([("text", TfidfVectorizer(), "text")]), LogisticRegression())',
    ]
  }
  if (modelType === 'image' && !TAKES_PICTURES.includes(framework.name)) {
    return [
      `takes pictures, which this version serves for ${TAKES_PICTURES.join(', ')} only.`,
      'Convert the model to ONNX, and give that file to --model.',
    ]
  }
  return modelType === 'tensor' ? tensorObjection(signature) : null
}
