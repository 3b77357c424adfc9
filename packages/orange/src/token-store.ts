import type { Redis } from 'ioredis'
import { INVALIDATE_TOKEN } from './invalidate-token.lua.ts'
import { MARK_TOKEN } from './mark-token.lua.ts'
import { RECORD_FAILURE } from './record-failure.lua.ts'
import { STORE_TOKEN } from './store-token.lua.ts'
import { TAKE_TOKEN } from './take-token.lua.ts'
import { tokenFailureCountKey, tokenFailureKey, tokenKey, tokenLockKey, tokenRefusalCountKey } from './token-keys.ts'
import { tokenRefusalSchema, tokenUnavailable, type TokenRefusal } from './token-refusal.ts'
import type { TokenSeal } from './token-seal.ts'

/** A token as it lies in Redis, opened. `forMs`: how long it may still be used. */
export type StoredToken = { token: string; id: string; forMs: number; hasWorked: boolean }

export type Taken =
  | { kind: 'stored'; stored: StoredToken }
  /** Why the last fetch failed, while nobody may try again. */
  | TokenRefusal
  /** The caller fetches a token, nobody else does. */
  | { kind: 'lock' }
  /** Somebody else is fetching. */
  | { kind: 'wait' }

const FAILURE_WAIT_MS = 1000
const BLOCKED_LONGEST_WAIT_MS = 30_000
const REFUSALS_KEPT_MS = 600_000

/** A recorded refusal as it stands now: what is left of its wait is what is left to wait. */
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
      if (kind !== 'token') return { kind: kind === 'lock' ? 'lock' : 'wait' }
      const [id = '', sealed = '', worked, remainingMs] = rest
      const opened = seal.open(sealed)
      if (opened !== null) {
        return { kind: 'stored', stored: { token: opened, id, forMs: Number(remainingMs), hasWorked: worked === '1' } }
      }
      // Altered by somebody: nobody can use it, so it makes room. That says nothing about Orange.
      await invalidate(id, true)
      return { kind: 'wait' }
    },
    async store(stored: Omit<StoredToken, 'hasWorked'>, owner: string): Promise<void> {
      const { id, forMs } = stored
      await run(STORE_TOKEN, [token, failure, failureCount, lock], [id, seal.seal(stored.token), forMs, owner])
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
