import { Prisma } from '../generated/client.ts'
import { isAllPaused } from './sending-pause.ts'

/** Each a question whether there is any; all read small partial indexes. */
export type OpenWorkRow = {
  isDue: boolean
  isInWindow: boolean
  isOnWire: boolean
  isExpanding: boolean
  isUnswept: boolean
  hasReceipts: boolean
  isReplaying: boolean
}

/**
 * What a worker could do now, of one moment: an SMS that moves meanwhile is in one of these or done. Accounts and batches that a person
 * paused wait for that person; a blocked account is probed, so what waits for it is work. What rests for longer than a minute is not.
 */
export const openWorkSql = () => Prisma.sql`
SELECT
  NOT ${isAllPaused} AND (EXISTS (
    SELECT FROM "SenderAccount" a WHERE NOT a."pausedByOperator" AND EXISTS (
      SELECT FROM "SmsQueue" s
      WHERE s."accountId" = a.id AND s."batchId" IS NULL AND s.status = 'PENDING' AND s."dispatchedAt" IS NULL
        AND s."nextAttemptAt" <= clock_timestamp())
  ) OR EXISTS (
    SELECT FROM "SmsBatch" b CROSS JOIN LATERAL unnest(b."accountId" || b."otherAccountIds") AS o(id) JOIN "SenderAccount" a ON a.id = o.id
    WHERE b.status IN ('EXPANDING', 'ACTIVE') AND NOT a."pausedByOperator" AND EXISTS (
      SELECT FROM "SmsQueue" s
      WHERE s."accountId" = a.id AND s."batchId" = b.id AND s.status = 'PENDING' AND s."dispatchedAt" IS NULL
        AND s."nextAttemptAt" <= clock_timestamp())
  )) AS "isDue",
  NOT ${isAllPaused} AND EXISTS (
    SELECT FROM "SenderAccount" a WHERE NOT a."pausedByOperator" AND EXISTS (
      SELECT FROM "SmsQueue" s WHERE s."accountId" = a.id AND s.status = 'PENDING' AND s."dispatchedAt" IS NOT NULL)
  ) AS "isInWindow",
  EXISTS (SELECT FROM "SmsQueue" s WHERE s.status = 'PROCESSING') AS "isOnWire",
  EXISTS (
    SELECT FROM "SmsBatch" b
    WHERE b.status = 'EXPANDING' OR (b.status = 'SCHEDULED' AND b."scheduledAt" <= clock_timestamp())
  ) AS "isExpanding",
  EXISTS (SELECT FROM "SmsBatch" b WHERE b.status = 'CANCELLED' AND b."sweptAt" IS NULL) AS "isUnswept",
  EXISTS (SELECT FROM "SmsReceipt" r WHERE r."nextLookAt" <= clock_timestamp()) AS "hasReceipts",
  EXISTS (SELECT FROM "ReplayOperation" o WHERE o.status = 'RUNNING') AS "isReplaying"`
