import type { Pacer, Slot, TooFar } from './pacer.ts'

const FIRST_HOLD_MS = 1_000
const LONGEST_HOLD_MS = 30_000

/** For rates that nobody reaches: starts at any time, and this process alone rests after a throttle. */
export const createHoldOnlyPacer = (): Pacer => {
  const holds = new Map<number, { until: number; streak: number; isTried: boolean }>()
  const takeOne = (accountId: number): Slot | TooFar => {
    const hold = holds.get(accountId)
    const inMs = (hold?.until ?? 0) - performance.now()
    if (inMs > 0) return { kind: 'too-far', inMs }
    const isFirstAfterHold = hold !== undefined && !hold.isTried
    if (hold) hold.isTried = true
    return { kind: 'slot', at: 0, latestAt: Infinity, isFirstAfterHold }
  }
  return {
    isUnpaced: true,
    take: (accountId, { count }) => {
      const taken = Array.from({ length: count }, () => takeOne(accountId))
      const slots = taken.filter((one) => one.kind === 'slot')
      return Promise.resolve({ slots, inMs: taken.find((one) => one.kind === 'too-far')?.inMs ?? 1 })
    },
    takeAnother: (accountId) => Promise.resolve(takeOne(accountId)),
    giveBack: () => Promise.resolve(),
    started: () => undefined,
    isStillGood: (accountId) => Promise.resolve((holds.get(accountId)?.until ?? 0) <= performance.now()),
    throttled: (accountId, { retryAfterMs, slot }) => {
      const now = performance.now()
      const known = holds.get(accountId)
      const isSame = known !== undefined && now < known.until
      const streak = isSame ? known.streak : slot?.isFirstAfterHold && known ? known.streak + 1 : 1
      const forMs = retryAfterMs ?? (isSame ? 0 : Math.min(LONGEST_HOLD_MS, FIRST_HOLD_MS * 2 ** (streak - 1)))
      const until = Math.max(known?.until ?? 0, now + forMs)
      holds.set(accountId, { until, streak, isTried: false })
      return Promise.resolve(Math.max(0, until - now))
    },
  }
}
