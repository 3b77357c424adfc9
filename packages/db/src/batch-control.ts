import { type BatchControl, type BatchId, type CancelReceipt, type ControlOrder, LISTED_ON_WIRE } from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma } from './generated/client.ts'
import { batchRecordOf, visibleTo } from './records.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'
import { cancelSql, leaveWindowSql, lockLiveSql, pauseSql, resumeSql, setPrioritySql } from './sql/batch-control.ts'
import { cancelSmsSql, type CancelSmsRow } from './sql/cancel-sms.ts'
import { URGENT_FROM } from './sql/dispatch.ts'

/** Behind claims and settles that were first: each has the batch for some milliseconds. */
const TRANSACTION = { timeout: 20_000, maxWait: 10_000 }

/** What people do to a batch or an SMS: each a short transaction with its entry in the audit, whatever the size of the batch. */
export const createBatchControl = (db: Database): BatchControl => {
  const change = async (
    order: ControlOrder,
    id: BatchId,
    write: (tx: Prisma.TransactionClient) => Promise<unknown>,
  ): ReturnType<BatchControl['cancel']> => {
    await repeatOnConflict(() =>
      db.$transaction(async (tx) => {
        const live = await tx.$queryRaw<unknown[]>(lockLiveSql(order, id))
        if (live.length > 0) await write(tx)
      }, TRANSACTION),
    )
    const row = await db.smsBatch.findFirst({ where: { id, ...visibleTo(order.caller) } })
    return row && batchRecordOf(row)
  }

  return {
    cancel: (order, id) => change(order, id, (tx) => tx.$executeRaw(cancelSql(order, id, LISTED_ON_WIRE))),
    pause: (order, id) => change(order, id, (tx) => tx.$executeRaw(pauseSql(order, id))),
    resume: (order, id) => change(order, id, (tx) => tx.$executeRaw(resumeSql(order, id))),

    setPriority: (order, id, priority) =>
      change(order, id, async (tx) => {
        const [moved] = await tx.$queryRaw<{ was: number; accountIds: number[] }[]>(setPrioritySql(order, id, priority))
        // Within the window only urgent or not makes a difference: that is the order of its jobs.
        if (moved === undefined || moved.was >= URGENT_FROM === priority >= URGENT_FROM) return
        await tx.$executeRaw(leaveWindowSql(id, moved.accountIds))
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
