import { DEFAULT_RETRY, type SmsProvider } from '@sms/core'
import {
  createClaimer,
  DEFAULT_ACCOUNT_ID,
  createSenderAccountRepository,
  createSettler,
  createSmsQueueRepository,
  type Database,
} from '@sms/db'
import { createPacer, type Window } from '@sms/queue'
import type { Logger } from '@sms/runtime'
import type { Redis } from 'ioredis'
import { createAccountHealth } from './account-health.ts'
import { createWorkerEvents } from './log-events.ts'
import { createLoops } from './loops.ts'
import { measurePacer, measureProvider } from './measured.ts'
import { processSend } from './process-send.ts'
import { createSendWorker } from './worker.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

export type SendServiceOptions = {
  worker: string
  concurrency: number
  leaseMs: number
  requestTimeoutMs: number
  backoffMs: number
  ratePerSecond: number
}

export type SendService = {
  start(): void
  /** Takes no new job, and resolves when what is on the wire is settled. */
  stop(): Promise<void>
  /** Throws when a loop has not had a good round for a while. */
  checkLoops(): Promise<void>
}

/** A loop that had no good round for so long is not keeping its promise. */
const STALE_LOOP_MS = 30_000

/** Everything one worker process does, on adapters that were opened for it. */
export const createSendService = (
  deps: {
    db: Database
    redis: Redis
    blockingRedis: Redis
    window: Window
    provider: SmsProvider
    logger: Logger
    metrics: WorkerMetrics
  },
  options: SendServiceOptions,
): SendService => {
  const { db, window, logger, metrics } = deps
  const sms = createSmsQueueRepository(db)
  const accounts = createSenderAccountRepository(db)
  const events = createWorkerEvents({ logger, metrics })
  const pacer = measurePacer(createPacer({ redis: deps.redis, ratePerSecond: options.ratePerSecond }), metrics)
  let isStopping = false

  const groupEvents = (write: 'claim' | 'settle') => ({
    onGroup: (size: number, durationMs: number) => {
      metrics.groupSize.observe({ write }, size)
      metrics.groupDuration.observe({ write }, durationMs / 1_000)
    },
    onRetry: (err: unknown, size: number) => {
      metrics.writeRetries.inc({ write })
      logger.warn({ write, size, err }, 'group not written, tried again')
    },
  })
  const claims = createClaimer(sms, {
    worker: options.worker,
    leaseMs: options.leaseMs,
    isStopping: () => isStopping,
    ...groupEvents('claim'),
  })
  const settles = createSettler(sms, groupEvents('settle'))

  const worker = createSendWorker({
    accountId: DEFAULT_ACCOUNT_ID,
    connection: deps.blockingRedis,
    window,
    concurrency: options.concurrency,
    leaseMs: options.leaseMs,
    onError: (err) => logger.warn({ err }, 'queue trouble'),
    process: (job) => processSend(sendDeps, job),
  })
  const sendDeps = {
    accountId: DEFAULT_ACCOUNT_ID,
    worker: options.worker,
    leaseMs: options.leaseMs,
    requestTimeoutMs: options.requestTimeoutMs,
    retry: { ...DEFAULT_RETRY, baseMs: options.backoffMs },
    provider: measureProvider(deps.provider, metrics),
    pacer,
    claims,
    settles,
    accounts,
    undispatch: sms.undispatch,
    health: createAccountHealth(),
    events,
    random: Math.random,
  }

  const loops = createLoops({ db, sms, accounts, window, logger, metrics }, options)

  return {
    start: () => {
      loops.forEach((loop) => loop.start())
      // run() settles only when the worker is closed; its errors come through onError as well.
      worker.run().catch((err: unknown) => logger.error({ err }, 'queue consumer ended'))
    },
    stop: async () => {
      isStopping = true
      // No new job from now on, whatever a loop is still busy with. Waits for the jobs under way, which end when they are settled.
      await Promise.all([worker.close(), ...loops.map((loop) => loop.stop())])
      await settles.drain()
    },
    checkLoops: () => {
      const isStale = loops.some((loop) => Date.now() - loop.lastRoundAt() > STALE_LOOP_MS)
      return isStale ? Promise.reject(new Error('A loop had no good round for a while')) : Promise.resolve()
    },
  }
}
