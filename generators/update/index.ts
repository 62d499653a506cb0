import Generator from 'yeoman-generator'
import { argumentsOf, declareOptions, shellOf, told } from '../app/yeoman.ts'
import type { RunOption } from '../commands/arguments.ts'
import { update } from '../commands/update.ts'

const OFFERED: readonly RunOption[] = [
  'answers',
  'install',
  'yes',
  'dry-run',
  'diff',
  'no-color',
  'quiet',
  'restore',
  'allow-dirty',
]

/** `lambda-model:update`: the command line's update under Yeoman's name, with the same bytes. */
export default class LambdaModelUpdate extends Generator {
  // biome-ignore lint/suspicious/noExplicitAny: Yeoman's own signature
  constructor(...args: any[]) {
    super(...args)
    this.argument('directory', { type: String, required: false, description: 'the project' })
    declareOptions(this, OFFERED)
  }

  async writing(): Promise<void> {
    const shell = { ...shellOf(this), interactive: false }
    const exitCode = await told(update(argumentsOf(this, OFFERED), shell))
    if (exitCode !== 0)
      throw Object.assign(new Error('Conflicts are left: decide, and take the markers out.'), {
        code: exitCode,
      })
  }
}
