import type { ReplayFilter, ReplayOrder } from '@sms/core'
import { Prisma } from '../generated/client.ts'
import { JUDGED_COLUMNS, operatorMoveSql, sendAgainRefusals } from './operator-move.ts'
import { matches } from './replay.ts'

export type OperationRow = {
  id: bigint
  userId: number
  via: string
  reason: string | null
  includeUnknown: boolean
  moreAttempts: number
  mayOwe: boolean
  startedAt: Date
  cursor: bigint
  total: number
  done: number
  refused: string
}

/** Of this moment on, and never again: what fails later is in no set. */
export const freezeSql = (id: bigint, order: ReplayOrder, filter: ReplayFilter, before: Date) => Prisma.sql`
INSERT INTO "ReplayItem" ("operationId", "smsId") SELECT ${id}::bigint, s.id FROM "SmsQueue" s WHERE ${matches(order, filter, before)}`

/** One that runs, until commit; a chunk of it that somebody else is at is left to them. */
export const takeOperationSql = (id: bigint | null) => Prisma.sql`
SELECT o.id, o."userId", o.via, o.reason, o."includeUnknown", o."moreAttempts", o."mayOwe", o."startedAt", o.cursor, o.total, o.done, o.refused
FROM "ReplayOperation" o
WHERE o.status = 'RUNNING' AND ${id === null ? Prisma.sql`TRUE` : Prisma.sql`o.id = ${id}::bigint`}
ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED`

/** What was replayed by somebody else meanwhile and failed again is another failure: STALE. */
const verdict = (includeUnknown: boolean, startedAt: Prisma.Sql) => Prisma.sql`
  CASE
    WHEN f.was NOT IN ('FAILED', 'UNKNOWN') THEN 'NOT_FAILED'
    WHEN f."failedAt" > ${startedAt} THEN 'STALE'
    WHEN f.was = 'UNKNOWN' AND NOT ${includeUnknown}::bool THEN 'UNKNOWN'
    ${sendAgainRefusals}
    ELSE 'MOVED' END`

/** The next chunk of the set, in the order of ids. */
export const workSql = (operation: OperationRow, limit: number) =>
  operatorMoveSql(
    {
      act: 'REPLAY',
      // Who may replay what was decided when the set was chosen.
      caller: { userId: operation.userId, isAdmin: true },
      via: operation.via as ReplayOrder['via'],
      reason: operation.reason,
      moreAttempts: operation.moreAttempts,
      mayOwe: operation.mayOwe,
      filter: JSON.stringify({ replayId: String(operation.id) }),
      verdict: verdict(operation.includeUnknown, Prisma.sql`${operation.startedAt}::timestamptz`),
    },
    Prisma.sql`SELECT s.id, s."batchId" FROM "ReplayItem" i JOIN "SmsQueue" s ON s.id = i."smsId"
    WHERE i."operationId" = ${operation.id}::bigint AND i."smsId" > ${operation.cursor}::bigint ORDER BY i."smsId" LIMIT ${limit}`,
  )

/** Of the set, what was looked at. */
export const forgetItemsSql = (id: bigint, upTo: bigint | null) => Prisma.sql`
DELETE FROM "ReplayItem" i WHERE i."operationId" = ${id}::bigint AND ${upTo === null ? Prisma.sql`TRUE` : Prisma.sql`i."smsId" <= ${upTo}::bigint`}`

export type PlanRow = {
  verdict: string
  status: string
  code: string | null
  smsCount: number
  parts: number | null
  text: string | null
}

/** As {@link workSql} would judge all of them at this moment. `text`: of single SMS, whose parts have to be measured. */
export const planSql = (order: ReplayOrder, filter: ReplayFilter, before: Date) => Prisma.sql`
WITH f AS (
  SELECT ${JUDGED_COLUMNS}, CASE WHEN s."batchId" IS NULL THEN s.message END AS single
  FROM "SmsQueue" s WHERE ${matches(order, filter, before)}
),
judged AS (
  SELECT f.was, f."errorCode", f.single, b.parts, ${verdict(order.includeUnknown, Prisma.sql`${before}::timestamptz`)} AS verdict
  FROM f LEFT JOIN "SmsBatch" b ON b.id = f."batchId"
)
SELECT j.verdict, j.was::text AS status, j."errorCode" AS code, count(*)::int AS "smsCount", j.parts::int AS parts, j.single AS text
FROM judged j GROUP BY j.verdict, j.was, j."errorCode", j.parts, j.single`
