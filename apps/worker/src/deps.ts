import { hostname } from 'node:os'
import { parseQuietHours } from '@sms/core'
import { askDatabase, type ConfiguredAccount, DEFAULT_ACCOUNT_ID, openDatabase, type Database } from '@sms/db'
import { createOrangeProvider, type OrangeProvider } from '@sms/orange'
import { askRedis, createWindow, openRedis, readinessKey } from '@sms/queue'
import {
  createCredentialsSealer,
  createMetrics,
  createReadiness,
  type Lifecycle,
  type Logger,
  type WorkerConfig,
} from '@sms/runtime'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import { createHttpServer } from './http-server.ts'
import { createSendService, type SendService } from './send-service.ts'
import { createWorkerMetrics, type WorkerMetrics } from './worker-metrics.ts'

const CHECK_LIMIT_MS = 2_000

const POOL_SIZE = 8
/** Of one worker to PostgreSQL: claims and settles have one of their own, and so has what takes them to the disk. */
export const DATABASE_CONNECTIONS = POOL_SIZE + 2

/** A third of the lease, within these bounds: a settle on a dead connection is given up while the lease still lasts. */
const SHORTEST_STATEMENT_MS = 8_000
const LONGEST_STATEMENT_MS = 20_000

/** The only place that opens the worker's adapters; each release is pushed as soon as its resource is open. */
export const openDeps = (
  config: WorkerConfig,
  logger: Logger,
  lifecycle: Lifecycle,
): { service: SendService; server: FastifyInstance; db: Database; metrics: WorkerMetrics } => {
  const database = openDatabase({
    url: config.DATABASE_URL,
    poolSize: POOL_SIZE,
    // Claims and settles meet on the rows of their batches.
    isPipelined: true,
    statementTimeoutMs: Math.min(LONGEST_STATEMENT_MS, Math.max(SHORTEST_STATEMENT_MS, config.SMS_LEASE_MS / 3)),
    applicationName: 'sms-worker',
  })
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
  const { provider, openProvider } = providersOf(config, redis, workerMetrics)
  lifecycle.onClose('provider', provider.close)

  const service = createSendService(
    {
      db: database.db,
      redis,
      blockingRedis,
      window,
      provider,
      openProvider,
      services: [
        () => askDatabase({ url: config.DATABASE_URL, limitMs: CHECK_LIMIT_MS }),
        () => askRedis({ url: config.REDIS_URL, limitMs: CHECK_LIMIT_MS }),
      ],
      giveUp: lifecycle.fail,
      logger,
      metrics: workerMetrics,
    },
    {
      worker: `${hostname()}-${process.pid}`,
      concurrency: config.WORKER_CONCURRENCY,
      leaseMs: config.SMS_LEASE_MS,
      requestTimeoutMs: config.ORANGE_TIMEOUT_MS,
      backoffMs: config.SMS_BACKOFF_MS,
      ratePerSecond: config.ORANGE_TPS,
      quietHours: parseQuietHours(config.SMS_QUIET_HOURS),
      isAccountShared: config.ORANGE_ACCOUNT_SHARED === 'on',
    },
  )
  // Before the adapters it uses; what is on the wire gets its request's whole time and some more for the settle.
  lifecycle.onClose('send-service', service.stop)

  const readiness = createReadiness({
    limitMs: CHECK_LIMIT_MS,
    checks: {
      database: () => readDatabase(database.db),
      redis: async () => void (await redis.set(readinessKey('worker'), '1', 'PX', 10_000)),
      progress: service.checkProgress,
    },
  })
  const server = createHttpServer({ adminApiKey: config.ADMIN_API_KEY, metrics, readiness })
  lifecycle.onClose('http', () => server.close())
  return { service, server, db: database.db, metrics: workerMetrics }
}

/** The default account is what the ORANGE_* variables say; all others are rows, whose credentials APP_SECRET opens. */
export const providersOf = (
  config: WorkerConfig,
  redis: Redis,
  metrics: Pick<WorkerMetrics, 'tokenRefreshes'>,
): { provider: OrangeProvider; openProvider: (account: ConfiguredAccount) => OrangeProvider | null } => {
  const sealer = createCredentialsSealer({ secret: config.APP_SECRET })
  const open = (account: {
    accountId: number
    apiUrl: string
    clientId: string
    clientSecret: string
    senderAddress: string
    senderName: string | null
  }): OrangeProvider =>
    createOrangeProvider(
      { redis },
      {
        ...account,
        appSecret: config.APP_SECRET,
        timeoutMs: config.ORANGE_TIMEOUT_MS,
        connectionCount: config.WORKER_CONCURRENCY,
        onTokenFetched: (result) => metrics.tokenRefreshes.inc({ account: String(account.accountId), result }),
      },
    )
  return {
    provider: open({
      accountId: DEFAULT_ACCOUNT_ID,
      apiUrl: config.ORANGE_API_URL,
      clientId: config.ORANGE_API_CLIENT_ID,
      clientSecret: config.ORANGE_API_CLIENT_SECRET,
      senderAddress: config.ORANGE_DEFAULT_SENDER_ADDRESS,
      senderName: config.ORANGE_DEFAULT_SENDER_NAME ?? null,
    }),
    openProvider: ({ id, sealedCredentials, apiUrl, senderAddress, senderNames }) => {
      const credentials = sealer.open(id, sealedCredentials)
      if (credentials === null) return null
      const [senderName = null] = senderNames
      return open({ accountId: id, apiUrl: apiUrl ?? config.ORANGE_API_URL, ...credentials, senderAddress, senderName })
    },
  }
}

const readDatabase = async (db: Database): Promise<void> => {
  await db.$queryRaw`SELECT epoch FROM "QueueEpoch"`
}
