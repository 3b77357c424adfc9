import type { Settlement, SettleResult } from '@sms/core'
import { ItemFailure, settleOnce, type SmsQueueRepository } from '@sms/db'
import type { Parked, Parking } from '@sms/queue'

const AT_ONCE = 200

/**
 * Lands what stopped workers left in Redis, by the ordinary settle. An entry stays until it landed: a crash before its removal lands it
 * again, which changes nothing, for the fence is its claim id. Any number of workers may do it at once; the one that removes an
 * entry tells of it.
 */
export const createParkedRound = (deps: {
  sms: Pick<SmsQueueRepository, 'settle'>
  parking: Pick<Parking, 'read' | 'remove'>
  /** Milliseconds of the epoch. */
  now: () => number
  onLanded: (settlement: Settlement, result: SettleResult) => void
  /** Its row refuses its very data: nobody can write it. */
  onLost: (settlement: Settlement, cause: unknown) => void
  /** Written by another version; it stays where it is. Told once. */
  onUnreadable: (claimId: string) => void
}): (() => Promise<boolean>) => {
  const told = new Set<string>()

  /** A claim that was given up may reach PostgreSQL after the word that gives it back: until then that word stays. */
  const isOver = ({ keptUntil }: Parked, result: SettleResult | ItemFailure): boolean =>
    keptUntil === null || result instanceof ItemFailure || result.landed === 'applied' || deps.now() > keptUntil

  return async () => {
    const { parked, unreadable } = await deps.parking.read(AT_ONCE)
    for (const claimId of unreadable.filter((id) => !told.has(id))) {
      told.add(claimId)
      deps.onUnreadable(claimId)
    }
    if (parked.length === 0) return false
    const results = await settleOnce(
      deps.sms,
      parked.map(({ settlement }) => settlement),
    )
    const over = parked.flatMap((entry, index) => {
      const result = results[index] as SettleResult | ItemFailure
      return isOver(entry, result) ? [{ entry, result }] : []
    })
    const isOurs = await deps.parking.remove(over.map(({ entry }) => entry))
    over.forEach(({ entry: { settlement }, result }, index) => {
      if (!isOurs[index]) return
      if (result instanceof ItemFailure) deps.onLost(settlement, result.cause)
      else deps.onLanded(settlement, result)
    })
    return over.length === AT_ONCE
  }
}
