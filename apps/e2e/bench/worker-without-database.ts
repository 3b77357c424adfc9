import type { ClaimRequest, ClaimVerdict, Settlement, SettleResult } from '@sms/core'
import { createPacer, createWindow } from '@sms/queue'
// @boundaries-ignore the benchmark alone takes the worker apart
import { createAccountHealth } from '../../worker/src/account-health.ts'
// @boundaries-ignore the benchmark alone takes the worker apart
import { processSend, type SendDeps } from '../../worker/src/process-send.ts'
// @boundaries-ignore the benchmark alone takes the worker apart
import { createSendWorker } from '../../worker/src/worker.ts'
import { phoneNumberOf, TEXT } from './columns.ts'
import { openBenchWorker } from './provider.ts'

/** Our worker with the claim and the settle taken out: what it could do if safety cost nothing. */
const { config, redis, blockingRedis, provider } = openBenchWorker()
const window = createWindow({ redis, onError: () => undefined })
const nothing = (): void => undefined
const instantly = { pendingCount: () => 0, drain: () => Promise.resolve() }

const claim = ({ smsId, claimId }: ClaimRequest): ClaimVerdict => ({
  kind: 'claimed',
  smsId,
  batchId: 1n,
  accountId: 1,
  claimId,
  attempt: 1,
  maxAttempts: 5,
  phoneNumber: phoneNumberOf(Number(smsId)),
  message: TEXT,
  senderName: null,
  isProbe: false,
})
const settled = ({ smsId, to }: Settlement): SettleResult => ({ smsId, landed: 'applied', status: to, batchId: 1n })

const deps: SendDeps = {
  accountId: 1,
  worker: 'bench',
  leaseMs: config.SMS_LEASE_MS,
  requestTimeoutMs: config.ORANGE_TIMEOUT_MS,
  retry: { baseMs: 1_000, capMs: 60_000, longestInQueueMs: 60_000 },
  provider,
  pacer: createPacer({ redis, ratePerSecond: config.ORANGE_TPS }),
  claims: { ...instantly, add: (request) => Promise.resolve(claim(request)) },
  settles: { ...instantly, add: (settlement) => Promise.resolve(settled(settlement)) },
  accounts: { block: () => Promise.resolve(false), unblock: () => Promise.resolve(false) },
  giveBack: () => Promise.resolve(),
  undispatch: () => Promise.resolve(0),
  health: createAccountHealth(),
  events: {
    claimed: nothing,
    notClaimed: nothing,
    settled: nothing,
    throttled: nothing,
    blocked: nothing,
    unblocked: nothing,
    trouble: nothing,
    parked: nothing,
    landed: nothing,
    outcomeLost: nothing,
  },
  random: Math.random,
}

await createSendWorker({
  accountId: 1,
  connection: blockingRedis,
  window,
  concurrency: config.WORKER_CONCURRENCY,
  ratePerSecond: config.ORANGE_TPS,
  leaseMs: config.SMS_LEASE_MS,
  pacer: deps.pacer,
  health: deps.health,
  warmUp: () => provider.prepare(),
  process: (job, taken) => processSend(deps, job, taken),
  onError: (error) => process.stderr.write(`${error.message}\n`),
}).run()
