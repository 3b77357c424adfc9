import type { BatchId } from '@sms/core'
import type { Database } from './client.ts'
import { type ResultRow, resultsSql } from './sql/batch-results.ts'

export type BatchResult = ResultRow

/**
 * The outcome of every SMS of a batch, page by page, by number: no page is read before the one before it was taken, and no transaction is
 * open meanwhile. Each page is of its own moment, so of a batch that is still being sent the pages differ in age. Knows no caller.
 */
export async function* readBatchResults(db: Database, batchId: BatchId, pageSize: number): AsyncGenerator<BatchResult[]> {
  let after = ''
  for (;;) {
    const page = await db.$queryRaw<ResultRow[]>(resultsSql(batchId, after, pageSize))
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    if (page.length < pageSize) return
    after = last.phoneNumber
  }
}
