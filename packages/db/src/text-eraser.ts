import type { Database } from './client.ts'
import {
  countErasableBatchesSql,
  countErasableSql,
  eraseBatchesSql,
  type EraseChunk,
  type EraseRow,
  eraseTextsSql,
} from './sql/erase-texts.ts'

export type ErasureRule = { olderThanMs: number; includeFailed: boolean }

/** `lastId`: where the next chunk begins; null: there is none. */
export type ErasedChunk = { lastId: bigint | null; erased: number }

/** Takes the texts of old SMS out and leaves everything else: rows, counts, outcomes. An empty text is one that was erased. */
export type TextEraser = {
  /** Looks at `limit` rows after `after`, and erases those that are due; `dryRun` only counts them. */
  eraseChunk(rule: ErasureRule, chunk: { after: bigint; limit: number; dryRun: boolean }): Promise<ErasedChunk>
  /** The texts of batches, at most so many; `dryRun` counts them all. */
  eraseBatches(rule: ErasureRule, chunk: { limit: number; dryRun: boolean }): Promise<number>
}

/** Ids are drawn before their row is seen: a transaction that took its time leaves younger ids with older rows, never by a day. */
const ORDER_SLACK_MS = 24 * 3_600_000

export const createTextEraser = (db: Database, by: { userId: number }): TextEraser => ({
  eraseChunk: async (rule, { dryRun, ...place }) => {
    const chunk: EraseChunk = { ...rule, ...place }
    const filter = JSON.stringify({ olderThanHours: rule.olderThanMs / 3_600_000, includeFailed: rule.includeFailed })
    const [row] = await db.$queryRaw<EraseRow[]>(dryRun ? countErasableSql(chunk) : eraseTextsSql(chunk, { ...by, filter }))
    if (row === undefined || row.lastId === null || row.newest === null) return { lastId: null, erased: 0 }
    const [clock] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
    // Rows made after the limit cannot have ended before it, and all that follow are younger still.
    const isBeyond = clock !== undefined && row.newest.getTime() > clock.now.getTime() - rule.olderThanMs + ORDER_SLACK_MS
    return { lastId: isBeyond ? null : row.lastId, erased: row.erased }
  },

  eraseBatches: async (rule, { limit, dryRun }) => {
    if (!dryRun) return db.$executeRaw(eraseBatchesSql({ ...rule, limit }))
    return (await db.$queryRaw<{ n: number }[]>(countErasableBatchesSql(rule)))[0]?.n ?? 0
  },
})
