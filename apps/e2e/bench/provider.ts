import { createOrangeProvider, type OrangeProvider } from '@sms/orange'
import { openRedis } from '@sms/queue'
import { workerConfigSchema, exitOnBadConfig, type WorkerConfig } from '@sms/runtime'
import type { Redis } from 'ioredis'

/** What every worker of the benchmark has in common: the same provider, the same Redis connections. */
export const openBenchWorker = (): { config: WorkerConfig; redis: Redis; blockingRedis: Redis; provider: OrangeProvider } => {
  const config = exitOnBadConfig(workerConfigSchema, process.env)
  const open = (role: 'producer' | 'worker'): Redis =>
    openRedis({ url: config.REDIS_URL, role, onError: (error) => process.stderr.write(`${error.message}\n`) }).redis
  const redis = open('producer')
  const provider = createOrangeProvider(
    { redis },
    {
      accountId: 1,
      appSecret: config.APP_SECRET,
      apiUrl: config.ORANGE_API_URL,
      clientId: config.ORANGE_API_CLIENT_ID,
      clientSecret: config.ORANGE_API_CLIENT_SECRET,
      senderAddress: config.ORANGE_DEFAULT_SENDER_ADDRESS,
      senderName: null,
      timeoutMs: config.ORANGE_TIMEOUT_MS,
      connectionCount: config.WORKER_CONCURRENCY,
    },
  )
  process.on('SIGTERM', () => process.exit(0))
  return { config, redis, blockingRedis: open('worker'), provider }
}
