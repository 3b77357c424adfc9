import type { ReplayFilter, ReplayOrder, SmsId, SmsJob } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/** `lastId` is the whole chunk's. An empty chunk gives no row. */
export type ReplayRow = { verdict: string; status: string; smsCount: number; lastId: bigint; accountIds: number[] }

/** Younger UNKNOWN may still be settled by the proof that is on its way. */
const UNKNOWN_RESTS = Prisma.sql`interval '10 minutes'`

/** Of a SMALLINT. */
const MOST_ATTEMPTS = 32_767

const matches = (order: ReplayOrder, filter: ReplayFilter, before: Date) => Prisma.sql`
  s.status IN ('FAILED', 'UNKNOWN') AND (s.status = 'FAILED' OR ${order.includeUnknown}::bool) AND s."failedAt" <= ${before}::timestamptz
  ${order.caller.isAdmin ? Prisma.empty : Prisma.sql`AND s."userId" = ${order.caller.userId}`}
  ${filter.batchId === null ? Prisma.empty : Prisma.sql`AND s."batchId" = ${filter.batchId}`}
  ${filter.errorCode === null ? Prisma.empty : Prisma.sql`AND s."errorCode" = ${filter.errorCode}`}
  ${filter.since === null ? Prisma.empty : Prisma.sql`AND s."failedAt" >= ${filter.since}::timestamptz`}`

/** Of the row `f` and its batch `b`, as they are under their locks. */
const verdict = (order: ReplayOrder, jobDispatch: number | null) => Prisma.sql`
  CASE
    WHEN f.was NOT IN ('FAILED', 'UNKNOWN') THEN 'NOT_FAILED'
    WHEN f.was = 'UNKNOWN' AND NOT ${order.includeUnknown}::bool THEN 'UNKNOWN'
    WHEN f.was = 'UNKNOWN' AND f."lastAttemptAt" > clock_timestamp() - ${UNKNOWN_RESTS} THEN 'TOO_RECENT'
    WHEN b.status = 'CANCELLED' THEN 'BATCH_CANCELLED'
    WHEN f."validUntil" <= clock_timestamp() THEN 'EXPIRED'
    ${jobDispatch === null ? Prisma.empty : Prisma.sql`WHEN f.dispatch <> ${jobDispatch}::int THEN 'STALE'`}
    ELSE 'REPLAYED' END`

/**
 * FAILED (and, when ordered, UNKNOWN) → PENDING on the same rows, with the counters of their batches, the evidence of each SMS and
 * the operator's act, in one statement: none is ever without the others.
 *
 * Judged under the locks, batches by id, then SMS by id: a second press finds PENDING, a cancel that was first finds CANCELLED.
 * The claim id goes: a late word about the attempt that is superseded must not settle the next one. Attempts stay counted and
 * their limit rises. A batch that was done has work again.
 */
