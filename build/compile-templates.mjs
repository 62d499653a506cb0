// templates/ -> build/templates.js: every EJS template as a plain function, every other file as its content.
// The package carries no template engine: what is left of EJS is string concatenation.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ejs from 'ejs'

const root = fileURLToPath(new URL('../', import.meta.url))
const templates = join(root, 'templates')

export function compileTemplates() {
  const entries = filesBelow(templates).map((file) => {
    const source = relative(templates, file).split(sep).join('/')
    return `  ${JSON.stringify(source)}: ${compiled(source, readFileSync(file))},`
  })
  writeFileSync(join(root, 'build/templates.js'), `export const templates = {\n${entries.join('\n')}\n}\n`)
}

function compiled(source, content) {
  if (source.endsWith('.ejs')) {
    const text = content.toString('utf8')
    const template = new ejs.Template(text, {
      compileDebug: false,
      strict: true,
      localsName: 'facts',
      destructuredLocals: factsNamedIn(text),
    })
    template.compile()
    return `{ render(facts, escapeFn) {\n${template.source}} }`
  }
  const text = content.toString('utf8')
  return Buffer.from(text, 'utf8').equals(content)
    ? `{ text: ${JSON.stringify(text)} }`
    : `{ base64: ${JSON.stringify(content.toString('base64'))} }`
}

/** The words inside the tags of a template: EJS's strict mode wants to know which names are facts. */
function factsNamedIn(text) {
  const code = [...text.matchAll(/<%[-_=]?([\s\S]*?)[-_]?%>/g)].map((tag) => tag[1]).join('\n')
  const plain = code.replace(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g, "''")
  const declared = new Set(
    [...plain.matchAll(/\b(?:const|let)\s+(?:\[([^\]]*)\]|\{([^}]*)\}|([A-Za-z_$][\w$]*))/g)].flatMap((m) =>
      (m[1] ?? m[2] ?? m[3]).split(',').map((name) => name.trim()),
    ),
  )
  for (const m of plain.matchAll(/\(?\s*([A-Za-z_$][\w$]*(?:\s*,\s*[A-Za-z_$][\w$]*)*)\s*\)?\s*=>/g)) {
    for (const name of m[1].split(',')) declared.add(name.trim())
  }
  const words = [...plain.matchAll(/(?<![\w$.])[A-Za-z_$][\w$]*/g)].map((m) => m[0])
  return [...new Set(words)].filter((word) => !RESERVED.has(word) && !declared.has(word))
}

const RESERVED = new Set(
  (
    'if else for of in const let var return function true false null undefined typeof new instanceof while do break continue switch case default ' +
    'Object JSON Math String Number Array Boolean Map Set'
  ).split(' '),
)

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== '__pycache__')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
    )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileTemplates()
