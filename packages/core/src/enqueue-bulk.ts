import type { AcceptDeps, SendInput } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import type { BatchRecord } from './ports.ts'
import { idempotencyClaim, keyConflict, prepareSend } from './prepare-send.ts'
import { type RecipientList, withRefused } from './recipient-list.ts'
import { planVerifier } from './send-plan.ts'
import { BATCH_PRIORITY } from './send-options.ts'

export type BulkAccepted = {
  /** Null: every entry was refused, and nothing was written. */
  batch: BatchRecord | null
  isRepeated: boolean
  /** What became of each entry, in input order; see `verdictAt`. */
  verdicts: Uint8Array
}

/**
 * Accepts one text to a list of numbers in any spelling. A refused entry is data and stops nobody else; what is wrong with the
 * whole call is thrown (EMPTY_INPUT, TOO_MANY_RECIPIENTS, MESSAGE_TOO_LONG, IDEMPOTENCY_CONFLICT …).
 */
export const enqueueBulk = async (deps: AcceptDeps, input: SendInput & { recipients: RecipientList }): Promise<BulkAccepted> => {
  const { entryCount } = input.recipients
  const { maxRecipients, defaultCountry } = deps.policy
  if (entryCount === 0) throw new SmsError('EMPTY_INPUT', 'The list is empty')
  if (entryCount > maxRecipients) {
    throw new SmsError('TOO_MANY_RECIPIENTS', `One call may carry ${maxRecipients} entries`, {
      details: { entryCount, maxRecipients },
    })
  }
  const prepared = await prepareSend(deps, input, BATCH_PRIORITY)
  const list = await input.recipients.normalize(defaultCountry)
  if (list.numbers.count === 0) return { batch: null, isRepeated: false, verdicts: list.verdicts }

  // Hashed before the opted-out are left out: who opts out meanwhile does not make a repeated call another one.
  const target = { operation: 'list', recipients: list.numbers.chunks } as const
  const idempotency = idempotencyClaim(prepared, input, target)
  const verify = await planVerifier(deps, prepared, input, target)
  const accepted = await deps.accepts.acceptList({
    ...prepared.draft,
    parts: prepared.parts,
    numbers: list.numbers,
    idempotency,
    verify,
  })
  if (accepted.kind === 'conflict') throw keyConflict()
  if (accepted.kind === 'nobody')
    return {
      batch: null,
      isRepeated: false,
      verdicts: withRefused(list, { optedOut: [...list.acceptedIndexes.keys()], unfilled: [] }),
    }
  for (const accountId of [accepted.batch.accountId, ...accepted.batch.otherAccountIds]) deps.kick(accountId)
  return { batch: accepted.batch, isRepeated: accepted.isRepeated, verdicts: withRefused(list, accepted) }
}
