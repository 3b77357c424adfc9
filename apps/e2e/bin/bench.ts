import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { runCancel } from '../bench/cancel.ts'
import { COLUMNS } from '../bench/columns.ts'
import { runCriteria } from '../criteria/command.ts'
import { measure } from '../bench/load.ts'
import { runUpload } from '../bench/upload-command.ts'
import { runPacing } from '../pacing/command.ts'

if (process.argv[2] === 'criteria') process.exit(await runCriteria(process.argv.slice(3)))
if (process.argv[2] === 'upload') process.exit(await runUpload(process.argv.slice(3)))
if (process.argv[2] === 'pacing') process.exit(await runPacing(process.argv.slice(3)))
if (process.argv[2] === 'cancel') process.exit(await runCancel(process.argv.slice(3)))

const HELP = `pnpm bench worker [--sms N] [--runs N] [--concurrency N] [--json FILE]

SMS a second through one worker at unlimited rate against the simulator, beside
  (a) the same worker with no database at all,
  (b) the usual way: BullMQ with its documented defaults and two Prisma updates per SMS,
  (c) the simulator alone, which must be twice the fastest of the others.
The columns take turns, each run on servers of its own; the medians are compared.

  --sms N          SMS a run (default 30000)
  --runs N         runs of each column (default 5)
  --concurrency N  of every worker (default 1000: a full group of 200 in each of claim, send and settle, and the next ones)
  --json FILE      also writes the figures there

pnpm bench pacing [--help]

Starts in each sliding second at the simulator's clock, and who goes first.

pnpm bench criteria [--help]

The plan's four criteria of success, beside a copy of the old flow.

pnpm bench cancel [--help]

Cancels a batch of a million waiting SMS: until the last one on the wire, and whether the receipt is exact.

pnpm bench upload [--help]

A file of a million recipients: time, memory of the API, GraphQL beside it.
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sms: { type: 'string', default: '30000' },
    runs: { type: 'string', default: '5' },
    concurrency: { type: 'string', default: '1000' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help || positionals[0] !== 'worker') {
  process.stdout.write(HELP)
  process.exit(values.help ? 0 : 64)
}

const size = { sms: Number(values.sms), concurrency: Number(values.concurrency) }
const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]
const rates: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
for (let run = 1; run <= Number(values.runs); run += 1) {
  for (const name of names) {
    const rate = await measure(COLUMNS[name], size)
    rates[name]?.push(rate)
    process.stderr.write(`run ${run}/${values.runs}  ${COLUMNS[name].name}: ${Math.round(rate)} SMS/s\n`)
  }
}

const median = (values_: number[]): number => values_.toSorted((a, b) => a - b)[values_.length >> 1] ?? Number.NaN
const medians = Object.fromEntries(names.map((name) => [name, median(rates[name] ?? [])])) as Record<keyof typeof COLUMNS, number>
const ratios = {
  ofWithoutDatabase: medians.ours / medians['without-database'],
  ofUsual: medians.ours / medians.usual,
  simulatorOfFastest: medians.simulator / Math.max(medians.ours, medians['without-database'], medians.usual),
}

process.stdout.write(`\n| ${size.concurrency} at once | SMS/s, median of ${values.runs} | least | most |\n|---|---|---|---|\n`)
for (const name of names) {
  const all = rates[name] ?? []
  const cells = [medians[name], Math.min(...all), Math.max(...all)].map((rate) => String(Math.round(rate)))
  process.stdout.write(`| ${COLUMNS[name].name} | ${cells.join(' | ')} |\n`)
}
process.stdout.write(
  `\nthis worker / (a) = ${ratios.ofWithoutDatabase.toFixed(2)}   this worker / (b) = ${ratios.ofUsual.toFixed(1)}   ` +
    `(c) / fastest = ${ratios.simulatorOfFastest.toFixed(1)}\n`,
)
if (values.json) await writeFile(values.json, `${JSON.stringify({ size, rates, medians, ratios }, null, 2)}\n`)
process.exit(0)
