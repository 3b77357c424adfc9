import { type BatchRecord, type Caller, type SmsRecord, type SmsStatus, totalOf } from '@sms/core'
import type { SmsEventRecord } from '@sms/db'

/** Records as the GraphQL types show them: ids are decimal strings. Fields that need another look are in loaders.ts. */

const idOrNull = (id: bigint | number | null): string | null => (id === null ? null : String(id))

export type PresentedBatch = ReturnType<typeof presentBatch>

export const presentBatch = (batch: BatchRecord) => ({
  ...batch,
  id: String(batch.id),
  userId: String(batch.userId),
  senderAccountIds: [batch.accountId, ...batch.otherAccountIds].map(String),
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
  senderAccountId: String(sms.accountId),
  nextAttemptAt: sms.status === 'PENDING' ? sms.nextAttemptAt : null,
})

type OwnMoment = { code?: string | null; text?: string | null; messageId?: string | null }

/**
 * The row's own dates, the evidence of attempts and what was done by hand, oldest first. A sender sees what happened and why; the
 * names of the service's machines, and of people other than the sender, are for administrators.
 */
export const timelineOf = (sms: PresentedSms, events: readonly SmsEventRecord[], caller: Caller) => {
  const own = (at: Date | null, kind: string, { code = null, text = null, messageId = null }: OwnMoment = {}) =>
    at === null ? [] : [{ ...NOTHING, at, kind, code, text, messageId }]
  const shown = events.map(({ by, ...event }) => {
    const mayName = by !== null && (caller.isAdmin || by.userId === caller.userId)
    return {
      ...event,
      worker: caller.isAdmin ? event.worker : null,
      by: mayName ? (by.username ?? `#${by.userId}`) : null,
      via: mayName ? by.via : null,
    }
  })
  return [
    ...own(sms.createdAt, 'CREATED'),
    ...shown,
    ...own(sms.failedAt, sms.status, { code: sms.errorCode, text: sms.errorMessage }),
    ...own(sms.sentAt, 'SENT', { messageId: sms.messageId }),
    ...own(sms.deliveredAt, 'DELIVERED'),
  ].sort((left, right) => left.at.getTime() - right.at.getTime())
}

const NOTHING = { attempt: null, httpStatus: null, worker: null, repeats: 0, by: null, via: null }

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
