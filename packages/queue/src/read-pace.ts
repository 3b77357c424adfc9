import type { Redis } from 'ioredis'
import { slotKey, slotLogKey } from './keys.ts'
import { READ_PACE } from './slot.lua.ts'

/** What an account may send now, over all workers. */
export type PaceNow = {
  /** As configured. */
  allowedPerSecond: number
  /** Less for a while after Orange asked for less; never below half. */
  nowPerSecond: number
  /** Nothing is sent for so long; 0 if nothing holds it. */
  heldForMs: number
}

export const readPace = async (redis: Redis, account: { accountId: number; ratePerSecond: number }): Promise<PaceNow> => {
  const { accountId, ratePerSecond } = account
  const reply = (await redis.eval(READ_PACE, 2, slotKey(accountId), slotLogKey(accountId))) as [string, string]
  return {
    allowedPerSecond: ratePerSecond,
    nowPerSecond: ratePerSecond * Number(reply[0]),
    heldForMs: Number(reply[1]) / 1_000,
  }
}
