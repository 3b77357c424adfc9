import { DEFAULT_RETRY, quietFloors, type QuietHours } from '@sms/core'
import {
  type ConfiguredAccount,
  createLateOutcomes,
  createSenderAccountRepository,
  createSmsQueueRepository,
  type Database,
  DEFAULT_ACCOUNT_ID,
  foldEvidence,
} from '@sms/db'
import type { OrangeProvider } from '@sms/orange'
import { createPacer, createParking, readPace, type Window } from '@sms/queue'
import type { Logger } from '@sms/runtime'
import type { Redis } from 'ioredis'
import { createAccountHealth } from './account-health.ts'
import { type AccountService, createAccountService } from './account-service.ts'
import { createAccountSupervisor } from './account-supervisor.ts'
import { boundEvidence } from './bound-evidence.ts'
import { keepLateOutcomes } from './keep-late-outcomes.ts'
import { createGroupWrites } from './group-writes.ts'
import { createWorkerEvents } from './log-events.ts'
import { createLoops } from './loops.ts'
import { measurePacer, measureProvider } from './measured.ts'
import type { WorkerMetrics } from './worker-metrics.ts'
import { createWorkerWatchdog } from './worker-watchdog.ts'

export type SendServiceOptions = {
  worker: string
  concurrency: number
  leaseMs: number
  requestTimeoutMs: number
  backoffMs: number
  /** Of the default account. */
  ratePerSecond: number
  /** When promotional SMS rest, by the recipient's clock; null: never. */
  quietHours: QuietHours | null
  /** Another program sends with one of our accounts. */
  isAccountShared: boolean
}

export type SendService = {
  start(): void
  /** Takes no new job, and resolves when what is on the wire is settled, or parked when PostgreSQL is away. */
  stop(limitMs: number): Promise<void>
  /** Throws when a part of it stands still. */
  checkProgress(): Promise<void>
}

/** A loop has nothing that could be lost: its round under way is not waited for any longer. */
const LOOP_STOP_MS = 5_000

/** Everything one worker process does, on adapters that were opened for it. */
export const createSendService = (
  deps: {
    db: Database
    redis: Redis
    blockingRedis: Redis
    window: Window
    /** Of the default account. */
    provider: OrangeProvider
    /** Null: its credentials cannot be opened by this process. */
    openProvider: (account: ConfiguredAccount) => OrangeProvider | null
    /** PostgreSQL and Redis, asked over connections made for the question. */
    services: readonly (() => Promise<void>)[]
    /** Ends the process as a failure. */
    giveUp: () => void
    logger: Logger
    metrics: WorkerMetrics
  },
  options: SendServiceOptions,
): SendService => {
  const { db, window, logger, metrics } = deps
  const events = createWorkerEvents({ logger, metrics })
  const bounded = boundEvidence(createSmsQueueRepository(db, { quietNow: () => quietFloors(Date.now(), options.quietHours) }), {
    foldEvidence: (smsIds) => foldEvidence(db, smsIds),
    onError: (error) => events.trouble('fold-evidence', error),
  })
  const sms = keepLateOutcomes(bounded, { late: createLateOutcomes(db), logger, metrics })
  const accounts = createSenderAccountRepository(db)
  const parking = createParking({ redis: deps.redis })
  const { claims, settles, ...writes } = createGroupWrites({ sms, parking, events, logger, metrics }, options)

  /** Groups of claims and settlements are of all accounts together; queue, token, pace and health are each one's own. */
  const serviceOf = (accountId: number, ratePerSecond: number, provider: OrangeProvider): AccountService =>
    createAccountService(
      {
        blockingRedis: deps.blockingRedis,
        window,
        provider,
        onError: (err) => logger.warn({ accountId, err }, 'queue trouble'),
        onEnded: (err) => logger.error({ accountId, err }, 'queue consumer ended'),
        send: {
          accountId,
          worker: options.worker,
          leaseMs: options.leaseMs,
          requestTimeoutMs: options.requestTimeoutMs,
          retry: { ...DEFAULT_RETRY, baseMs: options.backoffMs },
          provider: measureProvider(provider, metrics),
          pacer: measurePacer(createPacer({ redis: deps.redis, ratePerSecond, jitterMs: provider.jitterMs }), metrics, (id) =>
            readPace(deps.redis, { accountId: id, ratePerSecond }),
          ),
          claims,
          settles,
          accounts,
          giveBack: writes.giveBack,
          undispatch: sms.undispatch,
          health: createAccountHealth(),
          events,
          random: Math.random,
        },
      },
      { ratePerSecond, concurrency: options.concurrency },
    )

  const defaultService = serviceOf(DEFAULT_ACCOUNT_ID, options.ratePerSecond, deps.provider)
  const supervisor = createAccountSupervisor({
    defaultService,
    concurrency: options.concurrency,
    findConfigured: accounts.findConfigured,
    open: (account) => {
      const provider = deps.openProvider(account)
      return provider && serviceOf(account.id, account.ratePerSecond, provider)
    },
    reportUnreadable: accounts.reportUnreadable,
    now: () => performance.now(),
    onStarted: (accountId, ratePerSecond) => logger.info({ accountId, ratePerSecond }, 'account started'),
    onStopped: (accountId) => logger.info({ accountId }, 'account stopped'),
    onUnreadable: (accountId) => logger.error({ accountId }, 'account credentials cannot be opened'),
    onFailure: (accountId, err) => logger.warn({ accountId, err }, 'account not started or stopped'),
    onRound: ({ running, unreadable }) => {
      metrics.accounts.set({ state: 'running' }, running)
      metrics.accounts.set({ state: 'unreadable' }, unreadable)
    },
  })

  const loops = createLoops({ db, sms, accounts, supervisor, window, parking, events, logger, metrics }, options)
  const watchdog = createWorkerWatchdog(
    { ...deps, loops, claims, settles, accounts: supervisor.running },
    { leaseMs: options.leaseMs },
  )

  return {
    start: () => {
      loops.forEach((loop) => loop.start())
      defaultService.start()
      watchdog.start()
    },
    stop: async (limitMs) => {
      watchdog.stop()
      // No new job from now on, whatever a loop is still busy with. Waits for the jobs under way, which end when they are settled.
      const rounds = Promise.all(loops.map((loop) => loop.stop()))
      const late = new Promise((resolve) => setTimeout(resolve, LOOP_STOP_MS).unref())
      await Promise.all([writes.stop(supervisor.stop(), limitMs), Promise.race([rounds, late])])
    },
    checkProgress: async () => {
      const stalled = watchdog.stalled()
      if (stalled.length > 0) throw new Error(`Stalled: ${stalled.join(', ')}`)
    },
  }
}
