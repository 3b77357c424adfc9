import { WHY } from './report-why.ts'
import type { Figures } from './figures.ts'
import type { Pace } from './starts.ts'

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 0)} s`

const table = (head: string[], rows: (string | number)[][]): string =>
  rows.length === 0
    ? 'Not measured.\n'
    : [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n') + '\n'

/** At hundreds a second there are hundreds of different counts: those below the median are one. */
const histogramOf = ({ histogram }: Pace): string => {
  const SHOWN = 6
  const hidden = histogram.slice(0, -SHOWN)
  const shown = histogram.slice(-SHOWN).map(([starts, times]) => `${starts}: ${times}`)
  const rest = hidden.reduce((sum, [, times]) => sum + times, 0)
  const below = hidden.at(-1)
  return [...(below ? [`≤ ${below[0]}: ${rest}`] : []), ...shown].join(', ')
}

const paceTable = ({ pace }: Figures): string => {
  const ordered = pace.toSorted(
    (a, b) => b.name.localeCompare(a.name) || a.ratePerSecond - b.ratePerSecond || a.workers - b.workers,
  )
  return table(
    [
      'limiter',
      'allowed a second',
      'processes',
      'most in a sliding second',
      'refused',
      'share of the rate used',
      'sliding seconds by starts',
    ],
    ordered.map((of) => [
      of.name,
      of.ratePerSecond,
      of.workers,
      of.all.peak,
      of.name === 'this worker' ? of.refused : '(no limit set)',
      percent(of.steady.used),
      histogramOf(of.steady),
    ]),
  )
}

const momentTable = ({ moments }: Figures): string =>
  table(
    ['what happened', 'allowed a second', 'processes', 'starts looked at', 'most in a sliding second', 'refused'],
    moments.map((of) => [of.moment, of.ratePerSecond, of.workers, of.starts, of.peak, of.refused]),
  )

const accountTable = ({ accounts }: Figures): string =>
  table(
    ['account', 'allowed a second', 'most in a sliding second', 'refused', 'share of the rate used', 'sliding seconds by starts'],
    accounts.map((of) => [
      of.account,
      of.ratePerSecond,
      of.all.peak,
      of.refused,
      percent(of.steady.used),
      histogramOf(of.steady),
    ]),
  )

const tokenTable = ({ tokens }: Figures): string =>
  table(
    ['case', 'processes', 'sends refused with 401', 'calls for a token'],
    [...tokens].sort((a, b) => a.case.localeCompare(b.case)).map((of) => [of.case, of.workers, of.inFlight, of.calls]),
  )

const fairnessTable = ({ fairness }: Figures): string =>
  table(
    ['backlog of another user', 'batch', 'allowed a second', 'took', 'half the rate would take', 'ratio'],
    fairness.map((of) => [
      of.backlog,
      of.small,
      of.ratePerSecond,
      seconds(of.tookMs),
      seconds(of.fairMs),
      (of.tookMs / of.fairMs).toFixed(2),
    ]),
  )

const expressTable = ({ express }: Figures): string =>
  table(
    [
      'backlog',
      'allowed a second',
      'single SMS a second',
      'of them',
      'p50',
      'p99',
      'worst',
      'p99 of the answer',
      'share of the backlog meanwhile',
    ],
    express.map((of) => [
      of.backlog,
      of.ratePerSecond,
      of.urgentPerSecond,
      of.urgent,
      seconds(of.p50Ms),
      seconds(of.p99Ms),
      seconds(of.worstMs),
      seconds(of.answerP99Ms),
      percent(of.bulkShare),
    ]),
  )

export const reportOf = (figures: Figures): string => `# Pacing

Made by \`pnpm bench pacing --write docs/pacing.md\`, text and tables; what it measures is under [What was measured](#what-was-measured).

${WHY}
## What was measured

Servers, simulator and workers share the two cores of one machine. Every time is the simulator's own clock at the arrival of a request;
the simulator refuses what is above the limit. A sliding second begins at each start and holds those of the 1,000 ms that follow.
"Most" counts from the first start of the first process (a cold start); the share is that of the steady state, which ends above or below
its rate by a start. ≤ sums the emptier seconds.

### One account

${paceTable(figures)}
### When something happens

The processes of one run have nothing to send for some seconds and then a batch; Orange answers 429; one is killed and another
started. Looked at is what was sent from the last second before to six seconds after; requests that were answered 429 count.

${momentTable(figures)}
### Three accounts at once, three processes

${accountTable(figures)}
### Calls for a token

Cold: all processes start with no token. Expired: Orange refuses the token as expired while they send. Storm: the token is revoked
while dozens of requests are on the wire. One call is what it takes.

${tokenTable(figures)}
### A small batch behind a huge one

Two users at one account. The small batch is started when the window is full of the huge one; fair is half the rate from its first moment on.

${fairnessTable(figures)}
### Single SMS beside a backlog

Through the API, at moments by chance; the wait is from the row to its outcome. The answer to the call comes when the API next looks.

${expressTable(figures)}`
