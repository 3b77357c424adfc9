import { arrayLiteral, textArrayLiteral } from '../array-literal.ts'
import { Prisma } from '../generated/client.ts'
import { isDoneAfter, lockedBatchesOf } from './batch-row.ts'
import { commitsSoon } from './commit-soon.ts'

/** One array a column: the settlements of a group, side by side. */
export type SettleColumns = {
  smsIds: bigint[]
  claimIds: string[]
  targets: string[]
  proved: boolean[]
  givesBack: boolean[]
  keepsJob: boolean[]
  delaysMs: number[]
  messageIds: (string | null)[]
  kinds: string[]
  codes: (string | null)[]
  texts: (string | null)[]
  httpStatuses: (number | null)[]
  attempts: number[]
  workers: string[]
}

export type SettleRow = { id: string; batchId: string | null; landed: 'applied' | 'refused'; status: string }

/**
 * Writes the outcomes of a group, with the counters of their batches, in one statement. It may be repeated: a settlement that
 * already landed changes nothing and is `applied` again.
 *
 * The fence is the claim id. PROCESSING under this claim takes any outcome; UNKNOWN under this claim takes a *proved* one,
 * however late; a row that was claimed anew, or taken over by an operator, refuses. PENDING in a cancelled batch becomes
 * CANCELLED. An unproved word explains an UNKNOWN that nothing but its lease had made. A row that a receipt made SENT refuses a proof
 * that says otherwise (another id, or not accepted at all): the proof is recorded as everything else that is refused.
 */
