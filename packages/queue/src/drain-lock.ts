import type { Redis } from 'ioredis'
import { FREE_LOCK, KEEP_LOCK } from './drain-lock.lua.ts'
import { drainLockKey } from './keys.ts'

/**
 * Keeps a second cron run away. It is a courtesy to the machine and no guard: two that hold it, after a pause or a lost Redis, send
 * nothing twice, for the claim is the gate.
 */
export type DrainLock = {
  /** Takes or keeps it for another life. False: somebody else has it. */
  keep(): Promise<boolean>
  /** Who has it, and for how long without a word of theirs. Null: nobody. */
  holder(): Promise<{ owner: string; leftMs: number } | null>
  /** Gives it back, if it is ours. */
  free(): Promise<void>
}

export const createDrainLock = (deps: { redis: Redis }, options: { owner: string; lifeMs: number }): DrainLock => ({
  keep: async () => (await deps.redis.eval(KEEP_LOCK, 1, drainLockKey(), options.owner, options.lifeMs)) === 1,
  holder: async () => {
    const [owner, leftMs] = await Promise.all([deps.redis.get(drainLockKey()), deps.redis.pttl(drainLockKey())])
    return owner === null ? null : { owner, leftMs: Math.max(0, leftMs) }
  },
  free: async () => void (await deps.redis.eval(FREE_LOCK, 1, drainLockKey(), options.owner)),
})
