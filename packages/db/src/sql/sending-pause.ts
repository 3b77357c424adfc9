import type { AccountOrder } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/** Asked once a statement: one row. */
export const isAllPaused = Prisma.sql`EXISTS (SELECT 1 FROM "SendingPause" p WHERE p."pausedAt" IS NOT NULL)`

const enabledSql = Prisma.sql`SELECT a.id FROM "SenderAccount" a WHERE a."disabledAt" IS NULL ORDER BY a.id`

/** Gives the accounts that stand now. Pressed again it changes nothing: who paused first, and why, stays. */
export const pauseAllSql = (order: AccountOrder) => Prisma.sql`
WITH moved AS (
  UPDATE "SendingPause" p SET "pausedAt" = clock_timestamp(), reason = ${order.reason}, "userId" = ${order.userId}
  WHERE p."pausedAt" IS NULL RETURNING p.id
),
act AS (
  INSERT INTO "OperatorAct" ("userId", via, kind, reason, filter, "smsCount", before, after)
  SELECT ${order.userId}, 'GRAPHQL', 'PAUSE_SENDING', ${order.reason}, '{"all":true}', 0, '{"isAllPaused":false}', '{"isAllPaused":true}'
  FROM moved
)
${enabledSql}`

/** Lifts the pause of everything, and blocks; what a person has paused alone stays paused. */
export const resumeAllSql = (order: AccountOrder) => Prisma.sql`
WITH was AS MATERIALIZED (SELECT p.id, p."pausedAt" IS NOT NULL AS "isPaused" FROM "SendingPause" p FOR NO KEY UPDATE),
moved AS (
  UPDATE "SendingPause" p SET "pausedAt" = NULL, reason = NULL, "userId" = NULL FROM was w WHERE p.id = w.id AND w."isPaused" RETURNING p.id
),
lifted AS (
  UPDATE "SenderAccount" a SET "pausedReason" = NULL, "pausedAt" = NULL, "probeAt" = NULL, "probeSmsId" = NULL, "probeDelayMs" = 0
  WHERE a."pausedReason" IS NOT NULL AND NOT a."pausedByOperator"
  RETURNING a.id
),
act AS (
  INSERT INTO "OperatorAct" ("userId", via, kind, reason, filter, "smsCount", before, after)
  SELECT ${order.userId}, 'GRAPHQL', 'RESUME_SENDING', ${order.reason}, '{"all":true}', 0,
    json_build_object('isAllPaused', w."isPaused")::text,
    json_build_object('isAllPaused', false, 'unblocked', (SELECT coalesce(json_agg(l.id ORDER BY l.id), '[]') FROM lifted l))::text
  FROM was w WHERE w."isPaused" OR EXISTS (SELECT 1 FROM lifted)
)
${enabledSql}`
