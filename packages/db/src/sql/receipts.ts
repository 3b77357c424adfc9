import { DELIVERY_WORDS, type DeliveryReceipt } from '@sms/core'
import { arrayLiteral, textArrayLiteral } from '../array-literal.ts'
import { Prisma } from '../generated/client.ts'

/**
 * The body of one call, in one statement. The same word about the same SMS, brought again, costs a look at one index. In the order of
 * the key: two calls with the same receipts in another order would else wait for each other in a circle.
 */
export const storeReceiptsSql = (receipts: readonly DeliveryReceipt[]) => Prisma.sql`
INSERT INTO "SmsReceipt" ("messageId", "phoneNumber", status)
SELECT r."messageId", r."phoneNumber", r.status
FROM unnest(${textArrayLiteral(receipts.map(({ messageId }) => messageId))}::text[],
  ${textArrayLiteral(receipts.map(({ phoneNumber }) => phoneNumber))}::text[],
  ${textArrayLiteral(receipts.map(({ status }) => status))}::text[]) AS r("messageId", "phoneNumber", status)
ORDER BY r."messageId", r.status
ON CONFLICT ("messageId", status) DO NOTHING`

export type LookRow = {
  lookedAt: number
  moved: number
  unchanged: number
  superseded: number
  orphaned: number
  orphanNumbers: string[]
}

/** A receipt is looked for again after half its age: a late proof or a lease that runs out is found in time, for little. */
const SHORTEST_REST = Prisma.sql`interval '1 second'`
const LONGEST_REST = Prisma.sql`interval '1 hour'`

const words = Prisma.sql`unnest(${arrayLiteral(DELIVERY_WORDS.map(([word]) => word))}::text[],
  ${arrayLiteral(DELIVERY_WORDS.map(([, means]) => means))}::"DeliveryStatus"[]) AS w(word, means)`

/** Hexadecimal digits of what is well-formed UTF-8 and can be stored: no NUL, no surrogates, nothing longer than needed. */
const STORABLE =
  '^((?!00)[0-7].|(c[2-9a-f]|d.)[89ab].|e0[ab].[89ab].|e[1-9abcef]([89ab].){2}|ed[89].[89ab].|f0[9ab].([89ab].){2}|f[1-3]([89ab].){3}|f48.([89ab].){2})*$'

/**
 * `decodeURIComponent` of an id, as it was done to the one in the answer; NULL for what is malformed. Nothing in it can throw: one
 * strange receipt must not hold up all others. The collation is that of the columns: the one of convert_from would use no index.
 */
export const decodedId = (id: Prisma.Sql) => Prisma.sql`(
  SELECT CASE WHEN h.hex ~ ${STORABLE} THEN convert_from(decode(h.hex, 'hex'), 'UTF8') COLLATE "default" END
  FROM (
    SELECT string_agg(CASE WHEN m.piece[1] = '%' THEN '!' WHEN left(m.piece[1], 1) = '%' THEN lower(substr(m.piece[1], 2))
      ELSE encode(convert_to(m.piece[1], 'UTF8'), 'hex') END, '' ORDER BY m.place) AS hex
    FROM regexp_matches(${id}, '%[0-9A-Fa-f]{2}|[^%]+|%', 'g') WITH ORDINALITY AS m(piece, place)
  ) h)`

/** Whose an id is, and whether it is that of its last attempt. */
export const smsOfId = (id: Prisma.Sql) => Prisma.sql`(
    (SELECT s.id, true AS "isOwn" FROM "SmsQueue" s WHERE s."messageId" = ${id} OFFSET 0)
    UNION ALL
    -- An attempt that was accepted although another one had taken its place: its delivery is not that of the SMS.
    (SELECT e."smsId", false FROM "SmsEvent" e WHERE e."messageId" = ${id} OFFSET 0)
  )`

/**
 * Looks for the SMS of the receipts that are due, by Orange's id, and moves their delivery: forward only, in the order in which the
 * words came, one event a change. What is found is done; what is not rests.
 *
 * Receipts are locked first, and only those that nobody else holds, in this statement and in all others: so whoever waits for an SMS
 * while holding receipts is waited for by nobody. SMS follow in the order of ids; no counter moves, so no batch is needed.
 * OFFSET 0 keeps each look-up one of the index, also while a table that has just grown has no statistics.
 *
 * An id that nobody has as it is spelt is looked for decoded. Later words of an id that was itself inferred have the effect by which it
 * was: they say nothing about how ids are spelt.
 */
