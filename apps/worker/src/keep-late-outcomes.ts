import type { LateOutcome, LateOutcomes, Settlement } from '@sms/core'
import type { SmsQueueRepository } from '@sms/db'
import type { Logger } from '@sms/runtime'
import { UNKNOWN_ATTEMPT } from './parked-stop.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

/**
 * The same repository, whose `settle` also keeps what it refuses: a person decided about the attempt before its outcome came, and an
 * acceptance then may mean that somebody is sent the same SMS twice.
 *
 * A part of `settle`, so that whoever lands a settlement (a worker, or the one that finds it parked) does both, and repeats both when
 * the database is away in between: each is written once, however often it is brought.
 */
export const keepLateOutcomes = (
  sms: SmsQueueRepository,
  deps: { late: LateOutcomes; logger: Logger; metrics: Pick<WorkerMetrics, 'duplicates' | 'lateOutcomes'> },
): SmsQueueRepository => {
  /** Claims of which a record failed: it may have been committed, and told to nobody. */
  const unsure = new Set<string>()

  const record = async (settlement: Settlement): Promise<void> => {
    const { claimId } = settlement
    const wasUnsure = unsure.has(claimId)
    unsure.add(claimId)
    const outcome = await deps.late.record(settlement)
    unsure.delete(claimId)
    tell(settlement, outcome, outcome.isNew || wasUnsure)
  }

  const tell = (settlement: Settlement, { meaning, status }: LateOutcome, isFirst: boolean): void => {
    if (isFirst) deps.metrics.lateOutcomes.inc({ meaning })
    if (isFirst && meaning === 'DUPLICATE') deps.metrics.duplicates.inc()
    const { smsId, claimId, attempt, worker, outcome } = settlement
    if (outcome.kind !== 'accepted') return
    const fields = { smsId: String(smsId), claimId, attempt, worker, status, messageId: outcome.messageId }
    // Told again when it is brought again: once too often rather than never.
    if (meaning === 'DUPLICATE') deps.logger.error(fields, 'sms accepted twice')
    else if (meaning === 'ACCEPTED_LATE') deps.logger.error(fields, 'sms accepted after it was given up')
    else if (meaning === 'CONFIRMED') deps.logger.info(fields, 'sms that was assumed sent is confirmed')
  }

  return {
    ...sms,
    settle: async (settlements) => {
      const results = await sms.settle(settlements)
      // One after the other: rare, and each takes a connection.
      for (const [index, settlement] of settlements.entries()) {
        // A claim that was given up and turns out to hold nothing was no attempt at all.
        if (results[index]?.landed === 'refused' && settlement.attempt !== UNKNOWN_ATTEMPT) await record(settlement)
      }
      return results
    },
  }
}
