import type { BatchId } from '@sms/core'
import { Prisma } from '../generated/client.ts'

export type ResultRow = {
  id: bigint
  phoneNumber: string
  status: string
  deliveryStatus: string | null
  errorCode: string | null
  errorMessage: string | null
  attempts: number
  sentAt: Date | null
  deliveredAt: Date | null
  messageId: string | null
}

/** The next SMS of a batch by number: the order of its unique index. A waiting one of a cancelled batch is cancelled. */
export const resultsSql = (batchId: BatchId, after: string, limit: number) => Prisma.sql`
SELECT s.id, s."phoneNumber",
  CASE WHEN s.status = 'PENDING' AND b.status = 'CANCELLED' THEN 'CANCELLED' ELSE s.status::text END AS status,
  s."deliveryStatus"::text AS "deliveryStatus",
  CASE WHEN s.status = 'PENDING' AND b.status = 'CANCELLED' THEN 'BATCH_CANCELLED' ELSE s."errorCode" END AS "errorCode",
  s."errorMessage", s.attempts::int AS attempts, s."sentAt", s."deliveredAt", s."messageId"
FROM "SmsQueue" s JOIN "SmsBatch" b ON b.id = s."batchId"
WHERE s."batchId" = ${batchId} AND s."phoneNumber" > ${after}
ORDER BY s."phoneNumber" LIMIT ${limit}`
