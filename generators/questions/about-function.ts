import {
  adviseArch,
  adviseGoogleMemory,
  adviseMemory,
  advisePackaging,
  advisePython,
  adviseTimeout,
  adviseTmp,
  pythonChoices,
} from '../platform/decide.ts'
import { type Tool, toolsOf } from '../platform/infrastructure.ts'
import {
  bucketProblem,
  descriptionProblem,
  memoryProblem,
  nameProblem,
  timeoutProblem,
  tmpSizeProblem,
  validName,
} from '../platform/names.ts'
import { regionProblem, regionWarning } from '../platform/regions.ts'
import type { Problem } from '../problem.ts'
import { extraBytes } from './about-code.ts'
import { hasModel, type Known, question } from './question.ts'

export const name = question({
  name: 'name',
  kind: 'text',
  placeholder: 'NAME',
  help: 'the name of the project, its stack and its function',
  ask: 'What is the project called?',
  default: (known) => ({ value: validName(known.directory ?? modelStem(known)) ?? 'my-model' }),
  check: nameProblem,
})

/** `iris-knn` of `models/iris-knn.joblib`; the demo model has none. */
function modelStem(known: Known): string {
  if (!hasModel(known)) return 'echo'
  const file = known.answers.model?.split(/[\\/]/).at(-1) ?? ''
  return file.replace(/(?:\.[A-Za-z][A-Za-z0-9]*)+$/, '') || 'iris-demo'
}

export const description = question({
  name: 'description',
  kind: 'text',
  placeholder: 'TEXT',
  help: 'one sentence for README, pyproject.toml and the stack',
  default: (known) => ({
    value: hasModel(known)
      ? `Predictions of the ${known.answers.name} model`
      : 'Answers with what it was sent',
  }),
  check: descriptionProblem,
})

export const packaging = question({
  name: 'packaging',
  kind: 'choice',
  help: 'how the code reaches the function; decided from sizes',
  ask: 'How shall the code be packed?',
  choices: {
    zip: 'Lambda: a zip of at most 250 MB, the fastest to deploy; Google: the source, from which Google builds an image',
    image: 'a container image, built here: Lambda takes at most 10 GB; Google runs it on Cloud Run',
  },
  default: (known) => advisePackaging(load(known)),
  check: (packaging, { answers }) =>
    packaging === 'zip' && answers.framework === 'pytorch' && answers.cloud === 'cloud-functions'
      ? {
          message:
            "--packaging zip leaves installing to Google's buildpack, which does not know PyTorch's own index.",
          fix: 'Give --packaging image, or convert the model to ONNX.',
        }
      : null,
})

export const modelStore = question({
  name: 'model-store',
  kind: 'choice',
  help: 'where the function finds the model',
  when: hasModel,
  otherwise: null,
  choices: {
    bundled: 'in the package',
    bucket: 'fetched from a bucket at start: it changes without deploying code',
  },
  default: () => ({ value: 'bundled' }),
})

export const bucket = question({
  name: 'bucket',
  kind: 'text',
  placeholder: 'NAME',
  help: 'the bucket that models are fetched from',
  when: ({ answers }) => answers['model-store'] === 'bucket',
  otherwise: null,
  default: (known) => ({ value: bucketOfModel(known) ?? ownBucket(known) }),
  check: (value, { answers }) => bucketProblem(value ?? '', answers.cloud ?? 'lambda'),
})

function bucketOfModel({ answers }: Known): string | undefined {
  const [, scheme, bucket] = /^(s3|gs):\/\/([^/]+)\//.exec(answers.model ?? '') ?? []
  return scheme === (answers.cloud === 'cloud-functions' ? 'gs' : 's3') ? bucket : undefined
}

/** Names of buckets are the whole world's: a part of the model's own hash keeps them apart. */
function ownBucket({ answers, modelSha256, modelBytes }: Known): string {
  const ending = `models-${(modelSha256 ?? modelBytes.toString(16).padStart(8, '0')).slice(0, 8)}`
  const named = `${answers.name}-${ending}`
  return bucketProblem(named, answers.cloud ?? 'lambda') === null ? named : ending
}

export const iac = question({
  name: 'iac',
  kind: 'choice',
  help: 'what deploys it',
  ask: 'What shall deploy it?',
  choices: {
    sam: 'AWS SAM',
    serverless: 'Serverless Framework, by its free fork osls',
    cdk: 'AWS CDK, an app in TypeScript',
    terraform: 'Terraform',
    gcloud: 'a script of gcloud commands (Google)',
  },
  fitting: toolsFor,
  default: (known) => ({ value: toolsFor(known)[0] as Tool }),
  check: (value, known) => toolProblem(value, known),
})

function toolsFor({ answers }: Known): readonly Tool[] {
  return toolsOf(answers.cloud ?? 'lambda')
}

