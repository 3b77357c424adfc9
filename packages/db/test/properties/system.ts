import type {
  DeliveryReceipt,
  BatchStatus,
  ClaimRequest,
  ClaimVerdict,
  Settlement,
  SettleResult,
  SmsCounts,
  SmsJob,
  SmsStatus,
  UnknownDecision,
} from '@sms/core'

export type ExpiredClaim = { smsId: bigint; claimId: string; attempt: number }

/**
 * What the commands act upon: the whole life of SMS of one account, one method a statement (or transaction) of `packages/db`.
 * Two systems stand behind it: the model in memory, and PostgreSQL.
 */
export type System = {
  acceptList(phoneNumbers: readonly string[]): Promise<void>
  acceptSingle(phoneNumber: string): Promise<void>
  cancel(batchId: bigint): Promise<void>
  pause(batchId: bigint): Promise<void>
  resume(batchId: bigint): Promise<void>
  optOut(phoneNumber: string): Promise<void>
  block(): Promise<void>
  unblock(): Promise<void>
  dispatch(): Promise<SmsJob[]>
  probe(): Promise<SmsJob[]>
  undispatch(jobs: readonly SmsJob[]): Promise<void>
  emptyRedis(): Promise<void>
  claim(requests: readonly ClaimRequest[]): Promise<ClaimVerdict[]>
  settle(settlements: readonly Settlement[]): Promise<SettleResult[]>
  /** What a settle refused, and its worker knows. */
  recordLate(settlement: Settlement): Promise<void>
  findExpired(): Promise<ExpiredClaim[]>
  sweep(): Promise<void>
  /** By an operator, with a reason when UNKNOWN is included. */
  replay(includeUnknown: boolean): Promise<void>
  replayJob(job: SmsJob): Promise<void>
  resolveUnknown(decision: UnknownDecision): Promise<void>
  storeReceipt(receipt: DeliveryReceipt): Promise<void>
  /** Looks for the SMS of receipts that are due, and concludes from those of ids that nobody knows. */
  matchReceipts(): Promise<void>
  /** The clock passes the end of the lease of this claim, if it still holds its SMS. */
  endLease(claimId: string): Promise<void>
  /** A quarter of an hour: every lease and every rest is over. */
  passTime(): Promise<void>
  /** The SMS is not worth sending any more. */
  expire(smsId: bigint): Promise<void>
  /** Everything, as one statement sees it at one moment. */
  observe(): Promise<Observation>
}

/** Evidence and operator acts, oldest first; without what came late. */
export type SeenEvent = { kind: string; code: string | null }

export type SeenSms = {
  id: bigint
  batchId: bigint | null
  phoneNumber: string
  status: SmsStatus
  attempts: number
  maxAttempts: number
  dispatch: number
  inWindow: boolean
  claimId: string | null
  errorCode: string | null
  messageId: string | null
  events: SeenEvent[]
}

export type SeenBatch = { id: bigint; status: BatchStatus; announced: number; counts: SmsCounts; isSwept: boolean }

export type Observation = { sms: SeenSms[]; batches: SeenBatch[]; account: { isBlocked: boolean; probeSmsId: bigint | null } }

/** Codes under which nobody knows whether an SMS was accepted: what an operator sends again from there may be accepted twice. */
export const UNPROVED_CODES: readonly (string | null)[] = ['REPLY_LOST', 'LEASE_EXPIRED', 'ASSUMED_NOT_SENT']

export const MAX_ATTEMPTS = 2
