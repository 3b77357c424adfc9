import type { AuditRow, Evidence, Reading, Status } from './evidence.ts'

export const INVARIANTS = {
  once: 'at most one acceptance per SMS in the ledger',
  balance: 'the counts sum to the total at every reading',
  evidence: 'every final state has its evidence',
  cancel: 'no SMS after the cancel except those in flight',
  unknown: 'UNKNOWN only for what was on the wire at a fault',
  ends: 'everything ends',
  recovery: 'recovery within 2 × lease',
  resolved: '95 % of the UNKNOWN whose receipts came need no person',
  delivery: 'a delivery is what the receipts said, and never goes back',
  hard: 'the run was as hard as it was asked to be',
} as const
export type InvariantName = keyof typeof INVARIANTS

export type Violation = { invariant: InvariantName; count: number; example: string }

const OPEN: readonly Status[] = ['PENDING', 'PROCESSING']

/** Numbers are of this run's own making; shown by their last digits all the same. */
const ending = (phoneNumber: string): string => `…${phoneNumber.slice(-5)}`

const acceptCounts = (evidence: Pick<Evidence, 'accepts'>): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { phoneNumber } of evidence.accepts) counts.set(phoneNumber, (counts.get(phoneNumber) ?? 0) + 1)
  return counts
}

/** Acceptances beyond the first of each SMS. */
export const duplicatesOf = (evidence: Pick<Evidence, 'accepts'>): number =>
  [...acceptCounts(evidence).values()].reduce((sum, count) => sum + count - 1, 0)

/** SMS that have no end: their row is missing, or still open. */
export const forgottenOf = ({ recipients, rows }: Pick<Evidence, 'recipients' | 'rows'>): string[] => {
  const ended = new Set(rows.filter(({ status }) => !OPEN.includes(status)).map(({ phoneNumber }) => phoneNumber))
  return recipients.filter((phoneNumber) => !ended.has(phoneNumber))
}

/** Reported as failed although they were accepted. */
export const falselyFailedOf = (evidence: Pick<Evidence, 'rows' | 'accepts'>): AuditRow[] => {
  const accepted = acceptCounts(evidence)
  return evidence.rows.filter(({ status, phoneNumber }) => status === 'FAILED' && accepted.has(phoneNumber))
}

/** Ever UNKNOWN: only an outcome that proves nothing writes this event. */
export const wasUnknown = (row: AuditRow): boolean => row.events.includes('unknown')

const summed = (counts: Reading['counts']): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** What is wrong with one look at the counters, or null. */
export const imbalanceOf = ({ counts, rows, announced, isCancelled, batchId, source }: Reading): string | null => {
  const where = `batch ${batchId} (${source})`
  if (summed(counts) !== announced) return `${where}: the counts sum to ${summed(counts)}, not to ${announced}`
  if (Object.values(counts).some((count) => count < 0)) return `${where}: a count is negative`
  if (rows === null) return null
  // A cancel counts what waits as cancelled at once; the rows follow.
  const expected = isCancelled ? { ...rows, cancelled: rows.cancelled + rows.pending, pending: 0 } : rows
  const wrong = (Object.keys(counts) as (keyof typeof counts)[]).find((status) => counts[status] !== expected[status])
  return wrong === undefined ? null : `${where}: counts ${counts[wrong]} ${wrong}, the rows are ${expected[wrong]}`
}

/** What is wrong with how one row ended, or null. */
const rowProblem = (row: AuditRow, accepts: Map<string, Set<string | null>>): string | null => {
  const ids = accepts.get(row.phoneNumber)
  const who = `${row.status} ${ending(row.phoneNumber)}`
  switch (row.status) {
    case 'SENT':
      if (ids === undefined) return `${who} is not in the ledger`
      return row.messageId === null || ids.has(row.messageId) ? null : `${who} has a message id that the ledger does not know`
    case 'FAILED':
    case 'CANCELLED':
      return ids === undefined ? null : `${who} (${row.errorCode}) was accepted`
    case 'UNKNOWN':
      return wasUnknown(row) ? null : `${who} has no event that says why`
    case 'PENDING':
    case 'PROCESSING':
      return null
  }
}

const repeatedRows = (rows: AuditRow[]): string[] => {
  const seen = new Set<string>()
  return rows
    .filter(({ phoneNumber }) => seen.size === seen.add(phoneNumber).size)
    .map(({ phoneNumber }) => `two rows for ${ending(phoneNumber)}`)
}

const problemsWithEvidence = (evidence: Evidence): string[] => {
  const byNumber = new Map<string, Set<string | null>>()
  for (const { phoneNumber, messageId } of evidence.accepts) {
    byNumber.set(phoneNumber, (byNumber.get(phoneNumber) ?? new Set()).add(messageId))
  }
  const known = new Set(evidence.recipients)
  return [
    ...evidence.rows.map((row) => rowProblem(row, byNumber)).filter((problem) => problem !== null),
    ...repeatedRows(evidence.rows),
    ...[...byNumber.keys()]
      .filter((number) => !known.has(number))
      .map((number) => `${ending(number)} was accepted and nobody asked for it`),
  ]
}

