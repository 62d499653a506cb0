import { hasModel } from '../model/echo.ts'
import type { Signature } from '../model/signature.ts'
import { isClusters } from '../model/sklearn-answers.ts'
import { assetFolders } from '../platform/assets.ts'
import { canExport, convertersFor } from '../platform/converters.ts'
import { cpusFor } from '../platform/decide.ts'
import { frameworks, type Pin, pytorchIndex } from '../platform/frameworks.ts'
import { clouds, infrastructureOf } from '../platform/infrastructure.ts'
import {
  functionNameLimit,
  gitFileLimit,
  googleRequestLimit,
  payloadLimit,
  threadsPerCpu,
} from '../platform/limits.ts'
import { packageManagers, poetryExportVersion, poetryVersion } from '../platform/managers.ts'
import { cdkVersions, oslsVersion } from '../platform/node-tools.ts'
import {
  corsHeaders,
  corsSeconds,
  failedCalls,
  logRetentionDays,
  pictureMediaTypes,
  throttle,
  warmupMinutes,
} from '../platform/operation.ts'
import { devPins, functionsFramework, pins, storeDevPins } from '../platform/pins.ts'
import { costOfWarmth, millionCalls, millionCallsOnCloudRun } from '../platform/prices.ts'
import { joined, requirementOf } from '../platform/requirements.ts'
import type { Answers } from '../questions/answers.ts'
import type { Decision } from '../questions/question.ts'
import { alarmsFor } from './alarms.ts'
import {
  type CarriedModel,
  describeModel,
  type ModelDescription,
  servedFeatures,
  takesNull,
} from './description.ts'
import { environmentOf } from './environment.ts'
import { ECHOED, echoFacts, eventFacts, tensorFacts } from './events.ts'
import { json, sh } from './literals.ts'
import { compare } from './order.ts'
import { pictureSamples } from './pictures.ts'
import {
  givesSingleScore,
  labelFollowsProbabilities,
  labelIsMostProbable,
  normalise,
  predictionFor,
  relabelled,
  targetsOf,
  valueIn,
} from './predictions.ts'
import { type GoldenCases, type GoldenOutput, samplesOf } from './samples.ts'
import { inferRequests, isTensors, type Tensors } from './tensors.ts'

export interface FactInputs {
  readonly answers: Answers
  readonly model: CarriedModel
  readonly cases: GoldenCases | null
  readonly decisions: readonly Decision[]
  readonly command: string
  readonly generatorVersion: string
}

export type Facts = ReturnType<typeof deriveFacts>

