import { Prisma } from '../generated/client.ts'

export type EraseRow = { lastId: bigint | null; newest: Date | null; erased: number }

export type EraseChunk = {
  /** The id of the last row that was looked at. */
  after: bigint
  /** Rows of a chunk. */
  limit: number
  olderThanMs: number
  /** FAILED too. They can never be replayed then: there is nothing left to send. */
  includeFailed: boolean
}

const endedAt = Prisma.sql`coalesce(s."sentAt", s."failedAt")`

const isDue = ({ olderThanMs, includeFailed }: Pick<EraseChunk, 'olderThanMs' | 'includeFailed'>) => Prisma.sql`
  s.message <> '' AND (s.status IN ('SENT', 'CANCELLED') ${includeFailed ? Prisma.sql`OR s.status = 'FAILED'` : Prisma.empty})
  AND ${endedAt} < clock_timestamp() - make_interval(secs => ${olderThanMs}::float8 / 1000)`

/** The next rows by primary key, as they are: the reading is bounded however few of them are due. */
const seen = ({ after, limit }: Pick<EraseChunk, 'after' | 'limit'>) => Prisma.sql`
seen AS MATERIALIZED (
  SELECT s.id, s."createdAt" FROM "SmsQueue" s WHERE s.id > ${after} ORDER BY s.id LIMIT ${limit}
)`

/** What the erasure would take of one chunk. */
export const countErasableSql = (chunk: EraseChunk) => Prisma.sql`
WITH ${seen(chunk)}
SELECT max(c.id) AS "lastId", max(c."createdAt") AS newest,
  count(s.id)::int AS erased
FROM seen c LEFT JOIN "SmsQueue" s ON s.id = c.id AND ${isDue(chunk)}`

/**
 * Takes the texts of one chunk out, with who did it, in one statement. Rows that somebody holds (a replay, a late proof) are left for
 * the next run, and those that changed meanwhile are judged anew under their lock. SENT and CANCELLED are final; what is FAILED gets a
 * validUntil that has passed, so that neither a replay nor a claim ever sends an SMS without its text.
 */
export const eraseTextsSql = (chunk: EraseChunk, act: { userId: number; filter: string }) => Prisma.sql`
WITH ${seen(chunk)},
due AS MATERIALIZED (
  SELECT s.id FROM "SmsQueue" s JOIN seen c ON c.id = s.id
  WHERE ${isDue(chunk)}
  ORDER BY s.id
  FOR NO KEY UPDATE OF s SKIP LOCKED
),
erased AS (
  UPDATE "SmsQueue" s SET message = '',
    "validUntil" = CASE WHEN s.status = 'FAILED' THEN least(s."validUntil", clock_timestamp()) ELSE s."validUntil" END
  FROM due d WHERE s.id = d.id
  RETURNING s.id
),
act AS (
  INSERT INTO "OperatorAct" ("userId", via, kind, filter, "smsCount")
  SELECT ${act.userId}, 'COMMAND', 'ERASE_TEXTS', ${act.filter}, n.n FROM (SELECT count(*)::int AS n FROM erased) n WHERE n.n > 0
)
SELECT (SELECT max(c.id) FROM seen c) AS "lastId", (SELECT max(c."createdAt") FROM seen c) AS newest,
  (SELECT count(*) FROM erased)::int AS erased`

/**
 * Batches whose text nothing needs any more: every row exists, none is open. `unknown` keeps it, and so does `failed` while those may be
 * replayed. Each SMS has a text of its own, which is judged by itself.
 */
const isBatchDue = ({ olderThanMs, includeFailed }: Pick<EraseChunk, 'olderThanMs' | 'includeFailed'>) => Prisma.sql`
  b.message <> '' AND b.pending = 0 AND b.processing = 0 AND b.unknown = 0 ${includeFailed ? Prisma.empty : Prisma.sql`AND b.failed = 0`}
  AND (b.status = 'COMPLETED' OR (b.status = 'CANCELLED' AND b."sweptAt" IS NOT NULL))
  AND coalesce(b."cancelledAt", b."completedAt") < clock_timestamp() - make_interval(secs => ${olderThanMs}::float8 / 1000)`

export const countErasableBatchesSql = (rule: Pick<EraseChunk, 'olderThanMs' | 'includeFailed'>) =>
  Prisma.sql`SELECT count(*)::int AS n FROM "SmsBatch" b WHERE ${isBatchDue(rule)}`

export const eraseBatchesSql = (rule: Pick<EraseChunk, 'limit' | 'olderThanMs' | 'includeFailed'>) => Prisma.sql`
WITH due AS MATERIALIZED (
  SELECT b.id FROM "SmsBatch" b WHERE ${isBatchDue(rule)} ORDER BY b.id LIMIT ${rule.limit} FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE "SmsBatch" b SET message = '' FROM due d WHERE b.id = d.id`
