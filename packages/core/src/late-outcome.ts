import type { Settlement } from './ports.ts'
import type { SmsStatus } from './sms-status.ts'

/**
 * What an outcome means that the row refused, because a person had decided about its attempt before it came.
 *
 * DUPLICATE: Orange accepted this attempt, and another one was accepted (SENT) or may have been (PROCESSING, UNKNOWN): alarm.
 * ACCEPTED_LATE: Orange accepted this attempt, and none after it; it was assumed not to be sent, or waits to be sent again: alarm,
 *   and it is not sent any more. The status stays what the person made it: only the same attempt's row takes proof.
 * CONFIRMED: it was assumed to be sent, or a receipt had shown it, and it was: the id that its worker read takes the place of any other.
 * REPEATED: this very acceptance, or this very refusal, is known already.
 * NOTED: not accepted, or not proved: evidence, no more. Also that an attempt was refused which a receipt had shown to be accepted.
 * STRAY: not accepted, and its claim was never the row's: nothing is kept.
 * GONE: the row was erased.
 */
export type LateMeaning = 'DUPLICATE' | 'ACCEPTED_LATE' | 'CONFIRMED' | 'REPEATED' | 'NOTED' | 'STRAY' | 'GONE'

/** `isNew`: written by this very call. */
export type LateOutcome = { meaning: LateMeaning; isNew: boolean; status: SmsStatus | null }

export type LateOutcomes = {
  /** Keeps what a refused settlement says, once, however often it is called; takes from the row what would send it again. */
  record(settlement: Settlement): Promise<LateOutcome>
}

/** The row, held, as the late word finds it. */
export type LateRow = {
  status: SmsStatus
  /** Of its last claim; null when a person decided since. */
  claimId: string | null
  /** Its own, or that of a duplicate of which a receipt has told. */
  messageId: string | null
  /** The claim that the last decision took the place of. */
  supersededClaimId: string | null
  /** Some decision took the place of the very claim that speaks now. */
  wasSuperseded: boolean
}

export const lateMeaningOf = (row: LateRow, { claimId, outcome }: Pick<Settlement, 'claimId' | 'outcome'>): LateMeaning => {
  // SENT under this very claim, and this is news: a receipt had spoken for it.
  const isOwn = row.status === 'SENT' && row.claimId === claimId
  if (outcome.kind !== 'accepted') return row.wasSuperseded || isOwn ? 'NOTED' : 'STRAY'
  if (outcome.messageId !== null && outcome.messageId === row.messageId) return 'REPEATED'
  switch (row.status) {
    case 'SENT':
      // SENT without a claim: assumed. Of this attempt, or of one after it?
      return isOwn || (row.claimId === null && row.supersededClaimId === claimId) ? 'CONFIRMED' : 'DUPLICATE'
    case 'PROCESSING':
    case 'UNKNOWN':
      return 'DUPLICATE'
    case 'PENDING':
    case 'FAILED':
    case 'CANCELLED':
      return 'ACCEPTED_LATE'
  }
}
