import { availableParallelism, cpus, totalmem } from 'node:os'
import { INVARIANTS } from './invariants.ts'
import type { ColumnResult } from './run.ts'
import type { FaultId } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'
import { SETTINGS } from './systems.ts'

export type FaultResult = { id: FaultId; columns: ColumnResult[] }

const row = (cells: (string | number)[]): string => `| ${cells.join(' | ')} |`
const table = (head: string[], rows: (string | number)[][]): string =>
  [row(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(row)].join('\n')

const of = (result: FaultResult, column: 'product' | 'baseline'): ColumnResult | undefined =>
  result.columns.find((candidate) => candidate.column === column)

const seconds = (ms: number | null): string => (ms === null ? 'never' : (ms / 1_000).toFixed(1))

const nameOf = ({ id }: FaultResult): string => `${id} ${SCENARIOS[id].title}`
const NOT_RUN = '–'

/** What people would have noticed: this system beside the plain worker, under the same seed. */
const comparisonOf = (results: FaultResult[]): string =>
  table(
    [
      'fault',
      'SMS',
      'faults',
      'sent twice',
      'forgotten',
      'FAILED but accepted',
      'plain BullMQ: faults',
      'sent twice',
      'forgotten',
      'FAILED but accepted',
      'FAILED, not accepted',
    ],
    results.map((result) => {
      const [ours, plain] = [of(result, 'product')?.figures, of(result, 'baseline')?.figures]
      return [
        nameOf(result),
        ...(ours
          ? [ours.sms, ours.faultCount, ours.duplicates, ours.forgotten, ours.falselyFailed]
          : Array.from({ length: 5 }, () => NOT_RUN)),
        ...(plain
          ? [plain.faultCount, plain.duplicates, plain.forgotten, plain.falselyFailed, plain.failed]
          : Array.from({ length: 5 }, () => NOT_RUN)),
      ]
    }),
  )

/** What became of the SMS of which nobody could know at first, and how long anything took. */
const detailsOf = (results: FaultResult[]): string =>
  table(
    [
      'fault',
      'UNKNOWN for a time',
      'of these accepted',
      'resolved by a receipt',
      'by late proof',
      'left for a person',
      'FAILED, not accepted',
      'longest recovery, s',
      'run, s',
    ],
    results.map((result) => {
      const ours = of(result, 'product')?.figures
      if (!ours) return [nameOf(result), ...Array.from({ length: 8 }, () => NOT_RUN)]
      const { unknown, unknownAccepted, unknownByReceipt, unknownByLateProof, unknownLeft, failed } = ours
      const recovery = seconds(ours.longestRecoveryMs)
      return [
        nameOf(result),
        unknown,
        unknownAccepted,
        unknownByReceipt,
        unknownByLateProof,
        unknownLeft,
        failed,
        recovery,
        ours.seconds,
      ]
    }),
  )

export const tablesOf = (results: FaultResult[]): string => `${comparisonOf(results)}\n\n${detailsOf(results)}`

/** What did not hold, or that all did. */
export const violationLines = (results: FaultResult[]): string => {
  const lines = results.flatMap(({ id, columns }) =>
    columns.flatMap(({ violations }) =>
      violations.map(
        ({ invariant, count, example }) => `${id} VIOLATED ${INVARIANTS[invariant]}: ${count} times, e.g. ${example}`,
      ),
    ),
  )
  return lines.length === 0 ? 'Every invariant held.\n' : `${lines.join('\n')}\n`
}

const machine = (): string =>
  `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${process.platform}`

const kindLines = (result: FaultResult): string =>
  Object.entries(of(result, 'product')?.figures.faultKinds ?? {})
    .map(([kind, count]) => `${kind} × ${count}`)
    .join(', ')

const chapters = (results: FaultResult[]): string =>
  results
    .map((result) => {
      const ours = of(result, 'product')?.figures
      if (!ours) return ''
      const { accepted, cancelled, tokenCalls, readings, restarts, resolvable } = ours
      const share =
        resolvable &&
        `${resolvable.sent} of the ${resolvable.total} UNKNOWN that had been accepted and whose receipts came were resolved without a person. `
      return [
        `### ${nameOf(result)}`,
        '',
        SCENARIOS[result.id].does,
        '',
        `Injected: ${kindLines(result)}.`,
        '',
        `${accepted} of ${ours.sms} SMS were accepted, ${cancelled} cancelled. ${share ?? ''}${tokenCalls} token requests. Workers that ended by themselves and were started again: ${restarts}. The counters were read ${readings} times.`,
        '',
      ].join('\n')
    })
    .join('\n')

const INTRODUCTION = `# Reliability under faults

What happens to people's SMS when things break, measured. This file is written by the command itself:`

const howItIsDone = (): string => `## How it is done

Whole processes, started and looked at as an operator would: the API, ${SETTINGS.workerCount} workers, the [simulator](orange-simulator.md), a Redis (append-only file) and a
PostgreSQL (\`fsync\` on) of the run's own. The services hold no switch for any of this. Faults come from outside: signals, and a TCP proxy
before each process' Redis, PostgreSQL and provider that can cut, hold or delay, and that knows the bytes by which a step of the
pipeline shows itself: the claim as it is asked, its commit as it is answered, the request as it is written, the settle as it is asked
and answered, BullMQ's script that ends a job.

Each fault has its own list of SMS, one a phone number, so that the simulator's ledger says of each SMS how often it was accepted. A second
list, a fifth as long, is cancelled in the middle of the faults. Settings: lease ${SETTINGS.leaseMs} ms, request limit ${SETTINGS.requestTimeoutMs} ms, ${SETTINGS.concurrency} jobs a
worker at once, 60 SMS/s (F2 and F3: 30), the provider answers after ${SETTINGS.latencyMs} ms. All else is the services' default.

These must hold, or the command ends with 1:

${table(
  ['invariant', 'how it is checked'],
  [
    [INVARIANTS.once, 'every acceptance in the ledger, by number'],
    [
      INVARIANTS.balance,
      'five times a second from SQL, where the counters must also equal the rows of the same moment, and once in 0.6 s from the API',
    ],
    [
      INVARIANTS.evidence,
      'SENT: in the ledger, under the message id it has, if it has one; FAILED and CANCELLED: not in the ledger; UNKNOWN: an event says why; nothing accepted that nobody asked for',
    ],
    [
      INVARIANTS.cancel,
      'the ledger after the moment at which the cancel was answered, but for the rows that were PROCESSING then',
    ],
    [
      INVARIANTS.unknown,
      'each SMS that was ever UNKNOWN was PROCESSING (in the process that was hit) when a fault was there, or got an answer from the provider that proves nothing',
    ],
    [INVARIANTS.ends, 'no row is missing, PENDING or PROCESSING'],
    [
      INVARIANTS.recovery,
      'after each fault: what was on the wire has its outcome, and new SMS are accepted; outside of the faults nothing stands still for longer while work is left. One exception: credentials that were refused (F6, `invalid_client`) are by design not tried again for 30 s, and that rest is added',
    ],
    [INVARIANTS.resolved, 'F7: UNKNOWN that had been accepted and whose receipts were posted'],
    [INVARIANTS.delivery, 'F7: DELIVERED, or unknown where no receipt was posted'],
    [INVARIANTS.hard, 'so many SMS, so many faults, each kind at least once; readings were made; something was cancelled'],
  ],
)}

The plain worker (\`apps/e2e/chaos/baseline-worker.ts\`) is what BullMQ's documentation shows: defaults, its limiter, attempts 3 with exponential
backoff, the same concurrency, one Prisma update a change of state. It is given our HTTP client and shared token (in F6\nalso the 30 s for which refused credentials rest there, in which its attempts run out). It meets the
same seed and faults on servers of its own, where they apply: it has no API to kill, no cancel and no receipts, and its producer is spared
every fault. It gets 75 s after the last fault, more than its defaults need to notice a dead worker (a lock of 30 s, looked for every 30 s); what has not
ended then is counted as forgotten.`

const CAN_FAIL = `## That it can fail

The checker is a function of the ledger, the rows and the readings (\`apps/e2e/chaos/invariants.ts\`); its tests break each invariant by hand. The
whole command was tried on a copy of the services with two words changed: an outcome that proves nothing, and a lease that ran out, were
sent again instead of becoming UNKNOWN. With \`--quick\` (300 SMS) F1 then counted 65 SMS sent twice, 7 without evidence and one
without an end, F2 counted 9 sent twice, and it ended with 1.`

const LIMITS = `## What this does not show

- SIGKILL takes a process, not its machine: what a server had handed to its disk's cache is still there. A machine that loses power with
  \`fsync\` off, or a disk that lies, is not tested. A Redis that loses its last second is (FLUSHALL is worse).
- One PostgreSQL. A failover to a replica that lacks the last commits would forget claims, which no worker could know.
- The simulator's faults are what Orange's documents and users report. Whether Orange itself sends an SMS twice that it accepted once, nobody
  here can see.
- Proxies and processes share one machine: networks that lose single packets, or clocks that jump, are not part of it.
- A kill falls on the moment a step's bytes are seen. What happens between two of those moments inside a process is covered by the property tests, not here.`

export const documentOf = (report: { command: string; seed: number; seconds: number }, results: FaultResult[]): string =>
  `${[
    INTRODUCTION,
    `\`\`\`\n${report.command} --write docs/reliability.md\n\`\`\``,
    `It took ${Math.round(report.seconds / 60)} minutes on ${machine()}. Seed ${report.seed}.`,
    `## Result\n\n${tablesOf(results)}\n\n${violationLines(results).trim()}`,
    howItIsDone(),
    `## The faults\n\n${chapters(results).trim()}`,
    CAN_FAIL,
    LIMITS,
  ].join('\n\n')}\n`
