import type { AcceptDeps, SendInput } from './accept-ports.ts'
import type { AudienceAccepted } from './enqueue-segment.ts'
import { SmsError } from './errors.ts'
import { idempotencyClaim, keyConflict, prepareSend } from './prepare-send.ts'
import { planVerifier } from './send-plan.ts'
import { BATCH_PRIORITY } from './send-options.ts'

/** As `enqueueSegment`, to every contact of the sender. Throws EMPTY_INPUT when there is none. */
export const enqueueAllContacts = async (deps: AcceptDeps, input: SendInput): Promise<AudienceAccepted> => {
  const prepared = await prepareSend(deps, input, BATCH_PRIORITY)
  const target = { operation: 'all-contacts', recipients: [] } as const
  const idempotency = idempotencyClaim(prepared, input, target)
  const verify = await planVerifier(deps, prepared, input, target)
  const accepted = await deps.accepts.acceptAudience({
    ...prepared.draft,
    parts: prepared.parts,
    segmentId: null,
    idempotency,
    verify,
  })
  if (accepted.kind === 'conflict') throw keyConflict()
  if (accepted.kind === 'nobody') throw new SmsError('EMPTY_INPUT', `User ${prepared.draft.userId} has no contact`)
  deps.kick(prepared.draft.accountId)
  return { batch: accepted.batch, isRepeated: accepted.isRepeated }
}
