import type { Caller, SmsId } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/** By primary key; a waiting SMS of a cancelled batch is cancelled. */
export const statusesSql = (smsIds: readonly SmsId[]) => Prisma.sql`
SELECT s.id, CASE WHEN s.status = 'PENDING' AND b.status = 'CANCELLED' THEN 'CANCELLED' ELSE s.status::text END AS status
FROM "SmsQueue" s LEFT JOIN "SmsBatch" b ON b.id = s."batchId"
WHERE s.id = ANY(${[...smsIds]}::bigint[])`

/** SMS without a batch by status: read from the index on (batchId, status), where they lie together. */
export const singlesSql = (caller: Caller) => Prisma.sql`
SELECT s.status::text AS status, count(*)::int AS count FROM "SmsQueue" s
WHERE s."batchId" IS NULL ${caller.isAdmin ? Prisma.empty : Prisma.sql`AND s."userId" = ${caller.userId}`}
GROUP BY s.status`

/** From the batches' own counters: no row of SmsQueue is read. */
export const backlogSql = () => Prisma.sql`
SELECT COALESCE(sum(b.pending), 0)::float8 AS pending, COALESCE(sum(b.processing), 0)::float8 AS processing,
  COALESCE(sum(b.unknown), 0)::float8 AS unknown
FROM "SmsBatch" b`

/** Single SMS that are open: exactly the rows of a small partial index. */
export const openSinglesSql = () => Prisma.sql`
SELECT s.status::text AS status, count(*)::int AS count FROM "SmsQueue" s
WHERE s."batchId" IS NULL AND s.status IN ('PENDING', 'PROCESSING', 'UNKNOWN') GROUP BY s.status`
