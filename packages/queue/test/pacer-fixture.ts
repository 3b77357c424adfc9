import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { createReleases, openTestRedis } from '@sms/devstack'
import type { Redis } from 'ioredis'
import { openRedis, type Pacer, type Slot, slotKey, type Slots, type TooFar } from '../src/index.ts'

export type PacerFixture = {
  redis: Redis
  connect(): Redis
  redisUs(): Promise<number>
  /** The key is there and its slot is past: nothing of the cold wait is left. */
  warm(accountId?: number): Promise<void>
}

/** A Redis of the file's own, emptied before each test. */
export const pacerFixture = (): PacerFixture => {
  const releases = createReleases()
  let url: string
  const connect = (): Redis => {
    const opened = openRedis({ url, role: 'producer', onError: () => undefined })
    releases.push(opened.release)
    return opened.redis
  }
  const redisUs = async (): Promise<number> => {
    const [seconds, us] = await fixture.redis.time()
    return Number(seconds) * 1_000_000 + Number(us)
  }
  const fixture = {
    connect,
    redisUs,
    warm: async (accountId = 1) => {
      await fixture.redis.hset(slotKey(accountId), 'last', String((await redisUs()) - 10_000_000))
    },
  } as PacerFixture
  beforeAll(async () => {
    const server = await openTestRedis()
    releases.push(() => server.release())
    url = server.url
    fixture.redis = connect()
  })
  afterAll(() => releases.release())
  beforeEach(() => fixture.redis.flushall())
  return fixture
}

/** One slot, or how far it is. */
export const takeOne = async (pacer: Pacer, leadMs = 0, accountId = 1): Promise<Slot | TooFar> => {
  const { slots, inMs } = await pacer.take(accountId, { count: 1, leadMs })
  return slots[0] ?? { kind: 'too-far', inMs }
}

export const slotOf = async (taking: Promise<Slot | TooFar>): Promise<Slot> => {
  const taken = await taking
  if (taken.kind !== 'slot') throw new Error('no slot')
  return taken
}

/** Starts as often as it may until time is up, like a worker: asks, waits for its slots, gives a missed one up. */
export const startUntil = async (pacer: Pacer, endsAt: number, starts: number[], count = 1): Promise<void> => {
  while (performance.now() < endsAt) {
    const { slots, inMs }: Slots = await pacer.take(1, { count, leadMs: 5 })
    if (slots.length === 0) await wait(inMs)
    for (const slot of slots) {
      while (performance.now() < slot.at) await wait(Math.max(0, slot.at - performance.now()))
      if (performance.now() <= slot.latestAt) starts.push(performance.now())
      else await pacer.giveBack(1, slot)
    }
  }
}

export const mostInOneSecond = (starts: number[]): number =>
  Math.max(
    ...starts
      .map((first, index) => starts.slice(index).findIndex((at) => at - first >= 1_000))
      .map((n, i) => (n < 0 ? starts.length - i : n)),
  )
