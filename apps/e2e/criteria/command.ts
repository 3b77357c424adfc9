import { writeFile } from 'node:fs/promises'
import { openServer } from '../pacing/scene.ts'
import { commandLine, wholeNumber } from '../src/command-line.ts'
import { duration, judge, percent, type Readings } from './judge.ts'
import { measureFlow, type Terms } from './measure.ts'
import { type FlowName, type Reading, slowest, successOf } from './reading.ts'
import { documentOf, linesOf, type Report, tablesOf } from './report.ts'

const HELP = `pnpm bench criteria [--sms N] [--senders N] [--tps N] [--seed N] [--json FILE] [--write FILE] [--help]

The four criteria of success of the plan, beside a copy of the old flow (a token and a POST for each SMS, in a loop inside the request)
under the same simulator and seed. Its token endpoint answers 429 above 5 calls a second and 503 to 1 %. Ours runs as whole
processes: API, 2 workers, Redis and PostgreSQL of its own, called by GraphQL with API keys.

  --sms N       SMS of the volume; measured again with three times as many (default 300, 50 to 5000)
  --senders N   people who send their part of them at the same moment (default 2, 1 to 50)
  --tps N       SMS a second that Orange allows, and ORANGE_TPS (default 20)
  --seed N      of the simulator's faults (default 1)
  --json FILE   also writes everything there
  --write FILE  also writes the report there, as Markdown: docs/criteria.md
Takes about 4 minutes unless told otherwise; most of it is the old flow's.
Exit: 0 every criterion is met, 1 one is not, 64 bad arguments.
`

/** As a request across the country to Orange takes; the same for both flows. */
const LATENCIES = { tokenLatencyMs: 120, sendLatencyMs: 180 }

const measureAll = async (terms: Terms, say: (line: string) => void): Promise<Readings> => {
  const postgres = await openServer()
  try {
    const measure = async (flow: FlowName, more: Partial<Terms> = {}): Promise<Reading> => {
      const reading = await measureFlow(postgres, flow, { ...terms, ...more })
      say(
        `${flow === 'old' ? 'old flow' : 'this system'}, ${reading.sms} SMS, ${reading.senders} at once: ${percent(successOf(reading))} sent, ` +
          `${reading.tokenErrors} token errors, answered within ${duration(slowest(reading))}`,
      )
      return reading
    }
    const triple = { sms: 3 * terms.sms }
    // Alone on the machine, one volume after the other: what is measured of ours are milliseconds.
    const ours = await measure('ours')
    const oursTriple = await measure('ours', triple)
    // Side by side: each has a simulator of its own, and nearly all of its time is waiting for it.
    const [oldAlone, old, oldTriple] = await Promise.all([measure('old', { senders: 1 }), measure('old'), measure('old', triple)])
    return { oldAlone, old, oldTriple, ours, oursTriple }
  } finally {
    await postgres.release()
  }
}

/** The exit code. */
export const runCriteria = commandLine({
  help: HELP,
  options: {
    sms: { type: 'string', default: '300' },
    senders: { type: 'string', default: '2' },
    tps: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    write: { type: 'string' },
  },
  run: async (values) => {
    const terms: Terms = {
      sms: wholeNumber('sms', values.sms, { min: 50, max: 5_000 }),
      // Each has an SMS to send.
      senders: wholeNumber('senders', values.senders, { min: 1, max: 50 }),
      ratePerSecond: wholeNumber('tps', values.tps, { min: 1, max: 1_000 }),
      seed: wholeNumber('seed', values.seed, { min: 0, max: 999_999_999 }),
      ...LATENCIES,
    }
    const startedAt = performance.now()
    const readings = await measureAll(terms, (line) => void process.stderr.write(`${line}\n`))
    const verdicts = judge(readings)
    const report: Report = {
      command: `pnpm bench criteria --sms ${terms.sms} --senders ${terms.senders} --tps ${terms.ratePerSecond} --seed ${terms.seed}`,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
      terms,
      readings,
      verdicts,
    }
    process.stdout.write(`\n${tablesOf(report)}\n\n${linesOf(verdicts)}\n`)
    if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
    if (values.write) await writeFile(values.write, documentOf(report))
    return verdicts.every(({ isMet }) => isMet) ? 0 : 1
  },
})