/** Everything that templates may name, computed before rendering: their conditions are these booleans. */
export function deriveFacts({ answers, model, cases, decisions, command, generatorVersion }: FactInputs) {
  const { signature } = model
  const { traits } = signature
  const framework = frameworks[signature.framework.name]
  const features = servedFeatures(answers, signature)
  const classes = answers.task === 'classification' ? answers.classes : null
  const path = answers.path ?? '/predict'
  const isEcho = !hasModel(answers['model-type'])
  const environment = environmentOf(answers, framework.usesOpenMp)
  const onLambda = answers.cloud === 'lambda'
  const cpus = cpusFor(answers.memory)
  const modelJson = describeModel(answers, model, features, classes)
  const isImage = answers['model-type'] === 'image'
  const rows = () => (isImage ? pictureSamples(cases) : samplesOf(features, cases))
  const isTensor = answers['model-type'] === 'tensor'
  const theModel = `/v2/models/${answers.name}`
  const sampleRows = isEcho ? [ECHOED] : isTensor ? inferRequests(signature, cases) : rows()
  const answersValues = answers.answer === 'value' || answers.answer === 'response'
  const hasProbabilities = traits.probabilities ?? false
  const isClassification = answers.task === 'classification'
  const valueIsProbability = answersValues && isClassification && hasProbabilities && classes?.length === 2
  const shown = (output: GoldenOutput | Tensors) =>
    isTensors(output)
      ? output
      : answersValues
        ? valueIn(output, valueIsProbability)
        : predictionFor(output, classes, traits)
  const { pins: dependencies, lines: ownLines } = joined(
    [...runtimePins(answers, signature), ...(onLambda ? [] : [functionsFramework.value])],
    answers.requirements,
  )
  const requirements = [...dependencies.map(requirement), ...ownLines].sort()
  const fetchesModel = answers['model-store'] === 'bucket'
  const stageLength = longestStage(answers)
  const devDependencies = [...devPins(), ...(fetchesModel ? storeDevPins[answers.cloud] : [])]
    .filter(({ name }) => !ownLines.some((line) => requirementOf(line)?.name === name))
    .sort((a, b) => compare(a.name, b.name))
  return {
    name: answers.name,
    description: answers.description,
    /** CloudFormation takes 1024 bytes, and what looks like a reference in them for a mistake. */
    stackDescription: firstBytes(answers.description.replaceAll('${', '$ {'), 1024),
    /** Lambda takes 256 characters. */
    functionDescription: [...answers.description].slice(0, 256).join(''),
    command,
    generatorVersion,
    decisions,

    onLambda,
    onCloudFunctions: !onLambda,
    /** The sample event that tests, scripts and the README take. */
    httpEvent: onLambda ? 'http-api' : 'http',
    /** In bytes. */
    largestBody: (onLambda ? payloadLimit : googleRequestLimit).value,
    cpus,
    /** Calls that an instance on Google answers at a time. */
    threads: cpus * threadsPerCpu.value,

    python: answers.python,
    pythonTag: answers.python.replace('.', ''),
    runtime: `python${answers.python}`,
    arch: answers.arch,
    wheelPlatform: `${answers.arch === 'arm64' ? 'aarch64' : 'x86_64'}-manylinux_2_28`,
    region: answers.region,
    stageLength,
    stagePattern: `[a-z][a-z0-9-]{0,${stageLength - 1}}`,

    cloud: clouds[answers.cloud],
    infrastructure: infrastructureOf(answers.cloud, answers.iac),
    oslsVersion: oslsVersion.value,
    cdk: cdkVersions.value,

    endpoint: answers.endpoint,
    hasEndpoint: answers.endpoint !== 'none',
    usesHttpApi: answers.endpoint === 'http-api',
    usesRestApi: answers.endpoint === 'rest-api',
    usesFunctionUrl: answers.endpoint === 'function-url',
    /** In events/: what `make invoke` calls with. */
    sampleEvent: answers.endpoint === 'none' ? 'direct' : (answers.endpoint ?? 'http'),
    path,
    validatePath: `${path.replace(/\/$/, '')}/validate`,
    auth: answers.auth,
    needsIam: answers.auth === 'iam',
    needsApiKey: answers.auth === 'api-key',
    isOpen: answers.auth === 'none',
    corsOrigins: answers.cors,
    hasCors: answers.cors.length > 0,
    answersCors:
      answers.cors.length > 0 &&
      (!onLambda || answers.endpoint === 'rest-api' || answers.endpoint === 'http-api'),

    corsHeaders: corsHeaders.value.filter((name) => name !== 'x-api-key' || answers.endpoint === 'rest-api'),
    corsSeconds: corsSeconds.value,
    pictureMediaTypes: pictureMediaTypes.value,
    throttle: throttle.value,
    logRetentionDays: logRetentionDays.value,
    alarms: alarmsFor(answers),
    /** What the log's lines of failed calls match. */
    failedCallsPattern: failedCalls.value,
    environment,
    /** For a shell and a Dockerfile: values are plain words. */
    environmentPairs: environment.map(({ name, value }) => `${name}=${value}`),

    /** The value alone of each prediction: its number, else its label. */
    answersValues,
    answersResponse: answers.answer === 'response',
    valueIsProbability,
    showsProbabilities: !answersValues && isClassification && hasProbabilities,

    warmup: answers.warmup,
    warmsBySchedule: answers.warmup === 'schedule',
    usesSnapStart: answers.warmup === 'snapstart',
    usesProvisioned: answers.warmup === 'provisioned',
    /** Both are for published versions only: what is called is the alias `live` of the newest. */
    needsAlias: answers.warmup === 'snapstart' || answers.warmup === 'provisioned',
    /** osls names it after its reason, the other tools as we say. */
    aliasName: answers.iac === 'serverless' ? answers.warmup : 'live',
    warmupMinutes: warmupMinutes.value,
    memoryMb: answers.memory,
    timeoutSeconds: answers.timeout,
    tmpMb: answers['tmp-size'],
    tracing: answers.tracing,
    logPredictions: answers['log-predictions'],
    logsPredictions: answers['log-predictions'] > 0,
    strictInput: answers['strict-input'],
    leavesCategories: answers['unknown-categories'] === 'model',
    /** An encoder may have been told to take no unknown category, an embedding ends somewhere; a step of the user's own may make infinity of a zero. */
    modelMayRefuse:
      looksUp(signature) ||
      (answers['unknown-categories'] === 'model' && ['onnx', 'sklearn'].includes(answers.framework ?? '')) ||
      hasOwnSteps(answers, signature),
    hasOwnSteps: hasOwnSteps(answers, signature),

    shipsAsZip: answers.packaging === 'zip',
    shipsAsImage: answers.packaging === 'image',
    /** The user's own packages and modules, as they lie in the project. */
    ownCode: answers.code,
    hasOwnCode: answers.code.length > 0,
    ownModules: answers.code.map((name) => name.replace(/\.py$/, '')),
    /** Libraries of the user's own may want data: scripts/fetch_assets.py fetches it when the package is built. */
    bakesAssets: !isEcho && answers.code.length + answers.requirements.length > 0,
    assetFolders: assetFolders.value,
    /** What predicts is an object of the user's own, around the estimator. */
    asksOwnObject: traits.inOwnObject ?? false,
    bundlesModel: answers['model-store'] === 'bundled',
    fetchesModel,
    bucket: answers.bucket,
    /** In the bucket, above the stages: `models/production/NAME/VERSION/FILE`. */
    modelPrefix: 'models',
    /** GitHub would refuse it. */
    ignoresModel: fetchesModel && model.bytes > gitFileLimit.value,
    /** `make upload` sends the model where that is in a bucket, and the code where the model is in it. */
    pushTarget: fetchesModel ? 'push' : 'upload',
    packageManager: answers['package-manager'],
    usesUv: answers['package-manager'] === 'uv',
    usesPip: answers['package-manager'] === 'pip',
    usesPoetry: answers['package-manager'] === 'poetry',
    manager: packageManagers[answers['package-manager']],
    poetryVersion: poetryVersion.value,
    poetryExportVersion: poetryExportVersion.value,

    framework: answers.framework,
    frameworkLabel: framework.label,
    frameworkVersion: signature.framework.version,
    isOnnx: answers.framework === 'onnx',
    usesOpenMp: framework.usesOpenMp,
    needsLibgomp: framework.needsLibgomp,
    isNetwork: framework.isNetwork,
    isPickled: signature.format === 'sklearn-joblib' || signature.format === 'sklearn-pickle',
    isKeras: answers.framework === 'keras',
    isPytorch: answers.framework === 'pytorch',
    pytorchIndex: pytorchIndex.value,
    needsTensorflow: traits.tensorflow ?? false,
    isImage,
    isTabular: answers['model-type'] === 'tabular',
    isTensor,
    /** Where the Open Inference Protocol has the model. */
    theModel,
    isEcho,
    hasModel: !isEcho,
    givesPredictions: answers.answer !== null,
    task: answers.task,
    isClassification,
    isRegression: answers.task === 'regression',
    isOutlierDetector: traits.outliers ?? false,
    hasProbabilities,
    targetCount: targetsOf(answers, signature),
    hasSeveralTargets: targetsOf(answers, signature) > 1,
    rootPath: traits.within ?? [],
    labelsFollowProbabilities: labelFollowsProbabilities(signature),
    estimator: traits.estimator ?? null,
    /** Clusters are counted from 0: the estimator has no list of labels. */
    countsClusters: isClusters(traits.estimator ?? ''),
    namedColumns: traits.namedColumns ?? false,

    features,
    featureNames: features.map((feature) => feature.name),
    featureCount: features.length,
    hasTextFeatures: features.some((feature) => feature.dtype !== 'number'),
    hasCategories: features.some((feature) => feature.categories !== undefined),
    takesNull: features.some((feature) => takesNull(answers, feature)),
    classes,
    classCount: classes?.length ?? 0,
    hasTwoClasses: classes?.length === 2,

    ...exportFacts(signature),
    /** Of a converted classifier: its label only where that need not be the most probable class. */
    exportsLabel: answers.task === 'classification' && !labelIsMostProbable(answers, signature),
    exportsScores: answers.task === 'regression' || (traits.probabilities ?? false),
    /** Of one row or picture, as an exporter wants to see it. */
    exampleShape: exampleShape(signature, modelJson.preprocess, features.length),
    /** ONNX from LightGBM: one table of numbers, in which a category is its place among the levels. */
    codesCategories:
      signature.inputs.length === 1 &&
      signature.inputs[0]?.dtype !== 'str' &&
      features.some(({ categories }) => categories !== undefined),

    inputs: signature.inputs,
    inputName: signature.inputs[0]?.name ?? null,
    inputDtype: signature.inputs[0]?.dtype ?? null,
    namedInputs: signature.inputs.length > 1,
    /** A network with one input is asked about an array of some rows at a time. */
    takesBatches: framework.isNetwork && signature.inputs.length <= 1,
    oneRowAtATime: signature.inputs.some(({ shape }) => shape?.[0] === 1),
    labelOutput: relabelled(answers, signature) ? null : (traits.labelOutput ?? null),
    singleScore: classes?.length === 2 && givesSingleScore(signature),
    /** XGBoost's hinge and softmax give the class itself, as a number. */
    answersClassIndex:
      answers.framework === 'xgboost' && signature.task === 'classification' && !traits.probabilities,
    isLinear: traits.linear ?? false,
    scoresOutput: traits.scoresOutput ?? null,
    scoresAreDicts: traits.zipmap ?? false,
    scoreColumns: traits.scoreColumns ?? null,
    normalise: normalise(answers, signature, classes),

    modelFile: model.file,
    /** What the README calls another one. */
    newModel: `new${/\.\w+$/.exec(model.file)?.[0] ?? ''}`,
    modelBytes: model.bytes,
    modelJson,
    dependencies,
    requirements,
    devDependencies,
    devRequirements: devDependencies.map(requirement),
    cost: { ...millionCalls(answers), ...costOfWarmth(answers) },
    runCost: millionCallsOnCloudRun({ memory: answers.memory, cpus }),
    /** A REST API answers preflights with one fixed origin; which of several may read is told by the answer itself. */
    preflightOrigin: answers.cors.length === 1 ? answers.cors[0] : '*',

    sampleRows,
    /** One request, as curl is told of it. */
    curlType: `-H 'content-type: ${isImage ? 'image/png' : 'application/json'}'`,
    curlData: isImage
      ? '--data-binary @picture.png'
      : isTensor
        ? '-d @events/direct.json'
        : `-d ${sh(json(sampleRows[0]))}`,
    hasGoldenCases: cases !== null,
    answersAreKnown: isEcho || cases !== null,
    goldenCases: cases,
    ...eventFacts({
      path,
      isImage,
      features,
      rows: sampleRows,
      cases,
      predictions: cases?.outputs.map(shown) ?? null,
      answer: answers.answer ?? 'predictions',
      model: modelJson,
    }),
    ...(isEcho && echoFacts(path)),
    ...(isTensor && tensorFacts({ path, theModel, signature, cases, model: modelJson })),
  }
}

