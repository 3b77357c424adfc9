import { quietFloors, type QuietHours } from '@sms/core'
import type { Database } from './client.ts'
import { type ExpandingBatch, countChunkSql, expandChunkSql, nextExpandingSql } from './sql/expand.ts'

/** Rows made by one chunk. Large enough to be fast, small enough that a claim never waits long behind it. */
const CHUNK_SIZE = 5_000

/** A chunk that hangs must not hold the expansion lock for ever. */
const CHUNK_TIMEOUT_MS = 30_000

export type ExpandedChunk = { batchId: bigint; accountId: number; made: number; isLast: boolean; completed: boolean }

class CancelledMeanwhile extends Error {}

/**
 * Makes the next chunk of rows of some segment or all-contacts batch. Null when there is nothing to expand, or another process
 * is at it. Cursor, counters and rows are one transaction: a crash repeats the chunk, it never loses or doubles it.
 */
export const expandNextChunk = async (
  db: Database,
  chunkSize = CHUNK_SIZE,
  quietHours: QuietHours | null = null,
): Promise<ExpandedChunk | null> => {
  try {
    return await db.$transaction(
      async (tx) => {
        const [batch] = await tx.$queryRaw<ExpandingBatch[]>(nextExpandingSql())
        if (!batch) return null
        const sendsAt = Math.max(batch.scheduledAt?.getTime() ?? 0, Date.now())
        const quiet = batch.isPromotional ? quietFloors(sendsAt, quietHours) : []
        const [chunk] = await tx.$queryRaw<
          { cursor: bigint | null; read: number; made: number; unfilled: number; accountIds: number[] | null }[]
        >(expandChunkSql(batch, chunkSize, quiet))
        // Who lacks a variable has a row too, stopped with its reason.
        const unfilled = chunk?.unfilled ?? 0
        const made = (chunk?.made ?? 0) - unfilled
        const isLast = (chunk?.read ?? 0) < chunkSize
        const accountIds = chunk?.accountIds ?? []
        const cursor = chunk?.cursor ?? batch.expansionCursor
        const [counted] = await tx.$queryRaw<{ accountId: number; status: string }[]>(
          countChunkSql(batch.id, { cursor, made, unfilled, isLast, accountIds }),
        )
        if (!counted) throw new CancelledMeanwhile()
        return { batchId: batch.id, accountId: counted.accountId, made, isLast, completed: counted.status === 'COMPLETED' }
      },
      { timeout: CHUNK_TIMEOUT_MS, maxWait: CHUNK_TIMEOUT_MS },
    )
  } catch (error) {
    if (error instanceof CancelledMeanwhile) return null
    throw error
  }
}
