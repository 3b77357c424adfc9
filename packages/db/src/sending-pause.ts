import type { Database } from './client.ts'
import { PAUSED_BY_OPERATOR } from './sql/sender-account.ts'

/** The pause of everything; null: there is none. */
export type SendingPause = { pausedAt: Date; reason: string | null; userId: number }

export const readSendingPause = async (db: Pick<Database, 'sendingPause'>): Promise<SendingPause | null> => {
  const row = await db.sendingPause.findUnique({ where: { id: 1 } })
  if (row === null || row.pausedAt === null || row.userId === null) return null
  return { pausedAt: row.pausedAt, reason: row.reason, userId: row.userId }
}

type Standing = { pausedReason: string | null; pausedByOperator: boolean; pausedAt?: Date | null; probeAt: Date | null }

/** An account as it stands while everything is paused. Its own pause, and that of a disabled one, stay what they are. */
export const underPause = <Account extends Standing>(
  account: Account,
  pause: SendingPause | null,
): Account & { isPausedWithAll: boolean } => {
  if (pause === null) return { ...account, isPausedWithAll: false }
  if (account.pausedByOperator) return { ...account, isPausedWithAll: true }
  return {
    ...account,
    pausedReason: PAUSED_BY_OPERATOR,
    pausedByOperator: true,
    ...('pausedAt' in account && { pausedAt: pause.pausedAt }),
    probeAt: null,
    isPausedWithAll: true,
  }
}