function toolProblem(tool: string, known: Known): Pick<Problem, 'message' | 'fix'> | null {
  const tools: readonly string[] = toolsFor(known)
  if (tools.includes(tool)) return null
  const because =
    tool === 'serverless'
      ? ': the Serverless plugin for Google stops at Python 3.9 and the first generation (its last commit is of 2022)'
      : ''
  return {
    message: `--iac ${tool} does not work with --cloud ${known.answers.cloud}${because}.`,
    fix: `Use --iac ${tools.join(' or --iac ')}.`,
  }
}

export const warmup = question({
  name: 'warmup',
  kind: 'choice',
  help: 'what keeps cold starts away (Lambda)',
  when: (known) => !isGoogle(known),
  otherwise: 'none',
  choices: {
    none: 'nothing',
    schedule: 'a call every five minutes keeps one instance loaded, for less than a cent a month',
    snapstart: 'each instance starts from a snapshot with everything loaded, which is paid by the month',
    provisioned: 'one instance is always loaded and ready, which is paid day and night',
  },
  default: () => ({ value: 'none' }),
})

export const python = question({
  name: 'python',
  kind: 'choice',
  help: 'the version of Python; what the framework has wheels for',
  choices: { '3.13': 'supported by AWS until 2029-06', '3.12': 'supported by AWS until 2028-10' },
  fitting: (known) => pythonChoices(...release(known)),
  default: (known) => advisePython(...release(known), known.answers.cloud),
})

export const arch = question({
  name: 'arch',
  kind: 'choice',
  help: "the function's processor",
  when: (known) => !isGoogle(known),
  otherwise: 'x86_64',
  choices: { x86_64: 'what most build machines are', arm64: 'Graviton, about 20 % cheaper' },
  default: (known) => adviseArch(release(known)[0], release(known)[1]),
})

export const memory = question({
  name: 'memory',
  kind: 'number',
  placeholder: 'MB',
  help: 'memory of the function, on Lambda 128 to 10240, on Google 512 to 32768; the processor grows with it',
  default: (known) =>
    isGoogle(known)
      ? adviseGoogleMemory(load(known))
      : adviseMemory({ ...load(known), packaging: known.answers.packaging ?? 'zip' }),
  check: (value, { answers }) => memoryProblem(value, answers.cloud),
})

export const timeout = question({
  name: 'timeout',
  kind: 'number',
  placeholder: 'SECONDS',
  help: "time-out of the function; stays below the gateway's",
  default: ({ answers }) => adviseTimeout({ endpoint: answers.endpoint ?? 'none', cloud: answers.cloud }),
  check: (value, { answers }) => timeoutProblem(value, answers.cloud),
})

export const tmpSize = question({
  name: 'tmp-size',
  kind: 'number',
  placeholder: 'MB',
  help: 'size of /tmp, 512 to 10240 (Lambda)',
  when: (known) => !isGoogle(known),
  otherwise: 512,
  default: ({ answers, modelBytes }) =>
    adviseTmp({ modelStore: answers['model-store'] ?? 'bundled', modelBytes }),
  check: tmpSizeProblem,
})

export const packageManager = question({
  name: 'package-manager',
  kind: 'choice',
  help: 'what installs the dependencies',
  choices: {
    uv: 'uv',
    poetry: 'Poetry, which uv fetches',
    pip: 'pip, from requirements with hashes',
  },
  default: () => ({ value: 'uv' }),
  check: (manager, { answers }) =>
    answers.framework === 'pytorch' && manager !== 'uv'
      ? {
          message: `--package-manager ${manager} would take PyTorch's wheels for graphics cards, which are several times as large.`,
          fix: "Give --package-manager uv, whose lock takes them from PyTorch's own index, or convert the model to ONNX.",
        }
      : null,
})

export const region = question({
  name: 'region',
  kind: 'text',
  placeholder: 'REGION',
  help: "the cloud's region",
  ask: 'In which region?',
  default: (known) => ({ value: isGoogle(known) ? 'us-central1' : 'us-east-1' }),
  check: (value, { answers }) => regionProblem(value, answers.cloud),
  caution: (value, { answers }) => regionWarning(value, answers.cloud),
})

function isGoogle({ answers }: Known): boolean {
  return answers.cloud === 'cloud-functions'
}

/** The framework, its version as the file names it, and the processor: what there are wheels for. */
function release({ answers, signature }: Known) {
  const framework = signature?.framework ?? { name: answers.framework ?? 'onnx', version: null }
  return [framework.name, versionOf(framework), answers.arch ?? 'x86_64'] as const
}

/** An ONNX file names its producer's version, not that of the runtime which loads it. */
function versionOf({ name, version }: { name: string; version: string | null }): string | null {
  return name === 'onnx' ? null : version
}

function load(known: Known) {
  const [framework, version, processor] = release(known)
  const { modelBytes, signature, answers } = known
  const versionOfPython = answers.python ?? '3.13'
  return {
    framework,
    version,
    arch: processor,
    python: versionOfPython,
    modelBytes,
    modelStore: answers['model-store'] ?? 'bundled',
    extraBytes: extraBytes(known),
    cloud: answers.cloud ?? 'lambda',
    traits: signature?.traits ?? {},
  }
}
