import type { JobsOptions } from 'bullmq'
import type { DispatchedJob, SmsJob } from '@sms/core'
import { z } from 'zod'

/** The only job there is: send one SMS. Its payload is the id and the dispatch number; nothing personal is in Redis. */
export const SEND_JOB = 'send'

export const sendPayload = z.strictObject({ smsId: z.string().regex(/^[1-9]\d{0,18}$/), dispatch: z.int().positive() })
export type SendPayload = z.infer<typeof sendPayload>

export const parsePayload = (data: unknown): SmsJob | null => {
  const parsed = sendPayload.safeParse(data)
  return parsed.success ? { smsId: BigInt(parsed.data.smsId), dispatch: parsed.data.dispatch } : null
}

/** Unique for ever: a replay or a new dispatch never meets the id of an old job, which BullMQ would silently ignore. */
export const jobIdOf = (job: SmsJob): string => `sms-${job.smsId}-${job.dispatch}`

/** BullMQ counts the other way round: 1 goes first. Before all others goes what was passed over for too long. */
export const PASSED_OVER = 1

/** SMS of batches are equal here, in the order of their dispatch, but for those of urgent batches. */
export const BULK = 14
const URGENT_BATCH = 13

const bullPriority = (expressPriority: number | null): number => {
  if (expressPriority === null) return BULK
  return expressPriority < 0 ? URGENT_BATCH : 12 - expressPriority
}

/** How many others go for each job of this priority while urgent ones have to wait anyway: every other turn, or every fourth. */
export const bulkShareAfter = (priority: number): number => {
  if (priority >= BULK) return 0
  return priority === URGENT_BATCH ? 1 / 3 : 1
}

/** Enough for an operator to look back; SQL is the history. */
const KEPT_JOBS = 1_000

/** SQL counts attempts and the claim guards against repeats, so BullMQ's own limits are out of reach. */
export const OUT_OF_REACH = 1_000_000

export const sendJob = (job: DispatchedJob): { name: string; data: SendPayload; opts: JobsOptions } => ({
  name: SEND_JOB,
  data: { smsId: job.smsId.toString(), dispatch: job.dispatch },
  opts: {
    jobId: jobIdOf(job),
    priority: bullPriority(job.expressPriority),
    attempts: OUT_OF_REACH,
    backoff: { type: 'custom' },
    removeOnComplete: { count: KEPT_JOBS },
    removeOnFail: { count: KEPT_JOBS },
    stackTraceLimit: 0,
  },
})
