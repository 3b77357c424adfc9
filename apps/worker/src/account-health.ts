import { NOT_WRITTEN, type SendOutcome } from '@sms/core'

/** So many outcomes in a row without an answer from Orange are the account's trouble, not those SMS's. */
const OUTAGE_OUTCOMES = 20

const FIRST_HOLD_MS = 1_000
const LONGEST_HOLD_MS = 30_000

/** A claim is begun this much before its slot: twice what claims took lately, within these bounds. */
const SHORTEST_LEAD_MS = 8
const LONGEST_LEAD_MS = 1_000

/** What this worker has seen of one sender account lately. */
export type AccountHealth = {
  outcome(outcome: SendOutcome): void
  /** The last {@link OUTAGE_OUTCOMES} outcomes were all unavailable. */
  isOut(): boolean
  /**
   * How long to hold after a throttle: what Orange said, else a second, doubled each time it throttles again after a hold. What was in
   * flight together is throttled together: during a hold, only the rest of it is due.
   */
  throttleHoldMs(outcome: SendOutcome): number
  /** Such a hold is in force: a slot that was reserved before it is not used. */
  isHeld(): boolean
  claimTook(durationMs: number): void
  claimLeadMs(): number
}

export const createAccountHealth = (now: () => number = () => performance.now()): AccountHealth => {
  let unavailableInARow = 0
  let holdsInARow = 0
  let heldUntil = -Infinity
  let toldUntil = -Infinity
  let claimMs = 5
  return {
    outcome: (outcome) => {
      if (outcome.kind === 'unavailable' && outcome.code === NOT_WRITTEN) return
      unavailableInARow = outcome.kind === 'unavailable' ? unavailableInARow + 1 : 0
      if (outcome.kind === 'accepted' || outcome.kind === 'rejected') holdsInARow = 0
    },
    isOut: () => unavailableInARow >= OUTAGE_OUTCOMES,
    throttleHoldMs: (outcome) => {
      if (outcome.kind === 'throttled' && outcome.retryAfterMs !== null) {
        toldUntil = Math.max(toldUntil, now() + outcome.retryAfterMs)
        return outcome.retryAfterMs
      }
      if (now() >= heldUntil) {
        heldUntil = now() + Math.min(LONGEST_HOLD_MS, FIRST_HOLD_MS * 2 ** holdsInARow)
        holdsInARow += 1
      }
      return heldUntil - now()
    },
    isHeld: () => now() < Math.max(heldUntil, toldUntil),
    claimTook: (durationMs) => {
      // Follows a slow database at once and forgets it slowly.
      claimMs = durationMs > claimMs ? durationMs : claimMs * 0.9 + durationMs * 0.1
    },
    claimLeadMs: () => Math.min(LONGEST_LEAD_MS, Math.max(SHORTEST_LEAD_MS, 2 * claimMs)),
  }
}
