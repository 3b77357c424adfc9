import type { QuietHours } from '@sms/core'
import {
  createAccountContracts,
  createCreditBalancer,
  createReceiptRepository,
  createReplayOperations,
  type Database,
  expandNextChunk,
  forgetOld,
  type SenderAccountRepository,
  type SmsQueueRepository,
  sweepCancelled,
} from '@sms/db'
import type { Parking, Window } from '@sms/queue'
import type { Logger } from '@sms/runtime'
import type { AccountSupervisor } from './account-supervisor.ts'
import { createContractsEvents } from './contracts-events.ts'
import { createContractsRound } from './contracts-loop.ts'
import { createDispatchRound } from './dispatch-loop.ts'
import { createExpandRound } from './expand-loop.ts'
import { createForgetRound } from './forget-loop.ts'
import { createLoop, type Loop } from './loop.ts'
import { createParkedRound } from './parked-loop.ts'
import { createReceiptEvents } from './receipt-events.ts'
import { createReceiptRound } from './receipt-loop.ts'
import { createReplayRound } from './replay-loop.ts'
import { createRecoverRound } from './recover-loop.ts'
import type { WorkerEvents } from './worker-events.ts'
import type { WorkerMetrics } from './worker-metrics.ts'

/** The window holds 3 s of work or more and the API dispatches what it accepts, so the loop only has to keep up. */
const EVERY_MS = {
  dispatch: 400,
  recover: 1_000,
  expand: 400,
  accounts: 1_000,
  contracts: 2_000,
  parked: 1_000,
  receipts: 1_000,
  forget: 10_000,
  credits: 1_000,
  replays: 1_000,
}

/** What every worker does beside sending. Any number of workers may do it at once. */
export const createLoops = (
  deps: {
    db: Database
    sms: SmsQueueRepository
    accounts: SenderAccountRepository
    supervisor: Pick<AccountSupervisor, 'round' | 'running'>
    window: Window
    parking: Parking
    events: Pick<WorkerEvents, 'landed' | 'outcomeLost'>
    logger: Logger
    metrics: WorkerMetrics
  },
  options: { ratePerSecond: number; leaseMs: number; isAccountShared: boolean; quietHours: QuietHours | null },
): Loop[] => {
  const { db, sms, accounts, window, parking, events, logger, metrics } = deps
  const loopOf = (name: keyof typeof EVERY_MS, round: () => Promise<boolean | void>): Loop => {
    metrics.loopFailures.inc({ loop: name }, 0)
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

  return [
    loopOf('accounts', deps.supervisor.round),
    loopOf(
      'contracts',
      createContractsRound({
        contracts: createAccountContracts(db),
        accounts,
        providerOf: (id) => deps.supervisor.running().find(({ accountId }) => accountId === id)?.provider ?? null,
        events: createContractsEvents({ logger, metrics }),
      }),
    ),
    loopOf(
      'dispatch',
      createDispatchRound({
        ports: { sms, window },
        sms,
        accounts: accounts.findAll,
        ratePerSecond: options.ratePerSecond,
        onDispatched: (accountId, count) => {
          metrics.dispatched.inc({ account: String(accountId) }, count)
          logger.debug({ accountId, count }, 'sms dispatched')
        },
      }),
    ),
    loopOf(
      'recover',
      createRecoverRound({
        sms,
        window,
        parking,
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
      'parked',
      createParkedRound({
        sms,
        parking,
        now: () => Date.now(),
        onLanded: events.landed,
        onLost: events.outcomeLost,
        onUnreadable: (claimId) => logger.error({ claimId }, 'parked outcome not readable'),
      }),
    ),
    loopOf(
      'receipts',
      createReceiptRound({
        receipts: createReceiptRepository(db),
        isAccountShared: options.isAccountShared,
        now: () => performance.now(),
        ...createReceiptEvents({ logger, metrics }),
      }),
    ),
    loopOf('expand', expandRoundOf(deps, options.quietHours)),
    loopOf('credits', createCreditBalancer(db).balance),
    loopOf('replays', replayRoundOf(deps)),
    loopOf(
      'forget',
      createForgetRound({
        forgetOld: () => forgetOld(db),
        onForgotten: (count) => logger.info(count, 'old keys and plans forgotten'),
      }),
    ),
  ]
}

const replayRoundOf = ({ db, logger }: { db: Database; logger: Logger }): (() => Promise<boolean>) =>
  createReplayRound({
    operations: createReplayOperations(db),
    onDone: (operation) => logger.info(operation, 'replay done'),
    onStopped: (operation) => logger.warn(operation, 'replay stopped'),
  })

const expandRoundOf = (
  { db, metrics, logger }: { db: Database; metrics: WorkerMetrics; logger: Logger },
  quietHours: QuietHours | null,
): (() => Promise<boolean>) =>
  createExpandRound({
    expandNextChunk: () => expandNextChunk(db, undefined, quietHours),
    sweepCancelled: () => sweepCancelled(db),
    onChunk: (chunk) => {
      metrics.expanded.inc(chunk.made)
      logger.info({ batchId: chunk.batchId.toString(), made: chunk.made, isLast: chunk.isLast }, 'batch expanded')
    },
  })
