import { arrayLiteral } from '../array-literal.ts'
import { Prisma } from '../generated/client.ts'
import { isDoneAfter, lockedBatchesOf } from './batch-row.ts'
import { commitsSoon } from './commit-soon.ts'
import { isAllPaused } from './sending-pause.ts'

/** Rows come back as one JSON text, ids as strings: decoding them cell by cell cost as much as the statement. */
export type ClaimRow = {
  id: string
  batchId: string | null
  verdict: 'CLAIMED' | 'BATCH_CANCELLED' | 'EXPIRED' | 'OPTED_OUT' | 'PAUSED' | 'BUSY'
  accountId: number
  claimId: string
  attempts: number
  maxAttempts: number
  phoneNumber: string
  message: string
  senderName: string | null
  isProbe: boolean
}

const BUSY_REST = Prisma.sql`interval '1 second'`

/**
 * PENDING → PROCESSING for a group of jobs, in one statement that is committed before any byte of a request leaves.
 *
 * Guards, each closing a hole: the row is PENDING and in the window under *this* dispatch number (a stale or repeated job
 * changes nothing) and was not settled under this claim id; its batch may send; the account is not paused (or this SMS is its probe); no other SMS to that number is
 * on the wire. What may not be sent is settled here too: stopped for good, or taken out of the window to come back later.
 * Repeating a claim id returns the row it already holds (a connection lost at COMMIT).
 *
 * Lock order, here and in every statement: batches by id, then SMS by id. The batch rows are locked first so that the counters
 * move with the rows and a cancel (one UPDATE of the batch row) is exact.
 */
