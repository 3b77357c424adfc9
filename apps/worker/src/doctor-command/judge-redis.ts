import type { RedisFacts } from '@sms/queue'
import { broken, doubtful, type Finding, ok } from './findings.ts'

const LEAST_VERSION = [6, 2] as const
/** Jobs of this system fit; beyond it Redis keeps each as a table of several times the size. */
const LEAST_LISTPACK = 1_024

export const judgeRedis = (facts: RedisFacts): Finding[] => [
  judgeVersion(facts),
  facts.isPrimary
    ? ok('redis role', 'a primary, which takes writes')
    : broken('redis role', 'a replica', 'point REDIS_URL at the primary: a replica takes no writes'),
  judgePolicy(facts),
  judgePersistence(facts),
  judgeListpack(facts),
  judgeRoom(facts),
]

const judgeVersion = ({ version }: RedisFacts): Finding => {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  if (version === null) return doubtful('redis version', 'it does not tell', 'make sure that it is Redis 6.2 or Valkey, or newer')
  return major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1])
    ? ok('redis version', version)
    : broken('redis version', version, 'install Redis 6.2 or Valkey, or newer')
}

const judgePolicy = ({ maxmemoryPolicy, maxmemory }: RedisFacts): Finding => {
  const check = 'redis maxmemory-policy'
  if (maxmemoryPolicy === 'noeviction') return ok(check, 'noeviction')
  const fix = 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf'
  if (maxmemoryPolicy === null) return doubtful(check, 'it does not tell', `make sure that it is noeviction: ${fix}`)
  const says = `${maxmemoryPolicy}: under pressure Redis drops keys of the queue, and the pace of an account with them`
  return maxmemory === 0 ? doubtful(check, `${says} (no maxmemory is set)`, fix) : broken(check, says, fix)
}

const judgePersistence = ({ hasAppendOnlyFile, appendfsync }: RedisFacts): Finding => {
  const check = 'redis persistence'
  const set = 'CONFIG SET appendonly yes, appendfsync everysec, and the same in redis.conf'
  if (!hasAppendOnlyFile) {
    // PostgreSQL knows everything that must not be lost; without it, outcomes that wait here for PostgreSQL are.
    return doubtful(check, 'no append-only file: what a restart loses is made anew from PostgreSQL, but for parked outcomes', set)
  }
  return appendfsync === 'no'
    ? doubtful(check, 'append-only file, written to disk when the system likes', set)
    : ok(check, `append-only file, fsync ${appendfsync ?? 'not told'}`)
}

const judgeListpack = ({ hashListpackValue: value }: RedisFacts): Finding => {
  const check = 'redis hash-max-listpack-value'
  const fix = `CONFIG SET hash-max-listpack-value ${LEAST_LISTPACK} (hash-max-ziplist-value in Redis 6), and the same in redis.conf`
  if (value === null) return doubtful(check, 'it does not tell', `make sure that it is ${LEAST_LISTPACK} or more: ${fix}`)
  if (value >= LEAST_LISTPACK) return ok(check, String(value))
  return doubtful(check, `${value}: a job takes several times the memory`, fix)
}

const judgeRoom = ({ usedMemory, maxmemory, clients, maxClients }: RedisFacts): Finding => {
  const check = 'redis room'
  const megabytes = (bytes: number): number => Math.ceil(bytes / 1_048_576)
  if (maxmemory > 0 && usedMemory > 0.8 * maxmemory) {
    const says = `${megabytes(usedMemory)} of ${megabytes(maxmemory)} MiB used: when it is full, jobs are refused and nothing is dispatched`
    return broken(check, says, 'raise maxmemory, or move what is not of this system elsewhere')
  }
  if (maxClients !== null && clients > 0.8 * maxClients)
    return broken(check, `${clients} of ${maxClients} connections used`, 'raise maxclients (and the open files of redis-server)')
  return ok(check, `${megabytes(usedMemory)} MiB used, ${clients} connections`)
}
