import { expect, it } from 'vitest'
import { createConnectionJitter } from './connection-jitter.ts'

const measureAll = async (times: (number | null)[]) => {
  let now = 0
  const left = [...times]
  const jitter = createConnectionJitter({
    measure: () => Promise.resolve(left.shift() ?? null),
    now: () => now,
    close: () => undefined,
  })
  for (const _ of times) {
    jitter.touch()
    now += 3_000
    await Promise.resolve()
    await Promise.resolve()
  }
  return { jitter, left }
}

it('is what nine of ten handshakes took longer than the fastest', async () => {
  const { jitter } = await measureAll([20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 900])
  expect(jitter.jitterMs()).toBe(38 - 20 - 3)
})

it('is nothing on one machine, and while too little is known', async () => {
  expect((await measureAll([0.2, 0.3, 1, 2, 0.2, 3])).jitter.jitterMs()).toBe(0)
  expect((await measureAll([10, 90, 200, 10])).jitter.jitterMs()).toBe(0)
})

it('does not count what did not connect, and forgets what is long past', async () => {
  expect((await measureAll([null, 10, 90, null, 90, 90, 90])).jitter.jitterMs()).toBe(77)
  const old = Array.from({ length: 10 }, () => 500)
  expect((await measureAll([1, ...old, ...Array.from({ length: 40 }, () => 50)])).jitter.jitterMs()).toBe(0)
})

it('asks once in three seconds at most, and no more once closed', async () => {
  let asked = 0
  let now = 0
  const measure = () => Promise.resolve((asked += 1))
  const jitter = createConnectionJitter({ measure, now: () => now, close: () => undefined })
  for (now = 0; now < 6_000; now += 100) jitter.touch()
  expect(asked).toBe(2)
  jitter.close()
  now = 60_000
  jitter.touch()
  expect(asked).toBe(2)
})
