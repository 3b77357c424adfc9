import type { BatchId, SmsId } from '@sms/core'
import type { Database } from './client.ts'
import type { SmsBatch, SmsQueue } from './generated/client.ts'

/** A row as it stands, for an operator. */
export type InspectedSms = SmsQueue
export type InspectedBatch = SmsBatch & {
  /** What its rows say, by state and code; the counters must agree. */
  rows: { status: string; errorCode: string | null; count: number }[]
}

export type Inspection = {
  findSms(id: SmsId): Promise<InspectedSms | null>
  findBatch(id: BatchId): Promise<InspectedBatch | null>
  /** PostgreSQL's clock, which decides what is due and what is late. */
  readNow(): Promise<Date>
}

export const createInspection = (db: Database): Inspection => ({
  findSms: (id) => db.smsQueue.findUnique({ where: { id } }),

  findBatch: (id) =>
    // One moment for both: the counters move with the rows.
    db.$transaction(
      async (tx) => {
        const batch = await tx.smsBatch.findUnique({ where: { id } })
        if (batch === null) return null
        const rows = await tx.smsQueue.groupBy({ by: ['status', 'errorCode'], where: { batchId: id }, _count: true })
        return { ...batch, rows: rows.map(({ _count, ...row }) => ({ ...row, count: _count })) }
      },
      { isolationLevel: 'RepeatableRead', timeout: 60_000 },
    ),

  readNow: async () => (await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`)[0]?.now ?? new Date(),
})
