import type { BatchId, ControlOrder } from '@sms/core'
import { Prisma } from '../generated/client.ts'

const LIVE = Prisma.sql`b.status IN ('SCHEDULED', 'EXPANDING', 'ACTIVE', 'PAUSED')`

/**
 * The row of a live batch, until commit. A statement of its own: one that waited for a claim's lock would still look at the SMS as they
 * were before that claim. The next statement sees everything that was committed before the lock was had, and under it nothing of the batch moves.
 */
export const lockLiveSql = ({ caller }: ControlOrder, id: BatchId) => Prisma.sql`
SELECT b.id FROM "SmsBatch" b
WHERE b.id = ${id} AND ${caller.isAdmin ? Prisma.sql`TRUE` : Prisma.sql`b."userId" = ${caller.userId}`} AND ${LIVE}
FOR NO KEY UPDATE`

type BatchAct = 'CANCEL_BATCH' | 'PAUSE_BATCH' | 'RESUME_BATCH' | 'SET_PRIORITY'

/** `before` and `after`: expressions over the row `m` of the CTE `moved`. */
const actSql = (
  { caller, via, reason }: ControlOrder,
  kind: BatchAct,
  { before, after, smsCount }: Record<'before' | 'after' | 'smsCount', Prisma.Sql>,
) => Prisma.sql`
  INSERT INTO "OperatorAct" ("userId", via, kind, reason, "smsCount", "batchId", before, after)
  SELECT ${caller.userId}, ${via}, ${kind}, ${reason}, ${smsCount}, m.id, ${before}::text, ${after}::text FROM moved m`

/**
 * Under {@link lockLiveSql}. The claim takes the batch row before its SMS and moves the counters with them, so whatever this statement
 * finds as `pending` has not been claimed and never will be, and the rows it finds PROCESSING are all that is on the wire: exactly
 * `processing`. The waiting rows follow in the sweep. The receipt stays in the act, for whoever asks again.
 */
export const cancelSql = (order: ControlOrder, id: BatchId, listed: number) => Prisma.sql`
WITH was AS MATERIALIZED (
  SELECT b.id, b.status, b.pending, b.processing,
    CASE WHEN b."expandedAt" IS NULL
      THEN greatest(0, b.announced - b.pending - b.processing - b.sent - b.failed - b.cancelled - b.unknown) ELSE 0 END AS "notMade"
  FROM "SmsBatch" b WHERE b.id = ${id} AND ${LIVE}
),
moved AS (
  UPDATE "SmsBatch" b SET status = 'CANCELLED', cancelled = b.cancelled + b.pending, pending = 0, "cancelledAt" = clock_timestamp(),
    "cancelReason" = ${order.reason}
  FROM was w WHERE b.id = w.id
  RETURNING w.*
),
wire AS MATERIALIZED (
  SELECT s.id FROM "SmsQueue" s WHERE s."batchId" = ${id} AND s.status = 'PROCESSING' ORDER BY s.id LIMIT ${listed}
)
${actSql(order, 'CANCEL_BATCH', {
  before: Prisma.sql`json_build_object('status', m.status, 'pending', m.pending, 'processing', m.processing)`,
  after: Prisma.sql`json_build_object('status', 'CANCELLED', 'stopped', m.pending, 'notMade', m."notMade", 'onTheWire', m.processing,
    'onTheWireIds', (SELECT coalesce(json_agg(w.id::text), '[]') FROM wire w))`,
  smsCount: Prisma.sql`m.pending`,
})}`

/** Under {@link lockLiveSql}. */
export const pauseSql = (order: ControlOrder, id: BatchId) => Prisma.sql`
WITH moved AS (
  UPDATE "SmsBatch" b SET status = 'PAUSED', "pausedAt" = clock_timestamp() FROM "SmsBatch" w
  WHERE b.id = ${id} AND w.id = b.id AND b.status IN ('SCHEDULED', 'EXPANDING', 'ACTIVE')
  RETURNING b.id, w.status AS was, b.status
)
${actSql(order, 'PAUSE_BATCH', {
  before: Prisma.sql`json_build_object('status', m.was)`,
  after: Prisma.sql`json_build_object('status', m.status)`,
  smsCount: Prisma.sql`0`,
})}`

/** Under {@link lockLiveSql}. Back to where it would be without the pause: its hour may not have come, its rows may not all exist, all may be done. */
export const resumeSql = (order: ControlOrder, id: BatchId) => Prisma.sql`
WITH moved AS (
  UPDATE "SmsBatch" b SET
    status = CASE
      WHEN b."expandedAt" IS NOT NULL AND b.pending = 0 AND b.processing = 0 THEN 'COMPLETED'::"BatchStatus"
      WHEN b."scheduledAt" > clock_timestamp() THEN 'SCHEDULED'::"BatchStatus"
      WHEN b."expandedAt" IS NULL THEN 'EXPANDING'::"BatchStatus"
      ELSE 'ACTIVE'::"BatchStatus" END,
    "pausedAt" = NULL,
    "completedAt" = CASE WHEN b."expandedAt" IS NOT NULL AND b.pending = 0 AND b.processing = 0 THEN clock_timestamp() END
  WHERE b.id = ${id} AND b.status = 'PAUSED'
  RETURNING b.id, b.status
)
${actSql(order, 'RESUME_BATCH', {
  before: Prisma.sql`json_build_object('status', 'PAUSED')`,
  after: Prisma.sql`json_build_object('status', m.status)`,
  smsCount: Prisma.sql`0`,
})}`

/** Under {@link lockLiveSql}. The dispatch reads the batch's own priority: what waits outside the window has the new one at once. */
export const setPrioritySql = (order: ControlOrder, id: BatchId, priority: number) => Prisma.sql`
WITH moved AS (
  UPDATE "SmsBatch" b SET priority = ${priority}::smallint FROM "SmsBatch" w
  WHERE b.id = ${id} AND w.id = b.id AND b.priority <> ${priority}::smallint
  RETURNING b.id, w.priority AS was, b.priority, b.pending
),
act AS (${actSql(order, 'SET_PRIORITY', {
  before: Prisma.sql`json_build_object('priority', m.was)`,
  after: Prisma.sql`json_build_object('priority', m.priority)`,
  smsCount: Prisma.sql`m.pending`,
})})
SELECT m.was::int AS was FROM moved m`

export type LeftWindowRow = { accountId: number; smsId: bigint; dispatch: number }

/**
 * Under {@link lockLiveSql}. Takes the waiting SMS of a batch out of the window: as many as that holds at most, and found by looking into
 * the window alone, however many the batch has. Returns their jobs, which are stale from the commit on.
 */
export const leaveWindowSql = (id: BatchId) => Prisma.sql`
WITH inside AS MATERIALIZED (
  SELECT s.id, s."batchId" FROM "SmsQueue" s
  WHERE s."accountId" = ANY((SELECT b."accountId" || b."otherAccountIds" FROM "SmsBatch" b WHERE b.id = ${id})::int[])
    AND s.status = 'PENDING' AND s."dispatchedAt" IS NOT NULL
),
theirs AS MATERIALIZED (
  SELECT s.id FROM "SmsQueue" s
  WHERE s.id = ANY(ARRAY(SELECT i.id FROM inside i WHERE i."batchId" = ${id})) AND s.status = 'PENDING' AND s."dispatchedAt" IS NOT NULL
  ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE "SmsQueue" s SET "dispatchedAt" = NULL WHERE s.id = ANY(ARRAY(SELECT t.id FROM theirs t))
RETURNING s."accountId", s.id AS "smsId", s.dispatch`
