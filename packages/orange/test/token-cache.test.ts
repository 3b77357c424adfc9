import { randomUUID } from 'node:crypto'
import { eventually, openRedis } from '@sms/devstack'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTokenCache, type TokenCacheDeps } from '../src/token-cache.ts'
import { tokenFailureKey, tokenKey, tokenLockKey } from '../src/token-keys.ts'
import type { TokenGrant, TokenRefusal } from '../src/token-refusal.ts'
import { createTokenSeal } from '../src/token-seal.ts'

const credentials = { appSecret: 's'.repeat(32), accountId: 7, clientId: 'client', clientSecret: 'secret' }
const seal = createTokenSeal(credentials)
const keyed = (keyOf: typeof tokenKey) => keyOf(7, seal.fingerprint)
const blocked: TokenRefusal = { kind: 'blocked', code: 'INVALID_CLIENT', text: 'no', httpStatus: 401 }
const broken: TokenRefusal = { kind: 'unavailable', code: 'TOKEN_UNAVAILABLE', text: 'x', httpStatus: 500 }
const throttledFor = (retryAfterMs: number | null): TokenRefusal => ({
  kind: 'throttled',
  code: 'HTTP_429',
  text: '',
  httpStatus: 429,
  retryAfterMs,
})
const granted = (token: string, lifetimeS = 3600): TokenGrant => ({ kind: 'granted', token, lifetimeS })

let server: Awaited<ReturnType<typeof openRedis>>
let redis: Redis
const clients: Redis[] = []
const connect = (): Redis => {
  const client = new Redis(server.url)
  clients.push(client)
  return client
}
beforeAll(async () => {
  server = await openRedis()
  redis = connect()
})
afterAll(async () => {
  for (const client of clients) client.disconnect()
  await server.release()
})
beforeEach(async () => {
  await redis.flushall()
})

/** A cache as another process would have it: a connection and a memory of its own. */
const process = (fetchToken: TokenCacheDeps['fetchToken'], change: Partial<TokenCacheDeps> = {}) =>
  createTokenCache({
    redis: connect(),
    accountId: 7,
    seal,
    fetchToken,
    fetchTimeoutMs: 2000,
    monotonicNow: () => performance.now(),
    newOwner: randomUUID,
    ...change,
  })
const counting = (answers: (TokenGrant | TokenRefusal)[], delayMs = 50) => {
  const calls = { count: 0 }
  const fetchToken = async () => {
    const answer = answers[Math.min(calls.count, answers.length - 1)] ?? broken
    calls.count += 1
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    return answer
  }
  return { calls, fetchToken }
}
const never = () => Promise.reject(new Error('no token may be asked for here'))

