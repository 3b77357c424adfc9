import type { AudienceDraft, IdempotencyClaim, SingleDraft } from '@sms/core'
import { Prisma } from '../generated/client.ts'
import { accountOf, type Route } from './route.ts'

/** Numbers travel as one string: E.164 holds no comma, and an array of 5,000 costs this process ten times as much. */
const listOf = (chunk: string) => Prisma.sql`string_to_table(${chunk}, ',') WITH ORDINALITY AS n("phoneNumber", place)`

/** One call with a key at a time: when the first is rolled back, those that wait for its row at once would deadlock. */
export const claimKeySql = (userId: number, { key, inputHash }: IdempotencyClaim) => Prisma.sql`
INSERT INTO "IdempotencyKey" ("userId", key, "inputHash")
SELECT ${userId}::int, ${key}, ${inputHash} FROM (SELECT pg_advisory_xact_lock(hashtextextended(${`sms-key ${userId} ${key}`}, 0))) AS turn
ON CONFLICT DO NOTHING`

/**
 * Rows of an explicit list, in its order, without those who opted out. Everything but the number, and the account where there are
 * routes, is the batch's own.
 */
export const insertListSql = (batchId: bigint, chunk: string, routes: readonly Route[]) => Prisma.sql`
INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "senderName", priority, "maxAttempts", "validUntil",
  "createdAt", "nextAttemptAt")
SELECT b."userId", b.id, ${accountOf(Prisma.sql`n."phoneNumber"`, routes)}, n."phoneNumber", b.message, b."senderName", b.priority, b."maxAttempts", b."validUntil",
  b."createdAt", b."createdAt"
FROM ${listOf(chunk)} CROSS JOIN "SmsBatch" b
WHERE b.id = ${batchId}
  AND NOT EXISTS (SELECT 1 FROM "Suppression" o WHERE o."userId" = b."userId" AND o."phoneNumber" = n."phoneNumber")
ORDER BY n.place`

/** The same, and how many rows each account got. */
export const insertRoutedListSql = (batchId: bigint, chunk: string, routes: readonly Route[]) => Prisma.sql`
WITH made AS (${insertListSql(batchId, chunk, routes)} RETURNING "accountId")
SELECT m."accountId", count(*)::int AS count FROM made m GROUP BY m."accountId" ORDER BY m."accountId"`

/** Places, from 0, of the numbers of a chunk that the batch has no row for. */
export const missingFromBatchSql = (batchId: bigint, chunk: string) => Prisma.sql`
SELECT (n.place - 1)::int AS place FROM ${listOf(chunk)}
WHERE NOT EXISTS (SELECT 1 FROM "SmsQueue" s WHERE s."batchId" = ${batchId} AND s."phoneNumber" = n."phoneNumber")
ORDER BY n.place`

const LAST_ID = 9_223_372_036_854_775_807n

/**
 * The audience at this moment: how many, and the last membership id, which bounds the expansion. Both are one index look-up: rows are
 * compared as pairs, because an equality and `max(id)` let the planner walk the primary key through everybody else's rows,
 * so this costs the same for 10 members as for 1,000,000.
 */
export const audienceSql = ({ segmentId, userId }: AudienceDraft) =>
  segmentId === null
    ? Prisma.sql`
SELECT u."contactCount" AS announced, (
  SELECT CASE WHEN c."userId" = u.id THEN c.id END FROM "Contact" c
  WHERE (c."userId", c.id) <= (u.id, ${LAST_ID}::bigint) ORDER BY c."userId" DESC, c.id DESC LIMIT 1) AS bound
FROM "User" u WHERE u.id = ${userId}`
    : Prisma.sql`
SELECT g."memberCount" AS announced, (
  SELECT CASE WHEN m."segmentId" = g.id THEN m.id END FROM "SegmentMember" m
  WHERE (m."segmentId", m.id) <= (g.id, ${LAST_ID}::bigint) ORDER BY m."segmentId" DESC, m.id DESC LIMIT 1) AS bound
FROM "Segment" g WHERE g.id = ${segmentId}`

/** Whether the recipient of a single SMS opted out, and which account has its country. */
export const recipientSql = (userId: number, phoneNumber: string) => Prisma.sql`
SELECT EXISTS (SELECT 1 FROM "Suppression" o WHERE o."userId" = ${userId} AND o."phoneNumber" = ${phoneNumber}) AS "isOptedOut",
  (SELECT a.id FROM "SenderAccount" a WHERE a."disabledAt" IS NULL
    AND a."callingCodes" && ARRAY[substr(${phoneNumber}, 2, 1), substr(${phoneNumber}, 2, 2), substr(${phoneNumber}, 2, 3)] LIMIT 1) AS "accountId"`

/** Until commit: one press at a time for a user, number and text. */
export const lockSingleSql = ({ userId, phoneNumber, message }: SingleDraft) => Prisma.sql`
SELECT pg_advisory_xact_lock(hashtextextended(${`sms-single ${userId} ${phoneNumber} ${message}`}, 0))`
