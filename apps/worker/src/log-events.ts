import type { Logger } from '@sms/runtime'
import { reasonOf, type WorkerMetrics } from './worker-metrics.ts'
import type { WorkerEvents } from './worker-events.ts'

/** One log line a state change, fixed message and fields: info is a state, warn will be retried, error needs somebody. */
export const createWorkerEvents = (deps: { logger: Logger; metrics: WorkerMetrics }): WorkerEvents => {
  const { logger, metrics } = deps
  return {
    claimed: (claim) => logger.debug({ ...idsOf(claim), attempt: claim.attempt }, 'sms claimed'),
    notClaimed: (verdict) => {
      metrics.notClaimed.inc({ verdict: verdict.kind })
      const ids = idsOf(verdict)
      if (verdict.kind === 'stopped') metrics.states.inc({ status: 'CANCELLED', reason: verdict.code })
      if (verdict.kind === 'stopped') logger.info({ ...ids, code: verdict.code }, 'sms stopped')
      else if (verdict.kind === 'deferred') logger.debug({ ...ids, reason: verdict.reason }, 'sms deferred')
      else logger.debug(ids, 'job stale')
    },
    settled: (claim, settlement, result, durationMs) => {
      const { outcome } = settlement
      metrics.outcomes.inc({ outcome: outcome.kind })
      if (result.landed === 'applied') {
        metrics.states.inc({ status: result.status, reason: outcome.kind === 'accepted' ? 'none' : reasonOf(outcome.code) })
      }
      metrics.sendDuration.observe({ outcome: outcome.kind }, durationMs / 1_000)
      const fields = {
        ...idsOf(claim),
        attempt: claim.attempt,
        outcome: outcome.kind,
        status: result.status,
        durationMs: Math.round(durationMs),
        ...(outcome.kind === 'accepted'
          ? { messageId: outcome.messageId }
          : { code: outcome.code, httpStatus: outcome.httpStatus }),
      }
      if (result.landed === 'refused') logger.error(fields, 'settlement superseded')
      else if (result.status === 'SENT') logger.info(fields, 'sms sent')
      else if (result.status === 'UNKNOWN') logger.error(fields, 'sms unknown')
      else if (result.status === 'FAILED') logger.error(fields, 'sms failed')
      else logger.warn(fields, 'sms waits for another attempt')
    },
    throttled: (accountId, holdMs) => {
      metrics.throttles.inc()
      logger.warn({ accountId, holdMs }, 'account throttled')
    },
    blocked: (accountId, reason) => logger.error({ accountId, reason }, 'account blocked'),
    unblocked: (accountId) => logger.info({ accountId }, 'account sends again'),
    trouble: (step, err) => logger.warn({ step, err }, 'step failed'),
  }
}

const idsOf = (of: { smsId: bigint; batchId?: bigint | null }): { smsId: string; batchId?: string } => ({
  smsId: of.smsId.toString(),
  ...(of.batchId != null && { batchId: of.batchId.toString() }),
})
