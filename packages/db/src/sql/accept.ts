import type { AudienceDraft, IdempotencyClaim, MessageTemplate, QuietFloors, SingleDraft } from '@sms/core'
import { Prisma } from '../generated/client.ts'
import { dueAt } from './quiet.ts'
import { FILLED, templateText, UNFILLED } from './template.ts'
import { accountOf, type Route } from './route.ts'

/** Numbers travel as one string: E.164 holds no comma, and an array of 5,000 costs this process ten times as much. */
const listOf = (chunk: string) => Prisma.sql`string_to_table(${chunk}, ',') WITH ORDINALITY AS n("phoneNumber", place)`

/** One call with a key at a time: when the first is rolled back, those that wait for its row at once would deadlock. */
export const claimKeySql = (userId: number, { key, inputHash }: IdempotencyClaim) => Prisma.sql`
INSERT INTO "IdempotencyKey" ("userId", key, "inputHash")
SELECT ${userId}::int, ${key}, ${inputHash} FROM (SELECT pg_advisory_xact_lock(hashtextextended(${`sms-key ${userId} ${key}`}, 0))) AS turn
ON CONFLICT DO NOTHING`

/** Held until commit, so that the cleanup does not take it away between this look and the answer. */
export const readKeySql = (userId: number, key: string) => Prisma.sql`
SELECT k."inputHash", k."batchId", k."smsId" FROM "IdempotencyKey" k WHERE k."userId" = ${userId} AND k.key = ${key} FOR KEY SHARE`

/** What of a row is chosen by its number. */
export type RowChoices = { routes: readonly Route[]; quiet: QuietFloors; template: MessageTemplate | null }

/**
 * Rows of an explicit list, in its order, without those who opted out. Everything but the number, and the account where there are
 * routes, is the batch's own.
 */
export const insertListSql = (batchId: bigint, chunk: string, { routes, quiet, template }: RowChoices) => {
  const filled = template === null ? UNFILLED : FILLED
  return Prisma.sql`
INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "senderName", priority, "isPromotional", "maxAttempts",
  "validUntil", "createdAt", "nextAttemptAt"${filled.columns})
SELECT b."userId", b.id, ${accountOf(Prisma.sql`n."phoneNumber"`, routes)}, n."phoneNumber", ${filled.message}, b."senderName", b.priority, b."isPromotional", b."maxAttempts",
  b."validUntil", b."createdAt", ${dueAt(Prisma.sql`n."phoneNumber"`, Prisma.sql`b."createdAt"`, quiet)}${filled.values}
FROM ${listOf(chunk)} CROSS JOIN "SmsBatch" b${template === null ? Prisma.empty : contactText(template)}
WHERE b.id = ${batchId}
  AND NOT EXISTS (SELECT 1 FROM "Suppression" o WHERE o."userId" = b."userId" AND o."phoneNumber" = n."phoneNumber")
ORDER BY n.place`
}

const contactText = (template: MessageTemplate) => Prisma.sql`
  LEFT JOIN "Contact" c ON c."userId" = b."userId" AND c."phoneNumber" = n."phoneNumber" CROSS JOIN LATERAL (SELECT ${templateText(template)} AS text) t`

/** Places, from 0, of the numbers of a chunk whose row could not be filled in. */
export const unfilledSql = (batchId: bigint, chunk: string) => Prisma.sql`
SELECT (n.place - 1)::int AS place FROM ${listOf(chunk)}
JOIN "SmsQueue" s ON s."batchId" = ${batchId} AND s."phoneNumber" = n."phoneNumber"
WHERE s.status = 'CANCELLED' AND s."errorCode" = 'MISSING_VARIABLE' ORDER BY n.place`

/** One recipient's text. */
export const singleTextSql = (userId: number, phoneNumber: string, template: MessageTemplate) => Prisma.sql`
SELECT ${templateText(template)} AS text FROM (SELECT 1) one
LEFT JOIN "Contact" c ON c."userId" = ${userId} AND c."phoneNumber" = ${phoneNumber}`

/** The same, and how many rows each account got. */
export const insertRoutedListSql = (batchId: bigint, chunk: string, choices: RowChoices) => Prisma.sql`
WITH made AS (${insertListSql(batchId, chunk, choices)} RETURNING "accountId", status)
SELECT m."accountId", count(*)::int AS count, (count(*) FILTER (WHERE m.status = 'CANCELLED'))::int AS unfilled FROM made m GROUP BY m."accountId" ORDER BY m."accountId"`

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
export const audienceSql = ({ segmentId, userId }: Pick<AudienceDraft, 'segmentId' | 'userId'>) =>
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
export const lockSingleSql = ({
  userId,
  phoneNumber,
  message,
}: Pick<SingleDraft, 'userId' | 'phoneNumber' | 'message'>) => Prisma.sql`
SELECT pg_advisory_xact_lock(hashtextextended(${`sms-single ${userId} ${phoneNumber} ${message}`}, 0))`
