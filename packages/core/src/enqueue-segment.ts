import type { AcceptDeps, SegmentRecord, SendInput } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import type { BatchRecord } from './ports.ts'
import { idempotencyClaim, keyConflict, prepareSend } from './prepare-send.ts'
import { planVerifier } from './send-plan.ts'
import { BATCH_PRIORITY } from './send-options.ts'

export type AudienceAccepted<Extra = object> = Extra & { batch: BatchRecord; isRepeated: boolean }

/**
 * Accepts a send to the members of a segment in the same time for 10 as for 1,000,000: the batch alone is written, its
 * rows are made by the workers. It belongs to the sender, whoever owns the segment. Throws UNKNOWN_SEGMENT, and EMPTY_INPUT
 * for a segment without members.
 */
export const enqueueSegment = async (
  deps: AcceptDeps,
  input: SendInput & { segmentId: number },
): Promise<AudienceAccepted<{ segment: SegmentRecord }>> => {
  const prepared = await prepareSend(deps, input, BATCH_PRIORITY)
  const segment = await deps.contacts.findSegment(input.caller, input.segmentId)
  if (segment === null) throw new SmsError('UNKNOWN_SEGMENT', `Segment ${input.segmentId} does not exist`)

  const target = { operation: 'segment', recipients: [String(segment.id)] } as const
  const idempotency = idempotencyClaim(prepared, input, target)
  const verify = await planVerifier(deps, prepared, input, target)
  const accepted = await deps.accepts.acceptAudience({
    ...prepared.draft,
    parts: prepared.parts,
    segmentId: segment.id,
    idempotency,
    verify,
  })
  if (accepted.kind === 'conflict') throw keyConflict()
  if (accepted.kind === 'nobody') throw new SmsError('EMPTY_INPUT', `Segment ${segment.id} has no member`)
  deps.kick(prepared.draft.accountId)
  return { segment, batch: accepted.batch, isRepeated: accepted.isRepeated }
}
