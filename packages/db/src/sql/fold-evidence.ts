import type { SmsId } from '@sms/core'
import { Prisma } from '../generated/client.ts'

/** Words alike that stand as they came, before the last one. */
const FIRST_WORDS = 9

/**
 * Bounds the evidence of some SMS. An attempt that is given back may come again without end: a storm of throttles, an outage of hours,
 * slots missed. Of the words alike of one attempt the first nine stand as they came, and the last, which counts those between. What
 * comes late and what was done by hand is never folded. Repeating it changes nothing.
 */
export const foldEvidenceSql = (smsIds: readonly SmsId[]) => Prisma.sql`
WITH alike AS (
  SELECT e.id, row_number() OVER (PARTITION BY e."smsId", e.attempt, e.kind, e.code ORDER BY e.id) AS place,
    max(e.id) OVER (PARTITION BY e."smsId", e.attempt, e.kind, e.code) AS "lastId"
  FROM "SmsEvent" e
  WHERE e."smsId" = ANY(${[...smsIds]}::bigint[]) AND e.kind IN ('throttled', 'blocked', 'unauthorized', 'unavailable')
    AND e."claimId" IS NULL AND e."actId" IS NULL
),
folded AS (
  DELETE FROM "SmsEvent" e USING alike a WHERE e.id = a.id AND a.place > ${FIRST_WORDS} AND a.id < a."lastId"
  RETURNING a."lastId", e.repeats
)
UPDATE "SmsEvent" e SET repeats = e.repeats + f.n
FROM (SELECT "lastId", sum(repeats + 1)::int AS n FROM folded GROUP BY "lastId") f WHERE e.id = f."lastId"`
