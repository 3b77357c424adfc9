import type { Database } from './client.ts'
import { sweepSql, sweptSql, unsweptSql } from './sql/recover.ts'

const SLICE_SIZE = 2_000

/** One slice of every cancelled batch whose waiting rows still stand: they become CANCELLED. Returns how many did. */
export const sweepCancelled = async (db: Database): Promise<number> => {
  let swept = 0
  for (const { id } of await db.$queryRaw<{ id: bigint }[]>(unsweptSql())) {
    const moved = await db.$executeRaw(sweepSql(id, SLICE_SIZE))
    swept += moved
    if (moved < SLICE_SIZE) await db.$executeRaw(sweptSql(id))
  }
  return swept
}
