/**
 * What was *proved* about one attempt at the provider. Evidence decides, not hope: anything that may have been
 * accepted and cannot be proved is `unknown`, and unknown is never sent again by itself.
 */
export type SendOutcome =
  /** 201. `messageId` is null when the answer could not be read: accepted all the same, never sent again. */
  | { kind: 'accepted'; messageId: string | null; httpStatus: number }
  /** The token was refused; the same attempt may go again with a fresh one. */
  | ({ kind: 'unauthorized' } & Refusal)
  /** The provider asks for less; nobody's fault, no attempt burned. `retryAfterMs` null: it did not say how long. */
  | ({ kind: 'throttled'; retryAfterMs: number | null } & Refusal)
  /** The sender account cannot send at all (credentials, contract, units). */
  | ({ kind: 'blocked' } & Refusal)
  /** This SMS will never be accepted. */
  | ({ kind: 'rejected' } & Refusal)
  /** Proved not accepted, and another try may help. */
  | ({ kind: 'unavailable' } & Refusal)
  /** The request was written and no readable answer says what became of it. */
  | ({ kind: 'unknown' } & Refusal)

export type SendOutcomeKind = SendOutcome['kind']

/** Evidence of an attempt that did not end in acceptance. */
export type Refusal = {
  /** Stable and short: Orange's own (`SVC0004`, `POL0001`, `42`) or ours (`CONNECT_FAILED`, `REPLY_LOST`, `HTTP_502`). */
  code: string
  /** Orange's words with their variables filled in, runs of 6 or more digits masked; never a phone number or a text. */
  text: string
  /** Null when no status line was read. */
  httpStatus: number | null
}

/** True when the outcome says for certain whether the SMS was accepted. */
export const isProof = (outcome: SendOutcome): boolean => outcome.kind !== 'unknown'
