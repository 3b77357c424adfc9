import { DEFAULT_RETRY, type SmsProvider } from '@sms/core'
import {
  createClaimer,
  createSenderAccountRepository,
  createSettler,
  createSmsQueueRepository,
  type Database,
  expandNextChunk,
  sweepCancelled,
} from '@sms/db'
import { createPacer, type Window } from '@sms/queue'
import type { Logger } from '@sms/runtime'
import type { Redis } from 'ioredis'
import { createAccountHealth } from './account-health.ts'
import { createDispatchRound } from './dispatch-loop.ts'
import { createExpandRound } from './expand-loop.ts'
import { createWorkerEvents } from './log-events.ts'
import { createLoop, type Loop } from './loop.ts'
import { measurePacer, measureProvider } from './measured.ts'
import { processSend } from './process-send.ts'
import { createRecoverRound } from './recover-loop.ts'
import { createSendWorker } from './worker.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

/** The account of the ORANGE_* variables; the first migration makes it. */
const DEFAULT_ACCOUNT_ID = 1

/** The window holds 10 s of work and the API dispatches what it accepts, so the loop only has to keep up. */
const EVERY_MS = { dispatch: 400, recover: 1_000, expand: 400 }

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

  const loops: Loop[] = [
    loopOf(
      'dispatch',
      createDispatchRound({
        ports: { sms, window },
        sms,
        accounts: accounts.findAll,
        ratePerSecond: options.ratePerSecond,
        onDispatched: (accountId, count) => {
          metrics.dispatched.inc(count)
          logger.debug({ accountId, count }, 'sms dispatched')
        },
      }),
    ),
    loopOf(
      'recover',
      createRecoverRound({
        sms,
        window,
        accounts: accounts.findAll,
        leaseMs: options.leaseMs,
        now: () => performance.now(),
        onExpired: (settlement, result) => {
          if (result.status !== 'UNKNOWN') return
          metrics.expired.inc()
          metrics.states.inc({ status: 'UNKNOWN', reason: 'LEASE_EXPIRED' })
          logger.error(
            { smsId: settlement.smsId.toString(), attempt: settlement.attempt, outcome: 'unknown', code: 'LEASE_EXPIRED' },
            'sms unknown',
          )
        },
        onRequeued: (reason, count) => {
          metrics.requeued.inc({ reason }, count)
          logger.warn({ reason, count }, 'sms taken out of the window')
        },
      }),
    ),
    loopOf(
      'expand',
      createExpandRound({
        expandNextChunk: () => expandNextChunk(db),
        sweepCancelled: () => sweepCancelled(db),
        onChunk: (chunk) => {
          metrics.expanded.inc(chunk.made)
          logger.info({ batchId: chunk.batchId.toString(), made: chunk.made, isLast: chunk.isLast }, 'batch expanded')
        },
      }),
    ),
  ]

  function loopOf(name: keyof typeof EVERY_MS, round: () => Promise<boolean | void>): Loop {
    return createLoop({
      name,
      everyMs: EVERY_MS[name],
      round,
      onRound: (loop, durationMs) => metrics.loopDuration.observe({ loop }, durationMs / 1_000),
      onError: (loop, err) => {
        metrics.loopFailures.inc({ loop })
        logger.warn({ loop, err }, 'loop round failed')
      },
    })
  }

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
