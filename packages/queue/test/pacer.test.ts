import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createReleases, eventually, openTestRedis } from '@sms/devstack'
import type { Redis } from 'ioredis'
import { createPacer, openRedis, type Pacer, readPace, type Slot, slotKey, type TooFar } from '../src/index.ts'

const releases = createReleases()
let url: string
let redis: Redis
const connect = (): Redis => {
  const opened = openRedis({ url, role: 'producer', onError: () => undefined })
  releases.push(opened.release)
  return opened.redis
}
beforeAll(async () => {
  const server = await openTestRedis()
  releases.push(() => server.release())
  url = server.url
  redis = connect()
})
afterAll(() => releases.release())
beforeEach(() => redis.flushall())

const redisUs = async (): Promise<number> => {
  const [seconds, us] = await redis.time()
  return Number(seconds) * 1_000_000 + Number(us)
}

/** The key is there and its slot is past: nothing of the cold wait is left. */
const warm = async (accountId = 1): Promise<void> => {
  await redis.hset(slotKey(accountId), 'last', String((await redisUs()) - 10_000_000))
}

const slotOf = async (taking: Promise<Slot | TooFar>): Promise<Slot> => {
  const taken = await taking
  if (taken.kind !== 'slot') throw new Error('no slot')
  return taken
}

/** Starts as often as it may until time is up, like a worker: asks, waits for its slot, gives a missed one up. */
const startUntil = async (pacer: Pacer, endsAt: number, starts: number[]): Promise<void> => {
  while (performance.now() < endsAt) {
    const taken = await pacer.take(1, 5)
    if (taken.kind === 'too-far') {
      await wait(taken.inMs)
      continue
    }
    while (performance.now() < taken.at) await wait(Math.max(0, taken.at - performance.now()))
    if (performance.now() <= taken.latestAt) starts.push(performance.now())
    else await pacer.giveBack(1, taken)
  }
}

const mostInOneSecond = (starts: number[]): number =>
  Math.max(
    ...starts
      .map((first, index) => starts.slice(index).findIndex((at) => at - first >= 1_000))
      .map((n, i) => (n < 0 ? starts.length - i : n)),
  )