const sentAfterCancel = ({ cancellation, rows, accepts }: Evidence): string[] => {
  if (cancellation === null) return []
  const ofBatch = new Set(rows.filter(({ batchId }) => batchId === cancellation.batchId).map(({ phoneNumber }) => phoneNumber))
  const inFlight = new Set(cancellation.inFlight)
  return accepts
    .filter(({ phoneNumber, atMs }) => atMs > cancellation.afterMs && ofBatch.has(phoneNumber) && !inFlight.has(phoneNumber))
    .map(
      ({ phoneNumber, atMs }) =>
        `${ending(phoneNumber)} was accepted ${Math.round(atMs - cancellation.afterMs)} ms after the cancel`,
    )
}

const unexplainedUnknown = (evidence: Evidence): string[] => {
  const explained = new Set([...evidence.ambiguous, ...evidence.faults.flatMap(({ onWire }) => onWire)])
  return evidence.rows
    .filter((row) => (row.status === 'UNKNOWN' || wasUnknown(row)) && !explained.has(row.phoneNumber))
    .map(({ phoneNumber }) => `${ending(phoneNumber)} was on no wire at any fault`)
}

const slowRecoveries = ({ faults, leaseMs, standstillMs }: Evidence): string[] => {
  const limitMs = 2 * leaseMs
  const late = faults
    .filter(({ recoveredAfterMs, restMs }) => recoveredAfterMs === null || recoveredAfterMs > limitMs + restMs)
    .map(
      ({ kind, recoveredAfterMs: afterMs, restMs }) =>
        `${kind}: ${afterMs === null ? 'never' : `${afterMs} ms`}, allowed ${limitMs + restMs}`,
    )
  return standstillMs > limitMs ? [...late, `nothing moved for ${standstillMs} ms with no fault there`] : late
}

const LEAST_RESOLVED = 0.95

const leftForPersons = ({ resolvable, rows }: Evidence): string[] => {
  if (resolvable === null) return []
  const sent = new Set(rows.filter(({ status }) => status === 'SENT').map(({ phoneNumber }) => phoneNumber))
  const left = resolvable.filter((phoneNumber) => !sent.has(phoneNumber))
  if (resolvable.length > 0 && left.length <= resolvable.length * (1 - LEAST_RESOLVED)) return []
  return [`${left.length} of ${resolvable.length} are not SENT`]
}

/** Without an id of its own a row may know nothing of its delivery; it must not know anything else. */
const wrongDeliveries = ({ deliveries, rows }: Evidence): string[] => {
  const means = new Map(deliveries.map((delivery) => [delivery.phoneNumber, delivery.means]))
  return rows
    .filter(({ phoneNumber, deliveryStatus, messageId, status }) => {
      const expected = means.get(phoneNumber)
      if (expected === undefined || status !== 'SENT' || deliveryStatus === expected) return false
      return deliveryStatus !== null || messageId !== null
    })
    .map(
      ({ phoneNumber, deliveryStatus }) =>
        `${ending(phoneNumber)} is ${deliveryStatus}, the receipts said ${means.get(phoneNumber)}`,
    )
}

const tooEasy = ({ asked, recipients, rows, faults, readings, cancellation }: Evidence): string[] => {
  const kinds = new Set(faults.filter(({ count }) => count > 0).map(({ kind }) => kind))
  const happened = faults.reduce((sum, { count }) => sum + count, 0)
  const stopped = rows.filter(({ batchId }) => batchId === cancellation?.batchId).map(({ status }) => status)
  return [
    ...(recipients.length < asked.sms ? [`${recipients.length} SMS, asked for ${asked.sms}`] : []),
    ...(happened < asked.faults ? [`${happened} faults, asked for ${asked.faults}`] : []),
    ...asked.kinds.filter((kind) => !kinds.has(kind)).map((kind) => `the fault "${kind}" did not happen`),
    ...(['sql', 'api'] as const)
      .filter((source) => !readings.some((reading) => reading.source === source))
      .map((source) => `no reading by ${source}`),
    ...(stopped.includes('CANCELLED') ? [] : ['no SMS was cancelled']),
    ...(stopped.includes('SENT') ? [] : ['the cancel came before any SMS of its list']),
  ]
}

/** Judges a run: every invariant that does not hold, with how often and one example. Empty: all hold. */
export const violationsOf = (evidence: Evidence): Violation[] => {
  const twice = [...acceptCounts(evidence)].filter(([, count]) => count > 1)
  const notEnded = forgottenOf(evidence)
  const problems: Record<InvariantName, string[]> = {
    once: twice.map(([number, count]) => `${ending(number)} was accepted ${count} times`),
    balance: evidence.readings.map(imbalanceOf).filter((problem) => problem !== null),
    evidence: problemsWithEvidence(evidence),
    cancel: sentAfterCancel(evidence),
    unknown: unexplainedUnknown(evidence),
    ends: [
      ...notEnded.map((number) => `${ending(number)} has no end`),
      ...(evidence.endedAfterMs === null && notEnded.length === 0 ? ['the end was not seen'] : []),
    ],
    recovery: slowRecoveries(evidence),
    resolved: leftForPersons(evidence),
    delivery: wrongDeliveries(evidence),
    hard: tooEasy(evidence),
  }
  return (Object.keys(INVARIANTS) as InvariantName[])
    .filter((invariant) => problems[invariant].length > 0)
    .map((invariant) => ({ invariant, count: problems[invariant].length, example: problems[invariant][0] as string }))
}
