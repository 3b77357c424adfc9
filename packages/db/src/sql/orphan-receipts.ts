import { textArrayLiteral } from '../array-literal.ts'
import { Prisma } from '../generated/client.ts'
import { lockedBatchesOf } from './batch-row.ts'
import { givenUpCount } from './duplicates.ts'
import { decodedId, smsOfId } from './receipts.ts'

/** Ids as strings: they travel as one JSON text. */
export type ProofRow = {
  id: string
  batchId: string | null
  attempts: number
  messageId: string
  proved: 'RESOLVED' | 'CONFIRMED' | 'DUPLICATE' | 'ACCEPTED_LATE'
}

/** Orange reports within a day; three are safe. An attempt that began earlier than this before a receipt is not what it is about. */
const WINDOW = Prisma.sql`interval '3 days'`

/** Orphans, and attempts, of one number. With more of either it is left alone: that is no recipient. */
const MOST_OF_A_NUMBER = 100

/**
 * Ids in receipts must be spelt as in the answers to our requests, else the receipt of every SMS is an orphan and all that follows from
 * orphans is wrong. So nothing follows before some receipt of these days has met its SMS by an id that a worker had read. Where no
 * answer could be read at all nothing is inferred: that is for a person. Orphans wait, and are looked at again.
 */
const SPELLING_KNOWN = Prisma.sql`interval '7 days'`

/** As the partial index has it, word for word. */
const isUnidentified = Prisma.sql`(s.status = 'UNKNOWN' OR (s.status = 'SENT' AND s."messageId" IS NULL) OR s."supersededAttemptAt" IS NOT NULL)`

/**
 * Receipts of ids that nobody knows, of some numbers. The account is ours alone, so each such id is that of an attempt of ours whose
 * answer was lost; what that attempt was follows by elimination, or not at all.
 *
 * Candidates are the attempts to that number that began within the window before the receipt: the last one of an UNKNOWN, the one of a
 * SENT without id, and the one that a person gave up (`supersededAttemptAt`). A receipt names no account, so they are sought in all
 * accounts, which is stricter than in one. Nothing follows while an SMS to that number is PROCESSING, when candidates are of
 * different kinds (unless they are the attempts of one and the same SMS: the last one, and the one before it that was given up), when
 * there are more or fewer of them than ids, or when one began after the receipt that would be its. An SMS of which several attempts were
 * given up is one candidate, which may own several ids: beside another one, its own last attempt too, nothing follows.
 *
 * One snapshot is enough for that: an attempt can own an id only if its claim was committed before the receipt was stored. What
 * changed since the snapshot (a late settle, an operator, another worker here) is seen under the locks, and the whole number is left
 * for a later look. As many ids as candidates: all of them were accepted; which id is whose is told by their order alone.
 */
