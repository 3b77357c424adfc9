import { expect, it } from 'vitest'
import { type Look, recordOf, standstillOf } from './observer.ts'

const onWire = (phoneNumber: string, claimedBy = 'host-7', claimId = `claim of ${phoneNumber}`) => ({
  phoneNumber,
  claimId,
  claimedBy,
})
const look = (atMs: number, accepted: number, processing: Look['processing'] = [], open = 9): Look => ({
  atMs,
  accepted,
  open,
  processing,
})
const kill = { kind: 'kill', startedAtMs: 100, endedAtMs: 100, pid: 7 }

it('lists what the killed process held, and nothing of the others', () => {
  const looks = [look(50, 1, [onWire('a')]), look(120, 2, [onWire('b'), onWire('c', 'host-8')]), look(300, 5)]
  expect(recordOf(kill, looks)).toMatchObject({ onWire: ['b'], recoveredAfterMs: 200 })
})

it('lists everything that was PROCESSING while a lasting fault was there', () => {
  const looks = [
    look(100, 1, [onWire('a')]),
    look(300, 1, [onWire('b')]),
    look(510, 1, [onWire('c')]),
    look(700, 2, [onWire('d')]),
  ]
  expect(recordOf({ kind: 'cut', startedAtMs: 100, endedAtMs: 500, pid: null }, looks).onWire).toEqual(['a', 'b', 'c'])
})

it('is not over while one of its claims is PROCESSING, even though others are sent', () => {
  const looks = [look(120, 2, [onWire('b')]), look(2_000, 50, [onWire('b')]), look(5_100, 90)]
  expect(recordOf(kill, looks).recoveredAfterMs).toBe(5_000)
})

it('a later claim of the same SMS does not count as the lost one', () => {
  const looks = [look(120, 2, [onWire('b')]), look(1_000, 3, [onWire('b', 'host-9', 'another claim')])]
  expect(recordOf(kill, looks).recoveredAfterMs).toBe(900)
})

it('is not over while nothing new is accepted and work is left', () => {
  expect(recordOf(kill, [look(120, 2), look(1_000, 2), look(9_000, 2)]).recoveredAfterMs).toBeNull()
  expect(recordOf(kill, [look(120, 2), look(1_000, 2, [], 0)]).recoveredAfterMs).toBe(900)
})

it('is never over when nothing was seen after it', () => {
  expect(recordOf(kill, [look(50, 1)]).recoveredAfterMs).toBeNull()
})

it('measures the longest standstill, from the end of a fault where one was there', () => {
  const still = [look(0, 1), look(1_000, 2), look(2_000, 2), look(9_000, 2), look(9_500, 3)]
  expect(standstillOf(still, [])).toBe(8_000)
  expect(standstillOf(still, [{ startedAtMs: 1_500, endedAtMs: 8_500, restMs: 0 }])).toBe(500)
  expect(standstillOf(still, [{ startedAtMs: 1_500, endedAtMs: 3_000, restMs: 5_000 }])).toBe(1_000)
  expect(standstillOf([look(0, 1), look(1_000, 1, [], 8), look(3_000, 1, [], 8)], [])).toBe(2_000)
  expect(standstillOf([look(0, 9, [], 0), look(60_000, 9, [], 0)], [])).toBe(0)
})
