import { fact } from './fact.ts'

export const oslsVersion = fact('4.3.1', {
  source: 'https://www.npmjs.com/package/osls; MIT, a fork of Serverless Framework 3 that is kept up',
  seen: '2026-11',
  matters: 'what reads serverless.yml and deploys it',
})
