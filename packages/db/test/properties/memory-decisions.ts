import type { SmsStatus, TransitionCause, UnknownDecision } from '@sms/core'
import type { MemoryState, Row } from './memory-state.ts'
import { MAX_ATTEMPTS } from './system.ts'

/** What operators do to one SMS, in the model. */
export const createMemoryDecisions = ({ batchOf, move, completeOrReopen }: MemoryState) => {
  const replayOne = (row: Row, includeUnknown: boolean): void => {
    const isUnknown = row.status === 'UNKNOWN'
    if (!isUnknown && row.status !== 'FAILED') return
    if (!isUnknown || includeUnknown) sendAgain(row)
  }

  const sendAgain = (row: Row): void => {
    const isUnproved = row.status === 'UNKNOWN' || row.errorCode === 'ASSUMED_NOT_SENT'
    if ((isUnproved && !row.hasRested) || batchOf(row)?.status === 'CANCELLED' || row.isExpired) return
    decide(row, row.status === 'UNKNOWN' ? 'operator' : 'replay', 'PENDING', 'REPLAYED')
    Object.assign(row, { maxAttempts: row.attempts + MAX_ATTEMPTS, isDue: true })
    const batch = batchOf(row)
    // A pause under which it completed is over for whoever sends it again.
    if (batch?.status === 'COMPLETED') batch.wasPaused = false
    completeOrReopen(batch)
  }

  const decide = (row: Row, cause: TransitionCause, to: SmsStatus, kind: string): void => {
    row.events.push({ kind, code: row.errorCode })
    if (row.status === 'UNKNOWN' && to !== 'SENT') row.givenUpAt = row.beganAt
    // Its refusal is evidence already.
    if (row.status === 'FAILED' && row.claimId !== null) row.lateClaimIds.push(row.claimId)
    move(row, cause, to)
    row.supersededClaimIds.push(row.claimId)
    row.claimId = null
  }

  const resolve = (row: Row, decision: UnknownDecision): void => {
    if (row.status !== 'UNKNOWN') return
    if (decision === 'SEND_AGAIN') return sendAgain(row)
    if (decision === 'ASSUME_SENT') return decide(row, 'operator', 'SENT', 'ASSUMED_SENT')
    decide(row, 'operator', 'FAILED', 'ASSUMED_NOT_SENT')
    row.errorCode = 'ASSUMED_NOT_SENT'
  }

  return { replayOne, resolve }
}
