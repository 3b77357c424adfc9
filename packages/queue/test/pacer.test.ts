import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createReleases, eventually, openTestRedis } from '@sms/devstack'
import type { Redis } from 'ioredis'
import { createPacer, openRedis, type Pacer, type Slot, slotKey, type TooFar } from '../src/index.ts'

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

/** The key is there and its slot is past: nothing of the cold wait is left. */
const warm = async (accountId = 1): Promise<void> => {
  const [seconds] = await redis.time()
  await redis.set(slotKey(accountId), String((Number(seconds) - 10) * 1_000_000))
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
  }
}

const mostInOneSecond = (starts: number[]): number =>
  Math.max(
    ...starts
      .map((first, index) => starts.slice(index).findIndex((at) => at - first >= 1_000))
      .map((n, i) => (n < 0 ? starts.length - i : n)),
  )

describe('the pacer', () => {
  // At 5 a second each slot that a busy machine misses is a twenty-fifth of all.
  it.each([
    [5, 5_000, 0.9],
    [40, 3_000, 0.95],
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
    const pacer = createPacer({ redis, ratePerSecond: 20 })
    const taken = await Promise.all(Array.from({ length: 8 }, () => pacer.take(1, 0)))
    const slots = taken.filter((slot): slot is Slot => slot.kind === 'slot')
    expect(slots).toHaveLength(4)
    slots.slice(1).forEach((slot, i) => expect(slot.at - (slots[i]?.at ?? 0)).toBeCloseTo(51.25, 1))
    const tooFar = taken.filter((slot): slot is TooFar => slot.kind === 'too-far')
    expect(tooFar.every(({ inMs }) => inMs > 50 && inMs <= 106)).toBe(true)
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
    const [one, two] = [createPacer({ redis, ratePerSecond: 50 }), createPacer({ redis: connect(), ratePerSecond: 50 })]
    await two.take(2, 0)
    await one.hold(1, 3_000)
    await two.hold(1, 500)
    for (const pacer of [one, two]) {
      const held = (await pacer.take(1, 0)) as TooFar
      expect(held.kind).toBe('too-far')
      expect(held.inMs).toBeGreaterThan(2_800)
    }
    await warm(3)
    await slotOf(one.take(3, 0))
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
    await pacer.hold(1, 5_000)
    expect(await pacer.take(1, 0)).toMatchObject({ kind: 'too-far' })
    await slotOf(pacer.take(2, 0))
  })
})
