import type { Evidence } from './evidence.ts'
import type { LedgerEntry } from './ground.ts'
import { duplicatesOf, falselyFailedOf, forgottenOf, wasUnknown } from './invariants.ts'

/** What the report says of one column. */
export type Figures = {
  sms: number
  faultCount: number
  faultKinds: Record<string, number>
  accepted: number
  duplicates: number
  forgotten: number
  /** FAILED although accepted. */
  falselyFailed: number
  /** FAILED and not accepted. */
  failed: number
  cancelled: number
  /** UNKNOWN at some time. */
  unknown: number
  /** Of these, how many had been accepted. */
  unknownAccepted: number
  /** SENT in the end, because a receipt proved it. */
  unknownByReceipt: number
  /** SENT in the end, because the worker that had sent it spoke after all. */
  unknownByLateProof: number
  unknownLeft: number
  /** UNKNOWN for a time, accepted, and their receipts came; and how many of these became SENT. Null where receipts are not the subject. */
  resolvable: { total: number; sent: number } | null
  tokenCalls: number
  /** Workers that ended by themselves, and were started again. */
  restarts: number
  readings: number
  longestRecoveryMs: number | null
  seconds: number
}

/** The event by which a receipt resolves an UNKNOWN. */
const RECEIPT_PROOF = 'RECEIPT_PROOF'

export const figuresOf = (evidence: Evidence, entries: LedgerEntry[], run: { seconds: number; restarts: number }): Figures => {
  const { rows, faults, accepts } = evidence
  const falselyFailed = falselyFailedOf(evidence)
  const accepted = new Set(accepts.map(({ phoneNumber }) => phoneNumber))
  const unknown = rows.filter(wasUnknown)
  const sent = new Set(rows.filter(({ status }) => status === 'SENT').map(({ phoneNumber }) => phoneNumber))
  const kinds: Record<string, number> = {}
  for (const { kind, count } of faults) kinds[kind] = (kinds[kind] ?? 0) + count
  const recoveries = faults.map(({ recoveredAfterMs }) => recoveredAfterMs)
  const countOf = (status: string): number => rows.filter((row) => row.status === status).length
  return {
    sms: evidence.recipients.length,
    faultCount: faults.reduce((sum, { count }) => sum + count, 0),
    faultKinds: kinds,
    accepted: accepts.length,
    duplicates: duplicatesOf(evidence),
    forgotten: forgottenOf(evidence).length,
    falselyFailed: falselyFailed.length,
    failed: countOf('FAILED') - falselyFailed.length,
    cancelled: countOf('CANCELLED'),
    unknown: unknown.length,
    unknownAccepted: unknown.filter(({ phoneNumber }) => accepted.has(phoneNumber)).length,
    unknownByReceipt: unknown.filter(({ status, events }) => status === 'SENT' && events.includes(RECEIPT_PROOF)).length,
    unknownByLateProof: unknown.filter(({ status, events }) => status === 'SENT' && !events.includes(RECEIPT_PROOF)).length,
    unknownLeft: countOf('UNKNOWN'),
    resolvable: evidence.resolvable && {
      total: evidence.resolvable.length,
      sent: evidence.resolvable.filter((number) => sent.has(number)).length,
    },
    tokenCalls: entries.filter(({ kind }) => kind === 'token').length,
    restarts: run.restarts,
    readings: evidence.readings.length,
    longestRecoveryMs: recoveries.includes(null) ? null : Math.max(0, ...recoveries.map(Number)),
    seconds: Math.round(run.seconds),
  }
}
