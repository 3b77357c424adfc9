import type { ReplayRepository, ReplayVerdict } from '@sms/core'
import type { Database } from './client.ts'
import { moveChunk, partsOf, readNow } from './operator-moves.ts'
import type { MoveRow } from './sql/operator-move.ts'
import { previewReplaySql, replayChunkSql, replayJobSql } from './sql/replay.ts'

export const createReplayRepository = (db: Database): ReplayRepository => ({
  replayChunk: (order, filter, page) => moveChunk(db, replayChunkSql(order, filter, page), verdictOf),
  previewReplay: async (order, filter, before) =>
    (await db.$queryRaw<MoveRow[]>(previewReplaySql(order, filter, before))).map(verdictOf),
  replayJob: async (order, job) => {
    const chunk = await moveChunk(db, replayJobSql(order, job), verdictOf)
    return chunk.lastId === null ? null : chunk
  },
  now: () => readNow(db),
})

const verdictOf = (row: MoveRow): ReplayVerdict =>
  ({
    verdict: row.verdict === 'MOVED' ? 'REPLAYED' : row.verdict,
    status: row.status,
    smsCount: row.smsCount,
    parts: partsOf(row),
  }) as ReplayVerdict
