import type { BatchRecord, Caller, SmsRecord } from '@sms/core'
import type { BatchStatus, SmsBatch, SmsQueue } from './generated/client.ts'

/** Somebody else's rows do not exist for a caller; an administrator sees all. */
export const visibleTo = (caller: Caller): { userId?: number } => (caller.isAdmin ? {} : { userId: caller.userId })

export const batchRecordOf = (row: SmsBatch): BatchRecord => ({
  id: row.id,
  userId: row.userId,
  kind: row.kind,
  status: row.status,
  message: row.message,
  parts: row.parts,
  senderName: row.senderName,
  segmentId: row.segmentId,
  accountId: row.accountId,
  otherAccountIds: row.otherAccountIds,
  priority: row.priority,
  counts: {
    pending: row.pending,
    processing: row.processing,
    sent: row.sent,
    failed: row.failed,
    cancelled: row.cancelled,
    unknown: row.unknown,
  },
  announced: row.announced,
  createdAt: row.createdAt,
  scheduledAt: row.scheduledAt,
  validUntil: row.validUntil,
  completedAt: row.completedAt,
  cancelledAt: row.cancelledAt,
  cancelReason: row.cancelReason,
})

export type SmsRow = Omit<
  SmsQueue,
  'dispatch' | 'dispatchedAt' | 'claimId' | 'claimedBy' | 'leaseUntil' | 'validUntil' | 'isPromotional' | 'credit'
> & {
  batch: { status: BatchStatus; priority: number } | null
}

/** What a reader needs of a row, and the status of its batch. */
export const SMS_COLUMNS = {
  omit: {
    dispatch: true,
    dispatchedAt: true,
    claimId: true,
    claimedBy: true,
    leaseUntil: true,
    validUntil: true,
    isPromotional: true,
    credit: true,
  },
  include: { batch: { select: { status: true, priority: true } } },
} as const

/**
 * A waiting SMS of a cancelled batch is cancelled from that moment on; its row follows in the sweep. While it waits its priority is the
 * batch's, which may have been changed.
 */
export const smsRecordOf = ({ batch, ...row }: SmsRow): SmsRecord =>
  row.status === 'PENDING' && batch?.status === 'CANCELLED'
    ? { ...row, status: 'CANCELLED', errorCode: 'BATCH_CANCELLED' }
    : { ...row, ...(row.status === 'PENDING' && batch !== null && { priority: batch.priority }) }
