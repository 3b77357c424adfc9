import { describe, expect, it } from 'vitest'
import { createRedisClock } from './redis-clock.ts'

/** Redis is 5,000 ms ahead of this process. */
const redisUs = (localMs: number): number => (localMs + 5_000) * 1_000

describe("Redis' clock", () => {
  it('is known as well as the best answer says, however late the next one comes', () => {
    const clock = createRedisClock()
    clock.heard(redisUs(100.2), 100, 100.4)
    expect(clock.uncertaintyMs()).toBeCloseTo(0.4)
    clock.heard(redisUs(200), 200, 260)
    expect(clock.uncertaintyMs()).toBeLessThan(0.5)
    expect(clock.localAt(redisUs(1_000))).toBeGreaterThanOrEqual(1_000)
    expect(clock.localAt(redisUs(1_000))).toBeLessThan(1_000.3)
  })

  it('is never said to be earlier than it is, whichever way the delay lay', () => {
    for (const share of [0, 0.5, 1]) {
      const clock = createRedisClock()
      clock.heard(redisUs(100 + 30 * share), 100, 130)
      expect(clock.localAt(redisUs(500))).toBeGreaterThanOrEqual(499.999)
      expect(clock.localAt(redisUs(500))).toBeLessThanOrEqual(530.001)
    }
  })

  it('is learned anew when it was set', () => {
    for (const step of [-3_000_000, 3_000_000]) {
      const clock = createRedisClock()
      clock.heard(redisUs(100.2), 100, 100.4)
      clock.heard(redisUs(200.2) + step, 200, 200.4)
      expect(clock.localAt(redisUs(300) + step)).toBeGreaterThanOrEqual(300)
      expect(clock.localAt(redisUs(300) + step)).toBeLessThan(300.5)
    }
  })

  it('is trusted less the longer nothing was heard', () => {
    const clock = createRedisClock()
    clock.heard(redisUs(100.2), 100, 100.4)
    clock.heard(redisUs(60_000), 60_000, 60_060)
    expect(clock.uncertaintyMs()).toBeGreaterThan(5)
    expect(clock.uncertaintyMs()).toBeLessThan(60)
  })
})
