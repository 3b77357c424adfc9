import { moneyAtStake, planSend, type PlanTarget, SmsError, verdictAt, warningsOf, type SendPlan } from '@sms/core'
import type { GraphqlContext } from './context.ts'
import { FRENCH } from './french.ts'
import { intIdOf, NO_ID } from './ids.ts'
import { presentPreview } from './message-preview.ts'
import { detailOf, refusedIndexes } from './present-sends.ts'
import type { PlanSendInput, QueryResolvers } from './resolver-types.generated.ts'
import { inInt, presentWarning } from './send-warnings.ts'
import type { GraphqlService } from './service.ts'

type Queries = Required<Pick<QueryResolvers, 'planSend'>>

export const createPlanQueries = (service: GraphqlService): Queries => ({
  planSend: async (_parent, { input }, context) => {
    const list = input.phoneNumbers == null ? null : context.lists.find(input.phoneNumbers)
    const plan = await planSend(service.plan, {
      caller: context.caller,
      userId: input.userId == null ? null : (intIdOf(input.userId) ?? NO_ID),
      message: input.message,
      options: input.options ?? {},
      idempotencyKey: null,
      target: targetOf(input, context),
    })
    const preview = presentPreview(plan.message, service.accept.policy.maxParts)
    const shown = plan.verdicts === null ? [] : refusedIndexes(plan.verdicts)
    const entries = shown.length === 0 || list === null ? [] : await list.read(shown).catch(() => [])
    const [sender, outlook, pace] = await Promise.all([
      service.users.findById(plan.userId),
      plan.accounts.length === 0 ? null : service.units.readOutlook(plan.accounts.map(({ accountId }) => accountId)),
      paceOf(service, plan),
    ])
    const units = plan.recipientCount * plan.parts
    const warnings = warningsOf(outlook, units).map(presentWarning)
    return {
      id: plan.id,
      expiresAt: plan.expiresAt,
      kind: plan.kind,
      entries: plan.entryCount,
      recipients: plan.recipientCount,
      duplicates: plan.duplicateCount,
      invalid: plan.invalid.reduce((sum, { count }) => sum + count, 0),
      invalidByReason: plan.invalid.map(({ code, count }) => ({ code, count, message: code === 'ACCEPTED' ? '' : FRENCH[code] })),
      optedOut: plan.optedOutCount,
      refused: shown.map((index, place) =>
        detailOf(verdictAt(plan.verdicts ?? new Uint8Array(), index), index, entries[place] ?? ''),
      ),
      estimated: [...plan.estimated],
      // The warnings of the plan are those of all its recipients.
      preview: { ...preview, warnings },
      unitsNeeded: inInt(units),
      price: moneyAtStake(service.resolve.price, { smsCount: plan.recipientCount, parts: units }),
      creditLeft: sender?.smsCredit ?? 0,
      accountUnitsLeft: outlook && inInt(outlook.unitsLeft),
      accountUnitsWaiting: outlook && inInt(outlook.unitsWaiting),
      ...pace,
      quietHours: plan.quietHours.map(({ country, timeZone, count, notBefore }) => ({
        country,
        timeZone,
        recipients: count,
        delayedUntil: notBefore,
      })),
      expiring: plan.expiringCount,
      warnings,
    }
  },
})

const targetOf = ({ phoneNumbers, segmentId, allContacts }: PlanSendInput, { lists }: GraphqlContext): PlanTarget => {
  const givenCount = Number(phoneNumbers != null) + Number(segmentId != null) + Number(allContacts === true)
  if (givenCount !== 1) throw new SmsError('INVALID_INPUT', 'Give one of phoneNumbers, segmentId and allContacts')
  if (phoneNumbers != null) return { recipients: lists.find(phoneNumbers) }
  return segmentId == null ? 'all-contacts' : { segmentId: intIdOf(segmentId) ?? NO_ID }
}

/** Accounts send side by side: the slowest of them says when the last SMS is gone. */
export const paceOf = async (
  service: GraphqlService,
  plan: Pick<SendPlan, 'accounts' | 'scheduledAt'> & { quietHours: readonly { notBefore: Date }[] },
): Promise<{ backlog: number; ratePerSecond: number; etaSeconds: number | null }> => {
  const [accounts, workloads] = await Promise.all([service.accounts.findAll(), service.accounts.readWorkload()])
  const nowMs = service.accept.now()
  const startsInMs = Math.max(
    0,
    (plan.scheduledAt?.getTime() ?? 0) - nowMs,
    ...plan.quietHours.map(({ notBefore }) => notBefore.getTime() - nowMs),
  )
  const paces = await Promise.all(
    plan.accounts.map(async ({ accountId, count }) => {
      const account = accounts.find(({ id }) => id === accountId)
      const backlog = workloads.find((one) => one.accountId === accountId)?.backlog ?? 0
      if (account === undefined || account.pausedReason !== null) return { backlog, rate: 0, endsInMs: Number.POSITIVE_INFINITY }
      const ratePerSecond = account.ratePerSecond ?? service.defaultAccount.ratePerSecond
      // Without Redis the configured pace is the best that is known.
      const pace = await service.readPace({ accountId, ratePerSecond }).catch(() => null)
      const rate = pace?.nowPerSecond ?? ratePerSecond
      const endsInMs = Math.max(startsInMs + (count / rate) * 1_000, (pace?.heldForMs ?? 0) + ((backlog + count) / rate) * 1_000)
      return { backlog, rate, endsInMs }
    }),
  )
  const endsInMs = Math.max(0, ...paces.map((pace) => pace.endsInMs))
  return {
    backlog: inInt(paces.reduce((sum, { backlog }) => sum + backlog, 0)),
    ratePerSecond: paces.reduce((sum, { rate }) => sum + rate, 0),
    etaSeconds: Number.isFinite(endsInMs) ? inInt(endsInMs / 1_000) : null,
  }
}
