import { isProof, lateMeaningOf, type Settlement, type SettleResult, statusesBefore } from '@sms/core'
import { closeAccepted, givenUpCount, type MemoryState, type Row } from './memory-state.ts'

/** What workers bring, in time and late, in the model. */
export const createMemoryOutcomes = ({ rows, all, batchOf, move, completeOrReopen, knownIds, setMessageId }: MemoryState) => {
  const settleOne = (settlement: Settlement): SettleResult => {
    const { smsId, claimId, outcome, givesAttemptBack, keepsJob, delayMs } = settlement
    const row = rows.get(smsId)
    if (!row) return { smsId, landed: 'refused', status: 'CANCELLED', batchId: null }
    const { batchId } = row
    if (row.claimId !== claimId) return { smsId, landed: 'refused', status: row.status, batchId }
    const to = settlement.to === 'PENDING' && batchOf(row)?.status === 'CANCELLED' ? 'CANCELLED' : settlement.to
    const cause = (['settle', 'late-proof'] as const).find((one) => statusesBefore(one, to).includes(row.status))
    if (cause === 'settle' || (cause === 'late-proof' && isProof(outcome))) {
      move(row, cause, to)
      row.attempts -= givesAttemptBack ? 1 : 0
      row.inWindow = to === 'PENDING' && keepsJob && cause === 'settle'
      row.isDue = delayMs === 0
      if (outcome.kind === 'accepted') setMessageId(row, outcome.messageId)
      else {
        row.errorCode = to === 'CANCELLED' ? 'BATCH_CANCELLED' : outcome.code
        row.events.push({ kind: outcome.kind, code: outcome.code })
      }
      completeOrReopen(batchOf(row))
    } else if (row.status === 'UNKNOWN' && outcome.kind === 'unknown' && row.errorCode === 'LEASE_EXPIRED') {
      if (outcome.code !== 'LEASE_EXPIRED') row.events.push({ kind: outcome.kind, code: outcome.code })
      row.errorCode = outcome.code
    }
    return { smsId, landed: contradicts(row, settlement) ? 'refused' : 'applied', status: row.status, batchId }
  }

  /** A receipt had spoken for it, and its worker knows better. */
  const contradicts = ({ status, messageId }: Row, { outcome }: Settlement): boolean =>
    status === 'SENT' &&
    isProof(outcome) &&
    (outcome.kind !== 'accepted' || (messageId !== null && outcome.messageId !== null && messageId !== outcome.messageId))

  /** What is known to be accepted must not be sent once more. */
  const recordLate = (settlement: Settlement): void => {
    const row = rows.get(settlement.smsId)
    if (!row) return
    const superseded = row.supersededClaimIds
    const story = { supersededClaimId: superseded.at(-1) ?? null, wasSuperseded: superseded.includes(settlement.claimId) }
    const meaning = lateMeaningOf({ ...row, ...story }, settlement)
    if (meaning === 'REPEATED' || meaning === 'STRAY' || row.lateClaimIds.includes(settlement.claimId)) return
    row.lateClaimIds.push(settlement.claimId)
    // Accepted without an id, it still owns the id that a receipt may bring.
    const isIdentified =
      isProof(settlement.outcome) && !(settlement.outcome.kind === 'accepted' && settlement.outcome.messageId === null)
    if (isIdentified) row.identifiedClaimIds.push(settlement.claimId)
    if (givenUpCount(row) === 0) row.givenUpAt = null
    if (settlement.outcome.kind !== 'accepted') return
    const { messageId } = settlement.outcome
    if (meaning === 'CONFIRMED') confirm(row, messageId)
    else closeAccepted(row)
    if (messageId !== null) knownIds.add(messageId)
  }

  /** Who was given this id, another SMS or an attempt of this one that was given up, takes the other one in exchange. */
  const confirm = (row: Row, messageId: string | null): void => {
    if (messageId === null) return
    const had = row.messageId
    const other = all().find((one) => one !== row && one.messageId === messageId)
    const ofItself = row.inferredIds.indexOf(messageId)
    if (other) other.messageId = had
    else if (ofItself >= 0 && had !== null) row.inferredIds[ofItself] = had
    else if (had !== null) knownIds.delete(had)
    setMessageId(row, messageId)
  }

  return { settleOne, recordLate }
}
