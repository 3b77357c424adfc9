import type { Settlement, SmsId } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/** Holds the row: what is read of it and its story afterwards stays true until the end of the transaction. */
export const holdSmsSql = (smsId: SmsId) => Prisma.sql`
SELECT s.status::text AS status, s."claimId"::text AS "claimId", s."messageId" FROM "SmsQueue" s WHERE s.id = ${smsId} FOR NO KEY UPDATE`

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

/** Its receipt finds it from now on. */
export const confirmSentSql = (smsId: SmsId, messageId: string | null) => Prisma.sql`
UPDATE "SmsQueue" s SET "messageId" = coalesce(s."messageId", ${messageId}) WHERE s.id = ${smsId} AND s.status = 'SENT'`

/** What became of the attempt that was given up last is proved: no receipt has to tell it any more. */
export const provedSql = (smsId: SmsId) => Prisma.sql`
UPDATE "SmsQueue" s SET "supersededAttemptAt" = NULL WHERE s.id = ${smsId} AND s."supersededAttemptAt" IS NOT NULL`
