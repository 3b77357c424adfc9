import type { BatchId, BatchRecord, BatchStatus, Caller } from '@sms/core'
import type { Database } from './client.ts'
import { batchRecordOf, visibleTo } from './records.ts'
import type { Page, PageOf } from './sms-queries.ts'
import { cancelSql, pauseSql, resumeSql } from './sql/batch-control.ts'

export type BatchQueries = {
  findById(caller: Caller, id: BatchId): Promise<BatchRecord | null>
  findPage(caller: Caller, filter: { status?: BatchStatus | undefined }, page: Page): Promise<PageOf<BatchRecord>>
  count(caller: Caller, filter: { status?: BatchStatus | undefined }): Promise<number>
  /**
   * One UPDATE: from its commit on nothing of the batch is claimed any more, and what waited is counted as cancelled. What is on
   * the wire at that moment is settled as it ends. A finished batch stays as it is. Null: not the caller's.
   */
  cancel(caller: Caller, id: BatchId, reason: string | null): Promise<BatchRecord | null>
  /** Nothing new is claimed until `resume`. A finished batch stays as it is. */
  pause(caller: Caller, id: BatchId): Promise<BatchRecord | null>
  resume(caller: Caller, id: BatchId): Promise<BatchRecord | null>
}

export const createBatchQueries = (db: Database): BatchQueries => {
  const findById = async (caller: Caller, id: BatchId): Promise<BatchRecord | null> => {
    const row = await db.smsBatch.findFirst({ where: { id, ...visibleTo(caller) } })
    return row && batchRecordOf(row)
  }
  return {
    findById,

    findPage: async (caller, { status }, { first, after }) => {
      const rows = await db.smsBatch.findMany({
        where: { ...visibleTo(caller), ...(status && { status }), ...(after !== null && { id: { lt: after } }) },
        orderBy: { id: 'desc' },
        take: first + 1,
      })
      return { items: rows.slice(0, first).map(batchRecordOf), hasNextPage: rows.length > first }
    },

    count: (caller, { status }) => db.smsBatch.count({ where: { ...visibleTo(caller), ...(status && { status }) } }),

    cancel: async (caller, id, reason) => {
      await db.$executeRaw(cancelSql(caller, id, reason))
      return findById(caller, id)
    },

    pause: async (caller, id) => {
      await db.$executeRaw(pauseSql(caller, id))
      return findById(caller, id)
    },

    resume: async (caller, id) => {
      await db.$executeRaw(resumeSql(caller, id))
      return findById(caller, id)
    },
  }
}
