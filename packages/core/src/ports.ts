import type { BatchKind, BatchStatus, SmsCounts, SmsStatus, DeliveryStatus } from './sms-status.ts'
import type { SendOutcome } from './send-outcome.ts'

/** What the use cases ask of the outside; `packages/db`, `packages/queue` and `packages/orange` answer. */

export type SmsId = bigint
export type BatchId = bigint

// ---------------------------------------------------------------------------------------------- the audit table

/** One row of `SmsQueue` as readers see it. Dates are instants; a null date has not happened. */
export type SmsRecord = {
  id: SmsId
  batchId: BatchId | null
  userId: number
  segmentId: number | null
  accountId: number
  phoneNumber: string
  message: string
  senderName: string | null
  status: SmsStatus
  priority: number
  attempts: number
  maxAttempts: number
  errorCode: string | null
  errorMessage: string | null
  messageId: string | null
  deliveryStatus: DeliveryStatus | null
  createdAt: Date
  nextAttemptAt: Date
  lastAttemptAt: Date | null
  sentAt: Date | null
  failedAt: Date | null
  deliveredAt: Date | null
}

export type BatchRecord = {
  id: BatchId
  userId: number
  kind: BatchKind
  status: BatchStatus
  message: string
  parts: number
  senderName: string | null
  segmentId: number | null
  /** Of all its SMS, or of those whose country has no account of its own. */
  accountId: number
  /** Further accounts that have SMS of it. */
  otherAccountIds: readonly number[]
  priority: number
  counts: SmsCounts
  /** Recipients announced when the batch was accepted; `counts` grows to the exact number while it is EXPANDING. */
  announced: number
  createdAt: Date
  scheduledAt: Date | null
  validUntil: Date | null
  completedAt: Date | null
  cancelledAt: Date | null
  cancelReason: string | null
}

/** A job's whole payload: nothing personal is ever in Redis. */
export type SmsJob = { smsId: SmsId; dispatch: number }

export type ClaimRequest = SmsJob & { claimId: string }

/** What the one claim statement says of a job. */
export type ClaimVerdict =
  /** Held by this claim id until `leaseUntil`; only now may it go on the wire. */
  | {
      kind: 'claimed'
      smsId: SmsId
      batchId: BatchId | null
      accountId: number
      claimId: string
      /** This try's number, from 1. */
      attempt: number
      maxAttempts: number
      phoneNumber: string
      message: string
      senderName: string | null
      /** The account is blocked and this SMS finds out whether it still is. */
      isProbe: boolean
    }
  /** Stopped before the wire for good; the row is CANCELLED with this code. */
  | { kind: 'stopped'; smsId: SmsId; batchId: BatchId | null; code: 'BATCH_CANCELLED' | 'EXPIRED' | 'OPTED_OUT' }
  /** Not now (batch or account paused, number busy): undispatched, a later dispatch brings it back. */
  | { kind: 'deferred'; smsId: SmsId; batchId: BatchId | null; reason: 'PAUSED' | 'BUSY' }
  /** Not this job's to send: already claimed, settled, or dispatched anew. */
  | { kind: 'stale'; smsId: SmsId }

/** What a settle writes. Derived from a SendOutcome by `settlementOf`. */
export type Settlement = {
  smsId: SmsId
  claimId: string
  to: 'SENT' | 'FAILED' | 'PENDING' | 'UNKNOWN'
  outcome: SendOutcome
  attempt: number
  worker: string
  /** Only for PENDING: how long the row rests. */
  delayMs: number
  /** Only for PENDING: true when this try must not count (throttled, blocked, released). */
  givesAttemptBack: boolean
  /** Only for PENDING: true when BullMQ keeps the job and brings it back itself. */
  keepsJob: boolean
}

/** What became of a settlement: `applied` now or before; `refused` by the row's fence (superseded, or unproved and late). */
export type SettleResult = { smsId: SmsId; landed: 'applied' | 'refused'; status: SmsStatus; batchId: BatchId | null }

export type SenderAccount = {
  id: number
  name: string
  /** Set by an operator (`pauseSending`) or by a block; null sends. */
  pausedReason: string | null
  pausedByOperator: boolean
  /** While blocked: when the next single SMS is let through to see whether it works again. */
  probeAt: Date | null
  /** Null: the default account's, ORANGE_TPS. */
  ratePerSecond: number | null
  /** Takes no new SMS; it is paused too. */
  isDisabled: boolean
}

export type DispatchedJob = SmsJob & {
  /**
   * 0 to 10, higher goes sooner, for what goes before all batches. -1 for an SMS of an urgent batch, which goes before all others (bulk
   * keeps a share, `Window.letOnePass`). Null for an SMS of any other batch: its priority is the batch's share of
   * the window; as an order in the queue it would starve the lower ones for as long as a higher one lasts.
   */
  expressPriority: number | null
}

// ------------------------------------------------------------------------------------------------- the provider

export type SmsToSend = { phoneNumber: string; message: string; senderName: string | null }

/** Anything that can put one SMS on the wire. Never throws: whatever happens is an outcome. */
export type SmsProvider = {
  /**
   * Makes sure that credentials are at hand and a connection is warm, *before* a slot is taken or a row claimed.
   * Null when ready; else why not (`blocked`, `throttled` or `unavailable`), and nothing was sent.
   */
  prepare(): Promise<SendOutcome | null>
  send(sms: SmsToSend, limits: SendLimits): Promise<SendOutcome>
  close(): Promise<void>
}

export type SendLimits = {
  /** Whole call, token and repeats included, from now; shorter than what is left of the lease. */
  timeoutMs: number
  /** Asked as the very last thing before request bytes are handed over; false ends in `unavailable`, code NOT_WRITTEN. */
  mayWrite(): boolean
  /** Every POST needs a pacing slot; the first is taken by the caller, a repeat after 401 asks here. False: NOT_WRITTEN too. */
  takeSlot(): Promise<boolean>
  signal?: AbortSignal
}

/** Gives the current time in milliseconds of the epoch; core has no clock of its own. */
export type Clock = () => number
/** Uniform in [0, 1). */
export type Random = () => number
