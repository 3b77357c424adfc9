import type { BatchId, BatchRecord } from '@sms/core'
import type { Database } from './client.ts'
import { batchRecordOf } from './records.ts'

/** Batches by primary key, all in one statement, whoever they belong to: the caller decides who may see them. */
export const readBatches = async (db: Database, ids: readonly BatchId[]): Promise<Map<BatchId, BatchRecord>> => {
  const rows = await db.smsBatch.findMany({ where: { id: { in: [...ids] } } })
  return new Map(rows.map((row) => [row.id, batchRecordOf(row)]))
}
