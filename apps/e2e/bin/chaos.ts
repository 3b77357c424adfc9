import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { documentOf, tablesOf, violationLines } from '../chaos/report.ts'
import { type ColumnName, type ColumnResult, runColumn } from '../chaos/run.ts'
import type { FaultId } from '../chaos/scenario.ts'
import { SCENARIOS } from '../chaos/scenarios.ts'

const ALL = Object.keys(SCENARIOS) as FaultId[]

const HELP = `pnpm chaos [--seed N] [--faults F1,F3] [--sms N] [--quick] [--no-baseline] [--json FILE] [--write FILE] [--logs FOLDER] [--help]

Sends SMS through whole processes (API, 3 workers, simulator, own Redis and PostgreSQL) while faults come from outside: signals,
and proxies before Redis, PostgreSQL and the provider. Checks every invariant, beside a plain BullMQ worker under the same seed.

${ALL.map((id) => `  ${id}  ${SCENARIOS[id].title}`).join('\n')}

  --seed N        order, place and time of the faults (default 1)
  --faults LIST   only these (default all)
  --sms N         SMS of the list under test in each (default 1000)
  --quick         300 SMS, no baseline: minutes instead of a quarter of an hour; too few for the report
  --no-baseline   the product alone
  --json FILE     also writes everything there
  --write FILE    also writes the report there, as Markdown
  --logs FOLDER   keeps what the processes wrote
Exit: 0 every invariant held, 1 one did not, 64 bad arguments.
`

const usage = (code: number, problem?: string): never => {
  if (problem !== undefined) process.stderr.write(`${problem}\n\n`)
  process.stdout.write(HELP)
  process.exit(code)
}

const readOptions = () => {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string', default: '1' },
        faults: { type: 'string', default: ALL.join(',') },
        sms: { type: 'string' },
        quick: { type: 'boolean', default: false },
        'no-baseline': { type: 'boolean', default: false },
        json: { type: 'string' },
        write: { type: 'string' },
        logs: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    return usage(64, (error as Error).message)
  }
}

const wholeNumber = (name: string, text: string, least: number): number => {
  const value = Number(text)
  return /^\d{1,9}$/.test(text) && value >= least ? value : usage(64, `--${name} is not a whole number of ${least} or more`)
}

const values = readOptions()
if (values.help) usage(0)
const ids = values.faults.split(',').map((id) => id.trim().toUpperCase()) as FaultId[]
const unknown = ids.find((id) => !ALL.includes(id))
if (unknown !== undefined) usage(64, `--faults: there is no ${unknown}`)
const seed = wholeNumber('seed', values.seed, 0)
const sms = wholeNumber('sms', values.sms ?? (values.quick ? '300' : '1000'), 100)
const columns: ColumnName[] = values.quick || values['no-baseline'] ? ['product'] : ['product', 'baseline']

const startedAt = performance.now()
const results: { id: FaultId; columns: ColumnResult[] }[] = []
for (const id of ids) {
  process.stderr.write(`${id} ${SCENARIOS[id].title}: ${SCENARIOS[id].does}\n`)
  // Side by side: each column has servers of its own, and most of the time is waiting.
  const done = await Promise.all(
    columns.map((column) => runColumn({ scenario: SCENARIOS[id], column, sms, seed, logFolder: values.logs ?? null })),
  )
  results.push({ id, columns: done })
  process.stderr.write(`${tablesOf([{ id, columns: done }])}\n${violationLines([{ id, columns: done }])}\n`)
}

const report = {
  command: `pnpm chaos --seed ${seed} --sms ${sms}`,
  seed,
  sms,
  seconds: Math.round((performance.now() - startedAt) / 1_000),
}
process.stdout.write(`\n${tablesOf(results)}\n${violationLines(results)}`)
if (values.json) {
  const plain = results.map(({ id, columns }) => ({
    id,
    title: SCENARIOS[id].title,
    columns: columns.map(({ column, figures, violations, evidence }) => ({
      column,
      figures,
      violations,
      faults: evidence.faults,
    })),
  }))
  await writeFile(values.json, `${JSON.stringify({ ...report, results: plain }, null, 2)}\n`)
}
if (values.write) await writeFile(values.write, documentOf(report, results))
process.exit(results.some(({ columns }) => columns.some(({ violations }) => violations.length > 0)) ? 1 : 0)
