import { Prisma } from '../generated/client.ts'

/**
 * Takes credits from a user: no row when there are not enough. The condition is looked at again under the row's lock, so that two
 * sends at once can never take the same credits.
 */
export const takeCreditsSql = (userId: number, count: number) => Prisma.sql`
UPDATE "User" SET "smsCredit" = "smsCredit" - ${count}::int WHERE id = ${userId} AND "smsCredit" >= ${count}::int`

/** Until commit: one round at a time, for it takes rows of users in no certain order. */
export const lockCreditsSql = () => Prisma.sql`SELECT pg_try_advisory_xact_lock(hashtext('sms-credits'), 0) AS got`

/**
 * What a batch has to hold: a credit for each SMS that is sent or may still be. Members whose rows are not made yet are held too, as
 * announced; a batch that was cancelled makes no more.
 */
export const dueOf = Prisma.sql`CASE WHEN b."expandedAt" IS NOT NULL OR b.status = 'CANCELLED' THEN b.pending + b.processing + b.sent + b.unknown
  ELSE greatest(b.announced, b.pending + b.processing + b.sent + b.unknown + b.failed + b.cancelled) - b.failed - b.cancelled END`

const LIVE = Prisma.sql`b.status IN ('SCHEDULED', 'EXPANDING', 'ACTIVE', 'PAUSED')`

/** Whoever is taking credits at this moment is left for the next round: claims must not wait behind this for a user's row. */
const PAYERS = Prisma.sql`SELECT u.id FROM "User" u WHERE u.id IN (SELECT h."userId" FROM held h) FOR NO KEY UPDATE SKIP LOCKED`

/**
 * Brings what some batches hold to what they have to, and gives their users the difference: one statement, so that a credit is never
 * in both places nor in none. Looks at the batches under way, the newest, and the next ones after `after`, for an old one may be
 * replayed or proved otherwise. A batch that a claim or settle has at this moment is passed over: nobody waits for credits.
 */
export const balanceBatchesSql = (after: bigint, limit: number) => Prisma.sql`
WITH looked AS MATERIALIZED (
  (SELECT b.id FROM "SmsBatch" b WHERE ${LIVE} AND b.credits IS NOT NULL AND b.credits <> ${dueOf} ORDER BY b.id LIMIT ${limit})
  UNION
  (SELECT n.id FROM (SELECT * FROM "SmsBatch" ORDER BY id DESC LIMIT ${limit}) AS n)
  UNION
  (SELECT n.id FROM (SELECT * FROM "SmsBatch" WHERE id > ${after} ORDER BY id LIMIT ${limit}) AS n)
),
held AS MATERIALIZED (
  SELECT b.id, b."userId", b.credits, ${dueOf} AS due
  FROM "SmsBatch" b
  WHERE b.id IN (SELECT id FROM looked) AND b.credits IS NOT NULL AND b.credits <> ${dueOf}
  ORDER BY b.id
  FOR NO KEY UPDATE SKIP LOCKED
),
payer AS MATERIALIZED (${PAYERS}),
moved AS (
  UPDATE "SmsBatch" b SET credits = h.due FROM held h JOIN payer p ON p.id = h."userId" WHERE b.id = h.id
),
paid AS (
  UPDATE "User" u SET "smsCredit" = u."smsCredit" + m.back
  FROM (SELECT h."userId", sum(h.credits - h.due)::int AS back FROM held h GROUP BY h."userId") m
  WHERE u.id = m."userId" AND u.id IN (SELECT id FROM payer)
)
SELECT (SELECT count(*) FROM held)::int AS moved,
  (SELECT max(n.id) FROM (SELECT id FROM "SmsBatch" WHERE id > ${after} ORDER BY id LIMIT ${limit}) AS n) AS cursor`

/** The same for single SMS. */
export const balanceSinglesSql = (limit: number) => Prisma.sql`
WITH held AS MATERIALIZED (
  SELECT s.id, s."userId", s.credit
  FROM "SmsQueue" s
  WHERE (s.credit = 1 AND s.status IN ('FAILED', 'CANCELLED')) OR (s.credit = 0 AND s.status NOT IN ('FAILED', 'CANCELLED'))
  ORDER BY s.id LIMIT ${limit}
  FOR NO KEY UPDATE SKIP LOCKED
),
payer AS MATERIALIZED (${PAYERS}),
moved AS (
  UPDATE "SmsQueue" s SET credit = 1 - h.credit FROM held h JOIN payer p ON p.id = h."userId" WHERE s.id = h.id
),
paid AS (
  UPDATE "User" u SET "smsCredit" = u."smsCredit" + m.back
  FROM (SELECT h."userId", sum(CASE WHEN h.credit = 1 THEN 1 ELSE -1 END)::int AS back FROM held h GROUP BY h."userId") m
  WHERE u.id = m."userId" AND u.id IN (SELECT id FROM payer)
)
SELECT count(*)::int AS moved FROM held`
