import type { DeliveryReceipt, ReceiptLook, ReceiptProof } from '@sms/core'
import type { Database } from './client.ts'
import { repeatOnConflict } from './repeat-on-conflict.ts'
import { type ProofRow, resolveOrphansSql } from './sql/orphan-receipts.ts'
import { cleanReceiptsSql, countOrphansSql, lookForSmsSql, type LookRow, storeReceiptsSql } from './sql/receipts.ts'

/** Delivery receipts, from the moment they are stored. Any number of workers may look at once. */
export type ReceiptRepository = {
  /** Keeps what is new of them, in one statement; returns how many were. */
  store(receipts: readonly DeliveryReceipt[]): Promise<number>
  /** Matches receipts that are due with their SMS, at most `limit` of them. */
  lookForSms(limit: number): Promise<ReceiptLook>
  /** What follows from receipts of ids that nobody knows, for these numbers; only where the account is used by this system alone. */
  resolveOrphans(numbers: readonly string[]): Promise<ReceiptProof[]>
  /** Deletes receipts of before `days` days, looking at no more than `limit`; returns how many. */
  clean(days: number, limit: number): Promise<number>
  countOrphans(): Promise<number>
}

export const createReceiptRepository = (db: Database): ReceiptRepository => ({
  store: async (receipts) => (receipts.length === 0 ? 0 : repeatOnConflict(() => db.$executeRaw(storeReceiptsSql(receipts)))),

  lookForSms: async (limit) => {
    const [row] = await repeatOnConflict(() => db.$queryRaw<[LookRow]>(lookForSmsSql(limit)))
    return row
  },

  resolveOrphans: async (numbers) => {
    if (numbers.length === 0) return []
    const [answer] = await repeatOnConflict(() => db.$queryRaw<[{ rows: string }]>(resolveOrphansSql(numbers)))
    return (JSON.parse(answer.rows) as ProofRow[]).map(({ id, batchId, attempts, messageId, proved }) => ({
      smsId: BigInt(id),
      batchId: batchId === null ? null : BigInt(batchId),
      attempt: attempts,
      messageId,
      proved,
    }))
  },

  clean: (days, limit) => db.$executeRaw(cleanReceiptsSql(days, limit)),

  countOrphans: async () => (await db.$queryRaw<[{ n: number }]>(countOrphansSql()))[0].n,
})
