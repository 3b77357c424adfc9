import { availableParallelism, cpus, totalmem } from 'node:os'
import { degradations, duration, percent, type Readings, type Verdict } from './judge.ts'
import { TOKEN_CALLS_PER_SECOND, TOKEN_FAULT_SHARE, type Terms } from './measure.ts'
import { quickest, type Reading, slowest, successOf } from './reading.ts'

export type Report = { command: string; seconds: number; terms: Terms; readings: Readings; verdicts: Verdict[] }

const row = (cells: (string | number)[]): string => `| ${cells.join(' | ')} |`
const table = (head: string[], rows: (string | number)[][]): string =>
  [row(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(row)].join('\n')

const word = (isMet: boolean): string => (isMet ? 'met' : '**not met**')

const verdictTable = ({ verdicts, readings: { ours, oursTriple } }: Report): string =>
  table(
    ['criterion', 'asked', `old flow (${ours.sms}; ${oursTriple.sms} SMS)`, 'this system', 'result', ''],
    verdicts.map(({ criterion, asked, old, ours, result, isMet }) => [criterion, asked, old, ours, result, word(isMet)]),
  )

const degradationTable = ({ readings: { old, oldTriple, ours, oursTriple } }: Report): string => {
  const oldRows = degradations(old, oldTriple)
  return table(
    ['figure', 'asked', `old flow, ${old.sms}`, oldTriple.sms, `this system, ${ours.sms}`, oursTriple.sms, ''].map(String),
    degradations(ours, oursTriple).map(({ what, asked, single, triple, isMet }, index) => [
      what,
      asked,
      oldRows[index]?.single ?? '',
      oldRows[index]?.triple ?? '',
      single,
      triple,
      word(isMet),
    ]),
  )
}

const answersOf = (reading: Reading): string =>
  reading.answersMs.length === 1 ? duration(slowest(reading)) : `${duration(quickest(reading))} to ${duration(slowest(reading))}`

const readingTable = ({ readings }: Report): string => {
  const { oldAlone, old, oldTriple, ours, oursTriple } = readings
  const columns = [oldAlone, old, oldTriple, ours, oursTriple]
  const line = (name: string, cell: (of: Reading) => string | number): (string | number)[] => [name, ...columns.map(cell)]
  return table(
    ['', ...columns.map(({ flow }) => (flow === 'old' ? 'old flow' : 'this system'))],
    [
      line('people who send at once', ({ senders }) => senders),
      line('SMS', ({ sms }) => sms),
      line('accepted by Orange', ({ accepted }) => accepted),
      line('sent, by its own account', ({ reportedSent }) => reportedSent),
      line('success', (of) => percent(successOf(of))),
      line('sent twice', ({ duplicates }) => duplicates),
      line('calls for a token', ({ tokenCalls }) => tokenCalls),
      line('of them without a token', ({ tokenErrors }) => tokenErrors),
      line('SMS answered "Unable to obtain access token"', ({ saidNoToken }) => saidNoToken),
      line('sends refused as too many', ({ rateLimited }) => rateLimited),
      line('answer to a bulk send', answersOf),
      line('from the call to the last SMS accepted', ({ allSentMs }) => duration(allSentMs)),
      line('share of the allowed rate used', ({ rateUsed }) => percent(rateUsed)),
    ],
  )
}

export const tablesOf = (report: Report): string =>
  [verdictTable(report), degradationTable(report), readingTable(report)].join('\n\n')

/** What is not met, or that all is. */
export const linesOf = (verdicts: Verdict[]): string => {
  const missed = verdicts.filter(({ isMet }) => !isMet)
  return missed.length === 0
    ? 'Every criterion is met.'
    : missed.map(({ criterion, asked, result }) => `NOT MET: ${criterion}: asked ${asked}, ${result}`).join('\n')
}

const machine = (): string =>
  `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${process.platform}`

const howItIsDone = ({ terms }: Report): string => `## How it is done

Both flows meet the same [simulator](orange-simulator.md) with the same seed, started anew for each column: ${terms.ratePerSecond} SMS/s allowed, a call
for a token answered after ${terms.tokenLatencyMs} ms and a send after ${terms.sendLatencyMs} ms, the token endpoint letting ${TOKEN_CALLS_PER_SECOND} calls a second through (429 to the others,
which do not count) and answering 503 to ${percent(TOKEN_FAULT_SHARE, 0)} of the rest. ${terms.senders} people send their part of the list at the same moment, by the same
GraphQL mutation, \`sendBulkSms\`.

**The old flow** (\`apps/e2e/bench/old-service.ts\`) works inside the request: for each number it asks for a token, takes any answer without one for
"Unable to obtain access token", posts the SMS and goes on; nothing is paced, kept or tried again. It is spared its database, its
credits, its history, the TLS handshakes of a new connection for each call, and the time limits of a web server, under which its longer requests
would have ended without any answer.

**This system** runs as in production: API and two workers as processes, Redis and PostgreSQL (\`fsync\` on) of its own, \`ORANGE_TPS=${terms.ratePerSecond}\`, all else
at its default. Each sender is a user with an API key and as many credits as SMS. Every process is cold: the first call of each is measured.

- **A token error** is a call to the token endpoint that brought no token, counted by the simulator, for both alike, whether an SMS was lost by it or not.
- **Success** is the share of SMS that Orange's ledger and the flow's own account both say were sent; one that was sent twice counts against it.
- **Response time** is from the call to its whole answer: our slowest against the old flow's quickest.
- **No degradation**: the five figures of the second table; the allowed rate and the pace are measured at the simulator's clock.

The command ends with 1 when a criterion is not met, and also when the old flow had too few token errors for the first one to mean anything.`

const LIMITS_OF_IT = `## What this does not show

- With one person alone the old loop is its own brake: it asks for fewer tokens than are allowed, loses about as many SMS as the endpoint fails by chance, and
  keeps that person waiting all the while. It breaks when a second person sends.
- An answer of this system says "queued", not "sent": the SMS follow at the allowed rate, as the line "from the call to the last SMS accepted"
  shows. Who needs to wait for the outcome of short lists sets \`SEND_MODE_BULK=wait\`.
- A send that Orange refuses as too many loses nobody anything here: it goes again, and all workers slow down for a while, which the share of the rate
  shows. How the pace is kept is measured in [pacing.md](pacing.md); what happens when things break, in [reliability.md](reliability.md).`

export const documentOf = (report: Report): string =>
  `${[
    '# The plan’s criteria of success\n\nThe four figures by which the plan wanted to be judged, measured beside the flow it replaces. This file is written by the command itself:',
    `\`\`\`\n${report.command} --write docs/criteria.md\n\`\`\``,
    `It took ${report.seconds} s on ${machine()}. Seed ${report.terms.seed}.`,
    `## Result\n\n${verdictTable(report)}\n\n${linesOf(report.verdicts)}`,
    `### Three times the volume\n\n${degradationTable(report)}`,
    `### All that was read\n\n${readingTable(report)}`,
    howItIsDone(report),
    LIMITS_OF_IT,
  ].join('\n\n')}\n`
