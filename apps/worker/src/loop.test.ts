import { expect, it } from 'vitest'
import { createLoop } from './loop.ts'

const never = 3_600_000

it('goes on at once while there is more to do, then rests', async () => {
  let rounds = 0
  const loop = createLoop({
    name: 'x',
    everyMs: never,
    round: () => Promise.resolve((rounds += 1) < 5),
    onError: () => undefined,
  })
  loop.start()
  loop.start()
  await expect.poll(() => rounds).toBe(5)
  await loop.stop()
  expect(rounds).toBe(5)
})

it('never runs two rounds at once and ends after the one under way', async () => {
  const entered = Promise.withResolvers<void>()
  const leave = Promise.withResolvers<void>()
  let isIn = false
  let hasMet = false
  const loop = createLoop({
    name: 'x',
    everyMs: 1,
    onError: () => undefined,
    round: async () => {
      hasMet ||= isIn
      isIn = true
      entered.resolve()
      await leave.promise
      isIn = false
    },
  })
  loop.start()
  await entered.promise
  const stopped = loop.stop().then(() => isIn)
  leave.resolve()
  expect(await stopped).toBe(false)
  expect(hasMet).toBe(false)
})

it('does not rest first when it is stopped during a round', async () => {
  const entered = Promise.withResolvers<void>()
  const leave = Promise.withResolvers<void>()
  const loop = createLoop({
    name: 'x',
    everyMs: never,
    round: () => (entered.resolve(), leave.promise),
    onError: () => undefined,
  })
  loop.start()
  await entered.promise
  const stopped = loop.stop()
  leave.resolve()
  await stopped
})

it('wakes from its rest to stop', async () => {
  let rounds = 0
  const loop = createLoop({ name: 'x', everyMs: never, round: async () => void (rounds += 1), onError: () => undefined })
  loop.start()
  await expect.poll(() => rounds).toBe(1)
  await loop.stop()
})

it('survives a failure, tells it, and does not count it as a good round', async () => {
  const errors: unknown[] = []
  let rounds = 0
  const durations: number[] = []
  const loop = createLoop({
    name: 'x',
    everyMs: 1,
    onRound: (_name, durationMs) => durations.push(durationMs),
    onError: (name, error) => errors.push([name, error]),
    round: () => ((rounds += 1) <= 2 ? Promise.reject(new Error('away')) : Promise.resolve()),
  })
  const before = loop.lastRoundAt()
  loop.start()
  await expect.poll(() => durations.length).toBeGreaterThan(0)
  await loop.stop()
  expect(errors).toEqual([
    ['x', new Error('away')],
    ['x', new Error('away')],
  ])
  expect(loop.lastRoundAt()).toBeGreaterThanOrEqual(before)
})
