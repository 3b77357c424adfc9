import { describe, expect, it } from 'vitest'
import { paceOf, quantile } from './starts.ts'

describe('a pace', () => {
  it('counts what falls into any sliding second, however it lies between whole seconds', () => {
    const pace = paceOf([900, 950, 1_000, 1_899, 1_900, 3_000], 2)
    expect(pace).toMatchObject({ starts: 6, peak: 4, shortestGapMs: 1, longestGapMs: 1_100 })
    expect(pace.used).toBeCloseTo(5 / 2.1 / 2)
  })

  it('does not look at seconds that were not seen to their end', () => {
    expect(paceOf([0, 500, 1_000, 1_500], 2).histogram).toEqual([[2, 2]])
  })

  it('says nothing of nothing', () => {
    expect(paceOf([], 5)).toMatchObject({ starts: 0, peak: 0, used: 0 })
  })
})

it('takes a quantile from the values that there are', () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2)
  expect(quantile([3, 1, 2], 0.99)).toBe(3)
})
