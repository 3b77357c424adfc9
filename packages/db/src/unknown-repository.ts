import type { ResolveVerdict, UnknownRepository } from '@sms/core'
import type { Database } from './client.ts'
import { moveChunk, partsOf, readNow } from './operator-moves.ts'
import type { MoveRow } from './sql/operator-move.ts'
import { previewChunkSql, resolveChunkSql } from './sql/resolve-unknown.ts'

export const createUnknownRepository = (db: Database): UnknownRepository => ({
  resolveChunk: async (order, filter, page) => {
    const chunk = await moveChunk(db, resolveChunkSql(order, filter, page), verdictOf)
    // Only what is sent again waits for a dispatch.
    return order.decision === 'SEND_AGAIN' ? chunk : { ...chunk, accountIds: [] }
  },
  previewChunk: (order, filter, page) => moveChunk(db, previewChunkSql(order, filter, page), verdictOf),
  now: () => readNow(db),
})

const verdictOf = (row: MoveRow): ResolveVerdict =>
  ({
    verdict: row.verdict === 'MOVED' ? 'RESOLVED' : row.verdict,
    smsCount: row.smsCount,
    parts: partsOf(row),
  }) as ResolveVerdict
