import type { Settlement } from '@sms/core'
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
      metrics.outcomes.inc({ account: String(claim.accountId), outcome: outcome.kind })
      if (result.landed === 'applied') {
        metrics.states.inc({ status: result.status, reason: outcome.kind === 'accepted' ? 'none' : reasonOf(outcome.code) })
      }
      metrics.sendDuration.observe({ outcome: outcome.kind }, durationMs / 1_000)
      const fields = {
        ...idsOf(claim),
        attempt: claim.attempt,
        status: result.status,
        durationMs: Math.round(durationMs),
        ...evidenceOf(settlement),
      }
      if (result.landed === 'refused') logger.error(fields, 'settlement superseded')
      else if (result.status === 'SENT') logger.info(fields, 'sms sent')
      else if (result.status === 'UNKNOWN') logger.error(fields, 'sms unknown')
      else if (result.status === 'FAILED') logger.error(fields, 'sms failed')
      else logger.warn(fields, 'sms waits for another attempt')
    },
    parked: (claim, settlement) => {
      const { outcome } = settlement
      metrics.outcomes.inc({ account: String(claim.accountId), outcome: outcome.kind })
      metrics.parked.inc()
      logger.warn({ ...idsOf(claim), attempt: claim.attempt, ...evidenceOf(settlement) }, 'outcome parked')
    },
    landed: (settlement, result) => {
      const { outcome } = settlement
      const fields = { ...idsOf(result), attempt: settlement.attempt, status: result.status, ...evidenceOf(settlement) }
      metrics.landed.inc({ landed: result.landed })
      if (result.landed === 'applied') {
        metrics.states.inc({ status: result.status, reason: outcome.kind === 'accepted' ? 'none' : reasonOf(outcome.code) })
        logger.info(fields, 'parked outcome landed')
      } else if (outcome.kind === 'accepted') {
        // A row that has moved on refuses every other word with good reason; an acceptance it does not know of is for somebody.
        logger.error(fields, 'settlement superseded')
      } else if (result.status === 'SENT') {
        // Proved not to be accepted, and SENT by another attempt or by a receipt: one of them is wrong, or it is a late word.
        logger.warn(fields, 'parked outcome contradicts')
      } else {
        logger.debug(fields, 'parked outcome not needed')
      }
    },
    outcomeLost: (settlement, err) => {
      const fields = { ...idsOf(settlement), attempt: settlement.attempt, ...evidenceOf(settlement), err }
      logger.error(fields, 'outcome lost')
    },
    throttled: (accountId, holdMs) => {
      metrics.throttles.inc({ account: String(accountId) })
      logger.warn({ accountId, holdMs }, 'account throttled')
    },
    blocked: (accountId, reason) => logger.error({ accountId, reason }, 'account blocked'),
    unblocked: (accountId) => logger.info({ accountId }, 'account sends again'),
    trouble: (step, err) => logger.warn({ step, err }, 'step failed'),
  }
}

const evidenceOf = ({ outcome }: Settlement): Record<string, unknown> => ({
  outcome: outcome.kind,
  ...(outcome.kind === 'accepted' ? { messageId: outcome.messageId } : { code: outcome.code, httpStatus: outcome.httpStatus }),
})

const idsOf = (of: { smsId: bigint; batchId?: bigint | null }): { smsId: string; batchId?: string } => ({
  smsId: of.smsId.toString(),
  ...(of.batchId != null && { batchId: of.batchId.toString() }),
})
