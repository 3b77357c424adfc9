import type { ReplayFilter } from '@sms/core'
import { bigIdOf, intIdOf, NO_ID } from './ids.ts'
import type { ReplayInput } from './resolver-types.generated.ts'

/** A malformed id is that of nothing. */
export const replayFilterOf = (input: ReplayInput): ReplayFilter => ({
  batchId: input.batchId == null ? null : (bigIdOf(input.batchId) ?? BigInt(NO_ID)),
  errorCode: input.errorCode ?? null,
  since: input.since ?? null,
  until: input.until ?? null,
  segmentId: input.segmentId == null ? null : (intIdOf(input.segmentId) ?? NO_ID),
  userId: input.userId == null ? null : (intIdOf(input.userId) ?? NO_ID),
})