describe('one token for all', () => {
  it('is asked for once by 20 processes that start cold', async () => {
    const { calls, fetchToken } = counting([granted('token-a')])
    const found = await Promise.all(Array.from({ length: 20 }, () => process(fetchToken).getToken({ timeoutMs: 3000 })))
    expect(found).toEqual(Array.from({ length: 20 }, () => ({ kind: 'token', token: 'token-a' })))
    expect(calls.count).toBe(1)
  })
  it('is asked for once by many callers of one process', async () => {
    const { calls, fetchToken } = counting([granted('token-a')])
    const cache = process(fetchToken)
    await Promise.all(Array.from({ length: 100 }, () => cache.getToken({ timeoutMs: 3000 })))
    expect(calls.count).toBe(1)
    expect(cache.isTokenValid()).toBe(true)
  })
  it('is replaced once in a storm of 50 refusals in 5 processes', async () => {
    const { calls, fetchToken } = counting([granted('token-a'), granted('token-b')])
    const caches = Array.from({ length: 5 }, () => process(fetchToken))
    await Promise.all(caches.map((cache) => cache.getToken({ timeoutMs: 3000 })))
    const storm = Array.from({ length: 50 }, async (_, index) => {
      const cache = caches[index % 5] ?? process(never)
      await cache.invalidateToken('token-a')
      return await cache.getToken({ timeoutMs: 3000 })
    })
    expect(new Set((await Promise.all(storm)).map((found) => found.kind === 'token' && found.token))).toEqual(
      new Set(['token-b']),
    )
    expect(calls.count).toBe(2)
  })
  it('can be put there by hand and is found by others', async () => {
    await process(never).storeToken('token-a', 3600)
    const other = process(never)
    expect(other.isTokenValid()).toBe(false)
    expect(await other.getToken({ timeoutMs: 1000 })).toEqual({ kind: 'token', token: 'token-a' })
    expect(other.isTokenValid()).toBe(true)
  })
  it('is not shared with other credentials, nor fought over', async () => {
    const other = createTokenSeal({ ...credentials, clientSecret: 'new' })
    const mine = process(never)
    await mine.storeToken('token-a', 3600)
    expect(await process(counting([granted('token-b')]).fetchToken, { seal: other }).getToken({ timeoutMs: 1000 })).toMatchObject(
      { token: 'token-b' },
    )
    expect(await process(never).getToken({ timeoutMs: 1000 })).toMatchObject({ token: 'token-a' })
  })
  it('serves to its end, when nobody needed the next one earlier', async () => {
    const { calls, fetchToken } = counting([granted('token-a', 1), granted('token-b')], 0)
    const cache = process(fetchToken)
    await cache.getToken({ timeoutMs: 1000 })
    const leftMs = await redis.pttl(keyed(tokenKey))
    expect(leftMs).toBeLessThanOrEqual(950)
    expect(leftMs).toBeGreaterThan(800)
    await eventually(() => !cache.isTokenValid(), { timeoutMs: 2000 })
    await eventually(async () => (await redis.exists(keyed(tokenKey))) === 0)
    expect(await cache.getToken({ timeoutMs: 1000 })).toMatchObject({ token: 'token-b' })
    expect(calls.count).toBe(2)
  })
  it('is never readable in Redis', async () => {
    const cache = process(counting([granted('very-secret-token')]).fetchToken)
    await cache.getToken({ timeoutMs: 1000 })
    cache.markWorked('very-secret-token')
    await eventually(async () => (await redis.hget(keyed(tokenKey), 'worked')) === '1')
    const everything = await Promise.all(
      (await redis.keys('*')).map(async (key) => `${key} ${JSON.stringify(await redis.hgetall(key))}`),
    )
    expect(everything).toHaveLength(1)
    expect(everything.every((line) => line.startsWith('sms:'))).toBe(true)
    expect(everything.join()).not.toMatch(/very-secret|client|secret/)
  })
  it('that was altered makes room for another', async () => {
    await process(never).storeToken('token-a', 3600)
    await redis.hset(keyed(tokenKey), 'sealed', 'AAAA')
    expect(await process(counting([granted('token-b')]).fetchToken).getToken({ timeoutMs: 1000 })).toMatchObject({
      token: 'token-b',
    })
  })
  it('is asked for by somebody else when the process that was asking has died', async () => {
    await redis.set(keyed(tokenLockKey), 'the dead', 'PX', 200)
    const { calls, fetchToken } = counting([granted('token-a')])
    const found = await Promise.all(Array.from({ length: 5 }, () => process(fetchToken).getToken({ timeoutMs: 3000 })))
    expect(found.every(({ kind }) => kind === 'token')).toBe(true)
    expect(calls.count).toBe(1)
  })
})

describe('a token that was refused', () => {
  it('is removed alone: its successor stays', async () => {
    const cache = process(never)
    await cache.storeToken('token-b', 3600)
    await process(never).invalidateToken('token-a')
    expect(await process(never).getToken({ timeoutMs: 1000 })).toMatchObject({ token: 'token-b' })
    expect(cache.isTokenValid()).toBe(true)
  })
  it('counts once when it had never worked, however many report it', async () => {
    const cache = process(never)
    await cache.storeToken('token-a', 3600)
    const counts = await Promise.all(Array.from({ length: 10 }, () => process(never).invalidateToken('token-a')))
    expect(counts).toEqual(Array.from({ length: 10 }, () => ({ refusedInARow: 1 })))
    await cache.storeToken('token-b', 3600)
    expect(await process(never).invalidateToken('token-b')).toEqual({ refusedInARow: 2 })
  })
  it('does not count when any process has used it successfully', async () => {
    const cache = process(never)
    await cache.storeToken('token-a', 3600)
    cache.markWorked('token-a')
    await eventually(async () => (await redis.hget(keyed(tokenKey), 'worked')) === '1')
    expect(await process(never).invalidateToken('token-a')).toEqual({ refusedInARow: 0 })
  })
  it('starts a new row after one that worked', async () => {
    const cache = process(never)
    await cache.storeToken('token-a', 3600)
    await cache.invalidateToken('token-a')
    await cache.storeToken('token-b', 3600)
    cache.markWorked('token-b')
    expect(await cache.invalidateToken('token-b')).toEqual({ refusedInARow: 0 })
    await cache.storeToken('token-c', 3600)
    expect(await cache.invalidateToken('token-c')).toEqual({ refusedInARow: 1 })
  })
})

