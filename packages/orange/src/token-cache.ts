import type { Redis } from 'ioredis'
import { INVALIDATE_TOKEN } from './invalidate-token.lua.ts'
import { MARK_TOKEN } from './mark-token.lua.ts'
import { RECORD_FAILURE } from './record-failure.lua.ts'
import { STORE_TOKEN } from './store-token.lua.ts'
import { TAKE_TOKEN } from './take-token.lua.ts'
import { tokenFailureCountKey, tokenFailureKey, tokenKey, tokenLockKey, tokenRefusalCountKey } from './token-keys.ts'
import { tokenRefusalSchema, tokenUnavailable, type TokenGrant, type TokenRefusal } from './token-refusal.ts'
import type { TokenSeal } from './token-seal.ts'

export type TokenCacheDeps = {
  redis: Redis
  accountId: number
  seal: TokenSeal
  /** One call to the token endpoint; never throws. */
  fetchToken: () => Promise<TokenGrant | TokenRefusal>
  /** Longest that `fetchToken` may take; the lock outlives it. */
  fetchTimeoutMs: number
  /** Milliseconds that only go forward. */
  monotonicNow: () => number
  /** Unique per call: who holds the lock. */
  newOwner: () => string
}

export type TokenCache = {
  /** The shared token; fetches one when there is none, once for all processes. */
  getToken(limits: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<{ kind: 'token'; token: string } | TokenRefusal>
  /** Puts a token where every process finds it. */
  storeToken(token: string, lifetimeS: number): Promise<void>
  /** True when a token is at hand in this process and may still be used. Asks nobody. */
  isTokenValid(): boolean
  /** Removes that very token, never its successor. `refusedInARow`: tokens refused before anybody had used them. */
  invalidateToken(token: string): Promise<{ refusedInARow: number }>
  /** Remembers, for every process, that Orange has honoured this token. */
  markWorked(token: string): void
}

const MARGIN_MS = 300_000
const POLL_MS = 40
const FAILURE_WAIT_MS = 1000
const BLOCKED_LONGEST_WAIT_MS = 30_000
const REFUSALS_KEPT_MS = 600_000
/** Beyond the fetch itself: for Redis and a busy event loop. */
const LOCK_MARGIN_MS = 3000

/** A token is dropped 5 minutes before it ends, or after four fifths of a short life. */
export const usableMs = (lifetimeS: number): number => {
  const lifetimeMs = lifetimeS * 1000
  return Math.max(1, Math.floor(lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 5)))
}

type Held = { token: string; id: string; usableUntilMs: number; worked: boolean }
type Taken = { kind: 'held'; held: Held } | TokenRefusal | { kind: 'lock' } | { kind: 'wait' }

