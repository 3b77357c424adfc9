import type { Claimed, ClaimVerdict, Settlement, SettleResult } from '@sms/core'

/** What a worker tells the outside about its work: one log event a state change, and the metrics. Ids only, never a number or a text. */
export type WorkerEvents = {
  claimed(claim: Claimed): void
  notClaimed(verdict: Exclude<ClaimVerdict, { kind: 'claimed' }>): void
  settled(claim: Claimed, settlement: Settlement, result: SettleResult, durationMs: number): void
  /** Kept in Redis because PostgreSQL was away while this worker stopped. */
  parked(claim: Claimed, settlement: Settlement): void
  /** A parked settlement came to PostgreSQL by this worker. */
  landed(settlement: Settlement, result: SettleResult): void
  /** Nobody could write this outcome; its row becomes UNKNOWN when the lease is over. */
  outcomeLost(settlement: Settlement, cause: unknown): void
  throttled(accountId: number, holdMs: number): void
  blocked(accountId: number, reason: string): void
  unblocked(accountId: number): void
  /** Something beside the outcome failed; `step` says what. */
  trouble(step: string, error: unknown): void
}
