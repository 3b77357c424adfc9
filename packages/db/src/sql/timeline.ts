import type { SmsId } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/** Evidence of an attempt, or an act by hand. */
export type TimelineEntry = {
  smsId: SmsId
  at: Date
  kind: string
  /** Null: not of an attempt. */
  attempt: number | null
  code: string | null
  text: string | null
  httpStatus: number | null
  worker: string | null
  /** Of an acceptance that came after its attempt was given up. */
  messageId: string | null
  /** So many of the same came between the one before it and this one. */
  repeats: number
}

export type TimelineRow = TimelineEntry & {
  actUserId: number | null
  actUsername: string | null
  actVia: string | null
}

/**
 * The evidence of some SMS, with who did what by hand, oldest first. The cancel of a batch stands in the batch: a row each would make
 * it as slow as it is large. Event ids are in the order of the moves: each is drawn under the lock of its SMS.
 */
export const timelineSql = (smsIds: readonly SmsId[]) => Prisma.sql`
SELECT e."smsId", e.at, e.kind, e.attempt::int AS attempt, e.code, e.text, e."httpStatus"::int AS "httpStatus", e.worker, e."messageId", e.repeats,
  a."userId" AS "actUserId", u.username AS "actUsername", a.via AS "actVia", e.id AS place
FROM "SmsEvent" e LEFT JOIN "OperatorAct" a ON a.id = e."actId" LEFT JOIN "User" u ON u.id = a."userId"
WHERE e."smsId" = ANY(${[...smsIds]}::bigint[])
UNION ALL
SELECT s.id, b."cancelledAt", 'BATCH_CANCELLED', NULL, NULL, b."cancelReason", NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL
FROM "SmsQueue" s JOIN "SmsBatch" b ON b.id = s."batchId"
WHERE s.id = ANY(${[...smsIds]}::bigint[]) AND b.status = 'CANCELLED'
  AND (s.status = 'PENDING' OR (s.status = 'CANCELLED' AND s."errorCode" = 'BATCH_CANCELLED'))
ORDER BY 1, place NULLS LAST`
