import { describe, expect, it } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

describe('the rate limit', () => {
  it('lets so many through in any 1,000 ms and no more', () => {
    const limit = createRateLimit(2)
    expect([0, 10, 20, 999.9].map((atMs) => limit.pass(atMs))).toEqual([true, true, false, false])
    expect([1000, 1005, 1010, 2000].map((atMs) => limit.pass(atMs))).toEqual([true, false, true, true])
  })
  it('forgets nothing when the limit changes', () => {
    const limit = createRateLimit(3)
    for (const atMs of [0, 100, 200]) limit.pass(atMs)
    limit.setLimit(1)
    expect([limit.pass(1100), limit.pass(1200)]).toEqual([false, true])
    limit.setLimit(3)
    expect([1300, 1300, 1300].map((atMs) => limit.pass(atMs))).toEqual([true, true, false])
  })
  it('of 0 is none', () => {
    const limit = createRateLimit(0)
    expect([0, 0, 0].map((atMs) => limit.pass(atMs))).toEqual([true, true, true])
    limit.setLimit(1)
    expect([limit.pass(1), limit.pass(2)]).toEqual([true, false])
  })
})
