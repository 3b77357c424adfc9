import type { Database } from './client.ts'
import { forgetKeysSql, forgetPlansSql } from './sql/forget.ts'

const SLICE_SIZE = 2_000

/** Forgets one slice of idempotency keys older than 72 hours and of plans long over. Any number of processes may do it at once. */
export const forgetOld = async (db: Database, sliceSize = SLICE_SIZE): Promise<{ keys: number; plans: number }> => ({
  keys: await db.$executeRaw(forgetKeysSql(sliceSize)),
  plans: await db.$executeRaw(forgetPlansSql(sliceSize)),
})
