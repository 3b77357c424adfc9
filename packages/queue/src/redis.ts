import { Redis } from 'ioredis'

/**
 * `producer` fails fast: a caller is waiting, and what cannot be queued now is dispatched later.
 * `worker` waits: BullMQ's blocking reads and its bookkeeping must survive a Redis restart (BullMQ asks for null).
 */
export type RedisRole = 'producer' | 'worker'

/**
 * Commands of one turn of the event loop leave in one write: a settled group ends dozens of jobs at once, and a system call for
 * each took a tenth of a worker's time. (ioredis' own auto-pipelining halves a BullMQ worker.)
 */
class GatheringRedis extends Redis {
  override sendCommand(...args: Parameters<Redis['sendCommand']>): ReturnType<Redis['sendCommand']> {
    const stream = this.stream as Redis['stream'] | undefined
    if (stream && stream.writableCorked === 0) {
      stream.cork()
      // After the promises of this turn, which is where most of its commands come from.
      process.nextTick(() => stream.uncork())
    }
    return super.sendCommand(...args)
  }
}

/**
 * With a command under way and no byte for so long, the connection is broken off and made anew: a server that went silent closes
 * nothing, and a command without a limit of its own would wait for ever. BullMQ blocks for 10 s at most.
 */
const SILENCE_MS = { producer: 7_000, worker: 15_000 } as const

const KEEP_ALIVE_MS = 10_000

/** Opens a connection. It is an instance, never options: BullMQ's types and a second ioredis copy do not mix (bullmq #4595). */
export const openRedis = (options: {
  url: string
  role: RedisRole
  /** Called for every connection error; without a listener ioredis prints each one. */
  onError: (error: Error) => void
}): { redis: Redis; release: () => Promise<void> } => {
  const redis = new GatheringRedis(options.url, {
    connectTimeout: 5_000,
    socketTimeout: SILENCE_MS[options.role],
    keepAlive: KEEP_ALIVE_MS,
    ...(options.role === 'producer'
      ? { enableOfflineQueue: true, maxRetriesPerRequest: 1, commandTimeout: 5_000 }
      : { enableOfflineQueue: true, maxRetriesPerRequest: null }),
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
  })
  redis.on('error', options.onError)
  return {
    redis,
    release: async () => {
      // quit() waits for a server that may be gone.
      await Promise.race([redis.quit(), new Promise((resolve) => setTimeout(resolve, 1_000).unref())]).catch(() => undefined)
      redis.disconnect()
    },
  }
}

/** Asks the server something over a connection made for the question: whether *it* is there, whatever our own connections do. */
export const askRedis = async (options: { url: string; limitMs: number }): Promise<void> => {
  const redis = new Redis(options.url, {
    lazyConnect: true,
    connectTimeout: options.limitMs,
    commandTimeout: options.limitMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  redis.on('error', () => undefined)
  const late = setTimeout(() => redis.disconnect(), options.limitMs)
  try {
    await redis.connect()
    await redis.ping()
  } finally {
    clearTimeout(late)
    redis.disconnect()
  }
}
