import { Prisma } from '../generated/client.ts'

/**
 * A column that makes this transaction commit without waiting for the disk. A claim and a settle hold the row of their batch until they have
 * committed; with the disk inside, all workers of a batch wait for it one after the other. Who runs such a statement says nothing of it
 * to anybody before {@link flushSql} is answered.
 */
export const commitsSoon = Prisma.sql`set_config('synchronous_commit', 'off', true)`

/** Committed in the usual way, which takes all to the disk (and to a synchronous standby) that was committed before. PostgreSQL 9.6. */
export const flushSql = Prisma.sql`SELECT pg_logical_emit_message(true, 'sms', '')::text AS position`
