import { parseTemplate, type QuietFloors } from '@sms/core'
import { Prisma } from '../generated/client.ts'
import { dueAt } from './quiet.ts'
import { FILLED, templateText, UNFILLED } from './template.ts'
import { accountOf, type Route, routesSql } from './route.ts'

export type ExpandingBatch = {
  id: bigint
  kind: 'SEGMENT' | 'ALL_CONTACTS'
  userId: number
  segmentId: number | null
  expansionCursor: bigint
  expansionBound: bigint
  isPromotional: boolean
  scheduledAt: Date | null
  /** Null: every SMS has the text of the batch. */
  template: string | null
  /** Null: the caller named the account, or there is but the default one. */
  routes: Route[] | null
}

/**
 * A batch whose rows do not all exist yet, by chance among several so that a small one is not behind a large one. One chunk at a
 * time (advisory lock until commit): PostgreSQL does the work, more of them at once would only slow the claims.
 */
export const nextExpandingSql = () => Prisma.sql`
WITH lock AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(hashtext('sms-expand'), 0) AS got)
SELECT b.id, b.kind::text AS kind, b."userId", b."segmentId", b."expansionCursor", b."expansionBound",
  b."isPromotional", b."scheduledAt", CASE WHEN b."isTemplate" THEN b.message END AS template,
  (SELECT json_agg(r) FROM (${routesSql()}) r WHERE NOT b."isAccountNamed") AS routes
FROM "SmsBatch" b
WHERE (SELECT got FROM lock) AND b.status IN ('SCHEDULED', 'EXPANDING', 'ACTIVE', 'PAUSED') AND b."expandedAt" IS NULL
ORDER BY random() LIMIT 1`

/**
 * One keyset chunk of recipients made into rows, all inside PostgreSQL. Opted-out recipients are left out here and checked
 * again at the claim. A number that the batch has already is passed over.
 */
export const expandChunkSql = (batch: ExpandingBatch, chunkSize: number, quiet: QuietFloors = []) => {
  const template = batch.template == null ? null : parseTemplate(batch.template)
  const filled = template === null ? UNFILLED : FILLED
  return Prisma.sql`
WITH chunk AS MATERIALIZED (${batch.kind === 'SEGMENT' ? membersOf(batch, chunkSize) : contactsOf(batch, chunkSize)}),
made AS (
  INSERT INTO "SmsQueue" ("userId", "batchId", "segmentId", "accountId", "phoneNumber", message, "senderName", priority, "isPromotional", "maxAttempts",
    "validUntil", "createdAt", "nextAttemptAt"${filled.columns})
  SELECT b."userId", b.id, b."segmentId", ${accountOf(Prisma.sql`c."phoneNumber"`, batch.routes ?? [])}, c."phoneNumber", ${filled.message}, b."senderName", b.priority, b."isPromotional", b."maxAttempts",
    b."validUntil", b."createdAt", ${dueAt(Prisma.sql`c."phoneNumber"`, Prisma.sql`b."createdAt"`, quiet)}${filled.values}
  FROM chunk c CROSS JOIN "SmsBatch" b${template === null ? Prisma.empty : Prisma.sql` CROSS JOIN LATERAL (SELECT ${templateText(template)} AS text) t`}
  WHERE b.id = ${batch.id}
    AND NOT EXISTS (SELECT 1 FROM "Suppression" o WHERE o."userId" = b."userId" AND o."phoneNumber" = c."phoneNumber")
  ORDER BY c.id
  ON CONFLICT ("batchId", "phoneNumber") DO NOTHING
  RETURNING status, ${batch.routes === null ? Prisma.sql`1` : Prisma.sql`"accountId"`}
)
SELECT (SELECT max(id) FROM chunk) AS cursor, (SELECT count(*) FROM chunk)::int AS read, (SELECT count(*) FROM made)::int AS made,
  ${template === null ? Prisma.sql`0` : Prisma.sql`(SELECT count(*) FROM made m WHERE m.status = 'CANCELLED')::int`} AS unfilled,
  ${batch.routes === null ? Prisma.sql`NULL` : Prisma.sql`(SELECT array_agg(DISTINCT m."accountId") FROM made m)`} AS "accountIds"`
}

// Pairs are compared, not columns: with an equality and a range the planner may walk the primary key through the rows of
// every other segment.
const membersOf = (batch: ExpandingBatch, chunkSize: number) => Prisma.sql`
  SELECT m.id, c."phoneNumber", c.name, c.email FROM "SegmentMember" m JOIN "Contact" c ON c.id = m."contactId"
  WHERE (m."segmentId", m.id) > (${batch.segmentId}::int, ${batch.expansionCursor}::bigint)
    AND (m."segmentId", m.id) <= (${batch.segmentId}::int, ${batch.expansionBound}::bigint)
  ORDER BY m."segmentId", m.id LIMIT ${chunkSize}`

const contactsOf = (batch: ExpandingBatch, chunkSize: number) => Prisma.sql`
  SELECT c.id, c."phoneNumber", c.name, c.email FROM "Contact" c
  WHERE (c."userId", c.id) > (${batch.userId}::int, ${batch.expansionCursor}::bigint)
    AND (c."userId", c.id) <= (${batch.userId}::int, ${batch.expansionBound}::bigint)
  ORDER BY c."userId", c.id LIMIT ${chunkSize}`

/**
 * Counts a chunk into its batch: cursor, pending and, with the last chunk, the end of the expansion. Run after the insert in the
 * same transaction, so the batch row is locked only for this moment. Returns no row when the batch was cancelled meanwhile: the
 * transaction must then be rolled back, for its rows were not in the count that the cancel moved.
 */
export const countChunkSql = (
  batchId: bigint,
  chunk: { cursor: bigint; made: number; unfilled?: number; isLast: boolean; accountIds: readonly number[] },
) => Prisma.sql`
UPDATE "SmsBatch" b SET
  "otherAccountIds" = ${
    chunk.accountIds.length === 0
      ? Prisma.sql`b."otherAccountIds"`
      : Prisma.sql`ARRAY(SELECT DISTINCT i FROM unnest(b."otherAccountIds" || ${[...chunk.accountIds]}::int[]) i WHERE i <> b."accountId" ORDER BY i)`
  },
  pending = b.pending + ${chunk.made}, cancelled = b.cancelled + ${chunk.unfilled ?? 0}, "expansionCursor" = ${chunk.cursor},
  "expandedAt" = CASE WHEN ${chunk.isLast} THEN clock_timestamp() END,
  status = CASE
    WHEN NOT ${chunk.isLast} THEN b.status
    WHEN b.pending + ${chunk.made} = 0 AND b.processing = 0 THEN 'COMPLETED'
    WHEN b.status = 'EXPANDING' THEN 'ACTIVE'
    ELSE b.status END,
  "completedAt" = CASE WHEN ${chunk.isLast} AND b.pending + ${chunk.made} = 0 AND b.processing = 0 THEN clock_timestamp() END
WHERE b.id = ${batchId} AND b.status <> 'CANCELLED' AND b."expandedAt" IS NULL
RETURNING b.id, b."accountId", b.status::text AS status`
