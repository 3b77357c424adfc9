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

const POLL_MS = 40
/** Beyond the fetch itself: for Redis and a busy event loop. */
const LOCK_MARGIN_MS = 3000

/** The next token is fetched, in the background, after this part of a life. */
const EARLY_SHARE = 0.8
/** Kept at the end for a request that is already on its way: a twentieth of a short life. */
const END_MARGIN_MS = 5_000
/** While the next token is due and somebody else is at it, or was refused. */
const LONGEST_LOOK_MS = 1_000
const SHORTEST_LOOK_MS = 20

/** How long a token serves, and with how much of that left the next one is due. */
export const lifeOf = (lifetimeS: number): { usableMs: number; earlyMs: number } => {
  const lifetimeMs = lifetimeS * 1000
  const usableMs = Math.max(1, Math.floor(lifetimeMs - Math.min(END_MARGIN_MS, lifetimeMs / 20)))
  return { usableMs, earlyMs: Math.max(0, Math.floor(usableMs - lifetimeMs * EARLY_SHARE)) }
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

/** The token as one process knows it; used without asking Redis until it is refused or its time is up. */
type Held = {
  token: string
  id: string
  hasWorked: boolean
  usableUntilMs: number
  /** From then on the next one is looked for, beside the sends that still use this one. */
  lookAtMs: number
}

/**
 * The access token of one account, shared through Redis by every process that has the same credentials. Its life is counted from
 * before it was asked for, on clocks that only measure durations: nobody's time of day plays a part.
 */
export const createTokenCache = (deps: TokenCacheDeps): TokenCache => {
  const { seal, monotonicNow } = deps
  const shared = createTokenStore(deps)
  const lockMs = deps.fetchTimeoutMs + LOCK_MARGIN_MS
  let local: Held | null = null
  let flight: Promise<TokenFound> | null = null
  let isLooking = false

  const atHand = (nowMs: number) => (local && nowMs < local.usableUntilMs ? local : null)

  const lookAgainAt = (usableUntilMs: number, nowMs: number): number =>
    nowMs + Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, (usableUntilMs - nowMs) / 10))

  /** `bornAtMs`: when it was asked for; its life began then, at the latest. */
  const store = async (granted: { token: string; lifetimeS: number; bornAtMs: number }, owner: string): Promise<void> => {
    const { token, bornAtMs } = granted
    const { usableMs, earlyMs } = lifeOf(granted.lifetimeS)
    const id = seal.idOf(token)
    const usableUntilMs = bornAtMs + usableMs
    local = { token, id, hasWorked: false, usableUntilMs, lookAtMs: usableUntilMs - earlyMs }
    await shared.store({ token, id, forMs: Math.max(1, Math.floor(usableUntilMs - monotonicNow())), earlyMs }, owner)
  }

  const fetchUnderLock = async (owner: string): Promise<TokenFound> => {
    const bornAtMs = monotonicNow()
    const answer = await deps.fetchToken()
    if (answer.kind !== 'granted') {
      await shared.recordFailure(answer, owner)
      return answer
    }
    // A Redis that went away meanwhile: this process has its token all the same.
    await store({ ...answer, bornAtMs }, owner).catch(() => undefined)
    return { kind: 'token', token: answer.token }
  }

  /** One look at what all processes share. Null: nothing yet, somebody else is fetching. */
  const look = async (owner: string): Promise<TokenFound | null> => {
    const askedAtMs = monotonicNow()
    const taken = await shared.take(owner, lockMs)
    if (taken.kind === 'wait') return null
    if (taken.kind === 'lock') return await fetchUnderLock(owner)
    if (taken.kind !== 'stored') return taken
    const { forMs, dueInMs, ...stored } = taken.stored
    const usableUntilMs = askedAtMs + forMs
    local = { ...stored, usableUntilMs, lookAtMs: dueInMs > 0 ? askedAtMs + dueInMs : lookAgainAt(usableUntilMs, askedAtMs) }
    // Not awaited: the token at hand serves until the next one is there, and if none comes, until its end.
    if (taken.mustRefresh) void fetchUnderLock(owner).catch(() => undefined)
    return { kind: 'token', token: stored.token }
  }

  /** Ends by itself: the lock of a process that died is gone after `lockMs`. */
  const find = async (): Promise<TokenFound> => {
    const owner = deps.newOwner()
    const giveUpAtMs = monotonicNow() + 2 * lockMs
    while (monotonicNow() < giveUpAtMs) {
      const found = await look(owner)
      if (found) return found
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

  /** Beside the sends, which go on with the token at hand: whatever comes of it, none of them waits or fails. */
  const lookEarly = (held: Held, nowMs: number): void => {
    held.lookAtMs = lookAgainAt(held.usableUntilMs, nowMs)
    if (isLooking || flight) return
    isLooking = true
    void look(deps.newOwner())
      .catch(() => undefined)
      .finally(() => {
        isLooking = false
      })
  }

  return {
    async getToken(limits) {
      const nowMs = monotonicNow()
      const held = atHand(nowMs)
      if (!held) return await within(findOnce(), limits, tokenUnavailable('No token in time.'))
      if (nowMs >= held.lookAtMs) lookEarly(held, nowMs)
      return { kind: 'token', token: held.token }
    },
    async storeToken(token, lifetimeS) {
      await store({ token, lifetimeS, bornAtMs: monotonicNow() }, deps.newOwner())
    },
    isTokenValid: () => atHand(monotonicNow()) !== null,
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
