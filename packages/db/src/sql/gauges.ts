import { Prisma } from '../generated/client.ts'
import { isAllPaused } from './sending-pause.ts'

export type WaitingRow = { oldestSeconds: number; windowCount: number; isAllPaused: boolean }

/** How long the oldest due SMS has waited, and how many are in the window. One index entry a live batch, and the window's own. */
export const waitingSql = () => Prisma.sql`
WITH inside AS MATERIALIZED (
  SELECT count(*)::int AS n, min(s."nextAttemptAt") AS since FROM "SenderAccount" a JOIN "SmsQueue" s ON s."accountId" = a.id
  WHERE s.status = 'PENDING' AND s."dispatchedAt" IS NOT NULL
),
waiting AS (
  SELECT since FROM inside
  UNION ALL
  SELECT q."nextAttemptAt" FROM "SenderAccount" a CROSS JOIN LATERAL (
    SELECT s."nextAttemptAt" FROM "SmsQueue" s
    WHERE s."accountId" = a.id AND s."batchId" IS NULL AND s.status = 'PENDING' AND s."dispatchedAt" IS NULL
    ORDER BY s."nextAttemptAt", s.id LIMIT 1) q
  UNION ALL
  SELECT q."nextAttemptAt" FROM "SmsBatch" b CROSS JOIN LATERAL unnest(b."accountId" || b."otherAccountIds") AS a(id) CROSS JOIN LATERAL (
    SELECT s."nextAttemptAt" FROM "SmsQueue" s
    WHERE s."accountId" = a.id AND s."batchId" = b.id AND s.status = 'PENDING' AND s."dispatchedAt" IS NULL
    ORDER BY s."nextAttemptAt", s.id LIMIT 1) q
  WHERE b.status IN ('EXPANDING', 'ACTIVE')
)
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(w.since) FILTER (WHERE w.since <= clock_timestamp())), 0)::float8 AS "oldestSeconds",
  (SELECT n FROM inside) AS "windowCount", ${isAllPaused} AS "isAllPaused"
FROM waiting w`

/** Rows of one look at most; the newest batches first. */
const CHECKED_BATCHES = 20
const LARGEST_BATCH = 100_000

/**
 * How far the stored counters of batches are from their rows, summed; it must be 0 at every moment, for one statement moves both and
 * this one sees one moment. Of the newest batches that are live or ended lately; the largest are left out, which would be read for long.
 */
export const imbalanceSql = () => Prisma.sql`
WITH newest AS (
  SELECT b.* FROM "SmsBatch" b ORDER BY b.id DESC LIMIT 500
),
checked AS MATERIALIZED (
  SELECT b.* FROM newest b
  WHERE b.announced <= ${LARGEST_BATCH} AND (b.status NOT IN ('COMPLETED', 'CANCELLED')
    OR coalesce(b."cancelledAt", b."completedAt") > clock_timestamp() - interval '15 minutes')
  ORDER BY b.id DESC LIMIT ${CHECKED_BATCHES}
),
found AS (
  SELECT s."batchId" AS id, s.status, count(*)::int AS n FROM checked c JOIN "SmsQueue" s ON s."batchId" = c.id GROUP BY s."batchId", s.status
),
counted AS (
  SELECT c.id, c.status,
    coalesce(sum(f.n) FILTER (WHERE f.status = 'PENDING'), 0) AS pending, coalesce(sum(f.n) FILTER (WHERE f.status = 'PROCESSING'), 0) AS processing,
    coalesce(sum(f.n) FILTER (WHERE f.status = 'SENT'), 0) AS sent, coalesce(sum(f.n) FILTER (WHERE f.status = 'FAILED'), 0) AS failed,
    coalesce(sum(f.n) FILTER (WHERE f.status = 'CANCELLED'), 0) AS cancelled, coalesce(sum(f.n) FILTER (WHERE f.status = 'UNKNOWN'), 0) AS unknown
  FROM checked c LEFT JOIN found f ON f.id = c.id GROUP BY c.id, c.status
)
SELECT coalesce(sum(abs(c.processing - n.processing) + abs(c.sent - n.sent) + abs(c.failed - n.failed) + abs(c.unknown - n.unknown)
  -- The waiting rows of a cancelled batch are counted as cancelled before the sweep makes them so.
  + CASE WHEN c.status = 'CANCELLED' THEN abs(c.cancelled - n.cancelled - n.pending) + c.pending
    ELSE abs(c.pending - n.pending) + abs(c.cancelled - n.cancelled) END), 0)::float8 AS imbalance
FROM checked c JOIN counted n ON n.id = c.id`
