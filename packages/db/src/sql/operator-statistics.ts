import { Prisma } from '../generated/client.ts'

export type EndedRow = { hour: Date; status: 'SENT' | 'FAILED' | 'CANCELLED' | 'UNKNOWN'; code: string | null; count: number }
/** `text` of a single SMS, whose parts have to be counted; else `parts` is its batch's. */
export type PartsRow = { kind: 'waiting' | 'unknown'; parts: number | null; text: string | null; count: number }

/** What ended, by hour (UTC), state and code. Reads the table once: no index is kept for it, which every send would have to pay for. */
export const endedSql = (sinceHours: number) => Prisma.sql`
SELECT date_trunc('hour', coalesce(s."sentAt", s."failedAt"), 'UTC') AS hour, s.status::text AS status,
  CASE WHEN s.status <> 'SENT' THEN s."errorCode" END AS code, count(*)::int AS count
FROM "SmsQueue" s
WHERE s.status IN ('SENT', 'FAILED', 'CANCELLED', 'UNKNOWN')
  AND coalesce(s."sentAt", s."failedAt") > clock_timestamp() - make_interval(hours => ${sinceHours}::int)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`

/** What waits, and what may have been paid for: from the batches' counters, and from the rows of single SMS. */
export const partsSql = () => Prisma.sql`
SELECT 'waiting' AS kind, b.parts::int AS parts, NULL AS text, sum(b.pending)::int AS count
FROM "SmsBatch" b WHERE b.pending > 0 GROUP BY b.parts
UNION ALL
SELECT 'unknown', b.parts::int, NULL, sum(b.unknown)::int FROM "SmsBatch" b WHERE b.unknown > 0 GROUP BY b.parts
UNION ALL
SELECT CASE s.status WHEN 'PENDING' THEN 'waiting' ELSE 'unknown' END, NULL, s.message, count(*)::int
FROM "SmsQueue" s WHERE s."batchId" IS NULL AND s.status IN ('PENDING', 'UNKNOWN') GROUP BY 1, s.message`
