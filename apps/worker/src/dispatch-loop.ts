import { dispatchDue, type DispatchPorts, type SenderAccount, windowSizeFor } from '@sms/core'
import { ROWS_A_ROUND, type SmsQueueRepository } from '@sms/db'

/** Keeps the window of every account full, starts scheduled batches when they are due, and probes blocked accounts. */
export const createDispatchRound = (deps: {
  ports: DispatchPorts
  sms: Pick<SmsQueueRepository, 'startDueBatches'>
  accounts: () => Promise<SenderAccount[]>
  /** Of the default account. */
  ratePerSecond: number
  onDispatched: (accountId: number, count: number) => void
}): (() => Promise<boolean>) => {
  return async () => {
    await deps.sms.startDueBatches()
    let isFull = false
    for (const { id, ratePerSecond, isDisabled } of await deps.accounts()) {
      if (isDisabled) continue
      const windowSize = windowSizeFor(ratePerSecond ?? deps.ratePerSecond)
      const count = await dispatchDue(deps.ports, { accountId: id, windowSize })
      if (count > 0) deps.onDispatched(id, count)
      // More rows of it are due than one round takes.
      isFull ||= count >= Math.min(windowSize, ROWS_A_ROUND)
    }
    return isFull
  }
}
