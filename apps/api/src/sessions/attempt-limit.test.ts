import { expect, it } from 'vitest'
import { createAttemptLimit } from './attempt-limit.ts'

const create = (max: number) => {
  const clock = { now: 0 }
  return { clock, limit: createAttemptLimit({ max, windowMs: 1_000, now: () => clock.now }) }
}

it('takes so many in a window, then none until it is over, each key by itself', () => {
  const { clock, limit } = create(2)
  expect([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([true, true, false, true])
  clock.now = 999
  expect(limit.take('a')).toBe(false)
  clock.now = 1_000
  expect(limit.take('a')).toBe(true)
})

it('counts by points, and lets what is dearer than a window have one of its own', () => {
  const { clock, limit } = create(10)
  expect([limit.take('a', 6), limit.take('a', 5), limit.take('a', 4)]).toEqual([true, false, true])
  clock.now = 1_000
  expect([limit.take('a', 50), limit.take('a')]).toEqual([true, false])
})

it('forgets the oldest keys when there are too many', () => {
  const { limit } = create(1)
  limit.take('first')
  for (let key = 0; key < 20_000; key += 1) limit.take(String(key))
  expect([limit.take('19999'), limit.take('first')]).toEqual([false, true])
})
