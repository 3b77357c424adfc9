import { type BatchControl, type BatchId, type CancelReceipt, type ControlOrder, LISTED_ON_WIRE, type SmsJob } from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma } from './generated/client.ts'
import { batchRecordOf, visibleTo } from './records.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'
import {
  cancelSql,
  leaveWindowSql,
  type LeftWindowRow,
  lockLiveSql,
  pauseSql,
  resumeSql,
  setPrioritySql,
} from './sql/batch-control.ts'
import { cancelSmsSql, type CancelSmsRow } from './sql/cancel-sms.ts'
import { URGENT_FROM } from './sql/dispatch.ts'

/** Behind claims and settles that were first: each has the batch for some milliseconds. */
const TRANSACTION = { timeout: 20_000, maxWait: 10_000 }

export type BatchControlOptions = {
  /**
   * Jobs of SMS that have just left the window, committed. Left in Redis they would send nothing, but each would take the time of a slot
   * from whoever waits behind it. Not awaited; must not throw.
   */
  onLeftWindow?: (accountId: number, jobs: readonly SmsJob[]) => void
}

/** What people do to a batch or an SMS: each a short transaction with its entry in the audit, whatever the size of the batch. */
export const createBatchControl = (db: Database, { onLeftWindow }: BatchControlOptions = {}): BatchControl => {
  /** `write` returns whether what waits in the window must leave it. */
  const change = async (
    order: ControlOrder,
    id: BatchId,
    write: (tx: Prisma.TransactionClient) => Promise<boolean>,
  ): ReturnType<BatchControl['cancel']> => {
    const left = await repeatOnConflict(() =>
      db.$transaction(async (tx) => {
        const live = await tx.$queryRaw<unknown[]>(lockLiveSql(order, id))
        const mustLeave = live.length > 0 && (await write(tx))
        return mustLeave ? tx.$queryRaw<LeftWindowRow[]>(leaveWindowSql(id)) : []
      }, TRANSACTION),
    )
    for (const [accountId, jobs] of Map.groupBy(left, (row) => row.accountId)) onLeftWindow?.(accountId, jobs)
    const row = await db.smsBatch.findFirst({ where: { id, ...visibleTo(order.caller) } })
    return row && batchRecordOf(row)
  }

  return {
    cancel: (order, id) => change(order, id, async (tx) => (await tx.$executeRaw(cancelSql(order, id, LISTED_ON_WIRE))) > 0),
    pause: (order, id) => change(order, id, async (tx) => (await tx.$executeRaw(pauseSql(order, id))) > 0),
    resume: (order, id) =>
      change(order, id, async (tx) => {
        await tx.$executeRaw(resumeSql(order, id))
        return false
      }),

    setPriority: (order, id, priority) =>
      change(order, id, async (tx) => {
        const [moved] = await tx.$queryRaw<{ was: number }[]>(setPrioritySql(order, id, priority))
        // Within the window only urgent or not makes a difference: that is the order of its jobs.
        return moved !== undefined && moved.was >= URGENT_FROM !== priority >= URGENT_FROM
      }),

    cancelSms: async (order, id) => {
      const [row] = await repeatOnConflict(() => db.$queryRaw<CancelSmsRow[]>(cancelSmsSql(order, id)))
      return row === undefined ? null : (row as Awaited<ReturnType<BatchControl['cancelSms']>>)
    },

    findReceipts: async (batchIds) => {
      const acts = await db.operatorAct.findMany({
        where: { batchId: { in: [...batchIds] }, kind: 'CANCEL_BATCH' },
        select: { batchId: true, at: true, after: true },
      })
      return acts.map(({ batchId, at, after }) => {
        const { stopped, notMade, onTheWire, onTheWireIds } = JSON.parse(after ?? '{}') as Omit<CancelReceipt, 'batchId' | 'at'>
        return { batchId: batchId ?? -1n, at, stopped, notMade, onTheWire, onTheWireIds }
      })
    },
  }
}
