import { analyzeMessage } from '@sms/core'
import type { Database } from './client.ts'
import { type PartsRow, partsSql } from './sql/operator-statistics.ts'

export type PartsAtStake = { smsCount: number; parts: number }

export type OperatorStatistics = {
  /** What will be paid for, and what may have been although nobody knows. */
  readAtStake(): Promise<{ waiting: PartsAtStake; unknown: PartsAtStake }>
}

/** Over all users: for operators. */
export const createOperatorStatistics = (db: Database): OperatorStatistics => ({
  readAtStake: async () => {
    const sums = { waiting: { smsCount: 0, parts: 0 }, unknown: { smsCount: 0, parts: 0 } }
    for (const { kind, parts, text, count } of await db.$queryRaw<PartsRow[]>(partsSql())) {
      sums[kind].smsCount += count
      sums[kind].parts += count * (parts ?? analyzeMessage(text ?? '').parts)
    }
    return sums
  },
})
