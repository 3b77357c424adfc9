import { expect, it } from 'vitest'
import { createRecentPeak } from './recent-peak.ts'

it('follows what is slower at once and sinks towards what was seen last, by half in each half-life', () => {
  let now = 0
  const peak = createRecentPeak({ firstMs: 8, halfLifeMs: 1_000 }, () => now)
  expect(peak.ms()).toBe(8)
  peak.took(100)
  expect(peak.ms()).toBe(100)
  peak.took(20)
  peak.took(20)
  expect(peak.ms()).toBe(100)
  now = 1_000
  expect(peak.ms()).toBe(60)
  peak.took(70)
  expect(peak.ms()).toBe(70)
  peak.took(20)
  now = 60_000
  expect(peak.ms()).toBeCloseTo(20)
})
