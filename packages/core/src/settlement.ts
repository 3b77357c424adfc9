import type { Clock, ClaimVerdict, Random, Settlement } from './ports.ts'
import type { SendOutcome } from './send-outcome.ts'
import { canRetry, retryDelayMs } from './retry-policy.ts'

export type RetryPolicy = {
  /** SMS_BACKOFF_MS: the ceiling of the first wait; doubles with each attempt. */
  baseMs: number
  capMs: number
  /** Up to here BullMQ carries the wait; beyond, the row leaves the window and SQL does. */
  longestInQueueMs: number
}

export const DEFAULT_RETRY: Omit<RetryPolicy, 'baseMs'> = { capMs: 15 * 60_000, longestInQueueMs: 60_000 }

export type Claimed = Extract<ClaimVerdict, { kind: 'claimed' }>

/** Outcomes after which the whole account rests, so that no SMS pays for it with an attempt. */
export const accountTrouble = (outcome: SendOutcome): 'none' | 'throttled' | 'blocked' => {
  if (outcome.kind === 'throttled') return 'throttled'
  if (outcome.kind === 'blocked' || outcome.kind === 'unauthorized') return 'blocked'
  return 'none'
}

/** Ours, not Orange's: the lease or the slot was too short to write the request, so nothing left the machine. */
export const NOT_WRITTEN = 'NOT_WRITTEN'

/** Ours: there is no access token, so nothing left the machine. */
const TOKEN_UNAVAILABLE = 'TOKEN_UNAVAILABLE'

/**
 * What an outcome writes into the row. `duringOutage`: the account has been unavailable for its last outcomes, so this
 * one is the account's trouble and burns no attempt.
 */
export const settlementOf = (input: {
  claim: Claimed
  outcome: SendOutcome
  worker: string
  policy: RetryPolicy
  duringOutage: boolean
  random: Random
}): Settlement => {
  const { claim, outcome, policy } = input
  const base = { smsId: claim.smsId, claimId: claim.claimId, outcome, attempt: claim.attempt, worker: input.worker }
  const settled = { ...base, delayMs: 0, givesAttemptBack: false, keepsJob: false }
  const givenBack = { ...settled, to: 'PENDING' as const, givesAttemptBack: true }
  switch (outcome.kind) {
    case 'accepted':
      return { ...settled, to: 'SENT' }
    case 'rejected':
      return { ...settled, to: 'FAILED' }
    case 'unknown':
      return { ...settled, to: 'UNKNOWN' }
    case 'throttled':
      return { ...givenBack, keepsJob: true }
    case 'blocked':
    case 'unauthorized':
      return givenBack
    case 'unavailable': {
      if (outcome.code === NOT_WRITTEN) return { ...givenBack, keepsJob: true }
      if (input.duringOutage) return givenBack
      // Its token ended between the look for one and the send: that is no fault of this SMS, and the next look decides.
      if (outcome.code === TOKEN_UNAVAILABLE) return { ...givenBack, keepsJob: true }
      if (!canRetry(claim)) return { ...settled, to: 'FAILED' }
      const delayMs = retryDelayMs({ attempt: claim.attempt, baseMs: policy.baseMs, capMs: policy.capMs, random: input.random })
      return { ...settled, to: 'PENDING', delayMs, keepsJob: delayMs <= policy.longestInQueueMs }
    }
  }
}

/** Milliseconds left of a lease that was asked for at `claimedAt`, on a clock that also runs while the process is stopped. */
export const leaseLeftMs = (input: { claimedAt: number; leaseMs: number; now: Clock }): number =>
  input.claimedAt + input.leaseMs - input.now()