const provenSql = (numbers: readonly string[]) => Prisma.sql`
asked AS MATERIALIZED (
  SELECT n.number FROM (SELECT DISTINCT p.number FROM unnest(${textArrayLiteral(numbers)}::text[]) AS p(number)) n
  WHERE (
    SELECT count(*) FROM (
      SELECT 1 FROM "SmsReceipt" r
      WHERE r."phoneNumber" = n.number AND r."orphanAt" IS NOT NULL AND r."nextLookAt" IS NOT NULL LIMIT ${MOST_OF_A_NUMBER + 1}
    ) theirs
  ) <= ${MOST_OF_A_NUMBER}
    AND EXISTS (SELECT 1 FROM "SmsReceipt" k WHERE k.effect = ANY (ARRAY['MOVED', 'UNCHANGED']) AND k."matchedAt" > now() - ${SPELLING_KNOWN} OFFSET 0)
),
orphan AS MATERIALIZED (
  SELECT a.number, o."messageId", f."firstAt" FROM asked a
  CROSS JOIN LATERAL (
    SELECT DISTINCT r."messageId" FROM "SmsReceipt" r
    WHERE r."phoneNumber" = a.number AND r."orphanAt" IS NOT NULL AND r."nextLookAt" IS NOT NULL
  ) o
  -- An id is as old as the first word about it.
  CROSS JOIN LATERAL (SELECT min(r."receivedAt") AS "firstAt" FROM "SmsReceipt" r WHERE r."messageId" = o."messageId") f
  WHERE NOT EXISTS (SELECT 1 FROM "SmsQueue" s WHERE s."messageId" = o."messageId" OFFSET 0)
    AND NOT EXISTS (SELECT 1 FROM "SmsEvent" e WHERE e."messageId" = o."messageId" OFFSET 0)
    -- Nor is one an orphan whose decoded spelling is known, or has a receipt of its own, which stands for both.
    AND (strpos(o."messageId", '%') = 0 OR NOT EXISTS (
      SELECT 1 FROM (SELECT ${decodedId(Prisma.sql`o."messageId"`)} AS id OFFSET 0) p CROSS JOIN LATERAL (
        SELECT 1 FROM ${smsOfId(Prisma.sql`p.id`)} k
        UNION ALL
        (SELECT 1 FROM "SmsReceipt" x WHERE x."messageId" = p.id OFFSET 0)
      ) k))
),
span AS MATERIALIZED (SELECT o.number, min(o."firstAt") AS "firstAt", max(o."firstAt") AS "lastAt" FROM orphan o GROUP BY o.number),
candidate AS MATERIALIZED (
  SELECT p.number, c.id, c.kind, c."beganAt", c.kind = 'SUPERSEDED' AND ${givenUpCount(Prisma.sql`c.id`)} > 1 AS "isSeveral"
  FROM span p CROSS JOIN LATERAL (
    SELECT s.id, t.kind, t."beganAt" FROM "SmsQueue" s CROSS JOIN LATERAL (VALUES
      (CASE WHEN s.status IN ('UNKNOWN', 'SENT') AND s."messageId" IS NULL THEN s.status::text END, s."lastAttemptAt"),
      (CASE WHEN s."supersededAttemptAt" IS NOT NULL THEN 'SUPERSEDED' END, s."supersededAttemptAt")) AS t(kind, "beganAt")
    WHERE s."phoneNumber" = p.number AND ${isUnidentified}
      AND t.kind IS NOT NULL
      -- Of several attempts that were given up the row knows the last: it stands for those before it too.
      AND (t.kind = 'SUPERSEDED' OR t."beganAt" < p."lastAt") AND t."beganAt" > p."firstAt" - ${WINDOW}
    LIMIT ${MOST_OF_A_NUMBER + 1}
  ) c
),
ranked_candidate AS (
  SELECT c.*, row_number() OVER (PARTITION BY c.number ORDER BY c."beganAt", c.id) AS place, count(*) OVER (PARTITION BY c.number) AS total,
    min(c.kind) OVER (PARTITION BY c.number) = max(c.kind) OVER (PARTITION BY c.number)
      OR min(c.id) OVER (PARTITION BY c.number) = max(c.id) OVER (PARTITION BY c.number) AS "isAlike",
    bool_or(c."isSeveral") OVER (PARTITION BY c.number) AS "hasSeveral"
  FROM candidate c
),
ranked_orphan AS (
  SELECT o.*, row_number() OVER (PARTITION BY o.number ORDER BY o."firstAt", o."messageId") AS place, count(*) OVER (PARTITION BY o.number) AS total
  FROM orphan o JOIN (SELECT c.number, min(c."beganAt") AS "beganAt" FROM candidate c GROUP BY c.number) e ON e.number = o.number
  -- One that came before all of them is of none of them.
  WHERE o."firstAt" > e."beganAt"
),
paired AS MATERIALIZED (
  SELECT c.number, c.id, c.kind, c."beganAt", c.total, o."messageId", o."firstAt" > c."beganAt" AS fits
  FROM ranked_candidate c JOIN ranked_orphan o ON o.number = c.number AND o.place = c.place AND o.total = c.total
  WHERE c."isAlike" AND (c.total = 1 OR NOT c."hasSeveral") AND NOT EXISTS (
    SELECT 1 FROM "SmsQueue" q WHERE q.status = 'PROCESSING' AND q."phoneNumber" = c.number
      AND q."accountId" = ANY(ARRAY(SELECT a.id FROM "SenderAccount" a)) OFFSET 0)
),
wanted AS MATERIALIZED (
  SELECT p.* FROM paired p WHERE NOT EXISTS (SELECT 1 FROM paired x WHERE x.number = p.number AND NOT x.fits)
),
${lockedBatchesOf(Prisma.sql`wanted`)},
found AS MATERIALIZED (
  SELECT s.id, s."batchId", s.status, s."messageId", s."lastAttemptAt", s."supersededAttemptAt", s."errorCode", s.attempts
  FROM "SmsQueue" s WHERE s.id = ANY(ARRAY(SELECT w.id FROM wanted w)) AND (SELECT count(*) FROM batch) >= 0
  ORDER BY s.id
  FOR NO KEY UPDATE OF s
),
judged AS MATERIALIZED (
  SELECT w.number, w.kind, w."beganAt", w."messageId", w.total, f.id, f."batchId", f.status, f."errorCode", f.attempts,
    count(*) FILTER (WHERE CASE WHEN w.kind = 'SUPERSEDED' THEN f."supersededAttemptAt" = w."beganAt"
      ELSE f.status::text = w.kind AND f."messageId" IS NULL AND f."lastAttemptAt" = w."beganAt" END) OVER (PARTITION BY w.number) AS "stillSo"
  FROM wanted w JOIN found f ON f.id = w.id
),
proven AS MATERIALIZED (
  SELECT j.*, CASE j.kind WHEN 'UNKNOWN' THEN 'RESOLVED' WHEN 'SENT' THEN 'CONFIRMED'
    -- Of one that is SENT, or is by this very proof.
    ELSE CASE WHEN j.status = 'SENT' OR count(*) OVER (PARTITION BY j.id) > 1 THEN 'DUPLICATE' ELSE 'ACCEPTED_LATE' END END AS proved
  FROM judged j WHERE j."stillSo" = j.total
)`

