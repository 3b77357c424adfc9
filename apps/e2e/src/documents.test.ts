import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BLOCK_REASONS, ERROR_CODES } from '@sms/core'
import { apiConfigSchema, COMMAND_EXITS, workerConfigSchema } from '@sms/runtime'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8')
const sources = (folder: string): string[] =>
  globSync(`${folder}/src/**/*.ts`, { cwd: root, exclude: (name) => name.endsWith('generated') })
    .filter((path) => !path.endsWith('.test.ts') && !path.endsWith('.generated.ts'))
    .map(read)

/** Cells of the rows of tables below a heading, code marks left out of the first. */
const tableBelow = (document: string, heading: string): string[][] => {
  const [, after = ''] = read(document).split(`\n${heading}\n`)
  const [section = ''] = after.split(/\n#+ /)
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}
const word = (cell: string | undefined): string => cell?.replaceAll('`', '') ?? ''

describe('README.md', () => {
  it('explains every error code in the words of the code, and no other', () => {
    const listed = tableBelow('README.md', '## Errors').map(([code, means]) => [word(code), means])
    expect(Object.fromEntries(listed)).toEqual(ERROR_CODES)
    expect(listed).toHaveLength(Object.keys(ERROR_CODES).length)
  })

  it('explains every reason for which an account pauses by itself, and no other', () => {
    const listed = tableBelow('README.md', '## Blocked accounts').map(([reason, means]) => [word(reason), means])
    expect(Object.fromEntries(listed)).toEqual(BLOCK_REASONS)
    const french = tableBelow('docs/guide-utilisateur.md', "### … plus rien n'avance").flatMap(([reason = '']) =>
      word(reason).split(', '),
    )
    expect(french.toSorted()).toEqual(Object.keys(BLOCK_REASONS).toSorted())
  })

  it('lists every variable that a service reads, who reads it and what it may be, and no other', () => {
    const { shape: api } = apiConfigSchema
    const { shape: worker } = workerConfigSchema
    const expected = Object.entries({ ...api, ...worker }).map(([name, schema]) => {
      const reader = name in api && name in worker ? 'both' : name in api ? 'API' : 'worker'
      return `${name} (${reader}): ${(schema.meta() as { description: string }).description}`
    })
    const listed = tableBelow('README.md', '## Run it').map(([name, reader, value]) => `${word(name)} (${reader}): ${value}`)
    expect(listed.toSorted()).toEqual(expected.toSorted())
  })
})

describe('the commands', () => {
  /** Of package.json: those that people run in operation, with the file that each runs. */
  const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts
  const commands = Object.entries(scripts).filter(([name]) => /^(sms|worker):/.test(name))

  it('are all in the table of the README, with the form that needs no pnpm', () => {
    const listed = tableBelow('README.md', '### Commands').map(([name, form]) => [word(name), word(form)])
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(commands))
    expect(commands.length).toBeGreaterThan(5)
    for (const [, run] of commands) expect(existsSync(`${root}${run.replace('node ', '')}`), run).toBe(true)
  })

  it('have their exit codes in the table of the README, in the words of the code', () => {
    const listed = tableBelow('README.md', '#### Exit codes').map(([code, means]) => [word(code), means])
    expect(Object.fromEntries(listed)).toEqual(COMMAND_EXITS)
  })

  it('have an example for cron that runs files which are there', () => {
    const files = [...read('docs/worker-drain.cron').matchAll(/apps\/\S+\.ts/g)].map(([path]) => path)
    expect(files.length).toBeGreaterThan(1)
    for (const path of files) expect(existsSync(`${root}${path}`), path).toBe(true)
  })
})

describe('docs/metrics.md', () => {
  /** What is registered in the sources: one literal a metric. */
  const registered = (folder: string): string[] =>
    sources(folder).flatMap((source) =>
      [...source.matchAll(/(?:metrics\.(counter|gauge|histogram)|\bset)\(\s*\{([^}]*)/g)].flatMap(
        ([, type = 'gauge', spec = '']) => {
          const name = /name: '([a-z_]+)'/.exec(spec)?.[1]
          const labels = [...(/labelNames: \[([^\]]*)\]/.exec(spec)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(([, label]) => label)
          return name === undefined ? [] : [`${name} ${type} ${labels.join(', ')}`.trim()]
        },
      ),
    )

  it.each([
    ['## API', 'apps/api'],
    ['## Worker', 'apps/worker'],
  ])('%s lists every metric of %s with its type and labels, and no other', (heading, folder) => {
    const listed = tableBelow('docs/metrics.md', heading)
    expect(listed.map(([name, type, labels]) => `${word(name)} ${type} ${word(labels)}`.trim()).toSorted()).toEqual(
      registered(folder).toSorted(),
    )
    for (const [name, , , unit, meaning] of listed) expect(`${unit} ${meaning}`, name).toMatch(/^\S+ .{8,}\.$/)
  })

  it('finds metrics at all, named as Prometheus asks', () => {
    const all = [...registered('apps/api'), ...registered('apps/worker')]
    expect(all.length).toBeGreaterThan(20)
    for (const metric of all)
      expect(metric).toMatch(/^[a-z_]+_total counter|^[a-z_]+_(seconds|rows) histogram|^sms_[a-z_]+ gauge/)
  })
})

describe('docs/log-events.md', () => {
  const CALL = /\b(?:logger|log)\.(debug|info|warn|error|fatal)\(/g

  /** From behind an opening parenthesis to the one that closes it. */
  const argumentsAt = (source: string, start: number): string => {
    let depth = 1
    let end = start
    for (; depth > 0 && end < source.length; end += 1) depth += source[end] === '(' ? 1 : source[end] === ')' ? -1 : 0
    return source.slice(start, end - 1)
  }

  /** Level and message of every call; a message from a table stands for all of the table. */
  const logged = (folder: string): string[] =>
    sources(folder)
      .map((source) => source.replaceAll(/^ *(\/\*\*|\*|\/\/).*$/gm, ''))
      .flatMap((source) =>
        [...source.matchAll(CALL)].flatMap(({ 0: call, 1: level = '', index }) => {
          const given = argumentsAt(source, index + call.length)
          const table = /(\b[A-Z_]+)\[[^\]]*\]\s*,?\s*$/.exec(given)?.[1]
          const text = table === undefined ? given : (new RegExp(`const ${table} = \\{([^}]*)`).exec(source)?.[1] ?? '')
          const literals = [...text.matchAll(table === undefined ? /'([^']*)'/g : /: '([^']*)'/g)].map(
            ([, literal]) => `${level} ${literal}`,
          )
          if (literals.length === 0) throw new Error(`A log line of ${folder} has no fixed message: ${given}`)
          return table === undefined ? literals.slice(-1) : literals
        }),
      )

  it.each([
    ['## API', 'apps/api'],
    ['## Worker', 'apps/worker'],
    ['## Both', 'packages/runtime'],
  ])('%s lists every fixed message of %s with its level, and no other', (heading, folder) => {
    const listed = tableBelow('docs/log-events.md', heading).map(([message, level]) => `${level} ${word(message)}`)
    expect(listed.toSorted()).toEqual([...new Set(logged(folder))].toSorted())
  })
})
