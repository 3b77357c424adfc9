import type { SmsProvider } from '@sms/core'
import type { Pacer } from '@sms/queue'
import type { WorkerMetrics } from './worker-metrics.ts'

/** The same pacer, with how far away the slots were that it gave. */
export const measurePacer = (pacer: Pacer, metrics: Pick<WorkerMetrics, 'slotWait' | 'slotsTooFar'>): Pacer => ({
  ...pacer,
  take: async (accountId, leadMs) => {
    const taken = await pacer.take(accountId, leadMs)
    if (taken.kind === 'slot') metrics.slotWait.observe(Math.max(0, taken.at - performance.now()) / 1_000)
    else metrics.slotsTooFar.inc()
    return taken
  },
})

/** The same provider, with how long each call took. */
export const measureProvider = (provider: SmsProvider, metrics: Pick<WorkerMetrics, 'submitDuration'>): SmsProvider => ({
  prepare: () => provider.prepare(),
  close: () => provider.close(),
  send: async (sms, limits) => {
    const startedAt = performance.now()
    const outcome = await provider.send(sms, limits)
    metrics.submitDuration.observe({ outcome: outcome.kind }, (performance.now() - startedAt) / 1_000)
    return outcome
  },
})