describe('the pacer', () => {
  // On a busy machine; what is used of the rate on a quiet one is in docs/pacing.md.
  it.each([
    [5, 5_000, 0.85],
    [40, 3_000, 0.8],
  ])('lets three instances together make %d starts in any sliding second, and hardly fewer', async (rate, forMs, share) => {
    await warm()
    const pacers = [1, 2, 3].map(() => createPacer({ redis: connect(), ratePerSecond: rate }))
    await Promise.all(pacers.map((pacer) => pacer.take(2, 0)))
    const starts: number[] = []
    const startedAt = performance.now()
    await Promise.all([...pacers, ...pacers].map((pacer) => startUntil(pacer, startedAt + forMs, starts)))
    starts.sort((a, b) => a - b)
    const usedShare = (starts.length - 1) / (((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 1_000) / rate
    expect(mostInOneSecond(starts)).toBeLessThanOrEqual(rate)
    expect(usedShare).toBeGreaterThan(share)
  })

  it('gives those that ask at once slots one spacing apart, and none beyond the lookahead', async () => {
    await warm()
    const pacer = createPacer({ redis, ratePerSecond: 19 })
    const taken = await Promise.all(Array.from({ length: 8 }, () => pacer.take(1, 0)))
    const slots = taken.filter((slot): slot is Slot => slot.kind === 'slot')
    // The third is so near the end of the lookahead that a slow answer may put it beyond.
    expect([2, 3]).toContain(slots.length)
    slots.slice(1).forEach((slot, i) => expect(slot.at - (slots[i]?.at ?? 0)).toBeCloseTo(56.05, 0))
    const tooFar = taken.filter((slot): slot is TooFar => slot.kind === 'too-far')
    expect(tooFar.every(({ inMs }) => inMs > 0 && inMs <= 116)).toBe(true)
  })

  it('waits a second before the first slot when nobody knows what was sent before', async () => {
    const pacer = createPacer({ redis, ratePerSecond: 50 })
    const askedAt = performance.now()
    const cold = await pacer.take(1, 0)
    expect(cold).toMatchObject({ kind: 'too-far' })
    expect((cold as TooFar).inMs).toBeGreaterThan(850)
    const { at } = await eventually(async () => {
      const taken = await pacer.take(1, 0)
      return taken.kind === 'slot' && taken
    })
    expect(at - askedAt).toBeGreaterThanOrEqual(1_000)
    await warm()
    await slotOf(pacer.take(1, 0))
    await redis.flushall()
    expect(await pacer.take(1, 0)).toMatchObject({ kind: 'too-far' })
  })

  it('waits a second after its connection was lost: the server may have lost the last slots', async () => {
    await warm()
    const connection = connect()
    const pacer = createPacer({ redis: connection, ratePerSecond: 50 })
    await slotOf(pacer.take(1, 0))
    const closed = new Promise((resolve) => connection.once('close', resolve))
    await redis.client('KILL', 'ID', await connection.client('ID'))
    await closed
    expect(await pacer.take(1, 0)).toMatchObject({ kind: 'too-far' })
    await eventually(async () => (await pacer.take(1, 0)).kind === 'slot', { timeoutMs: 2_000 })
  })

  it('holds every instance, for the longest that was asked', async () => {
    await warm()
    const [one, two] = [createPacer({ redis, ratePerSecond: 5 }), createPacer({ redis: connect(), ratePerSecond: 5 })]
    await two.take(2, 0)
    expect(await one.throttled(1, { retryAfterMs: 3_000, slot: null })).toBeCloseTo(3_000, -2)
    await two.throttled(1, { retryAfterMs: 500, slot: null })
    for (const pacer of [one, two]) {
      const held = (await pacer.take(1, 0)) as TooFar
      expect(held.kind).toBe('too-far')
      expect(held.inMs).toBeGreaterThan(2_800)
    }
    await warm(3)
    await slotOf(one.take(3, 0))
  })

  it('tells an instance whose slot was reserved before another one was told to wait', async () => {
    await warm()
    const [one, two] = [createPacer({ redis, ratePerSecond: 5 }), createPacer({ redis: connect(), ratePerSecond: 5 })]
    const slot = await slotOf(one.take(1, 100))
    const asked = one.isStillGood(1, slot)
    await two.throttled(1, { retryAfterMs: 1_000, slot: null })
    expect(await asked).toBe(false)
    expect(performance.now()).toBeLessThan(slot.at + 5)
    await warm(2)
    expect(await one.isStillGood(2, await slotOf(one.take(2, 50)))).toBe(true)
  })

  it('gives no slot nearer than the lead, and has one for a lead longer than the lookahead', async () => {
    await warm()
    const pacer = createPacer({ redis, ratePerSecond: 20 })
    const askedAt = performance.now()
    expect((await slotOf(pacer.take(1, 100))).at).toBeGreaterThanOrEqual(askedAt + 100)
    expect((await slotOf(pacer.take(1, 600))).at).toBeGreaterThanOrEqual(askedAt + 600)
  })

  it('keeps accounts apart', async () => {
    await warm(1)
    await warm(2)
    const pacer = createPacer({ redis, ratePerSecond: 1 })
    const [first, second] = await Promise.all([slotOf(pacer.take(1, 0)), slotOf(pacer.take(2, 0))])
    expect(Math.abs(first.at - second.at)).toBeLessThan(100)
    expect(await pacer.take(1, 0)).toMatchObject({ kind: 'too-far' })
  })

  it('rejects rather than guesses when Redis is away', async () => {
    const connection = connect()
    const pacer = createPacer({ redis: connection, ratePerSecond: 5 })
    connection.disconnect()
    await eventually(
      async () =>
        pacer.take(1, 0).then(
          () => false,
          () => true,
        ),
      { timeoutMs: 3_000 },
    )
  })

  it('holds without a pace, too, when the rate is one that nobody reaches', async () => {
    const pacer = createPacer({ redis, ratePerSecond: 1_000_000 })
    await slotOf(pacer.take(1, 0))
    await pacer.throttled(1, { retryAfterMs: 5_000, slot: null })
    expect(await pacer.take(1, 0)).toMatchObject({ kind: 'too-far' })
    await slotOf(pacer.take(2, 0))
  })
})

describe('a slot that is given back', () => {
  it('is given to the next that asks', async () => {
    await warm()
    const pacer = createPacer({ redis, ratePerSecond: 5 })
    const slot = await slotOf(pacer.take(1, 60))
    expect(await pacer.take(1, 0)).toMatchObject({ kind: 'too-far' })
    await pacer.giveBack(1, slot)
    expect((await slotOf(pacer.take(1, 0))).at).toBeLessThanOrEqual(slot.at + 5)
  })

  it('is made up for when it is past, and never by more in a second than may be', async () => {
    await warm()
    const pacer = createPacer({ redis, ratePerSecond: 10 })
    const used: number[] = []
    for (let i = 0; i < 40; i += 1) {
      const slot = await eventually(
        async () => {
          const taken = await pacer.take(1, 0)
          return taken.kind === 'slot' && taken
        },
        { everyMs: 5 },
      )
      if (i % 5 === 2) await pacer.giveBack(1, slot)
      else used.push(slot.at)
    }
    expect(mostInOneSecond(used)).toBeLessThanOrEqual(10)
    expect(((used.length - 1) / ((used.at(-1) ?? 0) - (used[0] ?? 0))) * 1_000).toBeGreaterThan(9)
  })

  it('is forgotten once: giving it back twice gives nothing', async () => {
    await warm()
    const pacer = createPacer({ redis, ratePerSecond: 5 })
    const slot = await slotOf(pacer.take(1, 100))
    await pacer.giveBack(1, slot)
    const again = await slotOf(pacer.take(1, 100))
    await pacer.giveBack(1, slot)
    const next = (await pacer.take(1, 0)) as TooFar
    expect(next.kind).toBe('too-far')
    expect(again.at).toBeGreaterThan(slot.at - 1)
  })
})

describe('what is learned from a throttle', () => {
  const account = { accountId: 1, ratePerSecond: 20 }
  /** As if so much time had passed since. */
  const goBack = async (ms: number): Promise<void> => {
    for (const field of ['held', 'began', 'last']) {
      const at = await redis.hget(slotKey(1), field)
      if (at !== null) await redis.hset(slotKey(1), field, String(Number(at) - ms * 1_000))
    }
    await redis.del(`${slotKey(1)}:log`)
  }

  it('is a tenth of the rate for one hold, however many were refused together', async () => {
    await warm()
    const pacer = createPacer({ redis, ratePerSecond: 20 })
    const slots = [await slotOf(pacer.take(1, 0)), await slotOf(pacer.take(1, 0))]
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => pacer.throttled(1, { retryAfterMs: null, slot: slots[i % 2] ?? null })),
    )
    expect(await readPace(redis, account)).toMatchObject({ allowedPerSecond: 20, nowPerSecond: 18 })
    await goBack(3_000)
    // An answer that comes after the hold to a request of before it.
    await pacer.throttled(1, { retryAfterMs: 100, slot: { ...(slots[0] as Slot), us: String((await redisUs()) - 4_000_000) } })
    expect((await readPace(redis, account)).nowPerSecond).toBeGreaterThan(17.9)
  })

  it('is never more than half, and forgotten within a minute', async () => {
    await warm()
    const pacer = createPacer({ redis, ratePerSecond: 20 })
    for (let i = 0; i < 12; i += 1) {
      await pacer.throttled(1, { retryAfterMs: 1_000, slot: null })
      await goBack(1_000)
    }
    expect((await readPace(redis, account)).nowPerSecond).toBeCloseTo(10, 0)
    await goBack(25_000)
    const half = await readPace(redis, account)
    expect(half.nowPerSecond).toBeGreaterThan(14.5)
    expect(half.nowPerSecond).toBeLessThan(16)
    await goBack(30_000)
    expect(await readPace(redis, account)).toEqual({ allowedPerSecond: 20, nowPerSecond: 20, heldForMs: 0 })
  })

  it('widens the spacing of all instances', async () => {
    await warm()
    const [one, two] = [createPacer({ redis, ratePerSecond: 20 }), createPacer({ redis: connect(), ratePerSecond: 20 })]
    await one.throttled(1, { retryAfterMs: 1_000, slot: null })
    await goBack(1_000)
    await two.take(2, 0)
    const [first, second] = await Promise.all([slotOf(two.take(1, 20)), slotOf(two.take(1, 20))])
    expect(second.at - first.at).toBeGreaterThan(58)
    expect(second.at - first.at).toBeLessThan(61)
  })

  it('is the configured rate when nobody knows', async () => {
    expect(await readPace(redis, account)).toEqual({ allowedPerSecond: 20, nowPerSecond: 20, heldForMs: 0 })
  })

  it('doubles the hold only for the first request after one, up to half a minute, and begins anew after one that passed', async () => {
    await warm()
    const pacer = createPacer({ redis, ratePerSecond: 20 })
    const holds: number[] = []
    let slot = await slotOf(pacer.take(1, 0))
    for (let i = 0; i < 7; i += 1) {
      const holdMs = await pacer.throttled(1, { retryAfterMs: null, slot })
      holds.push(Math.round(holdMs / 100) * 100)
      await goBack(holdMs + 1)
      slot = await slotOf(pacer.take(1, 0))
    }
    expect(holds).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    const second = await slotOf(pacer.take(1, 0))
    expect([slot.isFirstAfterHold, second.isFirstAfterHold]).toEqual([true, false])
    expect(await pacer.throttled(1, { retryAfterMs: null, slot: second })).toBeCloseTo(1_000, -2)
  })

  it('asks the next one when the first request after a hold was not made', async () => {
    await warm()
    const pacer = createPacer({ redis, ratePerSecond: 20 })
    await pacer.throttled(1, { retryAfterMs: 0, slot: null })
    const first = await slotOf(pacer.take(1, 20))
    await pacer.giveBack(1, first)
    expect((await slotOf(pacer.take(1, 20))).isFirstAfterHold).toBe(true)
  })
})

it('spaces wider by the unevenness of the way to Orange, within bounds', async () => {
  await warm()
  const jitter = { ms: 100 }
  const pacer = createPacer({ redis, ratePerSecond: 15, jitterMs: () => jitter.ms })
  await pacer.take(2, 0)
  const gap = async (): Promise<number> => {
    const [one, two] = await Promise.all([slotOf(pacer.take(1, 300)), slotOf(pacer.take(1, 300))])
    await warm()
    await redis.del(`${slotKey(1)}:log`)
    return two.at - one.at
  }
  expect(await gap()).toBeCloseTo(77.7, 0)
  jitter.ms = 10_000
  expect(await gap()).toBeCloseTo(86.3, 0)
})