/** The value, or `instead` when the caller's time is up or it has lost interest. The work itself goes on. */
const within = async <Value>(work: Promise<Value>, limits: { timeoutMs: number; signal?: AbortSignal | undefined }, instead: Value): Promise<Value> => {
  const { promise, resolve } = Promise.withResolvers<Value>()
  const giveUp = () => resolve(instead)
  const timer = setTimeout(giveUp, Math.max(0, limits.timeoutMs))
  limits.signal?.addEventListener('abort', giveUp, { once: true })
  if (limits.signal?.aborted) giveUp()
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
    limits.signal?.removeEventListener('abort', giveUp)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A recorded refusal as it stands now: what was left of its wait is what is left to wait. */
const readRecorded = (json: string, remainingMs: number): TokenRefusal => {
  const parsed = tokenRefusalSchema.safeParse(JSON.parse(json))
  if (!parsed.success) return tokenUnavailable('The last attempt to get a token failed.')
  return parsed.data.kind === 'throttled' ? { ...parsed.data, retryAfterMs: Math.max(1, remainingMs) } : parsed.data
}

/** How long nobody asks again: a throttle says so itself, refused credentials are asked about ever more rarely. */
const waitsOf = (refusal: TokenRefusal): [firstMs: number, longestMs: number] => {
  if (refusal.kind === 'blocked') return [FAILURE_WAIT_MS, BLOCKED_LONGEST_WAIT_MS]
  const waitMs = refusal.kind === 'throttled' ? (refusal.retryAfterMs ?? FAILURE_WAIT_MS) : FAILURE_WAIT_MS
  return [waitMs, waitMs]
}

/** The access token of one account, shared through Redis by every process that has the same credentials. */
export const createTokenCache = (deps: TokenCacheDeps): TokenCache => {
  const { redis, seal, monotonicNow } = deps
  const named = (keyOf: typeof tokenKey) => keyOf(deps.accountId, seal.fingerprint)
  const keys = {
    token: named(tokenKey),
    lock: named(tokenLockKey),
    failure: named(tokenFailureKey),
    failureCount: named(tokenFailureCountKey),
    refusalCount: named(tokenRefusalCountKey),
  }
  const lockMs = deps.fetchTimeoutMs + LOCK_MARGIN_MS
  let local: Held | null = null
  let flight: Promise<{ kind: 'token'; token: string } | TokenRefusal> | null = null

  const atHand = (): Held | null => (local && monotonicNow() < local.usableUntilMs ? local : null)

  const take = async (owner: string): Promise<Taken> => {
    const [kind, ...rest] = (await redis.eval(TAKE_TOKEN, 3, keys.token, keys.failure, keys.lock, owner, lockMs)) as [string, ...string[]]
    if (kind === 'failure') return readRecorded(rest[0] ?? '{}', Number(rest[1]))
    if (kind !== 'token') return { kind: kind === 'lock' ? 'lock' : 'wait' }
    const [id = '', sealed = '', worked, remainingMs] = rest
    const token = seal.open(sealed)
    if (token !== null) return { kind: 'held', held: { token, id, usableUntilMs: monotonicNow() + Number(remainingMs), worked: worked === '1' } }
    // Altered by somebody: nobody can use it, so it makes room.
    await redis.eval(INVALIDATE_TOKEN, 2, keys.token, keys.refusalCount, id, '1', REFUSALS_KEPT_MS)
    return { kind: 'wait' }
  }

  const store = async (token: string, forMs: number, owner: string): Promise<Held> => {
    const held = { token, id: seal.idOf(token), usableUntilMs: monotonicNow() + forMs, worked: false }
    await redis.eval(STORE_TOKEN, 4, keys.token, keys.failure, keys.failureCount, keys.lock, held.id, seal.seal(token), forMs, owner)
    local = held
    return held
  }

  const fetchUnderLock = async (owner: string): Promise<{ kind: 'token'; token: string } | TokenRefusal> => {
    const askedAtMs = monotonicNow()
    const answer = await deps.fetchToken()
    if (answer.kind === 'granted') {
      // Its life began when it was asked for, at the latest.
      await store(answer.token, Math.max(1, usableMs(answer.lifetimeS) - Math.ceil(monotonicNow() - askedAtMs)), owner)
      return { kind: 'token', token: answer.token }
    }
    const [firstMs, longestMs] = waitsOf(answer)
    await redis.eval(RECORD_FAILURE, 3, keys.failure, keys.failureCount, keys.lock, JSON.stringify(answer), firstMs, longestMs, owner)
    return answer
  }

  /** One of these runs at a time in a process. Ends by itself: the lock of a process that died is gone after `lockMs`. */
  const find = async (): Promise<{ kind: 'token'; token: string } | TokenRefusal> => {
    const owner = deps.newOwner()
    const giveUpAtMs = monotonicNow() + 2 * lockMs
    while (monotonicNow() < giveUpAtMs) {
      const taken = await take(owner)
      if (taken.kind === 'held') {
        local = taken.held
        return { kind: 'token', token: taken.held.token }
      }
      if (taken.kind === 'lock') return await fetchUnderLock(owner)
      if (taken.kind !== 'wait') return taken
      await pause(POLL_MS)
    }
    return tokenUnavailable('No process could get a token in time.')
  }

  const findOnce = () => {
    flight ??= find()
      .catch(() => tokenUnavailable('The token cache did not answer.'))
      .finally(() => {
        flight = null
      })
    return flight
  }

  return {
    async getToken(limits) {
      const held = atHand()
      if (held) return { kind: 'token', token: held.token }
      return await within(findOnce(), limits, tokenUnavailable('No token in time.'))
    },
    async storeToken(token, lifetimeS) {
      await store(token, usableMs(lifetimeS), deps.newOwner())
    },
    isTokenValid: () => atHand() !== null,
    async invalidateToken(token) {
      const id = seal.idOf(token)
      const hasWorked = local?.id === id && local.worked
      if (local?.id === id) local = null
      const count = redis.eval(INVALIDATE_TOKEN, 2, keys.token, keys.refusalCount, id, hasWorked ? '1' : '', REFUSALS_KEPT_MS)
      // Without Redis nothing is known about the row; the next `getToken` will say that there is no token.
      return { refusedInARow: await count.then(Number, () => 0) }
    },
    markWorked(token) {
      if (!local || local.worked || local.token !== token) return
      local.worked = true
      // Lost, it is only written again by the next process to use the token.
      redis.eval(MARK_TOKEN, 2, keys.token, keys.refusalCount, local.id).catch(() => undefined)
    },
  }
}
