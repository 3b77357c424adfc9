import { type BatchRecord, type SmsRecord, type SmsStatus, totalOf } from '@sms/core'
import type { SmsEventRecord } from '@sms/db'

/** Records as the GraphQL types show them: ids are decimal strings. Fields that need another look are in loaders.ts. */

const idOrNull = (id: bigint | number | null): string | null => (id === null ? null : String(id))

export type PresentedBatch = ReturnType<typeof presentBatch>

export const presentBatch = (batch: BatchRecord) => ({
  ...batch,
  id: String(batch.id),
  userId: String(batch.userId),
  segmentId: idOrNull(batch.segmentId),
  counts: { ...batch.counts, total: totalOf(batch.counts) },
})

/** Recipients of a batch that are still to be sent to; those not yet made into rows included. */
export const remainingOf = ({ status, counts, announced }: Pick<PresentedBatch, 'status' | 'counts' | 'announced'>): number =>
  counts.pending + counts.processing + (status === 'EXPANDING' ? Math.max(announced - counts.total, 0) : 0)

export type PresentedSms = ReturnType<typeof presentSms>

export const presentSms = (sms: SmsRecord) => ({
  ...sms,
  id: String(sms.id),
  batchId: idOrNull(sms.batchId),
  segmentId: idOrNull(sms.segmentId),
  userId: String(sms.userId),
  nextAttemptAt: sms.status === 'PENDING' ? sms.nextAttemptAt : null,
})

/** The row's own dates and the evidence of attempts, oldest first. */
export const timelineOf = (sms: PresentedSms, events: readonly SmsEventRecord[]) => {
  const own = (at: Date | null, kind: string, more: { code?: string | null; text?: string | null } = {}) =>
    at === null ? [] : [{ at, kind, attempt: null, code: more.code ?? null, text: more.text ?? null, httpStatus: null }]
  return [
    ...own(sms.createdAt, 'CREATED'),
    ...events,
    ...own(sms.failedAt, sms.status, { code: sms.errorCode, text: sms.errorMessage }),
    ...own(sms.sentAt, 'SENT'),
    ...own(sms.deliveredAt, 'DELIVERED'),
  ].sort((left, right) => left.at.getTime() - right.at.getTime())
}

type Connection<Node> = {
  edges: readonly { cursor: string; node: Node }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
  totalCount: () => Promise<number>
}
export type PresentedSmsConnection = Connection<PresentedSms>
export type PresentedBatchConnection = Connection<PresentedBatch>

/** The old interface knows three words: what is not over is PENDING, also when nobody knows how it ended. */
export const oldStatus = (status: SmsStatus): 'SENT' | 'FAILED' | 'PENDING' => {
  switch (status) {
    case 'SENT':
      return 'SENT'
    case 'FAILED':
    case 'CANCELLED':
      return 'FAILED'
    case 'PENDING':
    case 'PROCESSING':
    case 'UNKNOWN':
      return 'PENDING'
  }
}
