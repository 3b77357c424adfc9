import type { ClaimRequest, ClaimVerdict, Settlement, SettleResult } from '@sms/core'
import { createPacer, createParking, createWindow, readPace } from '@sms/queue'
import { createLogger, createMetrics } from '@sms/runtime'
// @boundaries-ignore the benchmark alone takes the worker apart
import { createAccountHealth } from '../../worker/src/account-health.ts'
// @boundaries-ignore the benchmark alone takes the worker apart
import { createAccountService } from '../../worker/src/account-service.ts'
// @boundaries-ignore the benchmark alone takes the worker apart
import { createGroupWrites } from '../../worker/src/group-writes.ts'
// @boundaries-ignore the benchmark alone takes the worker apart
import { createWorkerEvents } from '../../worker/src/log-events.ts'
// @boundaries-ignore the benchmark alone takes the worker apart
import { measurePacer, measureProvider } from '../../worker/src/measured.ts'
// @boundaries-ignore the benchmark alone takes the worker apart
import { createWorkerMetrics } from '../../worker/src/worker-metrics.ts'
import { phoneNumberOf, TEXT } from './columns.ts'
import { openBenchWorker } from './provider.ts'

/** Our worker with all that it has but its database: groups are claimed and settled by this process itself, at once. */
const ACCOUNT_ID = 1
const { config, redis, blockingRedis, provider } = openBenchWorker()
const options = { worker: 'bench', leaseMs: config.SMS_LEASE_MS }
const logger = createLogger({ name: 'bench', level: config.LOG_LEVEL })
const metrics = createWorkerMetrics(createMetrics({ withProcessMetrics: true }))
const events = createWorkerEvents({ logger, metrics })
const onError = (error: unknown): void => logger.error({ err: error }, 'queue trouble')

const claim = ({ smsId, claimId }: ClaimRequest): ClaimVerdict => ({
  kind: 'claimed',
  smsId,
  batchId: 1n,
  accountId: ACCOUNT_ID,
  claimId,
  attempt: 1,
  maxAttempts: 5,
  phoneNumber: phoneNumberOf(Number(smsId)),
  message: TEXT,
  senderName: null,
  isProbe: false,
})
const settled = ({ smsId, to }: Settlement): SettleResult => ({ smsId, landed: 'applied', status: to, batchId: 1n })

const { claims, settles, giveBack } = createGroupWrites(
  {
    sms: {
      claim: (requests) => Promise.resolve(requests.map(claim)),
      settle: (settlements) => Promise.resolve(settlements.map(settled)),
    },
    parking: createParking({ redis }),
    events,
    logger,
    metrics,
  },
  options,
)

const ratePerSecond = config.ORANGE_TPS
createAccountService(
  {
    blockingRedis,
    window: createWindow({ redis, onError }),
    provider,
    onError,
    onEnded: onError,
    send: {
      ...options,
      accountId: ACCOUNT_ID,
      requestTimeoutMs: config.ORANGE_TIMEOUT_MS,
      retry: { baseMs: 1_000, capMs: 60_000, longestInQueueMs: 60_000 },
      provider: measureProvider(provider, metrics),
      pacer: measurePacer(createPacer({ redis, ratePerSecond, jitterMs: provider.jitterMs }), metrics, (accountId) =>
        readPace(redis, { accountId, ratePerSecond }),
      ),
      claims,
      settles,
      accounts: { block: () => Promise.resolve(false), unblock: () => Promise.resolve(false) },
      giveBack,
      undispatch: () => Promise.resolve(0),
      health: createAccountHealth(),
      events,
      random: Math.random,
    },
  },
  { ratePerSecond, concurrency: config.WORKER_CONCURRENCY },
).start()
