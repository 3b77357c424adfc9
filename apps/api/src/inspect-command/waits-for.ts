import type { InspectedBatch, InspectedSms } from '@sms/db'

/**
 * Why an SMS was not sent yet, the first reason that stands in its way. `job` undefined: Redis does not answer; null: it has none.
 * Null: it waits for nothing.
 */
export const waitsFor = (
  sms: Pick<InspectedSms, 'status' | 'nextAttemptAt' | 'dispatchedAt' | 'leaseUntil' | 'validUntil'>,
  around: {
    batch: Pick<InspectedBatch, 'status'> | null
    account: { pausedReason: string | null; pausedByOperator: boolean } | null
    job: { state: string } | null | undefined
    now: Date
  },
): string | null => {
  const { batch, account, job, now } = around
  if (sms.status === 'UNKNOWN') return 'proof, a receipt or a decision: it may have been accepted'
  if (sms.status === 'PROCESSING') {
    return sms.leaseUntil !== null && sms.leaseUntil < now
      ? 'the recovery, which makes it UNKNOWN'
      : 'the answer: it is on the wire'
  }
  if (sms.status !== 'PENDING') return null
  if (batch?.status === 'CANCELLED') return 'nothing: its batch was cancelled, its row follows'
  if (sms.validUntil !== null && sms.validUntil <= now) return 'its turn, to be CANCELLED: its validUntil has passed'
  if (batch?.status === 'PAUSED') return 'resumeBatch: its batch is paused'
  if (batch?.status === 'SCHEDULED') return 'the hour for which its batch is scheduled'
  if (account?.pausedByOperator === true) return 'resumeSending: its account is paused by a person'
  if (account != null && account.pausedReason !== null) return `its account, which is blocked: ${account.pausedReason}`
  if (sms.nextAttemptAt > now) return `its time: ${sms.nextAttemptAt.toISOString()}`
  if (sms.dispatchedAt === null) return 'its turn to be put into the window'
  if (job === undefined) return 'its job; Redis does not answer'
  return job === null ? 'the recovery: its job is missing, it is dispatched anew' : 'a worker and its slot: its job is there'
}
