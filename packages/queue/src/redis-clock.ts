/** Two crystals drift apart by less than this, in ms of each ms. */
const DRIFT = 0.000_1

/**
 * Redis' clock as seen from performance.now(). Redis read its clock at some moment between question and answer, so each answer
 * gives bounds; what all answers allow together is far narrower than one that came while this process was busy.
 */
export type RedisClock = {
  /** Redis said `nowUs` between these two moments of performance.now(). */
  heard(nowUs: number, askedAt: number, answeredAt: number): void
  /** A moment of Redis' clock on performance.now(): never before it, and at most `uncertaintyMs` after. */
  localAt(us: number): number
  uncertaintyMs(): number
}

export const createRedisClock = (): RedisClock => {
  // performance.now() minus Redis' clock, in ms, at least and at most, as it was known at `since`.
  let least = -Infinity
  let most = Infinity
  let since = 0
  return {
    heard: (nowUs, askedAt, answeredAt) => {
      const drifted = (answeredAt - since) * DRIFT
      const bounds = { least: askedAt - nowUs / 1_000, most: answeredAt - nowUs / 1_000 }
      least = Math.max(least - drifted, bounds.least)
      most = Math.min(most + drifted, bounds.most)
      since = answeredAt
      // One of the clocks was set: what was heard before is of another time.
      if (least > most) ({ least, most } = bounds)
    },
    localAt: (us) => us / 1_000 + most,
    uncertaintyMs: () => most - least,
  }
}
