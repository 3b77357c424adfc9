import { dispatchDue, type DispatchPorts, type SenderAccount, windowSizeFor } from '@sms/core'
import { ROWS_A_ROUND, type SmsQueueRepository } from '@sms/db'

/** Keeps the window of every account full, starts scheduled batches when they are due, and probes blocked accounts. */
export const createDispatchRound = (deps: {
  ports: DispatchPorts
  sms: Pick<SmsQueueRepository, 'startDueBatches'>
  accounts: () => Promise<SenderAccount[]>
  ratePerSecond: number
  onDispatched: (accountId: number, count: number) => void
}): (() => Promise<boolean>) => {
  const windowSize = windowSizeFor(deps.ratePerSecond)
  return async () => {
    await deps.sms.startDueBatches()
    let dispatched = 0
    for (const { id } of await deps.accounts()) {
      const count = await dispatchDue(deps.ports, { accountId: id, windowSize })
      if (count > 0) deps.onDispatched(id, count)
      dispatched += count
    }
    // A full round: more rows are due than one round takes.
    return dispatched >= Math.min(windowSize, ROWS_A_ROUND)
  }
}
