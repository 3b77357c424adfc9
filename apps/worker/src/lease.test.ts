import { expect, it } from 'vitest'
import { beginLease } from './lease.ts'

const given = () => {
  const clock = { monotonic: 1_000, wall: 1_700_000_000_000 }
  const left = beginLease(60_000, { monotonic: () => clock.monotonic, wall: () => clock.wall })
  return { clock, left }
}

it('runs down with the time that passes', () => {
  const { clock, left } = given()
  expect(left()).toBe(60_000)
  clock.monotonic += 20_000
  clock.wall += 20_000
  expect(left()).toBe(40_000)
})

it('is over after a sleep of the machine, in which only the clock of day went on', () => {
  const { clock, left } = given()
  clock.monotonic += 5
  clock.wall += 3_600_000
  expect(left()).toBeLessThan(0)
})

it('is not made longer by a clock of day that is set back', () => {
  const { clock, left } = given()
  clock.monotonic += 61_000
  clock.wall -= 3_600_000
  expect(left()).toBe(-1_000)
})
