import { SmsError } from '@sms/core'
import type { Database } from './client.ts'
import type { Prisma } from './generated/client.ts'
import { balanceBatchesSql, balanceSinglesSql, lockCreditsSql, takeCreditsSql } from './sql/credits.ts'
import { RESERVED_ADMIN_ID } from './user-repository.ts'

/** Batches, and single SMS, that one round looks at. */
const ROUND_LIMIT = 500

/** Whoever sends with ADMIN_API_KEY for nobody else is not metered. */
export const isMetered = (userId: number): boolean => userId !== RESERVED_ADMIN_ID

/**
 * Takes the credits of a send, as the last statement of the transaction that accepts it: the user's row is locked for a moment only, and
 * a send that is not written takes nothing. Throws INSUFFICIENT_CREDIT.
 */
export const takeCredits = async (tx: Prisma.TransactionClient, userId: number, count: number): Promise<void> => {
  if (!isMetered(userId) || count === 0) return
  if ((await tx.$executeRaw(takeCreditsSql(userId, count))) === 1) return
  const user = await tx.user.findUnique({ where: { id: userId }, select: { smsCredit: true } })
  throw new SmsError('INSUFFICIENT_CREDIT', `User ${userId} has not enough credits`, {
    details: { needed: count, left: user?.smsCredit ?? 0 },
  })
}

export type CreditBalancer = {
  /**
   * Gives credits of FAILED and CANCELLED SMS back, and takes them again for those that were replayed. Any number of processes may
   * do it: one at a time works. True: there may be more to do at once.
   */
  balance(): Promise<boolean>
}

/** The counters say what a batch has to hold, whoever moved them: so no statement that moves an SMS need know of credits. */
export const createCreditBalancer = (db: Database): CreditBalancer => {
  // Round and round over all batches, for what changes long after the end.
  let after = 0n

  return {
    balance: () =>
      db.$transaction(async (tx) => {
        const [lock] = await tx.$queryRaw<{ got: boolean }[]>(lockCreditsSql())
        if (lock?.got !== true) return false
        const [batches] = await tx.$queryRaw<{ moved: number; cursor: bigint | null }[]>(balanceBatchesSql(after, ROUND_LIMIT))
        const [singles] = await tx.$queryRaw<{ moved: number }[]>(balanceSinglesSql(ROUND_LIMIT))
        after = batches?.cursor ?? 0n
        return singles?.moved === ROUND_LIMIT
      }),
  }
}