const moveSql = (
  order: ReplayOrder,
  chosen: Prisma.Sql,
  what: { jobDispatch: number | null; filter: string | null },
) => Prisma.sql`
WITH chosen AS MATERIALIZED (${chosen}),
batch AS MATERIALIZED (
  SELECT b.id, b.status FROM "SmsBatch" b
  WHERE b.id IN (SELECT c."batchId" FROM chosen c)
  ORDER BY b.id
  FOR NO KEY UPDATE
),
found AS MATERIALIZED (
  SELECT s.id, s."batchId", s."accountId", s.status AS was, s.attempts, s.dispatch, s."errorCode", s."validUntil", s."lastAttemptAt"
  FROM "SmsQueue" s JOIN chosen c ON c.id = s.id
  WHERE (SELECT count(*) FROM batch) >= 0
  ORDER BY s.id
  FOR NO KEY UPDATE OF s
),
judged AS MATERIALIZED (
  SELECT f.*, ${verdict(order, what.jobDispatch)} AS verdict FROM found f LEFT JOIN batch b ON b.id = f."batchId"
),
written AS (
  UPDATE "SmsQueue" s SET status = 'PENDING', "maxAttempts" = least(${MOST_ATTEMPTS}, j.attempts + ${order.moreAttempts}::int),
    "claimId" = NULL, "errorCode" = NULL, "errorMessage" = NULL, "failedAt" = NULL, "dispatchedAt" = NULL,
    "nextAttemptAt" = clock_timestamp()
  FROM judged j WHERE s.id = j.id AND j.verdict = 'REPLAYED'
),
act AS (
  INSERT INTO "OperatorAct" ("userId", via, kind, reason, filter, "smsCount")
  SELECT ${order.caller.userId}, ${order.via}, 'REPLAY', ${order.reason}, ${what.filter}, n.n
  FROM (SELECT count(*)::int AS n FROM judged j WHERE j.verdict = 'REPLAYED') n WHERE n.n > 0
  RETURNING id
),
evidence AS (
  INSERT INTO "SmsEvent" ("smsId", kind, attempt, code, text, "actId")
  SELECT j.id, 'REPLAYED', j.attempts, j."errorCode", ${order.reason}, a.id FROM judged j CROSS JOIN act a WHERE j.verdict = 'REPLAYED'
),
counted AS (
  UPDATE "SmsBatch" b SET pending = b.pending + m.n, failed = b.failed - m.failed, unknown = b.unknown - (m.n - m.failed),
    status = CASE WHEN b.status = 'COMPLETED' THEN 'ACTIVE' ELSE b.status END,
    "completedAt" = NULL
  FROM (
    SELECT j."batchId" AS id, count(*)::int AS n, count(*) FILTER (WHERE j.was = 'FAILED')::int AS failed
    FROM judged j WHERE j.verdict = 'REPLAYED' AND j."batchId" IS NOT NULL GROUP BY j."batchId"
  ) m WHERE b.id = m.id
)
SELECT j.verdict, j.was::text AS status, count(*)::int AS "smsCount", max(max(j.id)) OVER () AS "lastId",
  array_agg(DISTINCT j."accountId") AS "accountIds"
FROM judged j GROUP BY j.verdict, j.was`

export const replayChunkSql = (order: ReplayOrder, filter: ReplayFilter, page: { after: SmsId; limit: number; before: Date }) =>
  moveSql(
    order,
    Prisma.sql`SELECT s.id, s."batchId" FROM "SmsQueue" s WHERE ${matches(order, filter, page.before)} AND s.id > ${page.after}
    ORDER BY s.id LIMIT ${page.limit}`,
    { jobDispatch: null, filter: describe(order, filter) },
  )

export const replayJobSql = (order: ReplayOrder, job: SmsJob) =>
  moveSql(
    order,
    Prisma.sql`SELECT s.id, s."batchId" FROM "SmsQueue" s WHERE s.id = ${job.smsId}
    ${order.caller.isAdmin ? Prisma.empty : Prisma.sql`AND s."userId" = ${order.caller.userId}`}`,
    { jobDispatch: job.dispatch, filter: JSON.stringify({ smsId: String(job.smsId) }) },
  )

/** As {@link replayChunkSql} would judge all of them at this moment. */
export const previewReplaySql = (order: ReplayOrder, filter: ReplayFilter, before: Date) => Prisma.sql`
WITH f AS (
  SELECT s.id, s."batchId", s.status AS was, s.dispatch, s."validUntil", s."lastAttemptAt" FROM "SmsQueue" s
  WHERE ${matches(order, filter, before)}
),
judged AS (SELECT f.was, ${verdict(order, null)} AS verdict FROM f LEFT JOIN "SmsBatch" b ON b.id = f."batchId")
SELECT j.verdict, j.was::text AS status, count(*)::int AS "smsCount" FROM judged j GROUP BY j.verdict, j.was`

const describe = ({ includeUnknown }: ReplayOrder, { batchId, errorCode, since }: ReplayFilter): string =>
  JSON.stringify({
    ...(batchId !== null && { batchId: String(batchId) }),
    ...(errorCode !== null && { errorCode }),
    ...(since !== null && { since: since.toISOString() }),
    ...(includeUnknown && { includeUnknown }),
  })
