import { Prisma } from '../generated/client.ts'

/** `text` of a single SMS, whose parts have to be counted; else `parts` is its batch's. */
export type PartsRow = { kind: 'waiting' | 'unknown'; parts: number | null; text: string | null; count: number }

/** What waits, and what may have been paid for: from the batches' counters, and from the rows of single SMS. */
export const partsSql = () => Prisma.sql`
SELECT 'waiting' AS kind, b.parts::int AS parts, NULL AS text, sum(b.pending)::int AS count
FROM "SmsBatch" b WHERE b.pending > 0 GROUP BY b.parts
UNION ALL
SELECT 'unknown', b.parts::int, NULL, sum(b.unknown)::int FROM "SmsBatch" b WHERE b.unknown > 0 GROUP BY b.parts
UNION ALL
SELECT CASE s.status WHEN 'PENDING' THEN 'waiting' ELSE 'unknown' END, NULL, s.message, count(*)::int
FROM "SmsQueue" s WHERE s."batchId" IS NULL AND s.status IN ('PENDING', 'UNKNOWN') GROUP BY 1, s.message`
