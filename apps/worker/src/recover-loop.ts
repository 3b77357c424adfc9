import type { SenderAccount, Settlement, SettleResult } from '@sms/core'
import type { SmsQueueRepository } from '@sms/db'
import type { Parking, Window } from '@sms/queue'

/** Younger than this, a job may still be on its way from the commit into Redis. */
const LOST_AFTER_MS = 5_000

/** Looking for them reads the whole window, from both sides. */
const LOOK_FOR_LOST_EVERY_MS = 3_000

const EXPIRED_AT_ONCE = 500

export type RecoverDeps = {
  sms: Pick<SmsQueueRepository, 'findExpiredProcessing' | 'findInWindow' | 'undispatch' | 'adoptEpoch' | 'settle'>
  window: Pick<Window, 'epoch' | 'findMissing'>
  parking: Pick<Parking, 'findParked'>
  accounts: () => Promise<SenderAccount[]>
  leaseMs: number
  now: () => number
  onExpired: (settlement: Settlement, result: SettleResult) => void
  onRequeued: (reason: 'redis-emptied' | 'job-lost', count: number) => void
}

/**
 * Finds what a crash left behind: an emptied Redis, jobs that are missing from it, and PROCESSING past its lease. A round may
 * run anywhere and as often as it likes; every move is a compare-and-set.
 */
export const createRecoverRound = (deps: RecoverDeps): (() => Promise<void>) => {
  let holdOffUntil = 0
  let lookAt = 0

  const adoptEpoch = async (): Promise<void> => {
    const undispatched = await deps.sms.adoptEpoch(await deps.window.epoch())
    // Nothing was lost with a Redis that is merely new.
    if (undispatched) deps.onRequeued('redis-emptied', undispatched)
  }

  const requeueLost = async (): Promise<void> => {
    for (const { id } of await deps.accounts()) {
      const waiting = await deps.sms.findInWindow(id, LOST_AFTER_MS)
      const lost = await deps.window.findMissing(id, waiting)
      const undispatched = await deps.sms.undispatch(lost)
      if (undispatched > 0) deps.onRequeued('job-lost', undispatched)
    }
  }

  const expireLeases = async (): Promise<void> => {
    const expired = await deps.sms.findExpiredProcessing(EXPIRED_AT_ONCE)
    // What is known of a row waits in Redis to be landed. Should Redis be away it becomes UNKNOWN all the same: proof wins later.
    const parked = await deps.parking.findParked(expired.map(({ claimId }) => claimId)).catch(() => new Set<string>())
    const settlements = expired.filter(({ claimId }) => !parked.has(claimId)).map(asUnknown)
    const results = await deps.sms.settle(settlements)
    settlements.forEach((settlement, index) => deps.onExpired(settlement, results[index] as SettleResult))
  }

  return async () => {
    try {
      // Leases first: they need no Redis.
      if (deps.now() >= holdOffUntil) await expireLeases()
    } catch (error) {
      // While the database was away, workers could not settle what they know: they get a lease's time to do it.
      holdOffUntil = deps.now() + deps.leaseMs
      throw error
    } finally {
      // Whatever became of the leases: nothing is dispatched before a new Redis is known.
      await adoptEpoch()
    }
    if (deps.now() < lookAt) return
    await requeueLost()
    lookAt = deps.now() + LOOK_FOR_LOST_EVERY_MS
  }
}

const asUnknown = (expired: { smsId: bigint; claimId: string; attempt: number; worker: string }): Settlement => ({
  ...expired,
  to: 'UNKNOWN',
  outcome: {
    kind: 'unknown',
    code: 'LEASE_EXPIRED',
    text: 'The worker that sent it did not report back; Orange may have accepted it.',
    httpStatus: null,
  },
  delayMs: 0,
  givesAttemptBack: false,
  keepsJob: false,
})
