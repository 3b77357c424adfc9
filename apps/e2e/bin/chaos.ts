import { writeFile } from 'node:fs/promises'
import { documentOf, tablesOf, violationLines } from '../chaos/report.ts'
import { type ColumnName, type ColumnResult, runColumn } from '../chaos/run.ts'
import type { FaultId } from '../chaos/scenario.ts'
import { SCENARIOS } from '../chaos/scenarios.ts'
import { commandLine, wholeNumber, WrongArguments } from '../src/command-line.ts'

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

type Results = { id: FaultId; columns: ColumnResult[] }[]

/** For programs: figures, violations and faults of each column. */
const plain = (results: Results) =>
  results.map(({ id, columns }) => ({
    id,
    title: SCENARIOS[id].title,
    columns: columns.map(({ column, figures, violations, evidence }) => ({
      column,
      figures,
      violations,
      faults: evidence.faults,
    })),
  }))

const runChaos = commandLine({
  help: HELP,
  options: {
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: ALL.join(',') },
    sms: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'no-baseline': { type: 'boolean', default: false },
    json: { type: 'string' },
    write: { type: 'string' },
    logs: { type: 'string' },
  },
  run: async (values) => {
    const ids = values.faults.split(',').map((id) => id.trim().toUpperCase()) as FaultId[]
    const unknown = ids.find((id) => !ALL.includes(id))
    if (unknown !== undefined) throw new WrongArguments(`--faults: there is no ${unknown}`)
    const seed = wholeNumber('seed', values.seed, { min: 0, max: 999_999_999 })
    const sms = wholeNumber('sms', values.sms ?? (values.quick ? '300' : '1000'), { min: 100, max: 100_000 })
    const columns: ColumnName[] = values.quick || values['no-baseline'] ? ['product'] : ['product', 'baseline']

    const startedAt = performance.now()
    const results: Results = []
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
    if (values.json) await writeFile(values.json, `${JSON.stringify({ ...report, results: plain(results) }, null, 2)}\n`)
    if (values.write) await writeFile(values.write, documentOf(report, results))
    return results.some(({ columns: done }) => done.some(({ violations }) => violations.length > 0)) ? 1 : 0
  },
})

process.exit(await runChaos(process.argv.slice(2)))