export const claimSql = (
  jobs: { smsIds: bigint[]; dispatches: number[]; claimIds: string[] },
  worker: string,
  leaseMs: number,
) => Prisma.sql`
/* prepared: claim */
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest(${arrayLiteral(jobs.smsIds)}::bigint[], ${arrayLiteral(jobs.dispatches)}::int[], ${arrayLiteral(jobs.claimIds)}::uuid[]) AS w(id, dispatch, "claimId")
),
${lockedBatchesOf(Prisma.sql`wanted`)},
found AS MATERIALIZED (
  -- Judged after the lock, by what the row is then: no condition here that would tempt the planner to another index.
  SELECT s.id, s."batchId", s."accountId", s."userId", s."phoneNumber", s.status, s."validUntil", s.attempts, s.dispatch, s."dispatchedAt",
    s."claimId" AS held, w."claimId", w.dispatch AS "jobDispatch"
  FROM "SmsQueue" s JOIN wanted w ON w.id = s.id
  WHERE (SELECT count(*) FROM batch) >= 0
  ORDER BY s.id
  FOR NO KEY UPDATE OF s
),
judged AS MATERIALIZED (
  SELECT f.*, a."pausedReason" IS NOT NULL AS "isProbe", CASE
    WHEN f.status = 'PROCESSING' THEN 'HELD'
    WHEN b.status = 'CANCELLED' THEN 'BATCH_CANCELLED'
    WHEN f."validUntil" <= clock_timestamp() THEN 'EXPIRED'
    WHEN EXISTS (SELECT 1 FROM "Suppression" o WHERE o."userId" = f."userId" AND o."phoneNumber" = f."phoneNumber") THEN 'OPTED_OUT'
    WHEN b.status NOT IN ('ACTIVE', 'EXPANDING') THEN 'PAUSED'
    WHEN ${isAllPaused} THEN 'PAUSED'
    WHEN a."pausedReason" IS NOT NULL AND a."probeSmsId" IS DISTINCT FROM f.id THEN 'PAUSED'
    WHEN row_number() OVER (PARTITION BY f."accountId", f."phoneNumber" ORDER BY f.status DESC, f.id) > 1 THEN 'BUSY'
    WHEN EXISTS (SELECT 1 FROM "SmsQueue" p WHERE p."accountId" = f."accountId" AND p."phoneNumber" = f."phoneNumber"
                 AND p.status = 'PROCESSING') THEN 'BUSY'
    ELSE 'CLAIMED' END AS verdict
  FROM found f JOIN "SenderAccount" a ON a.id = f."accountId" LEFT JOIN batch b ON b.id = f."batchId"
  -- A claim id is used once: a statement that the server runs after its claim was repeated, and settled, comes too late.
  WHERE (f.status = 'PENDING' AND f.dispatch = f."jobDispatch" AND f."dispatchedAt" IS NOT NULL AND f.held IS DISTINCT FROM f."claimId")
    OR (f.status = 'PROCESSING' AND f.held = f."claimId")
),
claimed AS (
  UPDATE "SmsQueue" s
  SET status = 'PROCESSING', attempts = s.attempts + 1, "claimId" = j."claimId", "claimedBy" = ${worker},
      "leaseUntil" = clock_timestamp() + make_interval(secs => ${leaseMs}::float8 / 1000), "lastAttemptAt" = clock_timestamp()
  FROM judged j WHERE s.id = j.id AND j.verdict = 'CLAIMED'
  RETURNING s.id, s."batchId", 'CLAIMED' AS verdict, s."accountId", s."claimId", s.attempts, s."maxAttempts", s."phoneNumber", s.message,
    s."senderName", j."isProbe"
),
stopped AS (
  UPDATE "SmsQueue" s
  SET status = 'CANCELLED', "errorCode" = j.verdict, "failedAt" = clock_timestamp(), "dispatchedAt" = NULL
  FROM judged j WHERE s.id = j.id AND j.verdict IN ('BATCH_CANCELLED', 'EXPIRED', 'OPTED_OUT')
),
deferred AS (
  -- A busy number rests: tried again at once it would spend one pacing slot after the other.
  UPDATE "SmsQueue" s SET "dispatchedAt" = NULL,
    "nextAttemptAt" = CASE WHEN j.verdict = 'BUSY' THEN clock_timestamp() + ${BUSY_REST} ELSE s."nextAttemptAt" END
  FROM judged j WHERE s.id = j.id AND j.verdict IN ('PAUSED', 'BUSY')
),
moved AS (
  -- A cancelled batch has counted its waiting SMS as cancelled already.
  SELECT j."batchId" AS id,
    count(*) FILTER (WHERE j.verdict = 'CLAIMED')::int AS claimed,
    count(*) FILTER (WHERE j.verdict IN ('EXPIRED', 'OPTED_OUT'))::int AS stopped
  FROM judged j WHERE j."batchId" IS NOT NULL AND j.verdict IN ('CLAIMED', 'EXPIRED', 'OPTED_OUT')
  GROUP BY j."batchId"
),
counted AS (
  UPDATE "SmsBatch" b
  SET pending = b.pending - m.claimed - m.stopped, processing = b.processing + m.claimed, cancelled = b.cancelled + m.stopped,
      status = CASE WHEN ${isDoneAfter(Prisma.sql`b.pending - m.claimed - m.stopped`, Prisma.sql`b.processing + m.claimed`)}
        THEN 'COMPLETED' ELSE b.status END,
      "completedAt" = CASE WHEN ${isDoneAfter(Prisma.sql`b.pending - m.claimed - m.stopped`, Prisma.sql`b.processing + m.claimed`)}
        THEN clock_timestamp() ELSE b."completedAt" END
  FROM moved m WHERE b.id = m.id
)
SELECT coalesce(json_agg(r), '[]')::text AS rows, ${commitsSoon} FROM (
  SELECT c.id::text AS id, c."batchId"::text AS "batchId", c.verdict, c."accountId", c."claimId", c.attempts, c."maxAttempts", c."phoneNumber",
    c.message, c."senderName", c."isProbe"
  FROM claimed c
  UNION ALL
  -- Held under this claim already, or not claimed: few, so what never changes is read again. The attempts are those seen under the lock:
  -- this statement's snapshot may be older than the claim that it repeats.
  SELECT s.id::text, s."batchId"::text, CASE j.verdict WHEN 'HELD' THEN 'CLAIMED' ELSE j.verdict END, s."accountId", j."claimId", j.attempts,
    s."maxAttempts", s."phoneNumber", s.message, s."senderName", j."isProbe"
  FROM judged j JOIN "SmsQueue" s ON s.id = j.id
  WHERE j.verdict <> 'CLAIMED'
) r`
