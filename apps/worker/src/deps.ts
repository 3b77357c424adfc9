import { hostname } from 'node:os'
import { DEFAULT_ACCOUNT_ID, openDatabase, type Database } from '@sms/db'
import { createOrangeProvider } from '@sms/orange'
import { createWindow, openRedis, readinessKey } from '@sms/queue'
import { createMetrics, createReadiness, type Lifecycle, type Logger, type WorkerConfig } from '@sms/runtime'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import { createHttpServer } from './http-server.ts'
import { createSendService, type SendService } from './send-service.ts'
import { createWorkerMetrics } from './worker-metrics.ts'

const CHECK_LIMIT_MS = 2_000

/** The only place that opens the worker's adapters; each release is pushed as soon as its resource is open. */
export const openDeps = (
  config: WorkerConfig,
  logger: Logger,
  lifecycle: Lifecycle,
): { service: SendService; server: FastifyInstance } => {
  const database = openDatabase({ url: config.DATABASE_URL, poolSize: 8, applicationName: 'sms-worker' })
  lifecycle.onClose('database', database.release)

  const openRole = (role: 'producer' | 'worker'): Redis => {
    const { redis, release } = openRedis({
      url: config.REDIS_URL,
      role,
      onError: (err) => logger.warn({ role, err }, 'redis trouble'),
    })
    lifecycle.onClose(`redis-${role}`, release)
    return redis
  }
  const redis = openRole('producer')
  const blockingRedis = openRole('worker')

  const window = createWindow({ redis, onError: (err) => logger.warn({ err }, 'queue trouble') })
  lifecycle.onClose('window', window.close)

  const metrics = createMetrics({ withProcessMetrics: true })
  const workerMetrics = createWorkerMetrics(metrics)
  const provider = createOrangeProvider(
    { redis },
    {
      accountId: DEFAULT_ACCOUNT_ID,
      appSecret: config.APP_SECRET,
      apiUrl: config.ORANGE_API_URL,
      clientId: config.ORANGE_API_CLIENT_ID,
      clientSecret: config.ORANGE_API_CLIENT_SECRET,
      senderAddress: config.ORANGE_DEFAULT_SENDER_ADDRESS,
      senderName: config.ORANGE_DEFAULT_SENDER_NAME ?? null,
      timeoutMs: config.ORANGE_TIMEOUT_MS,
      connectionCount: config.WORKER_CONCURRENCY,
      onTokenFetched: (result) => workerMetrics.tokenRefreshes.inc({ result }),
    },
  )
  lifecycle.onClose('provider', provider.close)

  const service = createSendService(
    { db: database.db, redis, blockingRedis, window, provider, logger, metrics: workerMetrics },
    {
      worker: `${hostname()}-${process.pid}`,
      concurrency: config.WORKER_CONCURRENCY,
      leaseMs: config.SMS_LEASE_MS,
      requestTimeoutMs: config.ORANGE_TIMEOUT_MS,
      backoffMs: config.SMS_BACKOFF_MS,
      ratePerSecond: config.ORANGE_TPS,
    },
  )
  // Before the adapters it uses; what is on the wire gets its request's whole time and some more for the settle.
  lifecycle.onClose('send-service', service.stop)

  const readiness = createReadiness({
    limitMs: CHECK_LIMIT_MS,
    checks: {
      database: () => readDatabase(database.db),
      redis: async () => void (await redis.set(readinessKey('worker'), '1', 'PX', 10_000)),
      loops: service.checkLoops,
    },
  })
  const server = createHttpServer({ adminApiKey: config.ADMIN_API_KEY, metrics, readiness })
  lifecycle.onClose('http', () => server.close())
  return { service, server }
}

const readDatabase = async (db: Database): Promise<void> => {
  await db.$queryRaw`SELECT epoch FROM "QueueEpoch"`
}
