import type { Problem } from '../problem.ts'
import type { InspectedModel, Signature } from './signature.ts'
import { tensorObjection } from './tensor.ts'

/** Why no project can be made of a model that `inspect` reads well; `null`: one can. */
export function notServable({ signature }: InspectedModel, path: string): Problem | null {
  const warning = signature.warnings.find(({ code }) => code === 'unsupported-format')
  const [message, ...fix] = warning ? warning.message.split('\n') : (objection(signature) ?? [])
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
const TAKES_PICTURES: readonly string[] = ['onnx']

/** What is wrong with it, then what to do. */
function objection(signature: Signature): string[] | null {
  const { framework, modelType, traits } = signature
  if (traits.ownModules?.length) {
    const modules = traits.ownModules.join(', ')
    return [
      `holds objects of your own code (${modules}), which a new project does not bring along.`,
      `Save the model without them, or convert it to ONNX where ${modules} can be imported.`,
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
