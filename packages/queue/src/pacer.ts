import type { Redis } from 'ioredis'
import { createHoldOnlyPacer } from './hold-only-pacer.ts'
import { slotKey, slotLogKey } from './keys.ts'
import { type PacerConnection, pacerConnectionOf } from './pacer-connection.ts'
import { GIVE_SLOTS_BACK, HOLD_SLOTS, TAKE_SLOTS } from './slot.lua.ts'

/** The span on this process' monotonic clock (performance.now()) in which one request may start. */
export type Slot = {
  kind: 'slot'
  at: number
  latestAt: number
  /** Its name in Redis: its moment by that clock, µs. Absent where nothing is paced. */
  us?: string
  /** Nobody sent since the last hold: what becomes of this request says whether the hold was long enough. */
  isFirstAfterHold?: boolean
}
/** No slot within reach: one is in `inMs`. */
export type TooFar = { kind: 'too-far'; inMs: number }
/** Perhaps fewer slots than were wanted. `inMs`: when it is worth to ask again. */
export type Slots = { slots: Slot[]; inMs: number }

/** Orange asked for less. */
export type Throttle = {
  /** Null: it did not say for how long. */
  retryAfterMs: number | null
  /** Of the refused request; null if it had none. */
  slot: Slot | null
}

/**
 * Gives every POST of an account its moment, over all workers, by Redis' clock. BullMQ's own limiter is a fixed window (5 per
 * second let 10 into one second, docs/pacing.md), so the pace is kept here; BullMQ only stops handing out jobs.
 */
export type Pacer = {
  /** Nothing is paced, and only holds slow it down. */
  readonly isUnpaced: boolean
  /** Up to `count` slots no nearer than `leadMs`, which is what the caller needs before it can start, and hardly beyond. */
  take(accountId: number, wanted: { count: number; leadMs: number }): Promise<Slots>
  /** For a job that is fetched already: beyond the slots that all others may take, so that there is one. */
  takeAnother(accountId: number, leadMs: number): Promise<Slot | TooFar>
  /** For a slot in which nothing was sent and nothing will be: its place is given to the next that asks. Never rejects. */
  giveBack(accountId: number, slot: Slot): Promise<void>
  /** The request of this slot starts now. Later slots keep their distance from here, and no longer from the latest it might have been. */
  started(accountId: number, slot: Slot): void
  /** Resolves shortly before the slot: false if the account is held, by whichever worker, since the slot was given. */
  isStillGood(accountId: number, slot: Slot): Promise<boolean>
  /** Nobody of this account gets a slot for a while; returns for how long, ms. */
  throttled(accountId: number, throttle: Throttle): Promise<number>
}

/**
 * A slot is given at most this far beyond its lead: what a worker that is killed takes with it. It is long enough to wake up in, and
 * costs an urgent job nothing, for jobs are fetched when their slot is near.
 */
const LOOKAHEAD_MS = 100

/**
 * Where slots lie together all look at least so far ahead, whatever their lead: a worker that needs 150 ms where the others need 30 would else
 * take slots beyond all that is given, and leave a hole that nobody has the time to fill.
 */
const TOGETHER_HORIZON_MS = 250

/** Beyond the lookahead of all others; a job in hand waits no longer than this. */
const LOOKAHEAD_OF_CLAIMED_MS = 500

/** What a missing key, or a connection that was lost, stands for. */
export const COLD_WAIT_MS = 1_000

/**
 * Added to the window of each sliding second: room for that much unevenness between the starts of requests and their arrivals at Orange
 * before one more than the limit would fit into a second. It costs 1.5 % of the rate; 2.7 % from {@link BUSY_PER_SECOND} on, where both
 * sides have enough to do to be late.
 */
const ROOM_MS = 15
const BUSY_ROOM_MS = 28
const BUSY_PER_SECOND = 20

/** A start this much after its slot is not made. The window is counted from there until it is told when the request did start. */
const SLACK_MS = 12

