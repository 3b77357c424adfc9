import { describe, expect, it } from 'vitest'
import { createPacer, readPace, type Slot, slotKey } from '../src/index.ts'
import { pacerFixture, slotOf, takeOne } from './pacer-fixture.ts'

const fixture = pacerFixture()
const { connect, warm } = fixture

describe('what is learned from a throttle', () => {
  const account = { accountId: 1, ratePerSecond: 20 }
  /** As if so much time had passed since. */
  const goBack = async (ms: number): Promise<void> => {
    for (const field of ['held', 'began', 'last']) {
      const at = await fixture.redis.hget(slotKey(1), field)
      if (at !== null) await fixture.redis.hset(slotKey(1), field, String(Number(at) - ms * 1_000))
    }
    await fixture.redis.del(`${slotKey(1)}:log`)
  }

  it('is a tenth of the rate for one hold, however many were refused together', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 20 })
    const slots = [await slotOf(takeOne(pacer)), await slotOf(takeOne(pacer))]
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => pacer.throttled(1, { retryAfterMs: null, slot: slots[i % 2] ?? null })),
    )
    expect(await readPace(fixture.redis, account)).toMatchObject({ allowedPerSecond: 20, nowPerSecond: 18 })
    await goBack(3_000)
    // An answer that comes after the hold to a request of before it.
    await pacer.throttled(1, {
      retryAfterMs: 100,
      slot: { ...(slots[0] as Slot), us: String((await fixture.redisUs()) - 4_000_000) },
    })
    expect((await readPace(fixture.redis, account)).nowPerSecond).toBeGreaterThan(17.9)
  })

  it('is never more than half, and forgotten within a minute', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 20 })
    for (let i = 0; i < 12; i += 1) {
      await pacer.throttled(1, { retryAfterMs: 1_000, slot: null })
      await goBack(1_000)
    }
    expect((await readPace(fixture.redis, account)).nowPerSecond).toBeCloseTo(10, 0)
    await goBack(25_000)
    const half = await readPace(fixture.redis, account)
    expect(half.nowPerSecond).toBeGreaterThan(14.5)
    expect(half.nowPerSecond).toBeLessThan(16)
    await goBack(30_000)
    expect(await readPace(fixture.redis, account)).toEqual({ allowedPerSecond: 20, nowPerSecond: 20, heldForMs: 0 })
  })

  it('widens the spacing of all instances', async () => {
    await warm()
    const [one, two] = [
      createPacer({ redis: fixture.redis, ratePerSecond: 20 }),
      createPacer({ redis: connect(), ratePerSecond: 20 }),
    ]
    await one.throttled(1, { retryAfterMs: 1_000, slot: null })
    await goBack(1_000)
    await takeOne(two, 0, 2)
    const [first, second] = await Promise.all([slotOf(takeOne(two, 20)), slotOf(takeOne(two, 20))])
    expect(second.at - first.at).toBeGreaterThan(56)
    expect(second.at - first.at).toBeLessThan(59)
  })

  it('is the configured rate when nobody knows', async () => {
    expect(await readPace(fixture.redis, account)).toEqual({ allowedPerSecond: 20, nowPerSecond: 20, heldForMs: 0 })
  })

  it('doubles the hold only for the first request after one, up to half a minute, and begins anew after one that passed', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 20 })
    const holds: number[] = []
    let slot = await slotOf(takeOne(pacer))
    for (let i = 0; i < 7; i += 1) {
      const holdMs = await pacer.throttled(1, { retryAfterMs: null, slot })
      holds.push(Math.round(holdMs / 100) * 100)
      await goBack(holdMs + 1)
      slot = await slotOf(takeOne(pacer))
    }
    expect(holds).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    const second = await slotOf(takeOne(pacer, 60))
    expect([slot.isFirstAfterHold, second.isFirstAfterHold]).toEqual([true, false])
    expect(await pacer.throttled(1, { retryAfterMs: null, slot: second })).toBeCloseTo(1_000, -2)
  })

  it('asks the next one when the first request after a hold was not made', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 20 })
    await pacer.throttled(1, { retryAfterMs: 0, slot: null })
    const first = await slotOf(takeOne(pacer, 20))
    await pacer.giveBack(1, first)
    expect((await slotOf(takeOne(pacer, 20))).isFirstAfterHold).toBe(true)
  })
})