/** Names are `NAME-STAGE`, and osls adds that of the function in its file. */
function longestStage({ cloud, iac, name }: Answers): number {
  if (cloud !== 'lambda') return 8
  return iac === 'serverless' ? Math.min(20, functionNameLimit.value - `${name}--predict`.length) : 20
}

/** Whole numbers are places in a table more often than not. */
function looksUp({ framework: { name }, inputs, traits }: Signature): boolean {
  return (
    ['onnx', 'keras'].includes(name) &&
    !traits.tensorflow &&
    inputs.some(({ dtype }) => /^u?int\d/.test(dtype))
  )
}

/** `make export`: whether there is a converter for this model, and what it needs. */
function exportFacts(signature: Signature) {
  const { name } = signature.framework
  const converters = canExport(signature) ? convertersFor(name) : []
  return { exportsToOnnx: converters.length > 0, converters: converters.map(requirement) }
}

/** As many whole characters as fit. */
function firstBytes(text: string, bytes: number): string {
  const buffer = new Uint8Array(bytes)
  return text.slice(0, new TextEncoder().encodeInto(text, buffer).read)
}

/** Columns are named by their position in the emitted predictor, so that no project needs pandas at run time. */
function runtimePins(
  { python, arch }: Answers,
  { framework: written, format, traits }: Signature,
): readonly Pin[] {
  const version = written.name === 'onnx' ? null : written.version
  return pins(written.name, version, { python, arch, traits, format })
}

function hasOwnSteps({ framework }: Answers, { traits }: Signature): boolean {
  return framework === 'sklearn' && (traits.ownModules?.length ?? 0) > 0
}

/** PEP 508: `onnxruntime==1.31.1; sys_platform != "darwin"`. */
function requirement({ name, version, marker }: Pin): string {
  return marker === null ? `${name}==${version}` : `${name}==${version}; ${marker}`
}

function exampleShape({ inputs }: Signature, how: ModelDescription['preprocess'], width: number): number[] {
  if (!how) return [1, width]
  const [columns, rows] = how.size
  const traced = inputs[0]?.shape?.slice(1) ?? []
  const sizes = how.layout === 'NCHW' ? [how.mean.length, rows, columns] : [rows, columns, how.mean.length]
  return [1, ...sizes.map((size, at) => (typeof traced[at] === 'number' ? traced[at] : size))]
}
