import type { Redis } from 'ioredis'
import { createRedisClock, type RedisClock } from './redis-clock.ts'

/** What all pacers on one connection know of it together. */
export type PacerConnection = {
  clock: RedisClock
  /** No slot is asked for before: the server we come back to may have lost the last slots it gave. */
  coldUntil(): number
  /** How long an answer takes here, lately. */
  roundTripMs(): number
  /** One field of a hash. All that ask in the same turn of the event loop share a round trip. */
  read(key: string, field: string): Promise<string | null>
}

const connections = new WeakMap<Redis, PacerConnection>()

/** Accounts come and go while their connection stays: each pacer listening for itself would leave its listener behind. */
export const pacerConnectionOf = (redis: Redis, coldWaitMs: number): PacerConnection => {
  const known = connections.get(redis)
  if (known) return known
  const connection = createPacerConnection(redis, coldWaitMs)
  connections.set(redis, connection)
  return connection
}

const createPacerConnection = (redis: Redis, coldWaitMs: number): PacerConnection => {
  let coldUntil = 0
  let roundTripMs = 0
  const reading = new Map<string, Promise<string | null>>()
  redis.on('close', () => {
    coldUntil = performance.now() + coldWaitMs
  })

  const readNow = async (key: string, field: string): Promise<string | null> => {
    await new Promise((resolve) => setImmediate(resolve))
    reading.delete(`${key} ${field}`)
    const askedAt = performance.now()
    const value = await redis.hget(key, field)
    roundTripMs = roundTripMs * 0.9 + (performance.now() - askedAt) * 0.1
    return value
  }

  return {
    clock: createRedisClock(),
    coldUntil: () => coldUntil,
    roundTripMs: () => roundTripMs,
    read: (key, field) => {
      const name = `${key} ${field}`
      const shared = reading.get(name) ?? readNow(key, field)
      reading.set(name, shared)
      return shared
    },
  }
}
