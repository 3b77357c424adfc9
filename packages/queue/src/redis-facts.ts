import type { Redis } from 'ioredis'

/** What an operator must know of the server. Null: it does not tell (hosted ones often refuse CONFIG). */
export type RedisFacts = {
  version: string | null
  isPrimary: boolean
  maxmemoryPolicy: string | null
  /** Bytes; 0: no limit. */
  maxmemory: number
  usedMemory: number
  hasAppendOnlyFile: boolean
  appendfsync: string | null
  hashListpackValue: number | null
  clients: number
  maxClients: number | null
  /** Its clock, and the two moments of ours between which it was read; ms of the epoch. */
  nowMs: number
  askedAtMs: number
  answeredAtMs: number
}

const settingOf = async (redis: Redis, ...names: string[]): Promise<string | null> => {
  for (const name of names) {
    const answer = await redis.config('GET', name).catch(() => null)
    const value = Array.isArray(answer) ? answer[1] : undefined
    if (value !== undefined) return value
  }
  return null
}

const numberOrNull = (text: string | null | undefined): number | null => (text == null || text === '' ? null : Number(text))

/** `now`: this machine's clock. */
export const readRedisFacts = async (redis: Redis, now: () => number): Promise<RedisFacts> => {
  const info = new Map(
    (await redis.info()).split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
  const settings = {
    appendfsync: await settingOf(redis, 'appendfsync'),
    // The older name is that of Redis 6.
    hashListpackValue: numberOrNull(await settingOf(redis, 'hash-max-listpack-value', 'hash-max-ziplist-value')),
  }
  const askedAtMs = now()
  const [seconds = 0, microseconds = 0] = (await redis.time()).map(Number)
  return {
    ...settings,
    version: info.get('valkey_version') ?? info.get('redis_version') ?? null,
    isPrimary: info.get('role') === 'master',
    maxmemoryPolicy: info.get('maxmemory_policy') ?? null,
    maxmemory: Number(info.get('maxmemory') ?? 0),
    usedMemory: Number(info.get('used_memory') ?? 0),
    hasAppendOnlyFile: info.get('aof_enabled') === '1',
    clients: Number(info.get('connected_clients') ?? 0),
    maxClients: numberOrNull(info.get('maxclients')),
    nowMs: seconds * 1_000 + microseconds / 1_000,
    askedAtMs,
    answeredAtMs: now(),
  }
}
