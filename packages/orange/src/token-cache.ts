import type { Redis } from 'ioredis'
import { tokenUnavailable, type TokenGrant, type TokenRefusal } from './token-refusal.ts'
import type { TokenSeal } from './token-seal.ts'
import { createTokenStore } from './token-store.ts'

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

export type TokenFound = { kind: 'token'; token: string } | TokenRefusal

export type TokenCache = {
  /** The shared token; fetches one when there is none, once for all processes. */
  getToken(limits: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<TokenFound>
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
/** Beyond the fetch itself: for Redis and a busy event loop. */
const LOCK_MARGIN_MS = 3000

/** A token is dropped 5 minutes before it ends, or after four fifths of a short life. */
export const usableMs = (lifetimeS: number): number => {
  const lifetimeMs = lifetimeS * 1000
  return Math.max(1, Math.floor(lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 5)))
}

type Limits = { timeoutMs: number; signal?: AbortSignal | undefined }

/** The value, or `instead` when the caller's time is up or it has lost interest. The work itself goes on. */
const within = async <Value>(work: Promise<Value>, limits: Limits, instead: Value): Promise<Value> => {
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

/** The access token of one account, shared through Redis by every process that has the same credentials. */
export const createTokenCache = (deps: TokenCacheDeps): TokenCache => {
  const { seal, monotonicNow } = deps
  const shared = createTokenStore(deps)
  const lockMs = deps.fetchTimeoutMs + LOCK_MARGIN_MS
  /** The token as this process knows it; used without asking Redis until it is refused or its time is up. */
  let local: { token: string; id: string; usableUntilMs: number; hasWorked: boolean } | null = null
  let flight: Promise<TokenFound> | null = null

  const atHand = () => (local && monotonicNow() < local.usableUntilMs ? local : null)

  const store = async (token: string, forMs: number, owner: string): Promise<void> => {
    const id = seal.idOf(token)
    await shared.store({ token, id, forMs }, owner)
    local = { token, id, usableUntilMs: monotonicNow() + forMs, hasWorked: false }
  }

  const fetchUnderLock = async (owner: string): Promise<TokenFound> => {
    const askedAtMs = monotonicNow()
    const answer = await deps.fetchToken()
    if (answer.kind === 'granted') {
      // Its life began when it was asked for, at the latest.
      await store(answer.token, Math.max(1, usableMs(answer.lifetimeS) - Math.ceil(monotonicNow() - askedAtMs)), owner)
      return { kind: 'token', token: answer.token }
    }
    await shared.recordFailure(answer, owner)
    return answer
  }

  /** Ends by itself: the lock of a process that died is gone after `lockMs`. */
  const find = async (): Promise<TokenFound> => {
    const owner = deps.newOwner()
    const giveUpAtMs = monotonicNow() + 2 * lockMs
    while (monotonicNow() < giveUpAtMs) {
      const taken = await shared.take(owner, lockMs)
      if (taken.kind === 'stored') {
        const { forMs, ...stored } = taken.stored
        local = { ...stored, usableUntilMs: monotonicNow() + forMs }
        return { kind: 'token', token: stored.token }
      }
      if (taken.kind === 'lock') return await fetchUnderLock(owner)
      if (taken.kind !== 'wait') return taken
      await pause(POLL_MS)
    }
    return tokenUnavailable('No process could get a token in time.')
  }

  /** One search at a time in a process, whoever asks: a caller that gives up does not end it for the others. */
  const findOnce = (): Promise<TokenFound> => {
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
      const mine = local?.id === id ? local : null
      if (mine) local = null
      try {
        return { refusedInARow: await shared.invalidate(id, mine?.hasWorked ?? false) }
      } catch {
        // Without Redis nothing is known about the row; the next `getToken` will say that there is no token.
        return { refusedInARow: 0 }
      }
    },
    markWorked(token) {
      if (!local || local.hasWorked || local.token !== token) return
      local.hasWorked = true
      // Lost, it is only written again by the next process to use the token.
      shared.markWorked(local.id).catch(() => undefined)
    },
  }
}
