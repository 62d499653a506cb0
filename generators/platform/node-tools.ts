import { fact } from './fact.ts'

export const oslsVersion = fact('4.3.1', {
  source: 'https://www.npmjs.com/package/osls; MIT, a fork of Serverless Framework 3 that is kept up',
  seen: '2026-11',
  matters: 'what reads serverless.yml and deploys it',
})
export const cdkVersions = fact(
  {
    lib: '2.276.0',
    cli: '2.1148.1',
    nag: '3.0.2',
    constructs: '10.8.1',
    typescript: '7.0.2',
    nodeTypes: '20.19.43',
  },
  {
    source:
      'https://www.npmjs.com/package/aws-cdk and its companions; the tag latest of aws-cdk is a broken 3.0.0',
    seen: '2026-11',
    matters: 'what infra/ is compiled, checked and deployed with',
  },
)