/**
 * A process that has just started compiles what it runs, in the middle of its first requests: they may arrive so much later, and nothing
 * is known when they start.
 */
const WARM_UP_MS = 5_000
const WARM_UP_LATE_MS = 40

/** What the way to Orange, or to Redis, may add to the room: at 5 a second this leaves four fifths of the rate. */
const MOST_JITTER_MS = 230

/** Uncertainty about Redis' clock up to here is in the room already. */
const USUAL_UNCERTAINTY_MS = 2

/**
 * Slots of so long a time lie at one moment: their claims, and then their outcomes, are written in one statement. One by one, eight
 * workers at 500 a second had no core left to be on time. Up to 99 a second it is one slot a moment.
 */
const TOGETHER_MS = 20

/** Whether the account is held is asked this much before the slot, or as long as the answer takes. */
const LAST_LOOK_MS = 3

/** From this rate on nothing is paced: no worker reaches it, so only holds slow it down. */
const UNPACED_FROM_PER_SECOND = 10_000

export type PacerOptions = {
  redis: Redis
  ratePerSecond: number
  /** How unevenly the way to Orange delays requests, ms; asked at every take. */
  jitterMs?: () => number
  /** For how long the requests of this process may be late, ms: it compiles what it runs. */
  warmUpMs?: number
}

export const createPacer = (options: PacerOptions): Pacer =>
  options.ratePerSecond >= UNPACED_FROM_PER_SECOND ? createHoldOnlyPacer() : createSlotPacer(options)

/** A job in hand that missed its slot. */
type Asking = {
  accountId: number
  leadMs: number
  resolve: (answer: Slot | TooFar) => void
  reject: (error: unknown) => void
}

