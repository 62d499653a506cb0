import { runOptions } from '../commands/arguments.ts'
import { catalogue } from './catalogue.ts'
import { type Question, variableOf } from './question.ts'

/** docs/reference.md, from the catalogue: a test fails when the page is stale. */
export function reference(): string {
  const sections = catalogue.map(section)
  const options = Object.entries(runOptions).map(([name, option]) => {
    const short = 'short' in option ? `, \`-${option.short}\`` : ''
    const value = 'placeholder' in option ? ` ${option.placeholder}` : ''
    return `| \`--${name}${value}\`${short} | ${option.help} |`
  })
  return `# Reference

Made from the question catalogue by \`npm run docs\`; do not edit.

A value comes from, in this order: flag, environment variable, answers file (\`--answers FILE\`), the model file,
a decision, the default.

## Answers

${sections.join('\n')}
## Options of a run

| option | what it does |
|---|---|
${options.join('\n')}

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | failed: unreadable model, a file that cannot be written, a step afterwards; conflicts left by an update |
| 2 | wrong usage: anything that another command line mends; every problem is listed |
| 3 | \`check\` found something |
| 130 | stopped by Ctrl-C; nothing is left behind |
`
}

function section(question: Question): string {
  const { name, kind, placeholder, choices, help, ask } = question
  const value = kind === 'switch' ? '' : ` ${placeholder ?? 'CHOICE'}`
  const rows = Object.entries(choices ?? {}).map(
    ([choice, meaning]) => `| \`${choice}\` | ${cell(meaning)} |`,
  )
  const table = rows.length > 0 ? `\n| choice | meaning |\n|---|---|\n${rows.join('\n')}\n` : ''
  return `### \`--${name}${value}\`

${help.charAt(0).toUpperCase()}${cell(help.slice(1))}. Variable: \`${variableOf(name)}\`. ${ask ? `Asked: ${cell(ask)}` : 'Not asked.'}
${table}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

/** docs/answers.schema.json: what `--answers FILE` may hold. */
export function answersSchema(): string {
  const properties = Object.fromEntries(catalogue.map((question) => [question.name, schemaOf(question)]))
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Answers for create-lambda-model',
    type: 'object',
    properties,
    additionalProperties: false,
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function schemaOf({ name, kind, help, choices }: Question): object {
  const description = help
  if (kind === 'choice') return { description, enum: [...Object.keys(choices ?? {}), null] }
  if (kind === 'number') return { description, type: ['number', 'null'] }
  if (kind === 'switch') return { description, type: ['boolean', 'null'] }
  if (kind === 'list') {
    const items = name === 'classes' ? { type: ['string', 'integer', 'boolean'] } : { type: 'string' }
    return { description, type: ['array', 'string', 'null'], items }
  }
  return { description, type: ['string', 'null'] }
}
