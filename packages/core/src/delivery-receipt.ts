import type { DeliveryStatus } from './sms-status.ts'

/** One word of Orange about one SMS, as it came. */
export type DeliveryReceipt = {
  /** Orange's `callbackData`: the last segment of the resource URL that its acceptance named. */
  messageId: string
  /** E.164; null when the address could not be read. */
  phoneNumber: string | null
  /** Orange's word, known or not. */
  status: string
}

/** What Orange's words mean. Any other is kept as it is and moves nothing. */
const MEANINGS: Readonly<Record<string, DeliveryStatus>> = {
  MessageWaiting: 'WAITING',
  DeliveredToNetwork: 'ON_NETWORK',
  DeliveryUncertain: 'UNCERTAIN',
  // Not the last word: a phone that was off for a day may still get it.
  DeliveryImpossible: 'UNDELIVERED',
  DeliveredToTerminal: 'DELIVERED',
}

export const DELIVERY_WORDS: readonly (readonly [word: string, means: DeliveryStatus])[] = Object.entries(MEANINGS)

/** Null: a word that nobody here knows. */
export const deliveryStatusOf = (word: string): DeliveryStatus | null =>
  Object.hasOwn(MEANINGS, word) ? (MEANINGS[word] ?? null) : null

/** E.164 of Orange's "tel:+2250700000000"; null for what is no number. */
export const phoneNumberOfAddress = (address: string): string | null => {
  const digits = /^(?:tel:)?\+?([1-9]\d{5,14})$/.exec(address.trim())?.[1]
  return digits === undefined ? null : `+${digits}`
}

/** What the receipts of ids that nobody knew have shown about one SMS. */
export type ReceiptProof = {
  smsId: bigint
  batchId: bigint | null
  attempt: number
  messageId: string
  /**
   * RESOLVED: it was UNKNOWN, Orange had accepted it, it is SENT now. CONFIRMED: it was SENT without an id. DUPLICATE: an attempt that
   * a person had given up was accepted, and so was a later one. ACCEPTED_LATE: the same, and no later one was.
   */
  proved: 'RESOLVED' | 'CONFIRMED' | 'DUPLICATE' | 'ACCEPTED_LATE'
}

/** What one look at the receipts that were due has done. */
export type ReceiptLook = {
  lookedAt: number
  /** Of a known SMS: its delivery moved on. */
  moved: number
  /** Of a known SMS: late, or a word that nobody knows. */
  unchanged: number
  /** Of an attempt whose place another one took. */
  superseded: number
  /** Looked for in vain for the first time. */
  orphaned: number
  /** Of all that were looked for in vain. */
  orphanNumbers: string[]
}
