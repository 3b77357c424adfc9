import type { AcceptDeps, SendInput } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import { normalizeRecipients, type NormalizedRecipients, type RefusedRecipient } from './phone-number.ts'
import type { BatchRecord } from './ports.ts'
import { idempotencyClaim, keyConflict, prepareSend } from './prepare-send.ts'
import { BATCH_PRIORITY } from './send-options.ts'

/** Why an entry of the list made no SMS of its own; `index` from 0, in input order. */
export type EntryRefusal = RefusedRecipient | { index: number; code: 'OPTED_OUT' }

export type BulkAccepted = {
  /** Null: every entry was refused, and nothing was written. */
  batch: BatchRecord | null
  isRepeated: boolean
  refused: EntryRefusal[]
}

/**
 * Accepts one text to a list of numbers in any spelling. A refused entry is data and stops nobody else; what is wrong with the
 * whole call is thrown (EMPTY_INPUT, TOO_MANY_RECIPIENTS, MESSAGE_TOO_LONG, IDEMPOTENCY_CONFLICT …).
 */
export const enqueueBulk = async (
  deps: AcceptDeps,
  input: SendInput & { phoneNumbers: readonly string[] },
): Promise<BulkAccepted> => {
  const entryCount = input.phoneNumbers.length
  const { maxRecipients, defaultCountry } = deps.policy
  if (entryCount === 0) throw new SmsError('EMPTY_INPUT', 'The list is empty')
  if (entryCount > maxRecipients) {
    throw new SmsError('TOO_MANY_RECIPIENTS', `One call may carry ${maxRecipients} entries`, { details: { entryCount, maxRecipients } })
  }
  const prepared = await prepareSend(deps, input, BATCH_PRIORITY)
  const recipients = await normalizeRecipients({
    entries: input.phoneNumbers,
    defaultCountry,
    yieldNow: deps.yieldNow,
    now: deps.monotonicNow,
  })
  if (recipients.accepted.length === 0) return { batch: null, isRepeated: false, refused: recipients.refused }

  const phoneNumbers = recipients.accepted.map(({ phoneNumber }) => phoneNumber)
  // Hashed before the opted-out are left out: who opts out meanwhile does not make a repeated call another one.
  const idempotency = await idempotencyClaim(deps, prepared, input, { operation: 'list', recipients: phoneNumbers })
  const accepted = await deps.accepts.acceptList({ ...prepared.draft, parts: prepared.parts, phoneNumbers, idempotency })
  if (accepted.kind === 'conflict') throw keyConflict()

  const refused = withOptedOut(recipients, accepted.optedOut)
  if (accepted.kind === 'nobody') return { batch: null, isRepeated: false, refused }
  deps.kick(prepared.draft.accountId)
  return { batch: accepted.batch, isRepeated: accepted.isRepeated, refused }
}

/** A repetition of a number that opted out is refused for that reason: its first mention made no SMS either. */
const withOptedOut = (recipients: NormalizedRecipients, optedOut: readonly string[]): EntryRefusal[] => {
  if (optedOut.length === 0) return recipients.refused
  const numbers = new Set(optedOut)
  const indexes = new Set<number>()
  for (const { index, phoneNumber } of recipients.accepted) if (numbers.has(phoneNumber)) indexes.add(index)

  const refused: EntryRefusal[] = recipients.refused.map((entry) =>
    entry.code === 'DUPLICATE' && indexes.has(entry.firstIndex) ? { index: entry.index, code: 'OPTED_OUT' } : entry,
  )
  for (const index of indexes) refused.push({ index, code: 'OPTED_OUT' })
  return refused.sort((left, right) => left.index - right.index)
}
