// templates/ -> build/templates.js: every EJS template as a plain function, every other file as its content.
// The package carries no template engine: what is left of EJS is string concatenation. The words between the tags
// stand in build/template-texts.js, each once: a start need not parse them as code, and they compress better.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ejs from 'ejs'

const root = fileURLToPath(new URL('../', import.meta.url))
const templates = join(root, 'templates')

export function compileTemplates() {
  const texts = new Map()
  const entries = filesBelow(templates)
    .sort(byKind)
    .map((file) => {
      const source = relative(templates, file).split(sep).join('/')
      return `  ${JSON.stringify(source)}: ${compiled(source, readFileSync(file), texts)},`
    })
  const list = [...texts.keys()]
  if (list.some((text) => text.includes('\0')))
    throw new Error('A template holds NUL, which parts the texts.')
  write('template-texts.js', `export const texts = ${JSON.stringify(list, null, 1)}\n`)
  write(
    'templates.js',
    `import { texts } from './template-texts.js'\nconst from = (first, append) => (n) => append(texts[first + n])\nexport const templates = {\n${entries.join('\n')}\n}\n`,
  )
  return list
}

function write(name, content) {
  writeFileSync(join(root, 'build', name), content)
}

/** Where a text stands; one that is new comes last. */
function placed(texts, text) {
  if (!texts.has(text)) texts.set(text, texts.size)
  return texts.get(text)
}

function compiled(source, content, texts) {
  if (source.endsWith('.ejs')) {
    const text = content.toString('utf8')
    const template = new ejs.Template(text, {
      compileDebug: false,
      strict: true,
      localsName: 'facts',
      destructuredLocals: factsNamedIn(text),
    })
    template.compile()
    // Each counts its own texts from 0: templates that read alike compress better.
    const first = texts.size
    const code = template.source.replaceAll(LITERAL, (_, words) => {
      const index = placed(texts, evaluated(words))
      return index < first ? `__append(texts[${index}])` : `own(${index - first})`
    })
    return `{ render(facts, escapeFn) { const own = from(${first}, __append);\n${code}} }`
  }
  const text = content.toString('utf8')
  return Buffer.from(text, 'utf8').equals(content)
    ? `{ text: texts[${placed(texts, text)}] }`
    : `{ base64: ${JSON.stringify(content.toString('base64'))} }`
}

/** What EJS makes of the words between two tags. */
const LITERAL = /__append\(("(?:\\.|[^"\\])*")\)/g

/** EJS writes a JavaScript literal, in which a tab may stand as it is: no JSON. */
function evaluated(literal) {
  return new Function(`return ${literal}`)()
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

/** Python beside Python, parts beside parts, files of one name beside each other: like beside like compresses better. */
function byKind(one, other) {
  const [a, b] = [one, other].map((file) => {
    const name = basename(file, '.ejs')
    return `${file.includes('_parts') ? '' : extname(name)} ${name}`
  })
  return a < b ? -1 : a > b ? 1 : 0
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== '__pycache__')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
    )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileTemplates()
