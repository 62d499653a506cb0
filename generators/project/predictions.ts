import type { Label, Signature } from '../model/signature.ts'
import type { Answers } from '../questions/answers.ts'
import type { GoldenOutput } from './samples.ts'

/** Classifiers whose predict() is the argmax of predict_proba(), so that one call answers both (scikit-learn's sources). */
const LABELS_FOLLOW_PROBABILITIES = new Set([
  'LogisticRegression',
  'KNeighborsClassifier',
  'RandomForestClassifier',
  'ExtraTreesClassifier',
  'DecisionTreeClassifier',
  'ExtraTreeClassifier',
  'GaussianNB',
  'MLPClassifier',
])

export function labelFollowsProbabilities({ traits }: Signature): boolean {
  return LABELS_FOLLOW_PROBABILITIES.has(traits.estimator ?? '')
}

export function labelIsMostProbable({ framework }: Answers, signature: Signature): boolean {
  if (framework !== 'sklearn') return true
  return signature.traits.probabilities === true && labelFollowsProbabilities(signature)
}

/** --classes replaced the labels of the file: the position of the best score names the class then. */
export function relabelled({ classes }: Answers, signature: Signature): boolean {
  return signature.classes !== null && JSON.stringify(signature.classes) !== JSON.stringify(classes)
}

/** One score a row: the probability of the second of two classes. */
export function givesSingleScore({ framework, outputs, traits }: Signature): boolean {
  const scores =
    framework.name === 'onnx'
      ? traits.scoresOutput
      : framework.name === 'keras' || framework.name === 'pytorch'
        ? outputs[0]?.name
        : 'predict'
  const shape = outputs.find((output) => output.name === scores)?.shape
  return shape !== undefined && shape !== null && (shape.length === 1 || shape.at(-1) === 1)
}

const SHOWN_CLASSES = 20
const TOP_CLASSES = 5

/** A golden output as the service answers it: probabilities by label, the five best where there are many. */
export function predictionFor(
  output: GoldenOutput,
  classes: readonly Label[] | null,
  traits: Signature['traits'],
): unknown {
  if (!('label' in output)) return output
  const { label, probabilities } = output
  if (!probabilities || !classes || !traits.probabilities) return { label }
  const all = classes.map((name, index) => [String(name), probabilities[index] ?? 0] as const)
  const shown = all.length > SHOWN_CLASSES ? [...all].sort((a, b) => b[1] - a[1]).slice(0, TOP_CLASSES) : all
  return { label, probabilities: Object.fromEntries(shown) }
}

/** A golden output as `--answer value` has it. */
export function valueIn(output: GoldenOutput, isProbability: boolean): unknown {
  if ('value' in output) return output.value
  if ('values' in output) return output.values
  return isProbability ? output.probabilities?.[1] : output.label
}

export function normalise(answers: Answers, signature: Signature, classes: readonly Label[] | null) {
  if (answers.output === 'logits') return normaliser(signature, classes)
  // What TorchScript ends in is guessed: who says otherwise knows it.
  if (answers.framework === 'pytorch' && answers.output === 'probabilities') return null
  return signature.traits.normalise ?? null
}

/** A network's file says how many numbers it gives, not what they are. */
export function targetsOf(answers: Answers, { traits, outputs }: Signature): number {
  const shape = outputs[0]?.shape
  const width = shape?.at(-1)
  const isNetworks =
    answers.framework === 'pytorch' ||
    ((answers.framework === 'keras' || answers.framework === 'onnx') && shape?.length === 2)
  const isTold = isNetworks && answers.task === 'regression' && typeof width === 'number'
  return traits.targets ?? (isTold ? width : 1)
}

function normaliser(signature: Signature, classes: readonly Label[] | null): 'softmax' | 'sigmoid' {
  const width = signature.outputs[0]?.shape?.at(-1)
  return width === 1 && classes?.length === 2 ? 'sigmoid' : 'softmax'
}
