import {
  type Claimed,
  DEFAULT_RETRY,
  NOT_WRITTEN,
  type SendOutcome,
  type Settlement,
  settlementOf,
  type SettleResult,
  type SmsJob,
} from '@sms/core'
import type { Answer } from './command.ts'

/** One claim that was asked for, as its worker and the provider know it. */
export type Hold = {
  claimId: string
  job: SmsJob
  askedInRound: number
  /** Whether the database granted it, although its worker may not have heard. */
  grantedInRound: number | null
  claim: Claimed | null
  /** False: its worker is dead, or about to ask again. */
  isHeard: boolean
  isLeaseOver: boolean
  isWritten: boolean
  /** In the provider's books. */
  isAccepted: boolean
  isReported: boolean
  settlement: Settlement | null
  settleIssuedInRound: number | null
  settled: SettleResult | null
  /** The recoverer's word about it was issued, and came to an end. */
  recovery: 'none' | 'issued' | SettleResult
  /** Its acceptance, which the row refused, was recorded in this round. */
  knownLate: 'no' | 'issued' | number
}

const POLICY = { ...DEFAULT_RETRY, baseMs: 100_000 }

export const UNASKED = {
  grantedInRound: null,
  claim: null,
  isLeaseOver: false,
  isWritten: false,
  isAccepted: false,
  isReported: false,
  settlement: null,
  settleIssuedInRound: null,
  settled: null,
  recovery: 'none',
  knownLate: 'no',
} as const satisfies Partial<Hold>

export const requestOf = ({ job, claimId }: Hold) => ({ smsId: job.smsId, dispatch: job.dispatch, claimId })

/** The last look at the lease, then the bytes. */
export const write = (hold: Hold): void => {
  if (hold.claim !== null && hold.settlement === null && !hold.isLeaseOver) hold.isWritten = true
}

/** The provider decides about a request, however late; one that was never written comes to nothing. */
export const send = (hold: Hold, how: { answer: Answer; jitter: number }): void => {
  if (hold.claim === null || hold.settlement !== null) return
  write(hold)
  if (hold.isWritten && how.answer.startsWith('accepted')) hold.isAccepted = true
  hold.settlement = settlementOf({
    claim: hold.claim,
    outcome: hold.isWritten ? outcomeOf(hold, how.answer) : refusal('unavailable', NOT_WRITTEN),
    worker: 'worker',
    policy: POLICY,
    duringOutage: how.answer === 'unavailable during an outage',
    random: () => how.jitter,
  })
}

const refusal = (kind: Exclude<SendOutcome['kind'], 'accepted' | 'throttled'>, code: string): SendOutcome => ({
  kind,
  code,
  text: 'refused',
  httpStatus: null,
})

const outcomeOf = (hold: Hold, answer: Answer): SendOutcome => {
  switch (answer) {
    case 'accepted':
      return { kind: 'accepted', messageId: messageIdOf(hold), httpStatus: 201 }
    case 'accepted, unreadable':
      return { kind: 'accepted', messageId: null, httpStatus: 201 }
    case 'accepted, reply lost':
    case 'lost before it was accepted':
      return refusal('unknown', 'REPLY_LOST')
    case 'rejected':
      return refusal('rejected', 'SVC0001')
    case 'unavailable':
    case 'unavailable during an outage':
      return refusal('unavailable', 'CONNECT_FAILED')
    case 'throttled':
      return { ...refusal('unavailable', '53'), kind: 'throttled', retryAfterMs: null } as SendOutcome
    case 'blocked':
      return refusal('blocked', 'POL1000')
  }
}

export const messageIdOf = ({ claimId }: Pick<Hold, 'claimId'>): string => `message-${claimId}`

/** As the worker's recovery says it. */
export const asUnknown = ({ job, claimId }: Hold, attempt: number): Settlement => ({
  smsId: job.smsId,
  claimId,
  attempt,
  to: 'UNKNOWN',
  outcome: refusal('unknown', 'LEASE_EXPIRED'),
  worker: 'recovery',
  delayMs: 0,
  givesAttemptBack: false,
  keepsJob: false,
})
