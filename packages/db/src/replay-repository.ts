import type { ReplayedChunk, ReplayRepository, ReplayVerdict } from '@sms/core'
import type { Database } from './client.ts'
import { failureOf } from './database-error.ts'
import { previewReplaySql, replayChunkSql, replayJobSql, type ReplayRow } from './sql/replay.ts'

/** A chunk that lost against a claim or a settle changed nothing and is simply repeated. */
const CONFLICT_REPEATS = 5

export const createReplayRepository = (db: Database): ReplayRepository => {
  const move = async (sql: ReturnType<typeof replayChunkSql>): Promise<ReplayedChunk> => {
    for (let turn = 1; ; turn += 1) {
      try {
        return chunkOf(await db.$queryRaw<ReplayRow[]>(sql))
      } catch (error) {
        if (turn > CONFLICT_REPEATS || failureOf(error) !== 'conflict') throw error
      }
    }
  }

  return {
    replayChunk: (order, filter, page) => move(replayChunkSql(order, filter, page)),
    previewReplay: (order, filter, before) => db.$queryRaw<ReplayVerdict[]>(previewReplaySql(order, filter, before)),
    replayJob: async (order, job) => {
      const chunk = await move(replayJobSql(order, job))
      return chunk.lastId === null ? null : chunk
    },
    now: async () => {
      // Columns are rounded to milliseconds: what failed just now must not lie after it.
      const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() + interval '1 millisecond' AS now`
      return row?.now ?? new Date()
    },
  }
}

const chunkOf = (rows: readonly ReplayRow[]): ReplayedChunk => ({
  verdicts: rows.map(({ verdict, status, smsCount }) => ({ verdict, status, smsCount }) as ReplayVerdict),
  lastId: rows[0]?.lastId ?? null,
  accountIds: [...new Set(rows.flatMap(({ verdict, accountIds }) => (verdict === 'REPLAYED' ? accountIds : [])))],
})
