import { arrayOf, labelsOf, numberOf } from './numpy.ts'
import { attribute, type Call, itemsOf, type Value } from './pickle.ts'
import type { Label, Task } from './signature.ts'
import { isCall, shortName, stepsOf } from './sklearn-columns.ts'

/** What an estimator answers. */
export interface Answers {
  readonly task: Task | null
  readonly estimator: string
  readonly classes: readonly Label[] | null
  readonly labelDtype: string
  readonly probabilities: boolean
  /** More than one: several labels or values for a row. */
  readonly targets: number
  readonly outliers: boolean
}

const REGRESSORS =
  /Regressor(CV)?$|Regression(CV)?$|^(RegressorChain|Ridge|RidgeCV|KernelRidge|BayesianRidge|SVR|LinearSVR|NuSVR|PLSCanonical|CCA|XGBRanker|LGBMRanker)$|^(Lasso|ElasticNet|MultiTask|Lars|OrthogonalMatchingPursuit)/
const CLASSIFIERS =
  /Classifier(CV)?$|^(LogisticRegression(CV)?|SVC|NuSVC|LinearSVC|Perceptron|NearestCentroid|ClassifierChain)$|NB$|DiscriminantAnalysis$|^Label(Propagation|Spreading)$/
const OUTLIERS = /^(IsolationForest|OneClassSVM|SGDOneClassSVM|LocalOutlierFactor|EllipticEnvelope)$/
const CLUSTERS = /^(KMeans|MiniBatchKMeans|BisectingKMeans|GaussianMixture|BayesianGaussianMixture)$/

export function isClusters(estimator: string): boolean {
  return CLUSTERS.test(estimator)
}

/** Where one estimator only hands on what an inner one answers. */
const INNER = ['best_estimator_', 'estimator_', 'regressor_', 'final_estimator_']

/** The estimator whose name says what the model is: the last step, the best of a search. */
export function lastOf(model: Call): Call {
  let last = model
  for (let depth = 0; depth < 20; depth++) {
    const inner = stepsOf(last)?.at(-1) ?? attribute(last, 'best_estimator_')
    if (!isCall(inner)) return last
    last = inner
  }
  return last
}

/** `null`: a transformer; it predicts nothing. */
export function answersOf(model: Call): Answers | null {
  const last = lastOf(model)
  const estimator = shortName(last)
  const nothing = {
    estimator,
    classes: null,
    labelDtype: 'float64',
    probabilities: false,
    targets: 1,
    outliers: false,
  }
  if (OUTLIERS.test(estimator)) {
    // What predict answers is fixed by scikit-learn, so it is no guess.
    return { ...nothing, task: 'classification', classes: [-1, 1], labelDtype: 'int64', outliers: true }
  }
  if (isClusters(estimator)) {
    const count = numberOf(attribute(last, 'n_clusters') ?? attribute(last, 'n_components')) ?? 0
    const classes = count > 0 ? indexes(count) : null
    return {
      ...nothing,
      task: 'classification',
      classes,
      labelDtype: 'int64',
      probabilities: estimator.endsWith('Mixture'),
    }
  }
  const found = classesIn(last)
  if (found !== undefined || CLASSIFIERS.test(estimator)) {
    const several = itemsOf(found)?.filter((each) => arrayOf(each) !== null) ?? []
    // XGBoost's classifiers keep no labels: they are 0 to K-1.
    const counted = found === undefined ? numberOf(attribute(last, 'n_classes_')) : null
    const classes = several.length > 0 ? null : counted ? indexes(counted) : labelsOf(found)
    return {
      ...nothing,
      task: 'classification',
      classes: classes && classes.length > 0 ? classes : null,
      labelDtype: dtypeOf(found),
      probabilities: hasProbabilities(last, 0),
      targets: Math.max(several.length, 1),
    }
  }
  if (REGRESSORS.test(estimator)) return { ...nothing, task: 'regression', targets: targetsOf(last) }
  return null
}

function indexes(count: number): number[] | null {
  return count <= 10_000 ? Array.from({ length: count }, (_, index) => index) : null
}

