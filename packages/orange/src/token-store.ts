import type { Redis } from 'ioredis'
import { INVALIDATE_TOKEN } from './invalidate-token.lua.ts'
import { MARK_TOKEN } from './mark-token.lua.ts'
import { RECORD_FAILURE } from './record-failure.lua.ts'
import { STORE_TOKEN } from './store-token.lua.ts'
import { TAKE_TOKEN } from './take-token.lua.ts'
import { tokenFailureCountKey, tokenFailureKey, tokenKey, tokenLockKey, tokenRefusalCountKey } from './token-keys.ts'
import { tokenRefusalSchema, tokenUnavailable, type TokenRefusal } from './token-refusal.ts'
import type { TokenSeal } from './token-seal.ts'

/** A token as it lies in Redis, opened. */
export type StoredToken = {
  token: string
  id: string
  /** How long it may still be used. */
  forMs: number
  /** When the next one is due; 0: now. */
  dueInMs: number
  hasWorked: boolean
}

export type Taken =
  /** `mustRefresh`: it is to be used, and the caller fetches the next one, nobody else does. */
  | { kind: 'stored'; stored: StoredToken; mustRefresh: boolean }
  /** Why the last fetch failed, while nobody may try again. */
  | TokenRefusal
  /** The caller fetches a token, nobody else does. */
  | { kind: 'lock' }
  /** Somebody else is fetching. */
  | { kind: 'wait' }

/** Nobody asks again for so long after a failure; doubles with each in a row. */
const FAILURE_WAITS_MS = [1_000, 30_000] as const
/** Credentials that were refused do not get better by themselves, and other credentials have keys of their own. */
const BLOCKED_WAITS_MS = [30_000, 60_000] as const
const REFUSALS_KEPT_MS = 600_000

/** A recorded refusal as it stands now: what is left of its wait is what is left to wait. */
const readRecorded = (json: string, remainingMs: number): TokenRefusal => {
  const parsed = tokenRefusalSchema.safeParse(JSON.parse(json))
  if (!parsed.success) return tokenUnavailable('The last attempt to get a token failed.')
  return parsed.data.kind === 'throttled' ? { ...parsed.data, retryAfterMs: Math.max(1, remainingMs) } : parsed.data
}

/** The first and the longest wait. A throttle that says how long is taken at its word. */
const waitsOf = (refusal: TokenRefusal): readonly [firstMs: number, longestMs: number] => {
  if (refusal.kind === 'blocked') return BLOCKED_WAITS_MS
  if (refusal.kind === 'throttled' && refusal.retryAfterMs !== null) return [refusal.retryAfterMs, refusal.retryAfterMs]
  return FAILURE_WAITS_MS
}

/** What all processes share about one account's token. Each verb is one script: nothing comes between its steps. */
export const createTokenStore = (deps: { redis: Redis; accountId: number; seal: TokenSeal }) => {
  const { redis, seal } = deps
  const named = (keyOf: typeof tokenKey) => keyOf(deps.accountId, seal.fingerprint)
  const token = named(tokenKey)
  const lock = named(tokenLockKey)
  const failure = named(tokenFailureKey)
  const failureCount = named(tokenFailureCountKey)
  const refusalCount = named(tokenRefusalCountKey)

  const run = (script: string, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> =>
    redis.eval(script, keys.length, ...keys, ...args)

  /** Removes that very token; how many in a row were refused before anybody had used them successfully. */
  const invalidate = async (id: string, hasWorked: boolean): Promise<number> =>
    Number(await run(INVALIDATE_TOKEN, [token, refusalCount], [id, hasWorked ? '1' : '', REFUSALS_KEPT_MS]))

  return {
    async take(owner: string, lockMs: number): Promise<Taken> {
      const [kind, ...rest] = (await run(TAKE_TOKEN, [token, failure, lock], [owner, lockMs])) as [string, ...string[]]
      if (kind === 'failure') return readRecorded(rest[0] ?? '{}', Number(rest[1]))
      if (kind === 'lock' || kind === 'wait') return { kind }
      const [id = '', sealed = '', worked, remainingMs, dueInMs] = rest
      const mustRefresh = kind === 'early'
      const opened = seal.open(sealed)
      if (opened !== null) {
        const stored = { token: opened, id, forMs: Number(remainingMs), dueInMs: Number(dueInMs), hasWorked: worked === '1' }
        return { kind: 'stored', stored, mustRefresh }
      }
      // Altered by somebody: nobody can use it, so it makes room. That says nothing about Orange.
      await invalidate(id, true)
      return { kind: mustRefresh ? 'lock' : 'wait' }
    },
    /** `earlyMs`: with how much left of `forMs` the next one is due. */
    async store(stored: { token: string; id: string; forMs: number; earlyMs: number }, owner: string): Promise<void> {
      const { id, forMs, earlyMs } = stored
      await run(STORE_TOKEN, [token, failure, failureCount, lock], [id, seal.seal(stored.token), forMs, owner, earlyMs])
    },
    async recordFailure(refusal: TokenRefusal, owner: string): Promise<void> {
      await run(RECORD_FAILURE, [failure, failureCount, lock], [JSON.stringify(refusal), ...waitsOf(refusal), owner])
    },
    invalidate,
    async markWorked(id: string): Promise<void> {
      await run(MARK_TOKEN, [token, refusalCount], [id])
    },
  }
}
