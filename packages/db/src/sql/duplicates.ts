import type { Settlement, SmsId } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/**
 * One late acceptance of a number at a time: ids that were inferred are exchanged among its SMS, and who has which is read before its row
 * is held.
 */
export const lockNumberSql = (smsId: SmsId) => Prisma.sql`
SELECT pg_advisory_xact_lock(hashtext('sms-late'), hashtext(s."phoneNumber"))::text FROM "SmsQueue" s WHERE s.id = ${smsId}`

/**
 * Holds the row: what is read of it and its story afterwards stays true until the end of the transaction. With it the one that has this
 * message by inference, in the order in which everybody locks.
 */
export const holdSmsSql = (smsId: SmsId, messageId: string | null) => Prisma.sql`
SELECT s.id, s.status::text AS status, s."claimId"::text AS "claimId", s."messageId" FROM "SmsQueue" s
WHERE s.id = ANY(ARRAY(SELECT ${smsId}::bigint UNION SELECT q.id FROM "SmsQueue" q WHERE q."messageId" = ${messageId}))
ORDER BY s.id
FOR NO KEY UPDATE`

/**
 * What decisions took the place of, and whether a receipt has told of this message. A statement of its own: one that waited for the
 * row would see the story of before.
 */
export const storySql = (smsId: SmsId, claimId: string, messageId: string | null) => Prisma.sql`
SELECT (array_agg(e."claimId"::text ORDER BY e.id DESC) FILTER (WHERE e."actId" IS NOT NULL))[1] AS "supersededClaimId",
  coalesce(bool_or(e."actId" IS NOT NULL AND e."claimId" = ${claimId}::uuid), false) AS "wasSuperseded",
  coalesce(bool_or(e."claimId" IS NULL AND e."messageId" = ${messageId}), false) AS "wasReported"
FROM "SmsEvent" e WHERE e."smsId" = ${smsId}`

export type LateEvidence = {
  kind: string
  code: string | null
  text: string
  httpStatus: number | null
  messageId: string | null
}

const ACCEPTANCES = Prisma.sql`('DUPLICATE_ACCEPTED', 'ACCEPTED_LATE', 'CONFIRMED')`

/**
 * Once: an acceptance once a claim, by whatever it meant the first time; another word once, also when the settle itself had written it
 * before the decision came. Whoever writes holds the row of the SMS, so no two of them meet between the look and the write.
 */
export const lateEvidenceSql = ({ smsId, claimId, attempt, worker, outcome }: Settlement, evidence: LateEvidence) => Prisma.sql`
INSERT INTO "SmsEvent" ("smsId", at, kind, attempt, code, text, "httpStatus", worker, "claimId", "messageId")
SELECT ${smsId}, clock_timestamp(), ${evidence.kind}, ${attempt}, ${evidence.code}, ${evidence.text}, ${evidence.httpStatus}::int, ${worker},
  ${claimId}::uuid, ${evidence.messageId}
WHERE NOT EXISTS (
  SELECT 1 FROM "SmsEvent" e WHERE e."smsId" = ${smsId} AND e."actId" IS NULL AND ${
    outcome.kind === 'accepted'
      ? Prisma.sql`e."claimId" = ${claimId}::uuid AND e.kind IN ${ACCEPTANCES}`
      : Prisma.sql`e.kind = ${evidence.kind} AND e.attempt = ${attempt} AND e.worker = ${worker} AND e.code = ${evidence.code}`
  })`

/**
 * What is known to be accepted must not be sent once more: its time is over from now on, for the claim (which then ends it as
 * EXPIRED, with the counters) and for every replay. The status stays, so no counter moves and no batch row is needed.
 */
export const closeAcceptedSql = (smsId: SmsId) => Prisma.sql`
UPDATE "SmsQueue" s SET "validUntil" = least(s."validUntil", clock_timestamp()),
  "errorCode" = CASE WHEN s.status = 'FAILED' THEN 'ACCEPTED_LATE' ELSE s."errorCode" END,
  "errorMessage" = CASE WHEN s.status = 'FAILED' THEN 'Orange accepted an attempt that had been given up.' ELSE s."errorMessage" END
WHERE s.id = ${smsId} AND s.status IN ('PENDING', 'PROCESSING', 'UNKNOWN', 'FAILED')`

/**
 * Its id is the one that its worker read. An id that it had was inferred from receipts, and which of some ids is whose was told by their
 * order alone: who had this one takes the other in exchange, with its delivery and what receipts wrote into its timeline. That may be an
 * attempt of the same SMS that was given up, which has no delivery of its own. Where nobody had it the other id is nobody's again. The
 * receipts of both are looked at anew.
 */
