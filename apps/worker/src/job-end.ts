import type { Settlement, SettleResult } from '@sms/core'

/** What a run of a job tells BullMQ. */
export type JobEnd =
  /** Nothing more to do for this job. `label` is kept as its result. */
  | { kind: 'done'; label: string }
  /** Take it again, without counting, in so many milliseconds; nobody of this account takes one before. */
  | { kind: 'later'; inMs: number }
  /** Settled: what BullMQ must do follows from the settlement and what it became. */
  | { kind: 'settled'; settlement: Settlement; result: SettleResult }

/** A job that came back without a send: the pacer knows of any longer wait. */
const RELEASE_MS = 1

/** What BullMQ must do, a total answer. PENDING with its job kept comes back after the settlement's own wait. */
export const jobEndOf = (
  end: JobEnd,
): { act: 'complete'; label: string } | { act: 'fail'; code: string } | { act: 'retry' | 'bounce'; inMs: number } => {
  if (end.kind === 'later') return { act: 'bounce', inMs: end.inMs }
  if (end.kind === 'done') return { act: 'complete', label: end.label }
  const { settlement, result } = end
  if (result.landed === 'refused') return { act: 'complete', label: 'superseded' }
  switch (result.status) {
    case 'FAILED':
    case 'UNKNOWN':
      return { act: 'fail', code: settlement.outcome.kind === 'accepted' ? result.status : settlement.outcome.code }
    case 'PENDING':
      if (!settlement.keepsJob) return { act: 'complete', label: 'waits-in-sql' }
      return settlement.givesAttemptBack ? { act: 'bounce', inMs: RELEASE_MS } : { act: 'retry', inMs: settlement.delayMs }
    case 'SENT':
    case 'CANCELLED':
    case 'PROCESSING':
      return { act: 'complete', label: result.status }
  }
}
