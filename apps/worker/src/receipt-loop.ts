import type { ReceiptLook, ReceiptProof } from '@sms/core'
import type { ReceiptRepository } from '@sms/db'

/** One statement's worth: its locks are held for some milliseconds. */
const LOOK_AT_ONCE = 500

/** Orange reports within a day and proves within three; what a receipt has changed stays in the story of its SMS. */
const KEPT_DAYS = 7
const CLEAN_EVERY_MS = 60_000
const CLEAN_AT_ONCE = 2_000

export type ReceiptDeps = {
  receipts: Pick<ReceiptRepository, 'lookForSms' | 'resolveOrphans' | 'clean'>
  /** Another program sends with one of our accounts: an id that nobody here knows may be its. */
  isAccountShared: boolean
  now: () => number
  onLooked: (look: ReceiptLook) => void
  onProved: (proof: ReceiptProof) => void
}

/**
 * Makes something of the receipts that the API has stored: the delivery of known SMS, and by elimination what became of UNKNOWN ones. A
 * round may run anywhere and as often as it likes, and may end between any two of its steps: what was looked for in vain is looked for
 * again, and with it everything that follows.
 */
export const createReceiptRound = (deps: ReceiptDeps): (() => Promise<boolean>) => {
  let cleanAt = 0

  return async () => {
    const look = await deps.receipts.lookForSms(LOOK_AT_ONCE)
    if (look.lookedAt > 0) deps.onLooked(look)

    const proofs = deps.isAccountShared ? [] : await deps.receipts.resolveOrphans(look.orphanNumbers)
    for (const proof of proofs) deps.onProved(proof)

    let isCleaning = false
    if (deps.now() >= cleanAt) {
      isCleaning = (await deps.receipts.clean(KEPT_DAYS, CLEAN_AT_ONCE)) === CLEAN_AT_ONCE
      if (!isCleaning) cleanAt = deps.now() + CLEAN_EVERY_MS
    }
    // What was just proved has receipts that are due.
    return look.lookedAt === LOOK_AT_ONCE || proofs.length > 0 || isCleaning
  }
}
