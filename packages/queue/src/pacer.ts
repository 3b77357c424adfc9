import type { Redis } from 'ioredis'
import { slotKey } from './keys.ts'
import { HOLD_SLOTS, TAKE_SLOTS } from './slot.lua.ts'

/** The span on this process' monotonic clock (performance.now) in which one request may start. */
export type Slot = { kind: 'slot'; at: number; latestAt: number }
/** No slot within the lookahead: come back in `inMs`, when one is. */
export type TooFar = { kind: 'too-far'; inMs: number }

/**
 * Gives every POST of an account its moment, over all workers, by Redis' clock. BullMQ's own limiter is a fixed window (5 per
 * second let 10 into one second, docs/architecture.md), so the pace is kept here; BullMQ only stops handing out jobs.
 */
export type Pacer = {
  /** A slot no nearer than `leadMs`, which is what the caller needs before it can start, and at most {@link LOOKAHEAD_MS} beyond. */
  take(accountId: number, leadMs: number): Promise<Slot | TooFar>
  /** Nobody of this account gets a slot for so long. */
  hold(accountId: number, forMs: number): Promise<void>
}

/** A job is taken only when its slot is at most this far beyond its lead, so that an urgent one is never behind many. */
export const LOOKAHEAD_MS = 200

/** What a missing key, or a connection that was lost, stands for. */
const COLD_WAIT_MS = 1_000

/**
 * The spacing is 2.5 % wider than the rate asks: in any sliding second there is room for 25 ms of unevenness between two
 * starts before one more than the limit would fit.
 */
const UNEVENNESS = 1.025

/** A start this much after its slot is not made: it would bunch with the next. */
const SLACK_MS = 20

/** From this rate on nothing is paced: no worker reaches it, so only holds slow it down. */
const UNPACED_FROM_PER_SECOND = 10_000

export const createPacer = (deps: { redis: Redis; ratePerSecond: number }): Pacer =>
  deps.ratePerSecond >= UNPACED_FROM_PER_SECOND ? createHoldOnlyPacer() : createSlotPacer(deps)

const createHoldOnlyPacer = (): Pacer => {
  const heldUntil = new Map<number, number>()
  return {
    take: (accountId) => {
      const inMs = (heldUntil.get(accountId) ?? 0) - performance.now()
      return Promise.resolve(inMs > 0 ? { kind: 'too-far', inMs } : { kind: 'slot', at: 0, latestAt: Infinity })
    },
    hold: (accountId, forMs) => {
      heldUntil.set(accountId, Math.max(heldUntil.get(accountId) ?? 0, performance.now() + forMs))
      return Promise.resolve()
    },
  }
}

const createSlotPacer = (deps: { redis: Redis; ratePerSecond: number }): Pacer => {
  const spacingUs = Math.max(1, Math.round((1_000_000 * UNEVENNESS) / deps.ratePerSecond))
  let wanted: { accountId: number; leadMs: number; resolve: (slot: Slot | TooFar) => void; reject: (error: unknown) => void }[] =
    []
  let coldUntil = 0

  // The server we come back to may have lost the last slots it gave.
  deps.redis.on('close', () => {
    coldUntil = performance.now() + COLD_WAIT_MS
  })

  /** All that asked in the same turn of the event loop take their slots in one round trip. */
  const flush = (): void => {
    const groups = Map.groupBy(wanted, ({ accountId }) => accountId)
    wanted = []
    for (const [accountId, group] of groups) void takeFor(accountId, group)
  }

  const takeFor = async (accountId: number, group: typeof wanted): Promise<void> => {
    const askedAt = performance.now()
    try {
      if (askedAt < coldUntil) return group.forEach(({ resolve }) => resolve({ kind: 'too-far', inMs: coldUntil - askedAt }))
      const leadMs = Math.max(...group.map((request) => request.leadMs))
      // Counted from the lead: with a database slower than the lookahead, no slot would ever be far enough and near enough.
      const lookaheadMs = leadMs + LOOKAHEAD_MS
      const args = [spacingUs, group.length, Math.round(lookaheadMs * 1_000), Math.round(leadMs * 1_000), COLD_WAIT_MS * 1_000]
      const reply = (await deps.redis.eval(TAKE_SLOTS, 1, slotKey(accountId), ...args)) as [number, string, string]
      const answeredAt = performance.now()
      // Redis read its clock at some moment of this round trip. Counting from its end is never early; when the trip itself was
      // uneven, the slots are of unknown age and are not used.
      const isUneven = answeredAt - askedAt > SLACK_MS
      const [given, firstUs, nextUs] = [isUneven ? 0 : reply[0], Number(reply[1]), Number(reply[2])]
      group.forEach(({ resolve }, index) => {
        const at = answeredAt + (firstUs + index * spacingUs) / 1_000
        // What the round trip may already have made it late counts against the slack.
        const latestAt = at + SLACK_MS - (answeredAt - askedAt)
        // Not later: a slot nearer than the lead would be lost.
        const inMs = Math.max(1, nextUs / 1_000 - leadMs - LOOKAHEAD_MS / 2)
        resolve(index < given ? { kind: 'slot', at, latestAt } : { kind: 'too-far', inMs })
      })
    } catch (error) {
      group.forEach(({ reject }) => reject(error))
    }
  }

  return {
    take: (accountId, leadMs) =>
      new Promise((resolve, reject) => {
        wanted.push({ accountId, leadMs, resolve, reject })
        if (wanted.length === 1) setImmediate(flush)
      }),
    hold: async (accountId, forMs) => {
      await deps.redis.eval(HOLD_SLOTS, 1, slotKey(accountId), Math.round(forMs * 1_000))
    },
  }
}