export const settleSql = (c: SettleColumns) => Prisma.sql`
/* prepared: settle */
WITH input AS MATERIALIZED (
  SELECT * FROM unnest(${arrayLiteral(c.smsIds)}::bigint[], ${arrayLiteral(c.claimIds)}::uuid[], ${arrayLiteral(c.targets)}::"SmsStatus"[], ${arrayLiteral(c.proved)}::bool[],
    ${arrayLiteral(c.givesBack)}::bool[], ${arrayLiteral(c.keepsJob)}::bool[], ${arrayLiteral(c.delaysMs)}::int[], ${textArrayLiteral(c.messageIds)}::text[], ${arrayLiteral(c.kinds)}::text[],
    ${textArrayLiteral(c.codes)}::text[], ${textArrayLiteral(c.texts)}::text[], ${arrayLiteral(c.httpStatuses)}::int[], ${arrayLiteral(c.attempts)}::int[], ${textArrayLiteral(c.workers)}::text[])
  AS i(id, "claimId", target, proved, "givesBack", "keepsJob", "delayMs", "messageId", kind, code, text, "httpStatus", attempt, worker)
),
${lockedBatchesOf(Prisma.sql`input`)},
found AS MATERIALIZED (
  SELECT s.id, s."batchId", s.status AS was, s."claimId" AS held, s."messageId" AS "hadId", s."errorCode" AS "hadCode"
  FROM "SmsQueue" s JOIN input i ON i.id = s.id
  WHERE (SELECT count(*) FROM batch) >= 0
  ORDER BY s.id
  FOR NO KEY UPDATE OF s
),
judged AS MATERIALIZED (
  SELECT i.*, f."batchId", f.was,
    f.held IS NOT DISTINCT FROM i."claimId" AS ours,
    f.held IS NOT DISTINCT FROM i."claimId" AND (f.was = 'PROCESSING' OR (f.was = 'UNKNOWN' AND i.proved)) AS applies,
    f.held = i."claimId" AND f.was = 'UNKNOWN' AND i.target = 'UNKNOWN' AND f."hadCode" = 'LEASE_EXPIRED'
      AND i.code <> 'LEASE_EXPIRED' AS explains,
    f.was = 'SENT' AND i.proved AND coalesce(i.kind <> 'accepted' OR i."messageId" <> f."hadId", false) AS contradicts,
    CASE WHEN i.target = 'PENDING' AND b.status = 'CANCELLED' THEN 'CANCELLED'::"SmsStatus" ELSE i.target END AS becomes
  FROM found f JOIN input i ON i.id = f.id LEFT JOIN batch b ON b.id = f."batchId"
),
written AS (
  UPDATE "SmsQueue" s SET
    status = j.becomes,
    attempts = s.attempts - CASE WHEN j."givesBack" THEN 1 ELSE 0 END,
    "leaseUntil" = NULL,
    "messageId" = CASE WHEN j.becomes = 'SENT' THEN j."messageId" END,
    "errorCode" = CASE WHEN j.becomes = 'SENT' THEN NULL WHEN j.becomes = 'CANCELLED' THEN 'BATCH_CANCELLED' ELSE j.code END,
    "errorMessage" = CASE WHEN j.becomes <> 'SENT' THEN j.text END,
    "sentAt" = CASE WHEN j.becomes = 'SENT' THEN clock_timestamp() END,
    "failedAt" = CASE WHEN j.explains THEN s."failedAt" WHEN j.becomes IN ('FAILED', 'CANCELLED', 'UNKNOWN') THEN clock_timestamp() END,
    "nextAttemptAt" = CASE WHEN j.becomes = 'PENDING' THEN clock_timestamp() + make_interval(secs => j."delayMs"::float8 / 1000)
      ELSE s."nextAttemptAt" END,
    -- The job of a row that was UNKNOWN is gone from the queue: only a new dispatch brings it back.
    "dispatchedAt" = CASE WHEN j.becomes = 'PENDING' AND j."keepsJob" AND j.was = 'PROCESSING' THEN clock_timestamp() END
  FROM judged j WHERE s.id = j.id AND (j.applies OR j.explains)
),
evidence AS (
  INSERT INTO "SmsEvent" ("smsId", kind, attempt, code, text, "httpStatus", worker)
  SELECT j.id, j.kind, j.attempt, j.code, j.text, j."httpStatus", j.worker FROM judged j
  WHERE (j.applies AND j.kind <> 'accepted') OR j.explains
),
moved AS (
  SELECT j."batchId" AS id,
    count(*) FILTER (WHERE j.was = 'PROCESSING')::int AS "fromProcessing",
    count(*) FILTER (WHERE j.was = 'UNKNOWN')::int AS "fromUnknown",
    count(*) FILTER (WHERE j.becomes = 'PENDING')::int AS pending,
    count(*) FILTER (WHERE j.becomes = 'SENT')::int AS sent,
    count(*) FILTER (WHERE j.becomes = 'FAILED')::int AS failed,
    count(*) FILTER (WHERE j.becomes = 'CANCELLED')::int AS cancelled,
    count(*) FILTER (WHERE j.becomes = 'UNKNOWN')::int AS unknown
  FROM judged j WHERE j."batchId" IS NOT NULL AND j.applies
  GROUP BY j."batchId"
),
counted AS (
  UPDATE "SmsBatch" b SET
    pending = b.pending + m.pending, processing = b.processing - m."fromProcessing", sent = b.sent + m.sent, failed = b.failed + m.failed,
    cancelled = b.cancelled + m.cancelled, unknown = b.unknown - m."fromUnknown" + m.unknown,
    status = CASE
      WHEN ${isDoneAfter(Prisma.sql`b.pending + m.pending`, Prisma.sql`b.processing - m."fromProcessing"`)} THEN 'COMPLETED'
      -- Late proof that an UNKNOWN was not accepted brings work back to a batch that was done.
      WHEN b.status = 'COMPLETED' AND m.pending > 0 AND b."pausedAt" IS NOT NULL THEN 'PAUSED'
      WHEN b.status = 'COMPLETED' AND m.pending > 0 THEN 'ACTIVE'
      ELSE b.status END,
    "completedAt" = CASE
      WHEN ${isDoneAfter(Prisma.sql`b.pending + m.pending`, Prisma.sql`b.processing - m."fromProcessing"`)} THEN clock_timestamp()
      WHEN b.status = 'COMPLETED' AND m.pending > 0 THEN NULL
      ELSE b."completedAt" END
  FROM moved m WHERE b.id = m.id
)
SELECT coalesce(json_agg(r), '[]')::text AS rows, ${commitsSoon} FROM (
  SELECT j.id::text AS id, j."batchId"::text AS "batchId", CASE WHEN j.ours AND NOT j.contradicts THEN 'applied' ELSE 'refused' END AS landed,
    CASE WHEN j.applies THEN j.becomes ELSE j.was END::text AS status
  FROM judged j
) r`
