import { createWindow, openRedis, type Window } from '@sms/queue'

const LIMIT_MS = 5_000
const CLOSE_LIMIT_MS = 1_000

const late = (ms: number): Promise<null> => new Promise((resolve) => setTimeout(resolve, ms, null).unref())

/** For a command: asks over a connection of its own, and gives null when Redis does not answer in time. */
export const lookAtRedis = async <Answer>(
  url: string,
  look: (window: Window, redis: ReturnType<typeof openRedis>['redis']) => Promise<Answer>,
): Promise<Answer | null> => {
  const { redis, release } = openRedis({ url, role: 'producer', onError: () => undefined })
  try {
    // First, for BullMQ would wait for a server that is away without end.
    await redis.ping()
    const window = createWindow({ redis, onError: () => undefined })
    try {
      return await Promise.race([look(window, redis), late(LIMIT_MS)])
    } finally {
      await Promise.race([window.close(), late(CLOSE_LIMIT_MS)])
    }
  } catch {
    return null
  } finally {
    await release()
  }
}
