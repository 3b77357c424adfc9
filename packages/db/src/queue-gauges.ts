import type { Database } from './client.ts'
import { imbalanceSql, waitingSql, type WaitingRow } from './sql/gauges.ts'

/** What a look from outside should see of the queue, over all users. */
export type QueueGauges = {
  readWaiting(): Promise<WaitingRow>
  /** SMS by which stored counters differ from the rows; anything but 0 is a fault. */
  readImbalance(): Promise<number>
}

export const createQueueGauges = (db: Database): QueueGauges => ({
  readWaiting: async () =>
    (await db.$queryRaw<WaitingRow[]>(waitingSql()))[0] ?? { oldestSeconds: 0, windowCount: 0, isAllPaused: false },
  readImbalance: async () => (await db.$queryRaw<{ imbalance: number }[]>(imbalanceSql()))[0]?.imbalance ?? 0,
})
