import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { ContractsReading } from './contracts.ts'

/** What all processes know of an account's contracts. `ageMs`: asked so long ago; `isNew`: by this very call. */
export type SharedContracts =
  | {
      kind: 'contracts'
      availableUnits: number
      expiresAt: Date | null
      trouble: 'CONTRACT_EXPIRED' | 'NO_UNITS' | null
      ageMs: number
      isNew: boolean
    }
  | { kind: 'failed'; code: string; text: string; ageMs: number; isNew: boolean }
  /** Somebody is asking, or died while asking: the next may ask when the minute is over. */
  | { kind: 'asking' }

const ASKING = 'asking'

const keptSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('contracts'),
    availableUnits: z.number(),
    expiresAt: z.coerce.date().nullable(),
    trouble: z.enum(['CONTRACT_EXPIRED', 'NO_UNITS']).nullable(),
  }),
  z.object({ kind: z.literal('failed'), code: z.string(), text: z.string() }),
])
type Kept = z.infer<typeof keptSchema>

const keptOf = (reading: ContractsReading): Kept => {
  if (reading.kind === 'failed') return reading
  const { kind, availableUnits, expiresAt, trouble } = reading
  return { kind, availableUnits, expiresAt, trouble }
}

const parseKept = (json: string): Kept | null => {
  try {
    return keptSchema.parse(JSON.parse(json))
  } catch {
    return null
  }
}

/**
 * Asks for the contracts at most once in `freshMs` over all processes, whatever came of it; the others get what it found. The
 * key is taken before Orange is asked and lives for exactly that long, so nothing has to be cleaned up after a process that died.
 */
export const createContractsCache = (deps: {
  redis: Redis
  key: string
  freshMs: number
  read: () => Promise<ContractsReading>
  monotonicNow: () => number
}) => {
  const { redis, key, freshMs } = deps

  const readShared = async (): Promise<SharedContracts> => {
    const [kept, leftMs] = await Promise.all([redis.get(key), redis.pttl(key)])
    const parsed = kept === null || kept === ASKING ? null : parseKept(kept)
    return parsed ? { ...parsed, ageMs: Math.max(0, freshMs - leftMs), isNew: false } : { kind: 'asking' }
  }

  return async (): Promise<SharedContracts> => {
    const askedAtMs = deps.monotonicNow()
    if ((await redis.set(key, ASKING, 'PX', freshMs, 'NX')) === null) return await readShared()
    const kept = keptOf(await deps.read())
    // Without its key the minute is over, or Redis was emptied: then the next may ask, and this is not kept.
    await redis.call('SET', key, JSON.stringify(kept), 'XX', 'KEEPTTL').catch(() => undefined)
    return { ...kept, ageMs: deps.monotonicNow() - askedAtMs, isNew: true }
  }
}
