import { Prisma } from '../generated/client.ts'
import { isAllPaused } from './sending-pause.ts'

export type DispatchRow = { id: bigint; dispatch: number; expressPriority: number | null }

/** Singles wait in a lane of their own, so that a full window of bulk never holds up "send now". */
export const EXPRESS_LANE = 50

/** Batches of this priority and above go before all others. */
export const URGENT_FROM = 8

/** A round stays short, however large the window: the next one follows at once. */
export const ROWS_A_ROUND = 2_000

/** Live batches that one round looks at; more than these take turns by chance. */
const BATCHES_A_ROUND = 200

/** The batch `b` may have SMS of the account `a`. */
const hasAccount = Prisma.sql`(b."accountId" = a.id OR a.id = ANY(b."otherAccountIds"))`

/**
 * One dispatcher an account at a time, until commit. A statement of its own: a statement sees what was committed when it began, so
 * one that took the lock itself could count the window as it was before the former dispatcher's commit, and fill it twice.
 */
export const lockDispatchSql = (accountId: number) => Prisma.sql`
SELECT pg_try_advisory_xact_lock(hashtext('sms-dispatch'), ${accountId}::int) AS got`

/**
 * Takes the next due rows into the window: marks them dispatched, raises their dispatch number and returns them. Jobs are added
 * to Redis only after this is committed; a crash in between leaves rows whose job is missing, which the recovery finds.
 *
 * Under {@link lockDispatchSql}. Fair: rows go to the user, and within the user to the batch, that has the fewest SMS in the window
 * for its priority; ties are broken by chance, so that none of many is always last. A blocked account gets nothing (its probe is {@link probeSql}).
 */
export const dispatchSql = (accountId: number, windowSize: number) => Prisma.sql`
WITH account AS MATERIALIZED (
  -- Nothing waits outside the window: the common case, and then the window is not counted.
  -- A disabled account is paused as well.
  SELECT a.id FROM "SenderAccount" a WHERE a.id = ${accountId} AND a."pausedReason" IS NULL AND NOT ${isAllPaused}
    AND EXISTS (SELECT 1 FROM "SmsQueue" s WHERE s."accountId" = ${accountId} AND s.status = 'PENDING' AND s."dispatchedAt" IS NULL
                AND s."nextAttemptAt" <= clock_timestamp())
),
inside AS MATERIALIZED (
  -- The priority is the batch's own, which a person may have changed since its rows were made.
  SELECT i.*, i.n / (1.0::float8 + (SELECT b.priority FROM "SmsBatch" b WHERE b.id = i."batchId")) AS cost
  FROM (
    SELECT s."batchId", s."userId", count(*)::int AS n
    FROM "SmsQueue" s JOIN account a ON a.id = s."accountId"
    WHERE s.status = 'PENDING' AND s."dispatchedAt" IS NOT NULL
    GROUP BY s."batchId", s."userId"
  ) i
),
room AS MATERIALIZED (
  SELECT least(${ROWS_A_ROUND}, greatest(0, ${windowSize}::int - coalesce(sum(n) FILTER (WHERE "batchId" IS NOT NULL), 0)))::int AS bulk,
         greatest(0, ${EXPRESS_LANE}::int - coalesce(sum(n) FILTER (WHERE "batchId" IS NULL), 0))::int AS express
  FROM inside
),
live AS MATERIALIZED (
  SELECT b.id, b."userId", b.priority, count(*) OVER (PARTITION BY b."userId")::int AS "theirBatches"
  FROM "SmsBatch" b JOIN account a ON ${hasAccount}
  WHERE b.status IN ('EXPANDING', 'ACTIVE') AND b.pending > 0 AND (SELECT bulk FROM room) > 0
    -- What is pending of a batch of several accounts may all be another one's: such a batch would take a share and give nothing.
    -- In this form and order it is one look into the index, whatever the statistics say: EXISTS would be hashed over all that waits.
    AND (b."otherAccountIds" = '{}' OR (SELECT 1 FROM "SmsQueue" w WHERE w."accountId" = ${accountId} AND w."batchId" = b.id
         AND w.status = 'PENDING' AND w."dispatchedAt" IS NULL ORDER BY w."nextAttemptAt", w.id LIMIT 1) IS NOT NULL)
  ORDER BY random() LIMIT ${BATCHES_A_ROUND}
),
bulk AS MATERIALIZED (
  SELECT due.id, l.id AS "batchId", l."userId", l.priority,
    coalesce((SELECT n FROM inside i WHERE i."batchId" = l.id), 0) + row_number() OVER (PARTITION BY l.id ORDER BY due.place) AS turn
  FROM live l CROSS JOIN LATERAL (
    SELECT s.id, row_number() OVER () AS place FROM (
      SELECT q.id FROM "SmsQueue" q
      WHERE q."accountId" = ${accountId} AND q."batchId" = l.id AND q.status = 'PENDING' AND q."dispatchedAt" IS NULL
        AND q."nextAttemptAt" <= clock_timestamp()
      ORDER BY q."nextAttemptAt", q.id
      -- Twice an equal share is read of each batch: another one may have less to give.
      LIMIT (SELECT least(bulk, 2 * bulk / (l."theirBatches" * (SELECT count(DISTINCT v."userId") FROM live v)) + 1) FROM room)
      FOR NO KEY UPDATE SKIP LOCKED
    ) s
  ) due
),
shared AS MATERIALIZED (
  SELECT f.id, f.priority,
    -- Each SMS costs its user the less the higher its priority is.
    coalesce((SELECT sum(i.cost) FROM inside i WHERE i."userId" = f."userId" AND i."batchId" IS NOT NULL), 0)
      + sum(1.0::float8 / (1 + f.priority))
        OVER (PARTITION BY f."userId" ORDER BY f.turn::float8 / (1 + f.priority), random() ROWS UNBOUNDED PRECEDING) AS share
  FROM bulk f
),
express AS MATERIALIZED (
  SELECT q.id FROM "SmsQueue" q
  WHERE EXISTS (SELECT 1 FROM account) AND q."accountId" = ${accountId} AND q."batchId" IS NULL AND q.status = 'PENDING'
    AND q."dispatchedAt" IS NULL AND q."nextAttemptAt" <= clock_timestamp()
  ORDER BY q."nextAttemptAt", q.id
  LIMIT (SELECT express FROM room)
  FOR NO KEY UPDATE OF q SKIP LOCKED
),
chosen AS MATERIALIZED (
  (SELECT id, share, priority FROM shared ORDER BY share, random() LIMIT (SELECT bulk FROM room))
  UNION ALL SELECT id, 0, NULL FROM express
),
taken AS (
  -- Locked above, so still undispatched. Said again here, it would let the planner scan every undispatched row for each of these. In this
  -- form it is by primary key, also while the statistics say that the table is empty (looked at in the middle of its first long list).
  UPDATE "SmsQueue" s SET dispatch = s.dispatch + 1, "dispatchedAt" = clock_timestamp()
  WHERE s.id = ANY(ARRAY(SELECT c.id FROM chosen c))
  RETURNING s.id, s."batchId", s.dispatch, s.priority
)
-- The order of the shares is the order in which they are sent.
SELECT t.id, t.dispatch, CASE WHEN t."batchId" IS NULL THEN t.priority::int WHEN c.priority >= ${URGENT_FROM} THEN -1 END AS "expressPriority"
FROM taken t JOIN chosen c ON c.id = t.id ORDER BY c.share, t.id`

