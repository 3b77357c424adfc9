import type { ClaimRequest, ClaimVerdict, Settlement, SettleResult } from '@sms/core'
import { createClaimer, createSettler, type GroupCommit, type SmsQueueRepository } from '@sms/db'
import type { Parking } from '@sms/queue'
import type { Logger } from '@sms/runtime'
import { createGiveBack, createParkedStop, type ParkedAnswer } from './parked-stop.ts'
import type { WorkerEvents } from './worker-events.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

/** What the runs of jobs write, of all accounts together. */
export type GroupWrites = {
  claims: GroupCommit<ClaimRequest, ClaimVerdict>
  settles: GroupCommit<Settlement, SettleResult | ParkedAnswer>
  /** Says that nothing was sent under a claim that was given up. */
  giveBack: (settlement: Settlement) => Promise<void>
  /** No claim is repeated any more. Resolves when `jobs` have ended, their outcomes settled, or parked when PostgreSQL is away. */
  stop(jobs: Promise<unknown>, limitMs: number): Promise<void>
}

export const createGroupWrites = (
  deps: {
    sms: Pick<SmsQueueRepository, 'claim' | 'settle'>
    parking: Parking
    events: Pick<WorkerEvents, 'outcomeLost'>
    logger: Logger
    metrics: Pick<WorkerMetrics, 'groupSize' | 'groupDuration' | 'writeRetries'>
  },
  options: { worker: string; leaseMs: number },
): GroupWrites => {
  const { sms, parking, events, logger, metrics } = deps
  const { worker, leaseMs } = options
  let isStopping = false

  const eventsOf = (write: 'claim' | 'settle') => ({
    onGroup: (size: number, durationMs: number) => {
      metrics.groupSize.observe({ write }, size)
      metrics.groupDuration.observe({ write }, durationMs / 1_000)
    },
    onRetry: (err: unknown, size: number) => {
      metrics.writeRetries.inc({ write })
      logger.warn({ write, size, err }, 'group not written, tried again')
    },
  })
  const claims = createClaimer(sms, { worker, leaseMs, isStopping: () => isStopping, ...eventsOf('claim') })
  const settles = createSettler<ParkedAnswer>(sms, eventsOf('settle'))
  const stopParked = createParkedStop({
    claims,
    settles,
    parking,
    leaseMs,
    onParkFailed: (err, count) => logger.warn({ err, count }, 'outcomes not parked, tried again'),
    onLost: (settlement) => events.outcomeLost(settlement, new Error('PostgreSQL and Redis are away')),
  })

  return {
    claims,
    settles,
    giveBack: createGiveBack({ settles, parking, leaseMs, isStopping: () => isStopping }),
    stop: (jobs, limitMs) => {
      isStopping = true
      return stopParked(
        jobs.then(() => settles.drain()),
        limitMs,
      )
    },
  }
}
