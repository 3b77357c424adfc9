import { Prisma } from '../generated/client.ts'

/**
 * The CTE `batch`: the batch rows of some SMS, locked. `source` is the name of a CTE that holds their ids.
 *
 * Batches by id, then SMS by id, in every statement: two groups that meet wait for each other and never in a circle. `touched` is a
 * step of its own, so that the plan is by primary key whatever the statistics say (a table that has just grown has none).
 */
export const lockedBatchesOf = (source: Prisma.Sql): Prisma.Sql => Prisma.sql`
touched AS MATERIALIZED (
  SELECT DISTINCT s."batchId" FROM ${source} w JOIN "SmsQueue" s ON s.id = w.id
),
batch AS MATERIALIZED (
  SELECT b.id, b.status FROM "SmsBatch" b
  WHERE b.id IN (SELECT t."batchId" FROM touched t)
  ORDER BY b.id
  FOR NO KEY UPDATE
)`

/**
 * COMPLETED ⇔ every row exists and none is pending or processing; a paused batch completes too, a cancelled one does not. Late
 * proof that an UNKNOWN was not accepted finds it paused again (`pausedAt`); an operator who sends something of it again ends the pause.
 */
export const isDoneAfter = (pending: Prisma.Sql, processing: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`(b.status IN ('ACTIVE', 'EXPANDING', 'PAUSED', 'SCHEDULED') AND b."expandedAt" IS NOT NULL AND ${pending} = 0 AND ${processing} = 0)`
