import { moneyAtStake, type UploadPlan } from '@sms/core'
import { paceOf } from '../graphql/plan-resolvers.ts'
import { inInt } from '../graphql/send-warnings.ts'
import type { GraphqlService } from '../graphql/service.ts'

/** What the send of a file would cost and when it would be done, in the words of `planSend`. */
export const presentUploadPlan = async (service: GraphqlService, plan: UploadPlan): Promise<object> => {
  const { delayed, accounts, scheduledAt, partCount, recipientCount } = plan
  const [sender, outlook, pace] = await Promise.all([
    service.users.findById(plan.userId),
    accounts.length === 0 ? null : service.units.readOutlook(accounts.map(({ accountId }) => accountId)),
    paceOf(service, { accounts, scheduledAt, quietHours: delayed === null ? [] : [{ notBefore: delayed.until }] }),
  ])
  return {
    planId: plan.id,
    expiresAt: plan.expiresAt,
    status: 'PLANNED',
    recipients: recipientCount,
    unitsNeeded: partCount,
    estimated: plan.isTemplate ? ['units'] : [],
    price: moneyAtStake(service.resolve.price, { smsCount: recipientCount, parts: partCount }),
    creditLeft: sender?.smsCredit ?? 0,
    accountUnitsLeft: outlook && inInt(outlook.unitsLeft),
    accountUnitsWaiting: outlook && inInt(outlook.unitsWaiting),
    ...pace,
    quietHours: delayed && { recipients: delayed.count, delayedUntil: delayed.until },
  }
}
