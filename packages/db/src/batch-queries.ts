import type { BatchId, BatchRecord, BatchStatus, Caller } from '@sms/core'
import type { Database } from './client.ts'
import { batchRecordOf, visibleTo } from './records.ts'
import type { Page, PageOf } from './sms-queries.ts'

export type BatchQueries = {
  findById(caller: Caller, id: BatchId): Promise<BatchRecord | null>
  findPage(caller: Caller, filter: { status?: BatchStatus | undefined }, page: Page): Promise<PageOf<BatchRecord>>
  count(caller: Caller, filter: { status?: BatchStatus | undefined }): Promise<number>
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
  }
}