export const lookForSmsSql = (limit: number) => Prisma.sql`
WITH due AS MATERIALIZED (
  -- now(), not clock_timestamp(): the index is not asked for what changes while it is read. Rounded as the column is: a receipt that was
  -- stored within this millisecond may bear its end, and would be left for the next look, apart from those it came with.
  SELECT r.id, r."messageId", r."phoneNumber", r.status, r."receivedAt", r."orphanAt" FROM "SmsReceipt" r
  WHERE r."nextLookAt" <= now()::timestamptz(3) ORDER BY r."nextLookAt" LIMIT ${limit}
  FOR UPDATE SKIP LOCKED
),
named AS MATERIALIZED (
  SELECT d."messageId", d."messageId" AS "itsId", k.id, k."isOwn"
  FROM (SELECT DISTINCT d."messageId" FROM due d) d CROSS JOIN LATERAL ${smsOfId(Prisma.sql`d."messageId"`)} k
),
known AS MATERIALIZED (
  SELECT n.* FROM named n
  UNION ALL
  SELECT d."messageId", p.id, k.id, k."isOwn" FROM (
    SELECT DISTINCT d."messageId" FROM due d
    WHERE strpos(d."messageId", '%') > 0 AND NOT EXISTS (SELECT 1 FROM named n WHERE n."messageId" = d."messageId")
  ) d CROSS JOIN LATERAL (SELECT ${decodedId(Prisma.sql`d."messageId"`)} AS id OFFSET 0) p CROSS JOIN LATERAL ${smsOfId(Prisma.sql`p.id`)} k
),
held AS MATERIALIZED (
  SELECT s.id, s."messageId", s."deliveryStatus" AS was, s.attempts FROM "SmsQueue" s
  WHERE s.id = ANY(ARRAY(SELECT k.id FROM known k WHERE k."isOwn")) AND s.status = 'SENT'
  ORDER BY s.id
  FOR NO KEY UPDATE OF s
),
told AS MATERIALIZED (
  SELECT d.id AS "receiptId", d.status, d."receivedAt", h.id AS "smsId", h.attempts, h.was, w.means,
    max(w.means) OVER (PARTITION BY h.id ORDER BY d."receivedAt", w.means, d.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM due d JOIN (SELECT DISTINCT k."messageId", k."itsId" FROM known k WHERE k."isOwn") p ON p."messageId" = d."messageId"
    JOIN held h ON h."messageId" = p."itsId" LEFT JOIN ${words} ON w.word = d.status
),
news AS MATERIALIZED (
  SELECT t.*, coalesce(t.means > greatest(t.was, t.before), t.means IS NOT NULL) AS moves FROM told t
),
moved AS (
  UPDATE "SmsQueue" s SET "deliveryStatus" = n.best, "deliveredAt" = coalesce(s."deliveredAt", n."deliveredAt")
  FROM (
    SELECT n."smsId", max(n.means) AS best, min(n."receivedAt") FILTER (WHERE n.means = 'DELIVERED') AS "deliveredAt"
    FROM news n WHERE n.moves GROUP BY n."smsId"
  ) n WHERE s.id = n."smsId"
),
evidence AS (
  INSERT INTO "SmsEvent" ("smsId", at, kind, attempt, code)
  SELECT n."smsId", n."receivedAt", 'RECEIPT', n.attempts, n.status FROM news n WHERE n.moves ORDER BY n."receivedAt", n.means, n."receiptId"
),
matched AS MATERIALIZED (
  SELECT n."receiptId" AS id, min(n."smsId") AS "smsId", CASE WHEN bool_or(n.moves) THEN 'MOVED' ELSE 'UNCHANGED' END AS effect
  FROM news n GROUP BY n."receiptId"
  UNION ALL
  SELECT d.id, min(k.id), 'SUPERSEDED' FROM due d JOIN known k ON k."messageId" = d."messageId"
  WHERE NOT k."isOwn" AND NOT EXISTS (SELECT 1 FROM news n WHERE n."receiptId" = d.id)
  GROUP BY d.id
),
done AS (
  UPDATE "SmsReceipt" r SET "smsId" = m."smsId", "matchedAt" = clock_timestamp(), "nextLookAt" = NULL, effect = coalesce(r.effect, (
    SELECT i.effect FROM "SmsReceipt" i
    WHERE i."messageId" = r."messageId" AND i.effect IN ('RESOLVED', 'CONFIRMED') AND m.effect <> 'SUPERSEDED' LIMIT 1
  ), m.effect)
  FROM matched m WHERE r.id = m.id
),
orphan AS MATERIALIZED (
  SELECT d.id, d."phoneNumber", d."orphanAt" FROM due d WHERE NOT EXISTS (SELECT 1 FROM matched m WHERE m.id = d.id)
),
later AS (
  UPDATE "SmsReceipt" r SET "orphanAt" = coalesce(r."orphanAt", clock_timestamp()),
    "nextLookAt" = clock_timestamp() + least(${LONGEST_REST}, greatest(${SHORTEST_REST}, (clock_timestamp() - r."receivedAt") / 2))
  FROM orphan o WHERE r.id = o.id
)
SELECT (SELECT count(*)::int FROM due) AS "lookedAt",
  (SELECT count(*)::int FROM matched m WHERE m.effect = 'MOVED') AS moved,
  (SELECT count(*)::int FROM matched m WHERE m.effect = 'UNCHANGED') AS unchanged,
  (SELECT count(*)::int FROM matched m WHERE m.effect = 'SUPERSEDED') AS superseded,
  (SELECT count(*)::int FROM orphan o WHERE o."orphanAt" IS NULL) AS orphaned,
  ARRAY(SELECT DISTINCT o."phoneNumber" FROM orphan o WHERE o."phoneNumber" IS NOT NULL) AS "orphanNumbers"`

/** The oldest first, by the key: what is older than `days` goes, matched or not; what it changed stands in SmsEvent. */
export const cleanReceiptsSql = (days: number, limit: number) => Prisma.sql`
WITH oldest AS MATERIALIZED (
  SELECT r.id, r."receivedAt" FROM "SmsReceipt" r ORDER BY r.id LIMIT ${limit} FOR UPDATE SKIP LOCKED
)
DELETE FROM "SmsReceipt" r WHERE r.id = ANY(ARRAY(SELECT o.id FROM oldest o WHERE o."receivedAt" < now() - make_interval(days => ${days}::int)))`

/** Never counts further than anybody needs to know. */
const MOST_COUNTED = 100_000

export const countOrphansSql = () => Prisma.sql`
SELECT count(*)::int AS n FROM (
  SELECT 1 FROM "SmsReceipt" r WHERE r."orphanAt" IS NOT NULL AND r."nextLookAt" IS NOT NULL LIMIT ${MOST_COUNTED}
) orphans`