const createSlotPacer = ({ redis, ratePerSecond, jitterMs = () => 0, warmUpMs = WARM_UP_MS }: PacerOptions): Pacer => {
  const connection = pacerConnectionOf(redis, COLD_WAIT_MS)
  const { clock } = connection
  const isBusy = ratePerSecond >= BUSY_PER_SECOND
  const slotsAWindow = Math.max(1, Math.floor(ratePerSecond))
  const windowUs = Math.round((slotsAWindow / ratePerSecond) * 1_000_000)
  const slotsAMoment = Math.max(1, Math.floor((ratePerSecond * TOGETHER_MS) / 1_000))
  const others: Asking[] = []
  /** By account, not told yet: slots, and how much after them their requests started, µs. */
  const starts = new Map<number, (string | number)[]>()
  const keysOf = (accountId: number): [string, string] => [slotKey(accountId), slotLogKey(accountId)]
  const warmAt = performance.now() + warmUpMs
  const isWarm = (): boolean => performance.now() >= warmAt
  const roomMs = (): number => (isBusy ? BUSY_ROOM_MS : ROOM_MS) + Math.min(MOST_JITTER_MS, jitterMs())
  /** By Redis' clock a request of this process may start so much later than by its own. */
  const behindMs = (): number => Math.min(MOST_JITTER_MS, Math.max(0, uncertaintyMs(connection) - USUAL_UNCERTAINTY_MS))

  const takeWithin = async (
    accountId: number,
    { count, leadMs, reachMs }: { count: number; leadMs: number; reachMs: number },
  ): Promise<Slots> => {
    const coldMs = connection.coldUntil() - performance.now()
    if (coldMs > 0) return { slots: [], inMs: coldMs }
    const askedAt = performance.now()
    const latestMs = SLACK_MS + behindMs() + (isWarm() ? 0 : WARM_UP_LATE_MS)
    const started = starts.get(accountId) ?? []
    starts.delete(accountId)
    const args = [
      slotsAWindow,
      windowUs,
      microseconds(roomMs()),
      count,
      microseconds(reachMs),
      microseconds(leadMs),
      microseconds(COLD_WAIT_MS),
      slotsAMoment,
      microseconds(latestMs),
      ...started,
    ]
    const reply = (await redis.eval(TAKE_SLOTS, 2, ...keysOf(accountId), ...args)) as [string, string, number, ...string[]]
    const [nowUs, nextUs, isFirst, ...given] = reply
    clock.heard(Number(nowUs), askedAt, performance.now())
    const slots = given.map((us, index): Slot => {
      const at = clock.localAt(Number(us))
      return { kind: 'slot', at, latestAt: at + SLACK_MS, us, isFirstAfterHold: isFirst === 1 && index === 0 }
    })
    // Not when it comes into reach: then it is still far away, and at high rates there are more of them a little later.
    return { slots, inMs: Math.max(1, (Number(nextUs) - Number(nowUs)) / 1_000 - (leadMs + reachMs) / 2) }
  }

  /** What was late together asks together: one by one, its slots would lie apart, and so would those that come a window later. */
  const takeOthers = async (): Promise<void> => {
    for (const [accountId, asking] of Map.groupBy(others.splice(0), (one) => one.accountId)) {
      const leadMs = Math.max(...asking.map((one) => one.leadMs))
      try {
        const reachMs = leadMs + LOOKAHEAD_OF_CLAIMED_MS
        const { slots, inMs } = await takeWithin(accountId, { count: asking.length, leadMs, reachMs })
        asking.forEach(({ resolve }, index) => resolve(slots[index] ?? { kind: 'too-far', inMs }))
      } catch (error) {
        asking.forEach(({ reject }) => reject(error))
      }
    }
  }

  return {
    isUnpaced: false,
    // Counted from the lead: with a database slower than the lookahead, no slot would ever be far enough and near enough.
    take: (accountId, { count, leadMs }) =>
      takeWithin(accountId, {
        count,
        leadMs,
        reachMs: Math.max(leadMs + LOOKAHEAD_MS, slotsAMoment > 1 ? TOGETHER_HORIZON_MS : 0),
      }),
    takeAnother: (accountId, leadMs) =>
      new Promise((resolve, reject) => {
        others.push({ accountId, leadMs, resolve, reject })
        if (others.length === 1) setImmediate(() => void takeOthers())
      }),
    giveBack: async (accountId, { us, isFirstAfterHold }) => {
      if (us === undefined) return
      const spacingUs = Math.round((windowUs + roomMs() * 1_000) / slotsAWindow)
      // Without Redis the slot is lost, and with it nothing but its time.
      await redis.eval(GIVE_SLOTS_BACK, 2, ...keysOf(accountId), isFirstAfterHold ? 1 : 0, spacingUs, us).catch(() => undefined)
    },
    started: (accountId, { us, at }) => {
      if (us === undefined || !isWarm()) return
      const told = starts.get(accountId) ?? []
      told.push(us, microseconds(Math.max(0, performance.now() - at) + behindMs()))
      starts.set(accountId, told)
    },
    isStillGood: async (accountId, slot) => {
      const lookAt = slot.at - Math.max(LAST_LOOK_MS, 2 * connection.roundTripMs())
      const leftMs = lookAt - performance.now()
      if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
      // Without Redis nobody can say so, and the slot was given.
      const held = await connection.read(slotKey(accountId), 'held').catch(() => null)
      return Number(held ?? 0) <= Number(slot.us ?? Infinity)
    },
    throttled: async (accountId, { retryAfterMs, slot }) => {
      const asked = retryAfterMs === null ? '' : Math.round(retryAfterMs * 1_000)
      const args = [asked, slot?.us ?? 0, slot?.isFirstAfterHold ? 1 : 0]
      return Number(await redis.eval(HOLD_SLOTS, 2, ...keysOf(accountId), ...args)) / 1_000
    },
  }
}

const microseconds = (ms: number): number => Math.round(ms * 1_000)

const uncertaintyMs = ({ clock }: PacerConnection): number => {
  const ms = clock.uncertaintyMs()
  // Nothing was heard yet: the first answer tells.
  return Number.isFinite(ms) ? ms : 0
}
