import type { BatchId, Caller } from '@sms/core'
import { Prisma } from '../generated/client.ts'

const isTheirs = (caller: Caller) => (caller.isAdmin ? Prisma.sql`TRUE` : Prisma.sql`b."userId" = ${caller.userId}`)

/**
 * The claim takes the batch row before its SMS and moves the counters with them, so whatever this statement finds as `pending` has
 * not been claimed and never will be. The rows follow in the sweep.
 */
export const cancelSql = (caller: Caller, id: BatchId, reason: string | null) => Prisma.sql`
UPDATE "SmsBatch" b SET status = 'CANCELLED', cancelled = b.cancelled + b.pending, pending = 0, "cancelledAt" = clock_timestamp(),
  "cancelReason" = ${reason}
WHERE b.id = ${id} AND ${isTheirs(caller)} AND b.status IN ('SCHEDULED', 'EXPANDING', 'ACTIVE', 'PAUSED')`

export const pauseSql = (caller: Caller, id: BatchId) => Prisma.sql`
UPDATE "SmsBatch" b SET status = 'PAUSED', "pausedAt" = clock_timestamp()
WHERE b.id = ${id} AND ${isTheirs(caller)} AND b.status IN ('SCHEDULED', 'EXPANDING', 'ACTIVE')`

/** Back to where it would be without the pause: its hour may not have come, its rows may not all exist, all may be done. */
export const resumeSql = (caller: Caller, id: BatchId) => Prisma.sql`
UPDATE "SmsBatch" b SET
  status = CASE
    WHEN b."expandedAt" IS NOT NULL AND b.pending = 0 AND b.processing = 0 THEN 'COMPLETED'::"BatchStatus"
    WHEN b."scheduledAt" > clock_timestamp() THEN 'SCHEDULED'::"BatchStatus"
    WHEN b."expandedAt" IS NULL THEN 'EXPANDING'::"BatchStatus"
    ELSE 'ACTIVE'::"BatchStatus" END,
  "pausedAt" = NULL,
  "completedAt" = CASE WHEN b."expandedAt" IS NOT NULL AND b.pending = 0 AND b.processing = 0 THEN clock_timestamp() END
WHERE b.id = ${id} AND ${isTheirs(caller)} AND b.status = 'PAUSED'`