describe('when there is no token to be had', () => {
  it('all processes share one refusal for a second', async () => {
    const { calls, fetchToken } = counting([broken])
    const found = await Promise.all(Array.from({ length: 20 }, () => process(fetchToken).getToken({ timeoutMs: 3000 })))
    expect(found.every((refusal) => refusal.kind === 'unavailable' && refusal.code === 'TOKEN_UNAVAILABLE')).toBe(true)
    expect(calls.count).toBe(1)
    expect(await process(never).getToken({ timeoutMs: 1000 })).toEqual(broken)
    expect(await redis.pttl(keyed(tokenFailureKey))).toBeLessThanOrEqual(1000)
  })
  it.each([
    ['an endpoint that is down is asked ever more rarely', broken, [1, 2, 4, 8, 16, 30, 30]],
    ['one that throttles without saying for how long too', throttledFor(null), [1, 2, 4, 8, 16, 30, 30]],
    ['refused credentials are asked about every 30 seconds at most', blocked, [30, 60, 60]],
  ])('%s', async (_name, refusal, expected) => {
    const { calls, fetchToken } = counting([refusal], 0)
    const waits: number[] = []
    while (waits.length < expected.length) {
      expect(await process(fetchToken).getToken({ timeoutMs: 1000 })).toEqual(refusal)
      waits.push(await redis.pttl(keyed(tokenFailureKey)))
      // As if that time had passed.
      await redis.del(keyed(tokenFailureKey))
    }
    expect(waits.map((ms) => Math.round(ms / 1000))).toEqual(expected)
    expect(calls.count).toBe(expected.length)
  })
  it('refused credentials do not storm, and corrected ones wait for nothing', async () => {
    const { calls, fetchToken } = counting([blocked], 0)
    const processes = Array.from({ length: 10 }, () => process(fetchToken))
    const stopAt = performance.now() + 1500
    const ask = async (cache: (typeof processes)[number]): Promise<void> => {
      while (performance.now() < stopAt) expect(await cache.getToken({ timeoutMs: 1000 })).toEqual(blocked)
    }
    await Promise.all(processes.map(ask))
    // A restarted process knows of it too.
    expect(await process(never).getToken({ timeoutMs: 1000 })).toEqual(blocked)
    expect(calls.count).toBe(1)
    const corrected = createTokenSeal({ ...credentials, clientSecret: 'corrected' })
    const found = await process(counting([granted('token-a')]).fetchToken, { seal: corrected }).getToken({ timeoutMs: 1000 })
    expect(found).toMatchObject({ token: 'token-a' })
  })
  it('a token that comes after all ends the row', async () => {
    const { fetchToken } = counting([broken, broken, granted('token-a'), broken], 0)
    const cache = process(fetchToken)
    for (let failures = 0; failures < 2; failures += 1) {
      await cache.getToken({ timeoutMs: 1000 })
      await redis.del(keyed(tokenFailureKey))
    }
    expect(await cache.getToken({ timeoutMs: 1000 })).toMatchObject({ token: 'token-a' })
    await cache.invalidateToken('token-a')
    await cache.getToken({ timeoutMs: 1000 })
    expect(await redis.pttl(keyed(tokenFailureKey))).toBeLessThanOrEqual(1000)
  })
  it('a throttle is kept for as long as Orange asked', async () => {
    await process(counting([throttledFor(20_000)]).fetchToken).getToken({ timeoutMs: 1000 })
    const later = await process(never).getToken({ timeoutMs: 1000 })
    expect(later.kind === 'throttled' && later.retryAfterMs).toBeGreaterThan(15_000)
  })
  it('a caller waits no longer than it said, and the token still comes for the next', async () => {
    const { calls, fetchToken } = counting([granted('token-a')], 300)
    const cache = process(fetchToken)
    expect(await cache.getToken({ timeoutMs: 20 })).toMatchObject({ kind: 'unavailable', code: 'TOKEN_UNAVAILABLE' })
    expect(await cache.getToken({ timeoutMs: 3000, signal: AbortSignal.abort() })).toMatchObject({ kind: 'unavailable' })
    expect(await cache.getToken({ timeoutMs: 3000 })).toMatchObject({ token: 'token-a' })
    expect(calls.count).toBe(1)
  })
  it('a Redis that is away is no reason to throw', async () => {
    const away = new Redis({ host: '127.0.0.1', port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
    away.on('error', () => undefined)
    const cache = process(never, { redis: away })
    expect(await cache.getToken({ timeoutMs: 1000 })).toMatchObject({ kind: 'unavailable', code: 'TOKEN_UNAVAILABLE' })
    expect(await cache.invalidateToken('token-a')).toEqual({ refusedInARow: 0 })
    away.disconnect()
  })
})
