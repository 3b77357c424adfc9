import type { BatchId, QuietFloors, RefusedLine, UploadChunk } from '@sms/core'
import { arrayLiteral, textArrayLiteral } from '../array-literal.ts'
import { Prisma } from '../generated/client.ts'
import { dueAt } from './quiet.ts'
import { accountOf, type Route } from './route.ts'

export type InsertedChunk = {
  made: number
  accountIds: number[]
  /** Places, from 0, that have no row, and why. */
  optedOut: number[]
  duplicates: number[]
}

/**
 * Rows of some recipients, without those who opted out and those the batch has already, from this chunk or an earlier one: the unique index
 * decides. A repetition of somebody who opted out is refused for that too.
 */
export const insertUploadSql = (
  batchId: BatchId,
  { phoneNumbers, texts }: Pick<UploadChunk, 'phoneNumbers' | 'texts'>,
  { routes, quiet }: { routes: readonly Route[]; quiet: QuietFloors },
) => Prisma.sql`
WITH given AS MATERIALIZED (
  SELECT n."phoneNumber", ${texts === null ? Prisma.sql`NULL::text` : Prisma.sql`n.text`} AS text, (n.place - 1)::int AS place,
    row_number() OVER (PARTITION BY n."phoneNumber" ORDER BY n.place) AS nth,
    EXISTS (SELECT 1 FROM "Suppression" o JOIN "SmsBatch" b ON b."userId" = o."userId"
      WHERE b.id = ${batchId} AND o."phoneNumber" = n."phoneNumber") AS "isOut"
  FROM ${
    texts === null
      ? Prisma.sql`string_to_table(${phoneNumbers.join(',')}, ',') WITH ORDINALITY AS n("phoneNumber", place)`
      : Prisma.sql`unnest(string_to_array(${phoneNumbers.join(',')}, ','), ${textArrayLiteral(texts)}::text[]) WITH ORDINALITY AS n("phoneNumber", text, place)`
  }
),
made AS (
  INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "senderName", priority, "isPromotional", "maxAttempts",
    "validUntil", "createdAt", "nextAttemptAt")
  SELECT b."userId", b.id, ${accountOf(Prisma.sql`g."phoneNumber"`, routes)}, g."phoneNumber", coalesce(g.text, b.message), b."senderName", b.priority,
    b."isPromotional", b."maxAttempts", b."validUntil", b."createdAt", ${dueAt(Prisma.sql`g."phoneNumber"`, Prisma.sql`b."createdAt"`, quiet)}
  FROM given g CROSS JOIN "SmsBatch" b
  WHERE b.id = ${batchId} AND g.nth = 1 AND NOT g."isOut"
  ORDER BY g.place
  ON CONFLICT ("batchId", "phoneNumber") DO NOTHING
  RETURNING "phoneNumber", "accountId"
)
SELECT (SELECT count(*) FROM made)::int AS made,
  ARRAY(SELECT DISTINCT m."accountId" FROM made m) AS "accountIds",
  ARRAY(SELECT g.place FROM given g WHERE g."isOut" ORDER BY g.place) AS "optedOut",
  ARRAY(SELECT g.place FROM given g LEFT JOIN made m ON m."phoneNumber" = g."phoneNumber" AND g.nth = 1
    WHERE NOT g."isOut" AND m."phoneNumber" IS NULL ORDER BY g.place) AS duplicates`

export const insertRefusalsSql = (batchId: BatchId, refused: readonly RefusedLine[]) => Prisma.sql`
INSERT INTO "BatchRefusal" ("batchId", line, code)
SELECT ${batchId}, r.line, r.code FROM unnest(${arrayLiteral(refused.map(({ line }) => line))}::int[], ${arrayLiteral(
  refused.map(({ code }) => code),
)}::text[]) AS r(line, code)`

/** `delayed`: those for whom quiet hours end later, the last of them at `until`. */
export type UploadGroup = { accountId: number; count: number; delayed: number; until: Date | null }

export const uploadGroupsSql = (batchId: BatchId) => Prisma.sql`
SELECT s."accountId", count(*)::int AS count, count(*) FILTER (WHERE s."nextAttemptAt" > b.due)::int AS delayed,
  max(s."nextAttemptAt") FILTER (WHERE s."nextAttemptAt" > b.due) AS until
FROM "SmsQueue" s CROSS JOIN (SELECT greatest(o."createdAt", o."scheduledAt") AS due FROM "SmsBatch" o WHERE o.id = ${batchId}) b
WHERE s."batchId" = ${batchId} GROUP BY s."accountId" ORDER BY s."accountId"`

export const countRefusalsSql = (batchId: BatchId) => Prisma.sql`
SELECT r.code, count(*)::int AS count FROM "BatchRefusal" r WHERE r."batchId" = ${batchId} GROUP BY r.code`

/** The next refused lines of a batch, in the order of its file. */
export const refusalsSql = (batchId: BatchId, after: number, limit: number) => Prisma.sql`
SELECT r.line, r.code FROM "BatchRefusal" r WHERE r."batchId" = ${batchId} AND r.line > ${after} ORDER BY r.line LIMIT ${limit}`
