import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SendOutcome, Settlement } from '@sms/core'
import { createReleases, openProxy, openTestRedis } from '@sms/devstack'
import type { Redis } from 'ioredis'
import { askRedis, createParking, openRedis, PARKED_TEXT, type Parking, parkedKey } from '../src/index.ts'

const releases = createReleases()
let url: string
let redis: Redis
let parking: Parking
beforeAll(async () => {
  const server = await openTestRedis()
  releases.push(() => server.release())
  url = server.url
  const opened = openRedis({ url, role: 'producer', onError: () => undefined })
  releases.push(opened.release)
  redis = opened.redis
  parking = createParking({ redis })
})
afterAll(() => releases.release())
beforeEach(() => redis.flushall())

const accepted: SendOutcome = { kind: 'accepted', messageId: '0a1b2c3d-4e5f-6789-abcd-ef0123456789', httpStatus: 201 }

const settlementOf = (outcome: SendOutcome = accepted, more: Partial<Settlement> = {}): Settlement => ({
  smsId: 9_223_372_036_854_775_807n,
  claimId: randomUUID(),
  to: 'SENT',
  outcome,
  attempt: 2,
  worker: 'host-1',
  delayMs: 0,
  givesAttemptBack: false,
  keepsJob: false,
  ...more,
})

describe('the parking', () => {
  it('gives back what was proved, until it is removed', async () => {
    const settlement = settlementOf()
    await parking.park([{ settlement, keptUntil: null }])
    const { parked } = await parking.read(10)
    expect(parked).toEqual([{ settlement, keptUntil: null, stored: expect.any(String) }])
    expect(await parking.remove(parked)).toEqual([true])
    expect(await parking.remove(parked)).toEqual([false])
    expect(await parking.read(10)).toEqual({ parked: [], unreadable: [] })
  })

  it('keeps no word of Orange and nothing of the SMS', async () => {
    const said = { code: 'SVC0002', text: 'Invalid input value for message part tel:+2250707070707', httpStatus: 400 }
    const settlements = [
      settlementOf({ kind: 'rejected', ...said }, { to: 'FAILED' }),
      settlementOf({ kind: 'rejected', ...said, code: 'tel:+2250707070707' }, { to: 'FAILED' }),
      settlementOf({ kind: 'throttled', retryAfterMs: 2_000, ...said }, { to: 'PENDING', keepsJob: true, delayMs: 12.5 }),
    ]
    await parking.park(settlements.map((settlement) => ({ settlement, keptUntil: 5 })))
    expect(JSON.stringify(await redis.hgetall(parkedKey()))).not.toMatch(/0707070707|Invalid|tel:/)
    const { parked } = await parking.read(10)
    const byClaim = new Map(parked.map(({ settlement }) => [settlement.claimId, settlement]))
    expect(settlements.map(({ claimId }) => byClaim.get(claimId)?.outcome)).toEqual([
      { kind: 'rejected', code: 'SVC0002', text: PARKED_TEXT, httpStatus: 400 },
      { kind: 'rejected', code: 'UNKNOWN_CODE', text: PARKED_TEXT, httpStatus: 400 },
      { kind: 'throttled', code: 'SVC0002', retryAfterMs: null, text: PARKED_TEXT, httpStatus: 400 },
    ])
    // Its job was finished when it was parked.
    expect(byClaim.get(settlements[2]?.claimId ?? '')).toMatchObject({ to: 'PENDING', keepsJob: false, delayMs: 12.5 })
  })

  it('holds each claim once, and removes only what landed', async () => {
    const settlement = settlementOf()
    await parking.park([{ settlement, keptUntil: null }])
    await parking.park([{ settlement, keptUntil: null }])
    const { parked } = await parking.read(10)
    expect(parked).toHaveLength(1)
    await parking.park([{ settlement: { ...settlement, attempt: 3 }, keptUntil: null }])
    expect(await parking.remove(parked)).toEqual([false])
    expect((await parking.read(10)).parked[0]?.settlement.attempt).toBe(3)
  })

  it('reads part of many', async () => {
    await parking.park(Array.from({ length: 30 }, () => ({ settlement: settlementOf(), keptUntil: null })))
    expect((await parking.read(20)).parked).toHaveLength(20)
    await parking.park([])
    expect(await parking.remove([])).toEqual([])
  })

  it('leaves what it cannot read, and does not count it as known', async () => {
    const settlement = settlementOf()
    await parking.park([{ settlement, keptUntil: null }])
    await redis.hset(parkedKey(), { 'claim-new': JSON.stringify({ smsId: '1', somethingNew: true }), 'claim-bad': 'not JSON' })
    const { parked, unreadable } = await parking.read(10)
    expect(parked).toHaveLength(1)
    expect(unreadable.toSorted()).toEqual(['claim-bad', 'claim-new'])
    expect(await parking.findParked([settlement.claimId, 'claim-new', randomUUID()])).toEqual(new Set([settlement.claimId]))
    expect(await parking.findParked([])).toEqual(new Set())
  })

  it('rejects when Redis takes no writes, so that its caller tries again', async () => {
    await redis.config('SET', 'maxmemory', '1')
    await expect(parking.park([{ settlement: settlementOf(), keptUntil: null }])).rejects.toThrow(/OOM/)
    await redis.config('SET', 'maxmemory', '0')
  })
})

describe('a silent Redis', () => {
  it('is told apart from one that answers, and its connections are given up', async () => {
    const proxy = await openProxy(url)
    releases.push(() => proxy.release())
    const { redis: through, release } = openRedis({ url: proxy.url, role: 'worker', onError: () => undefined })
    releases.push(release)
    await through.ping()
    await askRedis({ url: proxy.url, limitMs: 1_000 })
    const closed = new Promise((resolve) => through.once('close', resolve))
    proxy.hold()
    const answer = through.echo('there')
    await expect(askRedis({ url: proxy.url, limitMs: 500 })).rejects.toThrow()
    await closed
    proxy.resume()
    expect(await answer).toBe('there')
  })
})