/**
 * The one SMS that a blocked account lets through to see whether it works again: 2 s after the block, then at doubled
 * distances up to 60 s. An account paused by a person is not probed. It is one that is due, of any batch by chance: were it always
 * the same one, an SMS that is refused for its own sake would keep the account blocked for ever.
 */
export const probeSql = (accountId: number) => Prisma.sql`
WITH due AS MATERIALIZED (
  SELECT a.id FROM "SenderAccount" a
  WHERE a.id = ${accountId} AND a."pausedReason" IS NOT NULL AND NOT a."pausedByOperator" AND a."probeAt" <= clock_timestamp()
    AND NOT ${isAllPaused}
  FOR NO KEY UPDATE SKIP LOCKED
),
waiting AS MATERIALIZED (
  (SELECT s.id FROM "SmsBatch" b JOIN due a ON ${hasAccount} CROSS JOIN LATERAL (
      SELECT q.id FROM "SmsQueue" q
      WHERE q."accountId" = ${accountId} AND q."batchId" = b.id AND q.status = 'PENDING' AND q."dispatchedAt" IS NULL
        AND q."nextAttemptAt" <= clock_timestamp()
      ORDER BY q."nextAttemptAt", q.id LIMIT 1
    ) s
    WHERE b.status IN ('EXPANDING', 'ACTIVE') AND b.pending > 0
    LIMIT ${BATCHES_A_ROUND})
  UNION ALL
  (SELECT q.id FROM "SmsQueue" q
    WHERE EXISTS (SELECT 1 FROM due) AND q."accountId" = ${accountId} AND q."batchId" IS NULL AND q.status = 'PENDING'
      AND q."dispatchedAt" IS NULL AND q."nextAttemptAt" <= clock_timestamp()
    ORDER BY q."nextAttemptAt", q.id LIMIT 1)
),
candidate AS MATERIALIZED (
  SELECT q.id FROM "SmsQueue" q
  WHERE q.id = (SELECT w.id FROM waiting w ORDER BY random() LIMIT 1) AND q.status = 'PENDING' AND q."dispatchedAt" IS NULL
  FOR NO KEY UPDATE SKIP LOCKED
),
probing AS (
  UPDATE "SenderAccount" a SET "probeSmsId" = c.id, "probeDelayMs" = least(a."probeDelayMs" * 2, 60000),
    "probeAt" = clock_timestamp() + make_interval(secs => a."probeDelayMs"::float8 / 1000)
  FROM candidate c WHERE a.id = ${accountId}
)
UPDATE "SmsQueue" s SET dispatch = s.dispatch + 1, "dispatchedAt" = clock_timestamp()
FROM candidate c WHERE s.id = c.id
RETURNING s.id, s.dispatch, 10 AS "expressPriority"`
