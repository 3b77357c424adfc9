import { Prisma } from '../generated/client.ts'

const ageMs = (column: Prisma.Sql) => Prisma.sql`(extract(epoch FROM clock_timestamp() - ${column}) * 1000)::float8`

export const findContractStatesSql = () => Prisma.sql`
SELECT a.id, a.name, a."pausedReason", a."pausedByOperator", ${ageMs(Prisma.sql`a."pausedAt"`)} AS "pausedAgeMs",
  a."unitsLeft", -${ageMs(Prisma.sql`a."unitsExpireAt"`)} AS "unitsExpireInMs", ${ageMs(Prisma.sql`a."unitsCheckedAt"`)} AS "unitsCheckedAgeMs"
FROM "SenderAccount" a WHERE a."disabledAt" IS NULL ORDER BY a.id`

/** Two processes reckon the age of one reading with some milliseconds between them. */
const SAME_READING = Prisma.sql`interval '1 second'`

export const recordContractsSql = (
  accountId: number,
  reading: { unitsLeft: number; expiresAt: Date | null; ageMs: number },
) => Prisma.sql`
WITH before AS MATERIALIZED (
  SELECT a.id, a."unitsLeft", clock_timestamp() - make_interval(secs => ${reading.ageMs}::float8 / 1000) AS "readAt"
  FROM "SenderAccount" a WHERE a.id = ${accountId} FOR NO KEY UPDATE
)
UPDATE "SenderAccount" a SET "unitsLeft" = ${reading.unitsLeft}::int, "unitsExpireAt" = ${reading.expiresAt}::timestamptz, "unitsCheckedAt" = b."readAt"
FROM before b WHERE a.id = b.id AND (a."unitsCheckedAt" IS NULL OR a."unitsCheckedAt" < b."readAt" - ${SAME_READING})
RETURNING b."unitsLeft" AS "unitsBefore"`

export const probeSoonSql = (accountId: number) => Prisma.sql`
UPDATE "SenderAccount" SET "probeAt" = clock_timestamp()
WHERE id = ${accountId} AND "pausedReason" IS NOT NULL AND NOT "pausedByOperator" AND "probeAt" > clock_timestamp()`

/** Looked at from the newest on: more batches than these since the last reading are not counted. */
const NEWEST_BATCHES = 1_000
/** Single SMS that wait are counted up to here. */
const MOST_SINGLES = 10_000

/**
 * Units left in the contracts of these accounts, and units that accepted SMS still need: of a batch that is younger than the reading all of
 * it, for what it has sent since is not in the reading; of an older one what it has still to send. A batch of several accounts counts
 * for each of them.
 */
export const unitsOutlookSql = (accountIds: readonly number[]) => Prisma.sql`
WITH account AS MATERIALIZED (
  SELECT sum(a."unitsLeft") AS units, min(a."unitsCheckedAt") AS "readAt"
  FROM "SenderAccount" a WHERE a.id = ANY(${[...accountIds]}::int[])
  HAVING count(a."unitsCheckedAt") = count(*)
),
looked AS MATERIALIZED (
  (SELECT b.id FROM "SmsBatch" b WHERE b.status IN ('SCHEDULED', 'EXPANDING', 'ACTIVE', 'PAUSED'))
  UNION
  (SELECT b.id FROM "SmsBatch" b ORDER BY b.id DESC LIMIT ${NEWEST_BATCHES})
),
needed AS (
  SELECT sum(b.parts * greatest(0, CASE
    WHEN b."createdAt" > a."readAt" THEN greatest(b.announced, t.total) - b.failed - b.cancelled
    WHEN b.status IN ('COMPLETED', 'CANCELLED') THEN b.processing
    ELSE greatest(b.announced, t.total) - b.sent - b.failed - b.cancelled - b.unknown END)::bigint) AS units
  FROM account a CROSS JOIN looked l JOIN "SmsBatch" b ON b.id = l.id
  CROSS JOIN LATERAL (SELECT b.pending + b.processing + b.sent + b.failed + b.cancelled + b.unknown AS total) t
  WHERE b."accountId" = ANY(${[...accountIds]}::int[]) OR b."otherAccountIds" && ${[...accountIds]}::int[]
),
single AS (
  -- What a text costs is known to the code alone; by its length is the least it can be.
  SELECT sum(CASE WHEN length(s.message) <= 160 THEN 1 ELSE ceil(length(s.message) / 153.0) END) AS units
  FROM (
    (SELECT q.message FROM "SmsQueue" q WHERE q."accountId" = ANY(${[...accountIds]}::int[]) AND q."batchId" IS NULL
       AND q.status = 'PENDING' AND q."dispatchedAt" IS NULL LIMIT ${MOST_SINGLES})
    UNION ALL
    (SELECT q.message FROM "SmsQueue" q WHERE q."accountId" = ANY(${[...accountIds]}::int[]) AND q."batchId" IS NULL
       AND q.status = 'PENDING' AND q."dispatchedAt" IS NOT NULL LIMIT ${MOST_SINGLES})
  ) s
)
SELECT a.units::float8 AS "unitsLeft", (coalesce(n.units, 0) + coalesce(s.units, 0))::float8 AS "unitsWaiting"
FROM account a, needed n, single s`
