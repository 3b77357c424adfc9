import type { ControlOrder, SmsId } from '@sms/core'
import { Prisma } from '../generated/client.ts'
import { isDoneAfter } from './batch-row.ts'

export type CancelSmsRow = { verdict: 'STOPPED' | 'ON_THE_WIRE' | 'ALREADY_OVER'; status: string }

/**
 * PENDING → CANCELLED for one SMS, with the counter of its batch, its evidence and the act. Judged under the locks, the batch's first: a
 * claim that was quicker has it on the wire, one that comes later finds it stopped. No row: not the caller's.
 */
export const cancelSmsSql = ({ caller, via, reason }: ControlOrder, id: SmsId) => Prisma.sql`
WITH asked AS MATERIALIZED (
  SELECT s.id, s."batchId" FROM "SmsQueue" s
  WHERE s.id = ${id} AND ${caller.isAdmin ? Prisma.sql`TRUE` : Prisma.sql`s."userId" = ${caller.userId}`}
),
batch AS MATERIALIZED (
  SELECT b.id, b.status FROM "SmsBatch" b WHERE b.id IN (SELECT a."batchId" FROM asked a) FOR NO KEY UPDATE
),
found AS MATERIALIZED (
  SELECT s.id, s."batchId", s.status, s.attempts
  FROM "SmsQueue" s JOIN asked a ON a.id = s.id
  WHERE (SELECT count(*) FROM batch) >= 0
  FOR NO KEY UPDATE OF s
),
judged AS MATERIALIZED (
  SELECT f.*, CASE
    WHEN f.status = 'PROCESSING' THEN 'ON_THE_WIRE'
    WHEN f.status <> 'PENDING' OR b.status = 'CANCELLED' THEN 'ALREADY_OVER'
    ELSE 'STOPPED' END AS verdict,
    CASE WHEN f.status = 'PENDING' AND b.status = 'CANCELLED' THEN 'CANCELLED'::"SmsStatus" ELSE f.status END AS shown
  FROM found f LEFT JOIN batch b ON b.id = f."batchId"
),
stopped AS (
  UPDATE "SmsQueue" s SET status = 'CANCELLED', "errorCode" = 'SMS_CANCELLED', "errorMessage" = NULL, "failedAt" = clock_timestamp(),
    "dispatchedAt" = NULL
  FROM judged j WHERE s.id = j.id AND j.verdict = 'STOPPED'
),
act AS (
  INSERT INTO "OperatorAct" ("userId", via, kind, reason, "smsCount", "batchId", "smsId", before, after)
  SELECT ${caller.userId}, ${via}, 'CANCEL_SMS', ${reason}, 1, j."batchId", j.id, '{"status":"PENDING"}', '{"status":"CANCELLED"}'
  FROM judged j WHERE j.verdict = 'STOPPED'
  RETURNING id
),
evidence AS (
  INSERT INTO "SmsEvent" ("smsId", at, kind, attempt, code, text, "actId")
  SELECT j.id, clock_timestamp(), 'SMS_CANCELLED', j.attempts, 'SMS_CANCELLED', ${reason}, a.id FROM judged j CROSS JOIN act a
),
counted AS (
  UPDATE "SmsBatch" b SET pending = b.pending - 1, cancelled = b.cancelled + 1,
    status = CASE WHEN ${isDoneAfter(Prisma.sql`b.pending - 1`, Prisma.sql`b.processing`)} THEN 'COMPLETED' ELSE b.status END,
    "completedAt" = CASE WHEN ${isDoneAfter(Prisma.sql`b.pending - 1`, Prisma.sql`b.processing`)} THEN clock_timestamp() ELSE b."completedAt" END
  FROM judged j WHERE b.id = j."batchId" AND j.verdict = 'STOPPED'
)
SELECT j.verdict, j.shown::text AS status FROM judged j`
