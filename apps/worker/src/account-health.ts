import { NOT_WRITTEN, type SendOutcome } from '@sms/core'
import { createRecentPeak } from './recent-peak.ts'

/** So many outcomes in a row without an answer from Orange are the account's trouble, not those SMS's. */
const OUTAGE_OUTCOMES = 20

/** A claim is begun this much before its slot: twice what claims took lately, within these bounds. */
const SHORTEST_LEAD_MS = 8
const LONGEST_LEAD_MS = 1_000

/** Before the first claim, and how slowly a slow one is forgotten. */
const CLAIMS = { firstMs: 5, halfLifeMs: 500 }

const LASTING_TROUBLE_MS = 5_000

/** What this worker has seen of one sender account lately. */
export type AccountHealth = {
  outcome(outcome: SendOutcome): void
  /** The last {@link OUTAGE_OUTCOMES} outcomes were all unavailable. */
  isOut(): boolean
  /** Nobody of this account sends for so long; a longer hold in force stays. */
  heldFor(forMs: number): void
  /** A hold is in force that was not known yet at `takenAt`: a slot that was taken then is not used. */
  isHeldSince(takenAt: number): boolean
  /** No token or no connection for seconds: for some more, another job that meets the same need not find out anew. */
  troubleLasted(): void
  isInLastingTrouble(): boolean
  claimTook(durationMs: number): void
  claimLeadMs(): number
}

export const createAccountHealth = (now: () => number = () => performance.now()): AccountHealth => {
  let unavailableInARow = 0
  let heldAt = -Infinity
  let heldUntil = -Infinity
  let troubledUntil = -Infinity
  const claims = createRecentPeak(CLAIMS, now)
  return {
    outcome: (outcome) => {
      if (outcome.kind === 'unavailable' && outcome.code === NOT_WRITTEN) return
      unavailableInARow = outcome.kind === 'unavailable' ? unavailableInARow + 1 : 0
    },
    isOut: () => unavailableInARow >= OUTAGE_OUTCOMES,
    heldFor: (forMs) => {
      heldAt = now()
      heldUntil = Math.max(heldUntil, now() + forMs)
    },
    isHeldSince: (takenAt) => takenAt <= heldAt && now() < heldUntil,
    troubleLasted: () => {
      troubledUntil = now() + LASTING_TROUBLE_MS
    },
    isInLastingTrouble: () => now() < troubledUntil,
    claimTook: (durationMs) => claims.took(Math.min(durationMs, LONGEST_LEAD_MS)),
    claimLeadMs: () => Math.min(LONGEST_LEAD_MS, Math.max(SHORTEST_LEAD_MS, 2 * claims.ms())),
  }
}
