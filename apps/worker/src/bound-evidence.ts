import type { Settlement, SmsId } from '@sms/core'
import type { SmsQueueRepository } from '@sms/db'

/**
 * The same repository, whose `settle` also bounds the evidence of attempts that were given back: they may come again without end. A
 * step of its own, for few outcomes need it; one that fails costs some rows, which the next one folds.
 */
export const boundEvidence = (
  sms: SmsQueueRepository,
  deps: { foldEvidence: (smsIds: readonly SmsId[]) => Promise<void>; onError: (error: unknown) => void },
): SmsQueueRepository => ({
  ...sms,
  settle: async (settlements) => {
    const results = await sms.settle(settlements)
    const givenBack = settlements.filter(({ givesAttemptBack }: Settlement) => givesAttemptBack).map(({ smsId }) => smsId)
    if (givenBack.length > 0) await deps.foldEvidence(givenBack).catch(deps.onError)
    return results
  },
})
