import { expect, test } from 'vitest'
import { createManualClock } from './clock.ts'

test('a manual clock moves when it is told to, and only then', () => {
  const clock = createManualClock(1_000)
  expect(clock.now()).toBe(1_000)
  clock.advance(250)
  expect(clock.now()).toBe(1_250)
  clock.set(500)
  expect(clock.now()).toBe(500)
})
