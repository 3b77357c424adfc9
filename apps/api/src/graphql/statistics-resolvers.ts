import { SmsError, totalOf } from '@sms/core'
import type { PeriodStatistics } from '@sms/db'
import { intIdOf, NO_ID } from './ids.ts'
import { mayActFor } from './present-old.ts'
import type { QueryResolvers } from './resolver-types.generated.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'smsStatistics'>>

export const createStatisticsQueries = ({ statistics }: Pick<GraphqlService, 'statistics'>): Queries => ({
  smsStatistics: async (_parent, { from, to, userId }, { caller }) => {
    const asked = userId == null ? null : (intIdOf(userId) ?? NO_ID)
    if (asked !== null && !mayActFor(caller, asked))
      throw new SmsError('FORBIDDEN', "Another user's statistics need an administrator")
    const ofUser = asked ?? (caller.isAdmin ? null : caller.userId)
    return presentStatistics(await statistics.read(caller.userId, { from: from ?? null, to: to ?? null, userId: ofUser }), ofUser)
  },
})

const presentStatistics = ({ byStatus, receipts, acceptance, delivery, ...rest }: PeriodStatistics, userId: number | null) => ({
  ...rest,
  userId: userId === null ? null : String(userId),
  byStatus: { ...byStatus, total: totalOf(byStatus) },
  acceptanceLatency: acceptance,
  deliveryLatency: delivery,
  delivery: {
    ...receipts,
    rate: shareOf(receipts.delivered, receipts.final),
    rateOfSent: shareOf(receipts.delivered, receipts.sent),
  },
})

const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
