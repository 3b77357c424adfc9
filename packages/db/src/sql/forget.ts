import { Prisma } from '../generated/client.ts'

/** At least so long a key gives the same answer; by PostgreSQL's clock, which also wrote when it was first used. */
const KEYS_KEPT = Prisma.sql`interval '72 hours'`

/**
 * Forgets one slice of old idempotency keys, the oldest first. That of a batch which is not over stays: a call repeated after the 72
 * hours would send a campaign of next month twice. Keys that a call is reading at this moment are left for the next round.
 */
export const forgetKeysSql = (limit: number) => Prisma.sql`
WITH old AS MATERIALIZED (
  SELECT k."userId", k.key FROM "IdempotencyKey" k
  WHERE k."createdAt" < clock_timestamp() - ${KEYS_KEPT}
    AND NOT EXISTS (SELECT 1 FROM "SmsBatch" b WHERE b.id = k."batchId" AND b.status NOT IN ('COMPLETED', 'CANCELLED'))
    AND NOT EXISTS (SELECT 1 FROM "SmsQueue" s WHERE s.id = k."smsId" AND s.status IN ('PENDING', 'PROCESSING'))
  ORDER BY k."createdAt" LIMIT ${limit}
  FOR UPDATE SKIP LOCKED
)
DELETE FROM "IdempotencyKey" k USING old o WHERE k."userId" = o."userId" AND k.key = o.key`

/** A send that carries the id of a plan that is over is told so while the plan is still here; after that it is unknown. */
export const forgetPlansSql = (limit: number) => Prisma.sql`
DELETE FROM "SendPlan" p WHERE p.id IN (
  SELECT o.id FROM "SendPlan" o WHERE o."expiresAt" < clock_timestamp() - interval '7 days' ORDER BY o."expiresAt" LIMIT ${limit}
  FOR UPDATE SKIP LOCKED)`