/** Each tree inside a forest has classes of its own: only those of the estimator itself, or of what it wraps, count. */
function classesIn(last: Call): Value | undefined {
  let node: Value | undefined = last
  for (let depth = 0; depth < 10 && isCall(node); depth++) {
    const own = attribute(node, 'classes_') ?? attribute(node, '_classes')
    if (own !== undefined && own !== null) return own
    const binarizer = attribute(node, '_label_binarizer') ?? attribute(node, 'label_binarizer_')
    const binarized = attribute(binarizer, 'classes_')
    if (binarized !== undefined) return binarized
    const inner: Call = node
    node = INNER.map((name) => attribute(inner, name)).find(isCall)
  }
  return undefined
}

export function dtypeOf(classes: Value | undefined): string {
  const array = arrayOf(classes)
  if (array?.kind === 'U') return 'str'
  if (array?.kind === 'O') return 'object'
  if (array?.kind === 'b') return 'bool'
  if (array?.kind === 'f') return `float${array.bytesEach * 8}`
  if (array?.kind === 'i' || array?.kind === 'u')
    return `${array.kind === 'u' ? 'u' : ''}int${array.bytesEach * 8}`
  return 'object'
}

const NEVER_PROBABILITIES =
  /^(LinearSVC|RidgeClassifier|RidgeClassifierCV|Perceptron|PassiveAggressiveClassifier|OneVsOneClassifier|OutputCodeClassifier)$/

function hasProbabilities(estimator: Call, depth: number): boolean {
  const name = shortName(estimator)
  if (NEVER_PROBABILITIES.test(name) || depth > 10) return false
  if (/^(SVC|NuSVC)$/.test(name)) return attribute(estimator, 'probability') === true
  if (name === 'SGDClassifier')
    return /^(log|log_loss|modified_huber)$/.test(String(attribute(estimator, 'loss')))
  if (name === 'VotingClassifier') return attribute(estimator, 'voting') === 'soft'
  // predict_proba came with scikit-learn 1.6.
  if (name === 'NearestCentroid')
    return /^1\.([6-9]|\d\d)/.test(String(attribute(estimator, '_sklearn_version')))
  if (
    /^(OneVsRest|MultiOutput|SelfTraining|TunedThreshold|FixedThreshold|Stacking|RFE|SelectFrom)/.test(name)
  ) {
    const inner = itemsOf(attribute(estimator, 'estimators_'))?.[0]
    const asked = INNER.map((key) => attribute(estimator, key)).find(isCall) ?? inner
    return isCall(asked) && hasProbabilities(asked, depth + 1)
  }
  // A class of the user's own may have the method or not.
  return /^(sklearn|lightgbm|xgboost|catboost|imblearn)\./.test(estimator.name)
}

/** `n_outputs_` of forests and nets, the rows of a linear model's `coef_`, the models inside a MultiOutputRegressor. */
function targetsOf(last: Call): number {
  const outputs = numberOf(attribute(last, 'n_outputs_')) ?? numberOf(attribute(last, 'n_targets'))
  if (outputs !== null && outputs > 1) return outputs
  if (/^(MultiOutputRegressor|RegressorChain)$/.test(shortName(last))) {
    return itemsOf(attribute(last, 'estimators_'))?.length ?? 1
  }
  const [each] = shortName(last) === 'BaggingRegressor' ? (itemsOf(attribute(last, 'estimators_')) ?? []) : []
  const inner = each ?? attribute(last, 'regressor_') ?? attribute(last, 'estimator_')
  if (isCall(inner)) return targetsOf(inner)
  const trained = arrayOf(attribute(last, 'y_train_'))?.shape
  if (trained) return trained[1] ?? 1
  if (shortName(last) === 'KernelRidge') return arrayOf(attribute(last, 'dual_coef_'))?.shape[1] ?? 1
  const shape = arrayOf(attribute(last, 'coef_'))?.shape ?? arrayOf(attribute(last, '_y'))?.shape ?? []
  if (shape.length !== 2) return 1
  return (
    (shortName(last).startsWith('KNeighbors') || shortName(last).startsWith('RadiusN')
      ? shape[1]
      : shape[0]) ?? 1
  )
}
