import { Prisma } from '../generated/client.ts'

/** PROCESSING past its lease: the worker that held it is gone or frozen. They are settled as UNKNOWN by the ordinary settle. */
export const expiredSql = (limit: number) => Prisma.sql`
SELECT s.id, s."claimId", s.attempts::int AS attempts, s."claimedBy" FROM "SmsQueue" s
WHERE s.status = 'PROCESSING' AND s."leaseUntil" < clock_timestamp()
ORDER BY s."leaseUntil" LIMIT ${limit}`

/** Rows that have been in the window for a while; their jobs should be in Redis. */
export const windowSql = (accountId: number, olderThanMs: number) => Prisma.sql`
SELECT s.id, s.dispatch FROM "SmsQueue" s
WHERE s."accountId" = ${accountId} AND s.status = 'PENDING' AND s."dispatchedAt" IS NOT NULL
  AND s."dispatchedAt" < clock_timestamp() - make_interval(secs => ${olderThanMs}::float8 / 1000)`

/** Takes rows out of the window whose jobs are missing. The dispatch number keeps it from undoing a newer dispatch. */
export const undispatchSql = (smsIds: bigint[], dispatches: number[]) => Prisma.sql`
WITH lost AS (SELECT * FROM unnest(${smsIds}::bigint[], ${dispatches}::int[]) AS l(id, dispatch)),
locked AS MATERIALIZED (
  SELECT s.id FROM "SmsQueue" s JOIN lost l ON l.id = s.id AND l.dispatch = s.dispatch
  WHERE s.status = 'PENDING' AND s."dispatchedAt" IS NOT NULL
  ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED
)
UPDATE "SmsQueue" s SET "dispatchedAt" = NULL WHERE s.id = ANY(ARRAY(SELECT l.id FROM locked l))`

/**
 * Redis holds `epoch`; if SQL knows another one, Redis was emptied since: every PENDING row leaves the window in the same
 * statement that learns the new epoch. Jobs of before, should any be left, are stale by their dispatch number.
 */
export const adoptEpochSql = (epoch: string) => Prisma.sql`
WITH changed AS (UPDATE "QueueEpoch" SET epoch = ${epoch}::uuid WHERE epoch <> ${epoch}::uuid RETURNING 1),
window_rows AS MATERIALIZED (
  SELECT s.id FROM "SmsQueue" s
  WHERE EXISTS (SELECT 1 FROM changed) AND s.status = 'PENDING' AND s."dispatchedAt" IS NOT NULL
  ORDER BY s.id FOR NO KEY UPDATE
),
emptied AS (UPDATE "SmsQueue" s SET "dispatchedAt" = NULL FROM window_rows w WHERE s.id = w.id RETURNING 1)
SELECT EXISTS (SELECT 1 FROM changed) AS changed, (SELECT count(*) FROM emptied)::int AS undispatched`

/** The waiting rows of cancelled batches, already counted as cancelled, follow in slices; returns how many moved. */
export const sweepSql = (batchId: bigint, limit: number) => Prisma.sql`
WITH waiting AS MATERIALIZED (
  SELECT s.id FROM "SmsQueue" s WHERE s."batchId" = ${batchId} AND s.status = 'PENDING'
  ORDER BY s.id LIMIT ${limit} FOR NO KEY UPDATE
)
UPDATE "SmsQueue" s SET status = 'CANCELLED', "errorCode" = 'BATCH_CANCELLED', "failedAt" = clock_timestamp(), "dispatchedAt" = NULL
WHERE s.id = ANY(ARRAY(SELECT w.id FROM waiting w))`

export const unsweptSql = () => Prisma.sql`
SELECT b.id FROM "SmsBatch" b WHERE b.status = 'CANCELLED' AND b."sweptAt" IS NULL ORDER BY b.id LIMIT 10`

/** Done only when nothing can become PENDING again: no row of the batch is on the wire either. */
export const sweptSql = (batchId: bigint) => Prisma.sql`
UPDATE "SmsBatch" b SET "sweptAt" = clock_timestamp()
WHERE b.id = ${batchId} AND b.status = 'CANCELLED' AND b.processing = 0
  AND NOT EXISTS (SELECT 1 FROM "SmsQueue" s WHERE s."batchId" = b.id AND s.status = 'PENDING')`

/** Scheduled batches whose time has come. */
export const startDueSql = () => Prisma.sql`
UPDATE "SmsBatch" b SET status = CASE WHEN b."expandedAt" IS NULL THEN 'EXPANDING'::"BatchStatus" ELSE 'ACTIVE'::"BatchStatus" END
WHERE b.status = 'SCHEDULED' AND b."scheduledAt" <= clock_timestamp()
RETURNING b.id, b."accountId"`
