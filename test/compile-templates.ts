import { compileTemplates } from '../build/compile-templates.mjs'

/** Tests render the templates of the working tree, not those of the last build. */
export default function setup(): void {
  compileTemplates()
}
