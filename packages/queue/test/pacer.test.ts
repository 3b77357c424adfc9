import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import type { Redis } from 'ioredis'
import { createPacer, type Pacer, type Slot, slotKey, type TooFar } from '../src/index.ts'
import { mostInOneSecond, pacerFixture, slotOf, startUntil, takeOne } from './pacer-fixture.ts'

const fixture = pacerFixture()
const { connect, warm } = fixture

describe('the pacer', () => {
  // On a busy machine; what is used of the rate on a quiet one is in docs/pacing.md.
  it.each([
    [5, 5_000, 0.85],
    [40, 3_000, 0.8],
    [200, 2_000, 0.8],
  ])('lets three instances together make %d starts in any sliding second, and hardly fewer', async (rate, forMs, share) => {
    await warm()
    const pacers = [1, 2, 3].map(() => createPacer({ redis: connect(), ratePerSecond: rate }))
    await Promise.all(pacers.map((pacer) => takeOne(pacer, 0, 2)))
    const starts: number[] = []
    const startedAt = performance.now()
    await Promise.all([...pacers, ...pacers].map((pacer) => startUntil(pacer, startedAt + forMs, starts)))
    starts.sort((a, b) => a - b)
    const usedShare = (starts.length - 1) / (((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 1_000) / rate
    expect(mostInOneSecond(starts)).toBeLessThanOrEqual(rate)
    expect(usedShare).toBeGreaterThan(share)
  })

  it('gives slots one spacing apart, none beyond the lookahead, and says when to ask again', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 19 })
    // Its first answer tells how far its clock is off.
    await takeOne(pacer, 0, 2)
    const { slots, inMs } = await pacer.take(1, { count: 8, leadMs: 0 })
    // Now, and one spacing of 54 ms later; the third is beyond.
    expect(slots).toHaveLength(2)
    expect((slots[1] as Slot).at - (slots[0] as Slot).at).toBeCloseTo(53.42, 0)
    expect(inMs).toBeGreaterThan(47)
    expect(inMs).toBeLessThan(62)
    const { slots: none, inMs: later } = await pacer.take(1, { count: 1, leadMs: 0 })
    expect(none).toEqual([])
    expect(later).toBeLessThanOrEqual(inMs + 1)
  })

  it('counts the window from when the requests of a young process may arrive, whoever asks next', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 5 })
    const at: number[] = []
    while (at.length < 7)
      at.push(
        (
          await eventually(
            async () => {
              const taken = await takeOne(pacer)
              return taken.kind === 'slot' && taken
            },
            { everyMs: 5 },
          )
        ).at,
      )
    // 1,000 ms, 15 of room, and 12 + 40 that each may be late.
    expect((at[5] as number) - (at[0] as number)).toBeGreaterThanOrEqual(1_066)
    expect((at[6] as number) - (at[1] as number)).toBeGreaterThanOrEqual(1_066)
  })

  describe('once it is warm', () => {
    const openPacer = (redis: Redis): Pacer => createPacer({ redis, ratePerSecond: 5, warmUpMs: 0 })

    /** Asks ahead for six slots at 5 a second, the first two by one and the rest by another, and sends in each. */
    const sixStarts = async ({ one, other = one, tell = true }: { one: Pacer; other?: Pacer; tell?: boolean }) => {
      await warm()
      for (const pacer of [one, other]) await takeOne(pacer, 0, 2)
      const slots: Slot[] = []
      const startedAt: number[] = []
      while (slots.length < 6) {
        const pacer = slots.length < 2 ? one : other
        const { slots: taken, inMs } = await pacer.take(1, { count: 1, leadMs: 0 })
        const [slot] = taken
        await wait(Math.max(0, slot ? slot.at - performance.now() : inMs))
        if (!slot) continue
        slots.push(slot)
        startedAt.push(performance.now())
        if (tell) pacer.started(1, slot)
      }
      return { slots, startedAt }
    }

    it('counts the window from when a request started', async () => {
      const { slots, startedAt } = await sixStarts({ one: openPacer(fixture.redis) })
      const afterStart = (slots[5] as Slot).at - (startedAt[0] as number)
      // 1,000 ms and 15 of room.
      expect(afterStart).toBeGreaterThan(1_014)
      expect(afterStart).toBeLessThan(1_021)
    })

    it('counts it from when a request starts at the latest, as long as nobody said when it did', async () => {
      const { slots } = await sixStarts({ one: openPacer(fixture.redis), tell: false })
      // And 12 that each may be late.
      expect((slots[5] as Slot).at - (slots[0] as Slot).at).toBeGreaterThan(1_026)
    })

    it('counts what its sender does not know of the clock of a Redis that is far away', async () => {
      const far = connect()
      const evaluate = far.eval.bind(far)
      const answersLate = async (...args: Parameters<typeof evaluate>): Promise<unknown> => {
        const answer = await evaluate(...args)
        await wait(20)
        return answer
      }
      const one = openPacer(Object.create(far, { eval: { value: answersLate } }) as Redis)
      const { slots, startedAt } = await sixStarts({ one, other: openPacer(connect()) })
      expect((slots[5] as Slot).at - (startedAt[0] as number)).toBeGreaterThan(1_012)
    })
  })

  it('gives the slots of 20 ms at one moment, so that they are claimed and settled together', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 500 })
    await takeOne(pacer, 0, 2)
    const { slots } = await pacer.take(1, { count: 25, leadMs: 5 })
    const moments = slots.map(({ at }) => Math.round(at - (slots[0] as Slot).at))
    // A window of a second and 28 ms of room.
    expect(moments).toEqual([...Array(10).fill(0), ...Array(10).fill(21), ...Array(5).fill(31)])
    expect(new Set(slots.map(({ us }) => us)).size).toBe(25)
  })

  it('makes up for the slots of a moment that come back', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 500 })
    await takeOne(pacer, 0, 2)
    const { slots } = await pacer.take(1, { count: 10, leadMs: 50 })
    for (const slot of slots.toReversed()) await pacer.giveBack(1, slot)
    const { slots: again } = await pacer.take(1, { count: 10, leadMs: 50 })
    // Ten spacings are 21 ms.
    expect((again[0] as Slot).at - (slots[0] as Slot).at).toBeLessThan(18)
  })

  it('gives no more slots than were wanted, and leaves the others to those that ask beside', async () => {
    await warm()
    const [one, two] = [
      createPacer({ redis: fixture.redis, ratePerSecond: 100 }),
      createPacer({ redis: connect(), ratePerSecond: 100 }),
    ]
    await takeOne(two, 0, 2)
    const first = await one.take(1, { count: 3, leadMs: 0 })
    const second = await two.take(1, { count: 3, leadMs: 0 })
    expect([first.slots.length, second.slots.length]).toEqual([3, 3])
    expect((second.slots[0] as Slot).us).not.toBe((first.slots[2] as Slot).us)
    expect(Number((second.slots[0] as Slot).us)).toBeGreaterThan(Number((first.slots[2] as Slot).us))
  })

  it('waits a second before the first slot when nobody knows what was sent before', async () => {
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 50 })
    const askedAt = performance.now()
    const cold = await takeOne(pacer)
    expect(cold).toMatchObject({ kind: 'too-far' })
    expect((cold as TooFar).inMs).toBeGreaterThan(850)
    const { at } = await eventually(async () => {
      const taken = await takeOne(pacer)
      return taken.kind === 'slot' && taken
    })
    expect(at - askedAt).toBeGreaterThanOrEqual(1_000)
    await warm()
    await slotOf(takeOne(pacer))
    await fixture.redis.flushall()
    expect(await takeOne(pacer)).toMatchObject({ kind: 'too-far' })
  })

  it('waits a second after its connection was lost: the server may have lost the last slots', async () => {
    await warm()
    const connection = connect()
    const pacer = createPacer({ redis: connection, ratePerSecond: 50 })
    await slotOf(takeOne(pacer))
    const closed = new Promise((resolve) => connection.once('close', resolve))
    await fixture.redis.client('KILL', 'ID', await connection.client('ID'))
    await closed
    expect(await takeOne(pacer)).toMatchObject({ kind: 'too-far' })
    await eventually(async () => (await takeOne(pacer)).kind === 'slot', { timeoutMs: 2_000 })
  })

  it('holds every instance, for the longest that was asked', async () => {
    await warm()
    const [one, two] = [
      createPacer({ redis: fixture.redis, ratePerSecond: 5 }),
      createPacer({ redis: connect(), ratePerSecond: 5 }),
    ]
    await takeOne(two, 0, 2)
    expect(await one.throttled(1, { retryAfterMs: 3_000, slot: null })).toBeCloseTo(3_000, -2)
    await two.throttled(1, { retryAfterMs: 500, slot: null })
    for (const pacer of [one, two]) {
      const held = (await takeOne(pacer)) as TooFar
      expect(held.kind).toBe('too-far')
      expect(held.inMs).toBeGreaterThan(2_800)
    }
    await warm(3)
    await slotOf(takeOne(one, 0, 3))
  })

  it('tells an instance whose slot was reserved before another one was told to wait', async () => {
    await warm()
    const [one, two] = [
      createPacer({ redis: fixture.redis, ratePerSecond: 5 }),
      createPacer({ redis: connect(), ratePerSecond: 5 }),
    ]
    const slot = await slotOf(takeOne(one, 100))
    const asked = one.isStillGood(1, slot)
    await two.throttled(1, { retryAfterMs: 1_000, slot: null })
    expect(await asked).toBe(false)
    expect(performance.now()).toBeLessThan(slot.at + 5)
    await warm(2)
    expect(await one.isStillGood(2, await slotOf(takeOne(one, 50, 2)))).toBe(true)
  })

  it('gives no slot nearer than the lead, and has one for a lead longer than the lookahead', async () => {
    await warm()
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 20 })
    const askedAt = performance.now()
    expect((await slotOf(takeOne(pacer, 100))).at).toBeGreaterThanOrEqual(askedAt + 100)
    expect((await slotOf(takeOne(pacer, 600))).at).toBeGreaterThanOrEqual(askedAt + 600)
  })

  it('keeps accounts apart', async () => {
    await warm(1)
    await warm(2)
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 1 })
    const [first, second] = await Promise.all([slotOf(takeOne(pacer)), slotOf(takeOne(pacer, 0, 2))])
    expect(Math.abs(first.at - second.at)).toBeLessThan(100)
    expect(await takeOne(pacer)).toMatchObject({ kind: 'too-far' })
  })

  it('rejects rather than guesses when Redis is away', async () => {
    const connection = connect()
    const pacer = createPacer({ redis: connection, ratePerSecond: 5 })
    connection.disconnect()
    await eventually(
      async () =>
        takeOne(pacer).then(
          () => false,
          () => true,
        ),
      { timeoutMs: 3_000 },
    )
  })

  it('holds without a pace, too, when the rate is one that nobody reaches', async () => {
    const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 1_000_000 })
    await slotOf(takeOne(pacer))
    await pacer.throttled(1, { retryAfterMs: 5_000, slot: null })
    expect(await takeOne(pacer)).toMatchObject({ kind: 'too-far' })
    await slotOf(takeOne(pacer, 0, 2))
  })
})

it('spaces wider by the unevenness of the way to Orange, within bounds', async () => {
  await warm()
  const jitter = { ms: 100 }
  const pacer = createPacer({ redis: fixture.redis, ratePerSecond: 15, jitterMs: () => jitter.ms })
  await takeOne(pacer, 0, 2)
  const gap = async (): Promise<number> => {
    const [one, two] = await Promise.all([slotOf(takeOne(pacer, 300)), slotOf(takeOne(pacer, 300))])
    await warm()
    await fixture.redis.del(`${slotKey(1)}:log`)
    return two.at - one.at
  }
  expect(await gap()).toBeCloseTo(74.33, 0)
  jitter.ms = 10_000
  expect(await gap()).toBeCloseTo(83, 0)
})
