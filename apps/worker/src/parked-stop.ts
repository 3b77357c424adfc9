import type { ClaimRequest, ClaimVerdict, Settlement, SettleResult } from '@sms/core'
import { type GroupCommit, ItemFailure } from '@sms/db'
import type { Parking } from '@sms/queue'

/** What a settlement becomes that PostgreSQL did not take and Redis keeps: some worker lands it. */
export type ParkedAnswer = { landed: 'parked' }

/** A claim was given up unanswered: whether it holds the SMS is not known, only that nothing was sent under it. */
export const UNKNOWN_ATTEMPT = 0

/** While it stops, a worker waits so long for PostgreSQL before it parks. Longer than a restart's gap between two retries. */
const PARK_AFTER_MS = 3_000
const LOOK_EVERY_MS = 200
/** Of the time given for stopping: for the jobs' own ends and the log. */
const LAST_WORD_MS = 1_000
/** A given-up claim may still reach PostgreSQL: a server kept by the network for so long has lost its lease long ago. */
const KEPT_LEASES = 2

/**
 * Gives a claim back that was given up while the worker stops. The claim may still be under way to PostgreSQL, or running there: the word is
 * then refused for it comes too early, and is parked to be said again. A claim that fails at another time failed for its data, and
 * holds nothing.
 */
export const createGiveBack =
  (deps: {
    settles: Pick<GroupCommit<Settlement, SettleResult | ParkedAnswer>, 'add'>
    parking: Pick<Parking, 'park'>
    leaseMs: number
    isStopping: () => boolean
  }) =>
  async (settlement: Settlement): Promise<void> => {
    if (!deps.isStopping()) return
    const { landed } = await deps.settles.add(settlement)
    if (landed === 'refused') await deps.parking.park([{ settlement, keptUntil: Date.now() + KEPT_LEASES * deps.leaseMs }])
  }

/**
 * Lets a worker stop while PostgreSQL is away: outcomes go to Redis after a bounded wait, and claims that nobody answers are given
 * up. When Redis is away too, both are tried until the time is up; what is then still unwritten is told by name.
 */
export const createParkedStop = (deps: {
  claims: Pick<GroupCommit<ClaimRequest, ClaimVerdict>, 'pendingForMs' | 'handOver'>
  settles: Pick<GroupCommit<Settlement, SettleResult | ParkedAnswer>, 'pending' | 'pendingForMs' | 'handOver'>
  parking: Pick<Parking, 'park'>
  leaseMs: number
  onParkFailed: (error: unknown, count: number) => void
  /** Neither PostgreSQL nor Redis took it: the row becomes UNKNOWN when its lease is over. */
  onLost: (settlement: Settlement) => void
}): ((work: Promise<unknown>, limitMs: number) => Promise<void>) => {
  const giveUpClaims = (): Promise<void> =>
    deps.claims.handOver((requests) =>
      Promise.resolve(requests.map(() => new ItemFailure(new Error('The worker stopped before its claim was answered')))),
    )

  const park = async (): Promise<void> => {
    await deps.settles.handOver(async (settlements) => {
      const keptUntil = Date.now() + KEPT_LEASES * deps.leaseMs
      await deps.parking.park(
        settlements.map((settlement) => ({
          settlement,
          keptUntil: settlement.attempt === UNKNOWN_ATTEMPT ? keptUntil : null,
        })),
      )
      return settlements.map(() => ({ landed: 'parked' as const }))
    })
  }

  const look = async (): Promise<void> => {
    // Claims first: each one given up has something to settle.
    if (deps.claims.pendingForMs() > PARK_AFTER_MS) await giveUpClaims()
    if (deps.settles.pendingForMs() <= PARK_AFTER_MS) return
    await park().catch((error: unknown) => deps.onParkFailed(error, deps.settles.pending().length))
  }

  return async (work, limitMs) => {
    const deadline = performance.now() + limitMs - LAST_WORD_MS
    let isDone = false
    const ended = work.finally(() => {
      isDone = true
    })
    // Its failure is the caller's, who waits for it below.
    ended.catch(() => undefined)
    while (!isDone && performance.now() < deadline) {
      await Promise.race([ended.catch(() => undefined), rest(LOOK_EVERY_MS)])
      if (!isDone) await Promise.race([look(), rest(Math.max(0, deadline - performance.now()))])
    }
    if (isDone) return void (await ended)
    const lost = deps.settles.pending()
    lost.forEach(deps.onLost)
    throw new Error(`The worker stopped with ${lost.length} outcomes unwritten`)
  }
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
