import type { Logger } from '@sms/runtime'
import type { ContractsEvents } from './contracts-loop.ts'
import { reasonOf, type WorkerMetrics } from './worker-metrics.ts'

/** What a look at the accounts' contracts tells the outside: figures as they stand in SQL, one log line for each call to Orange. */
export const createContractsEvents = (deps: { logger: Logger; metrics: WorkerMetrics }): ContractsEvents => {
  const { logger, metrics } = deps
  return {
    states: (states) => {
      // Accounts that are gone must not stay behind.
      metrics.blocked.reset()
      metrics.units.reset()
      metrics.contractEnd.reset()
      for (const { id, pausedReason, pausedByOperator, unitsLeft, unitsExpireInMs } of states) {
        const account = String(id)
        metrics.blocked.set({ account }, pausedReason !== null && !pausedByOperator ? 1 : 0)
        if (unitsLeft !== null) metrics.units.set({ account }, unitsLeft)
        if (unitsExpireInMs !== null) metrics.contractEnd.set({ account }, unitsExpireInMs / 1_000)
      }
    },
    asked: (accountId, { code, unitsLeft }) => {
      metrics.contractReads.inc({ account: String(accountId), result: code === null ? 'read' : reasonOf(code) })
      if (code === null) logger.info({ accountId, unitsLeft }, 'contracts read')
      else logger.warn({ accountId, code }, 'contracts not read')
    },
    blocked: (accountId, reason) => logger.error({ accountId, reason }, 'account blocked'),
    trouble: (accountId, err) => logger.warn({ accountId, step: 'contracts', err }, 'step failed'),
  }
}
