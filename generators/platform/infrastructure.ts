/** How a cloud is named to the owner of a project. */
export const clouds = {
  lambda: { label: 'AWS Lambda', short: 'Lambda', aFunction: 'An AWS Lambda function' },
  'cloud-functions': {
    label: 'Google Cloud Functions',
    short: 'Google',
    aFunction: 'A Google Cloud Function',
  },
} as const

/** The values of --cloud. */
export type Cloud = keyof typeof clouds

/**
 * What deploys a project: its name, the file that describes what is deployed, the file in which region and name of the
 * deployed thing stand, and what an owner must have before `make deploy` (after "deploying needs").
 */
export const infrastructures = {
  lambda: {
    sam: {
      label: 'AWS SAM',
      file: 'template.yaml',
      settings: 'samconfig.toml',
      needs: `the [AWS CLI](https://aws.amazon.com/cli/) with credentials and the
[SAM CLI](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html)`,
    },
    serverless: {
      label: 'osls, the Serverless Framework of its community',
      file: 'serverless.yml',
      settings: 'serverless.yml',
      needs:
        'the [AWS CLI](https://aws.amazon.com/cli/) with credentials and\n[Node.js](https://nodejs.org/en/download) 20.19 or newer',
    },
    cdk: {
      label: 'AWS CDK',
      file: 'infra/lib',
      settings: 'infra/bin/app.ts',
      needs:
        'the [AWS CLI](https://aws.amazon.com/cli/) with credentials and\n[Node.js](https://nodejs.org/en/download) 20.19 or newer',
    },
    terraform: {
      label: 'Terraform',
      file: 'terraform/*.tf',
      settings: 'terraform/variables.tf',
      needs: `the [AWS CLI](https://aws.amazon.com/cli/) with credentials and
[Terraform](https://developer.hashicorp.com/terraform/install) 1.10 or newer`,
    },
  },
  'cloud-functions': {
    gcloud: {
      label: 'gcloud',
      file: 'deploy.sh',
      settings: 'deploy.sh',
      needs:
        'the [gcloud CLI](https://cloud.google.com/sdk/docs/install), logged in, with a project that is billed',
    },
    terraform: {
      label: 'Terraform',
      file: 'terraform/service.tf',
      settings: 'terraform/variables.tf',
      needs:
        'the [gcloud CLI](https://cloud.google.com/sdk/docs/install), logged in (also `gcloud auth application-default login`), a project that is billed, and\n[Terraform](https://developer.hashicorp.com/terraform/install) 1.10 or newer',
    },
  },
} as const

/** The values of --iac. */
export type Tool = { [cloud in Cloud]: keyof (typeof infrastructures)[cloud] }[Cloud]

/** What deploys to a cloud; the first is the default. */
export function toolsOf(cloud: Cloud): readonly Tool[] {
  return Object.keys(infrastructures[cloud]) as Tool[]
}

interface Infrastructure {
  readonly label: string
  readonly file: string
  readonly settings: string
  readonly needs: string
}

export function infrastructureOf(cloud: Cloud, tool: Tool): Infrastructure {
  const found = Object.entries<Infrastructure>(infrastructures[cloud]).find(([name]) => name === tool)
  if (!found) throw new Error(`${tool} does not deploy to ${cloud}`)
  return found[1]
}
