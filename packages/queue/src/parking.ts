import type { SendOutcome, Settlement } from '@sms/core'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { parkedKey } from './keys.ts'
import { UNPARK } from './unpark.lua.ts'

/**
 * Settlements of workers that had to stop while PostgreSQL was away. They lie in Redis by their claim id until somebody has landed
 * them; nobody takes them out before, so a crash between any two steps leaves them there, and landing twice changes nothing.
 * With an emptied Redis they are lost, and their SMS become UNKNOWN when their leases end.
 */
export type Parking = {
  /** In one write: all or none. Parking one again changes nothing. */
  park(entries: readonly ToPark[]): Promise<void>
  /** About so many of what is parked, in no order. `unreadable`: claim ids of entries that this version cannot read; they stay. */
  read(limit: number): Promise<{ parked: Parked[]; unreadable: string[] }>
  /** Removes what landed; says of each whether it was still there. */
  remove(parked: readonly Parked[]): Promise<boolean[]>
  /** Which of these claims have a readable settlement here. */
  findParked(claimIds: readonly string[]): Promise<Set<string>>
}

export type ToPark = {
  settlement: Settlement
  /**
   * Milliseconds of the epoch. Until then it stays although it was refused: the claim that it takes back may still be on its way to
   * PostgreSQL. Null: it is removed by whatever answer it gets.
   */
  keptUntil: number | null
}

export type Parked = ToPark & {
  /** As it lies in Redis. */
  stored: string
}

/** Stands for what Orange said: its words stay out of Redis, where no phone number and no text may be. */
export const PARKED_TEXT = '(what was said was not kept: PostgreSQL was away)'

/** Codes are Orange's or ours and short; digits as many as a phone number has are in none of them. */
const CODE = /^(?!.*\d{6})[\w .:-]{1,64}$/
const OTHER_CODE = 'UNKNOWN_CODE'

const refusalKinds = ['unauthorized', 'throttled', 'blocked', 'rejected', 'unavailable', 'unknown'] as const

const entrySchema = z.strictObject({
  smsId: z.string().regex(/^[1-9]\d{0,18}$/),
  to: z.enum(['SENT', 'FAILED', 'PENDING', 'UNKNOWN']),
  attempt: z.int().nonnegative(),
  worker: z.string().max(255),
  delayMs: z.number().nonnegative(),
  givesAttemptBack: z.boolean(),
  keptUntil: z.number().nullable(),
  httpStatus: z.int().nullable(),
  outcome: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('accepted'), messageId: z.string().max(255).nullable() }),
    z.strictObject({ kind: z.enum(refusalKinds), code: z.string().regex(CODE) }),
  ]),
})
type Entry = z.infer<typeof entrySchema>

const entryOf = ({ settlement, keptUntil }: ToPark): Entry => {
  const { outcome } = settlement
  return {
    smsId: settlement.smsId.toString(),
    to: settlement.to,
    attempt: settlement.attempt,
    worker: settlement.worker,
    delayMs: settlement.delayMs,
    givesAttemptBack: settlement.givesAttemptBack,
    keptUntil,
    httpStatus: outcome.httpStatus,
    outcome:
      outcome.kind === 'accepted'
        ? { kind: outcome.kind, messageId: outcome.messageId }
        : { kind: outcome.kind, code: CODE.test(outcome.code) ? outcome.code : OTHER_CODE },
  }
}

const outcomeOf = ({ outcome, httpStatus }: Entry): SendOutcome => {
  if (outcome.kind === 'accepted') return { ...outcome, httpStatus: httpStatus ?? 201 }
  const refusal = { code: outcome.code, text: PARKED_TEXT, httpStatus }
  return outcome.kind === 'throttled'
    ? { kind: outcome.kind, retryAfterMs: null, ...refusal }
    : { kind: outcome.kind, ...refusal }
}

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

const readEntry = (claimId: string, stored: string): Parked | null => {
  const parsed = entrySchema.safeParse(parse(stored))
  if (!parsed.success) return null
  const { smsId, to, attempt, worker, delayMs, givesAttemptBack, keptUntil } = parsed.data
  const outcome = outcomeOf(parsed.data)
  // Its job was finished when it was parked: what is PENDING again needs a new one.
  const settlement = { smsId: BigInt(smsId), claimId, to, outcome, attempt, worker, delayMs, givesAttemptBack, keepsJob: false }
  return { settlement, keptUntil, stored }
}

export const createParking = ({ redis }: { redis: Redis }): Parking => ({
  park: async (entries) => {
    if (entries.length === 0) return
    await redis.hset(parkedKey(), ...entries.flatMap((entry) => [entry.settlement.claimId, JSON.stringify(entryOf(entry))]))
  },
  read: async (limit) => {
    // A random choice: an entry that cannot be landed is not in everybody's way for ever.
    const flat = (await redis.hrandfield(parkedKey(), limit, 'WITHVALUES')) as string[]
    const pairs = Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? ''] as const)
    const entries = pairs.map(([claimId, stored]) => ({ claimId, entry: readEntry(claimId, stored) }))
    return {
      parked: entries.flatMap(({ entry }) => (entry ? [entry] : [])),
      unreadable: entries.flatMap(({ claimId, entry }) => (entry ? [] : [claimId])),
    }
  },
  remove: async (parked) => {
    if (parked.length === 0) return []
    const args = parked.flatMap(({ settlement, stored }) => [settlement.claimId, stored])
    const removed = (await redis.eval(UNPARK, 1, parkedKey(), ...args)) as number[]
    return removed.map((one) => one === 1)
  },
  findParked: async (claimIds) => {
    if (claimIds.length === 0) return new Set()
    const stored = await redis.hmget(parkedKey(), ...claimIds)
    return new Set(claimIds.filter((claimId, index) => readEntry(claimId, stored[index] ?? '') !== null))
  },
})
