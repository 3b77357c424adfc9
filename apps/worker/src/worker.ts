import { RateLimitError, UnrecoverableError, Worker } from 'bullmq'
import type { SmsJob } from '@sms/core'
import { OUT_OF_REACH, parsePayload, queueName, type Window } from '@sms/queue'
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

/**
 * BullMQ's side of sending: concurrency, backoff, and the limiter, which here only carries holds (`queue.rateLimit` does nothing
 * to a worker without one); the pace itself is the pacer's. SQL counts the attempts and the claim guards against repeats, so
 * BullMQ's own limits on both are out of reach.
 */
export const createSendWorker = (options: {
  accountId: number
  connection: Redis
  window: Pick<Window, 'hold'>
  concurrency: number
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

  const worker = new Worker(
    queueName(options.accountId),
    async (job) => {
      const payload = parsePayload(job.data)
      if (!payload) throw new UnrecoverableError('BAD_PAYLOAD')
      const end = jobEndOf(await runSafely(payload))
      switch (end.act) {
        case 'complete':
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
      limiter: { max: 1_000_000_000, duration: 1_000 },
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
