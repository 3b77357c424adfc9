import type { SmsProvider } from '@sms/core'
import type { PaceNow, Pacer, Slot } from '@sms/queue'
import type { WorkerMetrics } from './worker-metrics.ts'

/** Rates change over seconds; they are read while somebody sends. */
const RATE_EVERY_MS = 1_000

/** The same pacer, with how far away the slots were that it gave, what became of them, and the rate that it keeps to. */
export const measurePacer = (
  pacer: Pacer,
  metrics: Pick<WorkerMetrics, 'slotWait' | 'slotsTooFar' | 'slots' | 'rate'>,
  paceNow: (accountId: number) => Promise<PaceNow>,
): Pacer => {
  let readAt = -Infinity
  const readRate = async (accountId: number): Promise<void> => {
    const account = String(accountId)
    const { allowedPerSecond, nowPerSecond } = await paceNow(accountId)
    metrics.rate.set({ account, rate: 'configured' }, allowedPerSecond)
    metrics.rate.set({ account, rate: 'now' }, nowPerSecond)
  }
  const observe = (accountId: number, slots: readonly Slot[]): void => {
    const now = performance.now()
    for (const slot of slots) metrics.slotWait.observe(Math.max(0, slot.at - now) / 1_000)
    if (slots.length > 0) metrics.slots.inc({ account: String(accountId), event: 'given' }, slots.length)
    else metrics.slotsTooFar.inc()
    if (now - readAt > RATE_EVERY_MS) {
      readAt = now
      // A figure that is missing says so by itself.
      void readRate(accountId).catch(() => undefined)
    }
  }
  return {
    ...pacer,
    take: async (accountId, wanted) => {
      const taken = await pacer.take(accountId, wanted)
      observe(accountId, taken.slots)
      return taken
    },
    takeAnother: async (accountId, leadMs) => {
      const taken = await pacer.takeAnother(accountId, leadMs)
      observe(accountId, taken.kind === 'slot' ? [taken] : [])
      return taken
    },
    giveBack: (accountId, slot) => {
      metrics.slots.inc({ account: String(accountId), event: 'given-back' })
      return pacer.giveBack(accountId, slot)
    },
  }
}

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
