import type { ReplayFilter, ReplayOrder, SmsId, SmsJob } from '@sms/core'
import { Prisma } from '../generated/client.ts'
import { JUDGED_COLUMNS, operatorMoveSql, sendAgainRefusals } from './operator-move.ts'

export const matches = (order: ReplayOrder, filter: ReplayFilter, before: Date) => Prisma.sql`
  s.status IN ('FAILED', 'UNKNOWN') AND (s.status = 'FAILED' OR ${order.includeUnknown}::bool) AND s."failedAt" <= ${before}::timestamptz
  ${order.caller.isAdmin ? Prisma.empty : Prisma.sql`AND s."userId" = ${order.caller.userId}`}
  ${filter.batchId === null ? Prisma.empty : Prisma.sql`AND s."batchId" = ${filter.batchId}`}
  ${filter.errorCode === null ? Prisma.empty : Prisma.sql`AND s."errorCode" = ${filter.errorCode}`}
  ${filter.since === null ? Prisma.empty : Prisma.sql`AND s."failedAt" >= ${filter.since}::timestamptz`}
  ${filter.until == null ? Prisma.empty : Prisma.sql`AND s."failedAt" < ${filter.until}::timestamptz`}
  ${filter.segmentId == null ? Prisma.empty : Prisma.sql`AND s."segmentId" = ${filter.segmentId}`}
  ${filter.userId == null ? Prisma.empty : Prisma.sql`AND s."userId" = ${filter.userId}`}`

const verdict = (order: ReplayOrder, jobDispatch: number | null) => Prisma.sql`
  CASE
    WHEN f.was NOT IN ('FAILED', 'UNKNOWN') THEN 'NOT_FAILED'
    WHEN f.was = 'UNKNOWN' AND NOT ${order.includeUnknown}::bool THEN 'UNKNOWN'
    ${sendAgainRefusals}
    ${jobDispatch === null ? Prisma.empty : Prisma.sql`WHEN f.dispatch <> ${jobDispatch}::int THEN 'STALE'`}
    ELSE 'MOVED' END`

/** An administrator's word counts more than a user's credits, unless the order says otherwise. */
export const mayOwe = ({ caller, isCreditRequired = !caller.isAdmin }: ReplayOrder): boolean => !isCreditRequired

/** FAILED and, when ordered, UNKNOWN → PENDING. */
export const replayChunkSql = (order: ReplayOrder, filter: ReplayFilter, page: { after: SmsId; limit: number; before: Date }) =>
  operatorMoveSql(
    { ...order, act: 'REPLAY', mayOwe: mayOwe(order), filter: describe(order, filter), verdict: verdict(order, null) },
    Prisma.sql`SELECT s.id, s."batchId" FROM "SmsQueue" s WHERE ${matches(order, filter, page.before)} AND s.id > ${page.after}
    ORDER BY s.id LIMIT ${page.limit}`,
  )

export const replayJobSql = (order: ReplayOrder, job: SmsJob) =>
  operatorMoveSql(
    {
      ...order,
      act: 'REPLAY',
      mayOwe: mayOwe(order),
      filter: JSON.stringify({ smsId: String(job.smsId) }),
      verdict: verdict(order, job.dispatch),
    },
    Prisma.sql`SELECT s.id, s."batchId" FROM "SmsQueue" s WHERE s.id = ${job.smsId}
    ${order.caller.isAdmin ? Prisma.empty : Prisma.sql`AND s."userId" = ${order.caller.userId}`}`,
  )

/** As {@link replayChunkSql} would judge all of them at this moment. */
export const previewReplaySql = (order: ReplayOrder, filter: ReplayFilter, before: Date) => Prisma.sql`
WITH f AS (SELECT ${JUDGED_COLUMNS} FROM "SmsQueue" s WHERE ${matches(order, filter, before)}),
judged AS (
  SELECT f.was, f.text, CASE WHEN f.was = 'UNKNOWN' THEN b.parts END AS parts, ${verdict(order, null)} AS verdict
  FROM f LEFT JOIN "SmsBatch" b ON b.id = f."batchId"
)
SELECT j.verdict, j.was::text AS status, count(*)::int AS "smsCount", j.parts::int AS parts, j.text
FROM judged j GROUP BY j.verdict, j.was, j.parts, j.text`

export const describe = (
  { includeUnknown }: ReplayOrder,
  { batchId, errorCode, since, until, segmentId, userId }: ReplayFilter,
): string =>
  JSON.stringify({
    ...(batchId !== null && { batchId: String(batchId) }),
    ...(errorCode !== null && { errorCode }),
    ...(since !== null && { since: since.toISOString() }),
    ...(until != null && { until: until.toISOString() }),
    ...(segmentId != null && { segmentId: String(segmentId) }),
    ...(userId != null && { userId: String(userId) }),
    ...(includeUnknown && { includeUnknown }),
  })
