import { writeFile } from 'node:fs/promises'
import { commandLine, wholeNumber } from '../src/command-line.ts'
import { median } from '../src/median.ts'
import { COLUMNS } from './columns.ts'
import { measure } from './load.ts'

const HELP = `pnpm bench worker [--sms N] [--runs N] [--concurrency N] [--json FILE] [--help]

SMS a second through one worker at unlimited rate against the simulator, beside
  (a) the same worker with no database at all,
  (b) the usual way: BullMQ with its documented defaults and two Prisma updates per SMS,
  (c) the simulator alone, which must be twice the fastest of the others.
The columns take turns, each run on servers of its own; the medians are compared. About a minute a run of all four.

  --sms N          SMS a run (default 30000)
  --runs N         runs of each column (default 5)
  --concurrency N  of every worker (default 1000: a full group of 200 in each of claim, send and settle, and the next ones)
  --json FILE      also writes the figures there
`

const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]

type Rates = Record<keyof typeof COLUMNS, number[]>

const measureAll = async (size: { sms: number; concurrency: number }, runs: number): Promise<Rates> => {
  const rates = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Rates
  for (let run = 1; run <= runs; run += 1) {
    for (const name of names) {
      const rate = await measure(COLUMNS[name], size)
      rates[name].push(rate)
      process.stderr.write(`run ${run}/${runs}  ${COLUMNS[name].name}: ${Math.round(rate)} SMS/s\n`)
    }
  }
  return rates
}

const ratiosOf = (medians: Record<keyof typeof COLUMNS, number>) => ({
  ofWithoutDatabase: medians.ours / medians['without-database'],
  ofUsual: medians.ours / medians.usual,
  simulatorOfFastest: medians.simulator / Math.max(medians.ours, medians['without-database'], medians.usual),
})

/** The exit code: 0 whatever the figures are, for they are the machine's too. */
export const runWorker = commandLine({
  help: HELP,
  options: {
    sms: { type: 'string', default: '30000' },
    runs: { type: 'string', default: '5' },
    concurrency: { type: 'string', default: '1000' },
    json: { type: 'string' },
  },
  run: async (values) => {
    const size = {
      sms: wholeNumber('sms', values.sms, { min: 100, max: 1_000_000 }),
      concurrency: wholeNumber('concurrency', values.concurrency, { min: 1, max: 10_000 }),
    }
    const runs = wholeNumber('runs', values.runs, { min: 1, max: 100 })
    const rates = await measureAll(size, runs)
    const medians = Object.fromEntries(names.map((name) => [name, median(rates[name])])) as Record<keyof typeof COLUMNS, number>
    const ratios = ratiosOf(medians)
    const rows = names.map((name) => {
      const cells = [medians[name], Math.min(...rates[name]), Math.max(...rates[name])].map((rate) => String(Math.round(rate)))
      return `| ${COLUMNS[name].name} | ${cells.join(' | ')} |\n`
    })
    process.stdout.write(
      `\n| ${size.concurrency} at once | SMS/s, median of ${runs} | least | most |\n|---|---|---|---|\n${rows.join('')}` +
        `\nthis worker / (a) = ${ratios.ofWithoutDatabase.toFixed(2)}   this worker / (b) = ${ratios.ofUsual.toFixed(1)}   ` +
        `(c) / fastest = ${ratios.simulatorOfFastest.toFixed(1)}\n`,
    )
    if (values.json) await writeFile(values.json, `${JSON.stringify({ size, rates, medians, ratios }, null, 2)}\n`)
    return 0
  },
})