/**
 * What follows from the orphans of these numbers, written: UNKNOWN becomes SENT with its id and the counters of its batch; a SENT
 * without id gets it; an attempt that a person gave up is known to have been accepted, and its SMS is not sent once more (its status
 * stays; its time is over, for the claim and for every replay), or, where its last attempt is proved with it, that it was sent twice.
 * The claim id stays: a late settle of that attempt is still its own.
 * The receipts are due at once: their delivery is the next look's.
 */
export const resolveOrphansSql = (numbers: readonly string[]) => Prisma.sql`
WITH ${provenSql(numbers)},
-- One row an SMS, for a statement changes a row once: what its last attempt was, and whether one before it was given up.
change AS MATERIALIZED (
  SELECT p.id, max(p."messageId") FILTER (WHERE p.kind <> 'SUPERSEDED') AS "messageId", bool_or(p.kind = 'SUPERSEDED') AS "wasGivenUp"
  FROM proven p GROUP BY p.id
),
written AS (
  UPDATE "SmsQueue" s SET status = 'SENT', "messageId" = c."messageId", "sentAt" = coalesce(s."sentAt", clock_timestamp()), "errorCode" = NULL,
    "errorMessage" = NULL, "failedAt" = NULL, "supersededAttemptAt" = CASE WHEN NOT c."wasGivenUp" THEN s."supersededAttemptAt" END
  FROM change c WHERE s.id = c.id AND c."messageId" IS NOT NULL
),
closed AS (
  -- Where several attempts were given up there may be a receipt of another one.
  UPDATE "SmsQueue" s SET "supersededAttemptAt" = CASE WHEN ${givenUpCount(Prisma.sql`s.id`)} > 1 THEN s."supersededAttemptAt" END,
    "validUntil" = CASE WHEN s.status = 'SENT' THEN s."validUntil" ELSE least(s."validUntil", clock_timestamp()) END,
    "errorCode" = CASE WHEN s.status = 'FAILED' THEN 'ACCEPTED_LATE' ELSE s."errorCode" END,
    "errorMessage" = CASE WHEN s.status = 'FAILED' THEN 'Orange accepted an attempt that had been given up.' ELSE s."errorMessage" END
  FROM change c WHERE s.id = c.id AND c."messageId" IS NULL
),
evidence AS (
  INSERT INTO "SmsEvent" ("smsId", at, kind, attempt, code, text, "messageId")
  SELECT p.id, clock_timestamp(), CASE p.proved WHEN 'RESOLVED' THEN 'RECEIPT_PROOF' WHEN 'DUPLICATE' THEN 'DUPLICATE_ACCEPTED' ELSE p.proved END,
    p.attempts, p."errorCode", CASE p.proved
      WHEN 'RESOLVED' THEN 'Orange reported on an SMS to this number that can be no other: it had accepted it.'
      WHEN 'CONFIRMED' THEN 'Orange reported on an SMS to this number that can be no other.'
      ELSE 'Orange reported on an attempt that had been given up: it had accepted it.' END,
    CASE WHEN p.kind = 'SUPERSEDED' THEN p."messageId" END
  FROM proven p ORDER BY p.id, p."beganAt"
),
counted AS (
  UPDATE "SmsBatch" b SET sent = b.sent + m.n, unknown = b.unknown - m.n
  FROM (SELECT p."batchId" AS id, count(*)::int AS n FROM proven p WHERE p.kind = 'UNKNOWN' AND p."batchId" IS NOT NULL GROUP BY p."batchId") m
  WHERE b.id = m.id
),
theirs AS MATERIALIZED (
  SELECT r.id, p.proved FROM proven p JOIN "SmsReceipt" r ON r."messageId" = p."messageId"
  WHERE r."nextLookAt" IS NOT NULL
  FOR UPDATE OF r SKIP LOCKED
),
due AS (
  UPDATE "SmsReceipt" r SET "nextLookAt" = now(), effect = t.proved FROM theirs t WHERE r.id = t.id
)
SELECT coalesce(json_agg(r), '[]')::text AS rows FROM (
  SELECT p.id::text AS id, p."batchId"::text AS "batchId", p.attempts::int AS attempts, p."messageId", p.proved
  FROM proven p ORDER BY p.id, p."beganAt"
) r`
