import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canRetry, retryCeilingMs, retryDelayMs } from './retry-policy.ts'

const attempt = fc.integer({ min: 1, max: 1_000 })
const baseMs = fc.integer({ min: 0, max: 3_600_000 })
const capMs = fc.integer({ min: 0, max: 86_400_000 })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('the delay before a retry', () => {
  it('doubles with each attempt until the cap', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => retryCeilingMs({ attempt: number, baseMs: 1_000, capMs: 60_000 }))
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  })

  it('is a whole number of milliseconds between 0 and the ceiling, however many attempts there were', () => {
    fc.assert(
      fc.property(attempt, baseMs, capMs, random, (number, base, cap, value) => {
        const input = { attempt: number, baseMs: base, capMs: cap }
        const delayMs = retryDelayMs({ ...input, random: () => value })
        expect(Number.isSafeInteger(delayMs)).toBe(true)
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThanOrEqual(retryCeilingMs(input))
        expect(delayMs).toBeLessThanOrEqual(cap)
      }),
    )
  })

  it('has a ceiling that never sinks with further attempts', () => {
    fc.assert(
      fc.property(attempt, baseMs, capMs, (number, base, cap) => {
        expect(retryCeilingMs({ attempt: number + 1, baseMs: base, capMs: cap })).toBeGreaterThanOrEqual(
          retryCeilingMs({ attempt: number, baseMs: base, capMs: cap }),
        )
      }),
    )
  })

  it('does not overflow at attempt 1,000', () => {
    expect(retryCeilingMs({ attempt: 1_000, baseMs: 1_000, capMs: 60_000 })).toBe(60_000)
    expect(retryCeilingMs({ attempt: 1_000, baseMs: 0, capMs: 60_000 })).toBe(0)
    expect(Number.isFinite(retryCeilingMs({ attempt: 1_000, baseMs: 1_000, capMs: Number.POSITIVE_INFINITY }))).toBe(true)
  })

  it('uses the whole range, both ends included', () => {
    const input = { attempt: 1, baseMs: 1_000, capMs: 60_000 }
    expect(retryDelayMs({ ...input, random: () => 0 })).toBe(0)
    expect(retryDelayMs({ ...input, random: () => 1 - Number.EPSILON / 2 })).toBe(1_000)
  })
})

describe('a retry', () => {
  it('is allowed while an attempt is left', () => {
    expect([1, 2, 3, 4].map((number) => canRetry({ attempt: number, maxAttempts: 3 }))).toEqual([true, true, false, false])
    expect(canRetry({ attempt: 1, maxAttempts: 1 })).toBe(false)
  })
})