export const confirmSentSql = (smsId: SmsId, messageId: string) => Prisma.sql`
WITH pair AS MATERIALIZED (
  SELECT s.id, s.attempts, s."messageId" AS had, o.id AS "otherId", o.attempts AS "otherAttempts", o."deliveryStatus", o."deliveredAt",
    s."deliveryStatus" AS "hadStatus", s."deliveredAt" AS "hadDeliveredAt"
  FROM "SmsQueue" s LEFT JOIN LATERAL (
    SELECT t.id, t.attempts, t."deliveryStatus", t."deliveredAt" FROM "SmsQueue" t
    WHERE t."messageId" = ${messageId} AND t.id <> s.id
      AND EXISTS (SELECT 1 FROM "SmsEvent" e WHERE e."smsId" = t.id AND e."claimId" IS NULL AND e.kind IN ('RECEIPT_PROOF', 'CONFIRMED'))
      AND NOT EXISTS (SELECT 1 FROM "SmsEvent" e WHERE e."smsId" = t.id AND e."claimId" IS NOT NULL AND e.kind = 'CONFIRMED')
    ORDER BY t.id LIMIT 1
  ) o ON true
  WHERE s.id = ${smsId} AND s.status = 'SENT' AND s."messageId" IS DISTINCT FROM ${messageId}
),
own AS (
  UPDATE "SmsQueue" s SET "messageId" = ${messageId}, "deliveryStatus" = p."deliveryStatus", "deliveredAt" = p."deliveredAt"
  FROM pair p WHERE s.id = p.id
),
other AS (
  UPDATE "SmsQueue" t SET "messageId" = p.had, "deliveryStatus" = p."hadStatus", "deliveredAt" = p."hadDeliveredAt"
  FROM pair p WHERE t.id = p."otherId"
),
-- Of this very SMS, and inferred like its id: the word of its own worker names a claim.
twin AS (
  UPDATE "SmsEvent" e SET "messageId" = p.had
  FROM pair p WHERE e."smsId" = p.id AND e."messageId" = ${messageId} AND e."claimId" IS NULL
),
story AS (
  UPDATE "SmsEvent" e SET "smsId" = CASE WHEN e."smsId" = p.id THEN p."otherId" ELSE p.id END,
    attempt = CASE WHEN e."smsId" = p.id THEN p."otherAttempts" ELSE p.attempts END
  FROM pair p WHERE p."otherId" IS NOT NULL AND e."smsId" IN (p.id, p."otherId") AND e.kind = 'RECEIPT'
),
-- Whoever is found to own that id gets them anew.
untold AS (
  DELETE FROM "SmsEvent" e USING pair p WHERE p."otherId" IS NULL AND e."smsId" = p.id AND e.kind = 'RECEIPT'
),
theirs AS MATERIALIZED (
  SELECT r.id FROM pair p JOIN "SmsReceipt" r ON r."messageId" IN (${messageId}, p.had) FOR UPDATE OF r SKIP LOCKED
)
UPDATE "SmsReceipt" r SET "nextLookAt" = clock_timestamp(), "matchedAt" = NULL, "smsId" = NULL, effect = NULL
FROM theirs t WHERE r.id = t.id`

/**
 * How many attempts of an SMS a person gave up under an id that is still not known: an acceptance that could not be read has one too.
 * Never too few: a replay of what had been refused counts as well.
 */
export const givenUpCount = (smsId: Prisma.Sql) => Prisma.sql`(
  SELECT count(*) FROM "SmsEvent" g WHERE g."smsId" = ${smsId} AND g."actId" IS NOT NULL AND g."claimId" IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM "SmsEvent" p WHERE p."smsId" = g."smsId" AND p."actId" IS NULL AND p."claimId" = g."claimId" AND p.kind <> 'unknown'
      AND (p."messageId" IS NOT NULL OR p.kind NOT IN ${ACCEPTANCES})))`

/** Once each attempt that was given up is accounted for, no receipt has to tell of any more. */
export const provedSql = (smsId: SmsId) => Prisma.sql`
UPDATE "SmsQueue" s SET "supersededAttemptAt" = NULL
WHERE s.id = ${smsId} AND s."supersededAttemptAt" IS NOT NULL AND ${givenUpCount(Prisma.sql`s.id`)} = 0`
