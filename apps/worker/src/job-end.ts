import type { Settlement, SettleResult } from '@sms/core'

/** What a run of a job tells BullMQ. */
export type JobEnd =
  /** Nothing more to do for this job. `label` is kept as its result. */
  | { kind: 'done'; label: string }
  /** Take it again, without counting, when the next slot is had. */
  | { kind: 'later' }
  /** Settled: what BullMQ must do follows from the settlement and what it became. */
  | { kind: 'settled'; settlement: Settlement; result: SettleResult }

/** Nothing was wrong but the moment: the others go on meanwhile. */
const SOON_MS = 50

/** What BullMQ must do, a total answer. PENDING with its job kept comes back after the settlement's own wait. */
export const jobEndOf = (
  end: JobEnd,
): { act: 'complete'; label: string } | { act: 'fail'; code: string } | { act: 'retry'; inMs: number } | { act: 'bounce' } => {
  if (end.kind === 'later') return { act: 'bounce' }
  if (end.kind === 'done') return { act: 'complete', label: end.label }
  const { settlement, result } = end
  if (result.landed === 'refused') return { act: 'complete', label: 'superseded' }
  switch (result.status) {
    case 'FAILED':
    case 'UNKNOWN':
      return { act: 'fail', code: settlement.outcome.kind === 'accepted' ? result.status : settlement.outcome.code }
    case 'PENDING':
      if (!settlement.keepsJob) return { act: 'complete', label: 'waits-in-sql' }
      // The pacer knows for how long the account is held.
      if (settlement.outcome.kind === 'throttled') return { act: 'bounce' }
      return { act: 'retry', inMs: settlement.givesAttemptBack ? SOON_MS : settlement.delayMs }
    case 'SENT':
    case 'CANCELLED':
    case 'PROCESSING':
      return { act: 'complete', label: result.status }
  }
}
