import { RateLimitError, UnrecoverableError, Worker } from 'bullmq'
import type { SmsJob } from '@sms/core'
import { bulkShareAfter, OUT_OF_REACH, parsePayload, queueName, type Window } from '@sms/queue'
import type { Redis } from 'ioredis'
import { type JobEnd, jobEndOf } from './job-end.ts'

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

/**
 * A hold must outlive the move of its job back to the queue: that move sets no marker for a prioritised job, and a worker that
 * finds no hold in force then sleeps its whole drain delay beside a job that is ready (seen: 5 s gaps at the end of a batch).
 */
const SHORTEST_HOLD_MS = 100

/** The most that such a sleep could cost all the same, in seconds; BullMQ's default is 5. */
const DRAIN_DELAY_S = 1

/** Never reached: the limiter only carries holds. */
const LIMITER_MAX = 1_000_000_000

/** Jobs that a worker could take now; 0 while a hold is in force. */
export const countReadyJobs = async (window: Pick<Window, 'counts' | 'queueOf'>, accountId: number): Promise<number> => {
  const queue = window.queueOf(accountId)
  const [counts, heldMs, isPaused] = await Promise.all([
    window.counts(accountId),
    // Under the maximum its key counts jobs; at it, it is a hold.
    queue.getRateLimitTtl(LIMITER_MAX),
    queue.isPaused(),
  ])
  return heldMs > 0 || isPaused ? 0 : (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0)
}

/**
 * BullMQ's side of sending: concurrency, backoff, and the limiter, which here only carries holds (`queue.rateLimit` does nothing
 * to a worker without one); the pace itself is the pacer's. SQL counts the attempts and the claim guards against repeats, so
 * BullMQ's own limits on both are out of reach.
 */
export const createSendWorker = (options: {
  accountId: number
  connection: Redis
  window: Pick<Window, 'hold' | 'lift' | 'letOnePass'>
  concurrency: number
  ratePerSecond: number
  leaseMs: number
  process: (job: SmsJob) => Promise<JobEnd>
  onError: (error: Error) => void
}): Worker => {
  /** BullMQ would write the message and the stack of any error into Redis; the log gets it instead. */
  const runSafely = async (payload: SmsJob): Promise<JobEnd> => {
    try {
      return await options.process(payload)
    } catch (error) {
      options.onError(error as Error)
      throw new RetryLater(AFTER_FAILURE_MS)
    }
  }

  /** Beyond a second's worth, urgent ones have to wait anyway: from then on they take turns with the rest. */
  const letBulkPass = async (): Promise<void> => {
    await options.window.letOnePass(options.accountId, Math.ceil(options.ratePerSecond)).catch(options.onError)
  }

  const worker = new Worker(
    queueName(options.accountId),
    async (job) => {
      const payload = parsePayload(job.data)
      if (!payload) throw new UnrecoverableError('BAD_PAYLOAD')
      const run = await runSafely(payload)
      if (run.kind === 'settled' && Math.random() < bulkShareAfter(job.opts.priority ?? 0)) void letBulkPass()
      const end = jobEndOf(run)
      switch (end.act) {
        case 'complete':
          // Others wait for a slot that is farther away than the one that came free.
          if (end.isSlotFree) await options.window.lift(options.accountId)
          return end.label
        case 'fail':
          throw new UnrecoverableError(end.code)
        case 'retry':
          throw new RetryLater(end.inMs)
        case 'bounce':
          await options.window.hold(options.accountId, Math.max(SHORTEST_HOLD_MS, end.inMs))
          throw new RateLimitError()
      }
    },
    {
      connection: options.connection,
      autorun: false,
      concurrency: options.concurrency,
      drainDelay: DRAIN_DELAY_S,
      limiter: { max: LIMITER_MAX, duration: 1_000 },
      lockDuration: Math.min(30_000, options.leaseMs / 2),
      stalledInterval: Math.min(15_000, options.leaseMs / 4),
      maxStalledCount: OUT_OF_REACH,
      settings: {
        backoffStrategy: (_attemptsMade, _type, error) => (error instanceof RetryLater ? error.delayMs : AFTER_FAILURE_MS),
      },
    },
  )
  worker.on('error', options.onError)
  return worker
}
