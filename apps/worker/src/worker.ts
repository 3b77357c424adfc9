import { type Job, RateLimitError, UnrecoverableError, Worker } from 'bullmq'
import type { SmsJob } from '@sms/core'
import { bulkShareAfter, OUT_OF_REACH, type Pacer, parsePayload, queueName, type Window } from '@sms/queue'
import type { Redis } from 'ioredis'
import type { AccountHealth } from './account-health.ts'
import { type JobEnd, jobEndOf } from './job-end.ts'
import { createSlotConsumer, type TakenSlot } from './slot-consumer.ts'

/** Carries the wait that the settlement chose; BullMQ writes `message` into Redis, so it is a code and nothing else. */
class RetryLater extends Error {
  readonly delayMs: number
  constructor(delayMs: number) {
    super('RETRY_LATER')
    this.delayMs = delayMs
  }
}

/** After an unexpected failure, such as a lost Redis connection. */
const AFTER_FAILURE_MS = 1_000

/** A worker that has found no job looks again by itself after so many seconds: whoever was woken for one may have died. */
const LOOK_EVERY_S = 1

/** BullMQ's worker without its own loop, which takes jobs first and asks for the pace afterwards. */
class SteppedWorker extends Worker {
  /** Of the jobs under way, for as long as they are. */
  keepLocks(): void {
    this.lockManager.start()
  }
}

export type SendWorker = {
  /** Resolves when it was closed. */
  run(): Promise<void>
  setConcurrency(concurrency: number): void
  concurrency(): number
  /** Sleeps because no slot is near. */
  isResting(): boolean
  /** Takes no new job, and resolves when those under way have ended. */
  close(): Promise<void>
}

export type SendWorkerOptions = {
  accountId: number
  connection: Redis
  window: Pick<Window, 'countTakeable' | 'letOnePass'>
  pacer: Pick<Pacer, 'take' | 'giveBack' | 'isUnpaced'>
  health: Pick<AccountHealth, 'claimLeadMs' | 'isHeldSince'>
  warmUp: () => Promise<unknown>
  concurrency: number
  ratePerSecond: number
  leaseMs: number
  process: (job: SmsJob, taken: TakenSlot) => Promise<JobEnd>
  onError: (error: Error) => void
}

/**
 * BullMQ's side of sending: which job is next, its lock, its end and its backoff. When one is taken is the pacer's word. SQL counts the
 * attempts and the claim guards against repeats, so BullMQ's own limits on both are out of reach.
 */
export const createSendWorker = (options: SendWorkerOptions): SendWorker => {
  const { accountId, pacer, window } = options
  const turns = new WeakMap<Job, TakenSlot>()
  const worker = new SteppedWorker(queueName(accountId), (job) => endOf(options, job, turns.get(job)), workerOptions(options))
  worker.on('error', options.onError)
  // Names its locks within this worker: a job that came back is fetched under another.
  let fetched = 0

  const waitForJob = async (): Promise<void> => {
    const backend = worker.getBackend()
    const marker = await backend.waitForJob(LOOK_EVERY_S)
    // It stands for a job that is delayed: due then, unless another one comes before.
    const leftMs = (marker?.score ?? 0) - Date.now()
    if (leftMs > 0) await backend.waitForJob(Math.min(LOOK_EVERY_S, Math.max(backend.minimumBlockTimeout, leftMs / 1_000)))
  }

  const consumer = createSlotConsumer<Job>(
    {
      take: (count, leadMs) => pacer.take(accountId, { count, leadMs }),
      giveBack: (slot) => void pacer.giveBack(accountId, slot),
      fetch: async () => (await worker.getNextJob(`${worker.id}:${(fetched += 1)}`, { block: false })) as Job | undefined,
      hasJobs: async () => (await window.countTakeable(accountId)) > 0,
      waitForJob,
      work: async (job, taken, mayFetchNext) => {
        turns.set(job, taken)
        try {
          return (await worker.processJob(job, job.token ?? '', mayFetchNext)) ?? undefined
        } catch (error) {
          // Its lock runs out, and it is run again: the claim makes that harmless.
          options.onError(error as Error)
          return undefined
        }
      },
      warmUp: options.warmUp,
      isHeldSince: options.health.isHeldSince,
      claimLeadMs: options.health.claimLeadMs,
      onError: options.onError,
    },
    { concurrency: options.concurrency, ratePerSecond: options.ratePerSecond, isUnpaced: pacer.isUnpaced },
  )

  let running: Promise<void> | undefined
  return {
    run: async () => {
      await worker.startStalledCheckTimer()
      worker.keepLocks()
      running = consumer.run()
      await running
    },
    setConcurrency: consumer.setConcurrency,
    concurrency: consumer.concurrency,
    isResting: () => performance.now() < consumer.restsUntil(),
    close: async () => {
      consumer.stop()
      await running
      await worker.close()
    },
  }
}

const workerOptions = ({ connection, concurrency, leaseMs }: SendWorkerOptions) => ({
  connection,
  autorun: false,
  concurrency,
  lockDuration: Math.min(30_000, leaseMs / 2),
  stalledInterval: Math.min(15_000, leaseMs / 4),
  maxStalledCount: OUT_OF_REACH,
  settings: {
    backoffStrategy: (_attemptsMade: number, _type?: string, error?: Error) =>
      error instanceof RetryLater ? error.delayMs : AFTER_FAILURE_MS,
  },
})

/** Runs a job and says how it ended in BullMQ's words: a result, or one of the errors that it knows. */
const endOf = async (options: SendWorkerOptions, job: Job, taken: TakenSlot | undefined): Promise<string> => {
  const payload = parsePayload(job.data)
  if (!payload || !taken) {
    if (taken) void options.pacer.giveBack(options.accountId, taken.slot)
    throw new UnrecoverableError('BAD_PAYLOAD')
  }
  const run = await runSafely(options, payload, taken)
  if (run.kind === 'settled' && Math.random() < bulkShareAfter(job.opts.priority ?? 0)) void letBulkPass(options)
  const end = jobEndOf(run)
  switch (end.act) {
    case 'complete':
      return end.label
    case 'fail':
      throw new UnrecoverableError(end.code)
    case 'retry':
      throw new RetryLater(end.inMs)
    case 'bounce':
      throw new RateLimitError()
  }
}

/** BullMQ would write the message and the stack of any error into Redis; the log gets it instead. */
const runSafely = async (options: SendWorkerOptions, payload: SmsJob, taken: TakenSlot): Promise<JobEnd> => {
  try {
    return await options.process(payload, taken)
  } catch (error) {
    options.onError(error as Error)
    throw new RetryLater(AFTER_FAILURE_MS)
  }
}

/** Beyond a second's worth, urgent ones have to wait anyway: from then on they take turns with the rest. */
const letBulkPass = async ({ window, accountId, ratePerSecond, onError }: SendWorkerOptions): Promise<void> => {
  await window.letOnePass(accountId, Math.ceil(ratePerSecond)).catch(onError)
}
