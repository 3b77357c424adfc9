import type { Caller } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import { countOf, moveInChunks, type MovedChunk, reasonOf, refusalsOf } from './operator-moves.ts'
import type { BatchId, SmsId, SmsJob } from './ports.ts'
import { cleanText } from './prepare-send.ts'
import type { SmsStatus } from './sms-status.ts'

/** Where a person pressed the button. */
export const REPLAY_CHANNELS = ['GRAPHQL', 'BULL_BOARD', 'COMMAND'] as const
export type ReplayChannel = (typeof REPLAY_CHANNELS)[number]

/** Why an SMS that was asked for is left as it is. */
export const REPLAY_REFUSALS = [
  'NOT_FAILED',
  'UNKNOWN',
  'TOO_RECENT',
  'BATCH_CANCELLED',
  'EXPIRED',
  'STALE',
  'INSUFFICIENT_CREDIT',
] as const
export type ReplayRefusal = (typeof REPLAY_REFUSALS)[number]

/** Who, how and why: kept with every SMS that is moved. */
export type ReplayOrder = {
  caller: Caller
  via: ReplayChannel
  reason: string | null
  /** Also UNKNOWN, whose recipients may have got the SMS already. */
  includeUnknown: boolean
  /** SMS_MAX_ATTEMPTS: so many tries each SMS gets anew. */
  moreAttempts: number
  /**
   * What the credits of a user do not cover is left as it is (INSUFFICIENT_CREDIT), else that user owes it. By default so for a user, and
   * not for an administrator.
   */
  isCreditRequired?: boolean
}

/** All that is given must hold. */
export type ReplayFilter = {
  batchId: BatchId | null
  errorCode: string | null
  /** FAILED (or UNKNOWN) since then. */
  since: Date | null
  /** Before then. */
  until?: Date | null
  /** Sent to that segment. */
  segmentId?: number | null
  /** Whose SMS; for administrators. */
  userId?: number | null
}

export type ReplayVerdict = {
  verdict: 'REPLAYED' | ReplayRefusal
  /** The status it was found in. */
  status: SmsStatus
  smsCount: number
  /** Of all of them together, where they were UNKNOWN: what Orange may have billed already. 0 for others. */
  parts: number
}

/** `lastId`: where the next chunk goes on; null when this one found nothing. `accountIds`: whose rows are waiting now. */
export type ReplayedChunk = MovedChunk<ReplayVerdict>

export type ReplayRepository = {
  /** Moves the next chunk in the order of ids, one statement, its audit included. */
  replayChunk(
    order: ReplayOrder,
    filter: ReplayFilter,
    page: { after: SmsId; limit: number; before: Date },
  ): Promise<ReplayedChunk>
  /** What a replay would do now. Changes nothing. */
  previewReplay(order: ReplayOrder, filter: ReplayFilter, before: Date): Promise<ReplayVerdict[]>
  /** The SMS of one queue job; null when there is no such SMS. */
  replayJob(order: ReplayOrder, job: SmsJob): Promise<ReplayedChunk | null>
  now(): Promise<Date>
}

export type ReplayDeps = {
  replays: ReplayRepository
  /** Not awaited, as in AcceptDeps. */
  kick: (accountId: number) => void
}

export type ReplayReport = {
  /** SMS that matched. */
  matched: number
  /** Of them, back to PENDING; with `dryRun`, those that would be. */
  replayed: number
  /** Of the replayed, those that were UNKNOWN. */
  replayedUnknown: number
  /** Parts of those: what may be paid twice. */
  replayedUnknownParts: number
  refused: { code: ReplayRefusal; count: number }[]
}

const CODE_LENGTH = 100

/**
 * Puts FAILED SMS back to PENDING, on the same rows, chunk by chunk; a chunk takes its credits as it is moved. What fails again meanwhile is not met a second time. Throws
 * FORBIDDEN, EMPTY_INPUT and INVALID_INPUT.
 */
export const replayFailed = async (
  deps: ReplayDeps,
  input: ReplayOrder & { filter: ReplayFilter; dryRun: boolean },
): Promise<ReplayReport> => {
  const order = checkedOrder(input)
  const filter = checkedFilter(input.filter)
  // PostgreSQL's clock: the rows carry its dates.
  const before = await deps.replays.now()
  if (input.dryRun) return reportOf(await deps.replays.previewReplay(order, filter, before))

  return reportOf(await moveInChunks(deps.kick, (page) => deps.replays.replayChunk(order, filter, { ...page, before })))
}

/**
 * Replays the SMS of one queue job, if that job is still its last. A person looks at one job: what is not FAILED is left as it is
 * and named. Throws NOT_FOUND.
 */
export const replayJob = async (deps: ReplayDeps, input: ReplayOrder & { job: SmsJob }): Promise<ReplayVerdict> => {
  const chunk = await deps.replays.replayJob(checkedOrder({ ...input, includeUnknown: false }), input.job)
  const verdict = chunk?.verdicts[0]
  if (chunk === null || verdict === undefined) throw new SmsError('NOT_FOUND', `SMS ${input.job.smsId} does not exist`)
  chunk.accountIds.forEach(deps.kick)
  return verdict
}

export const checkedOrder = ({ caller, via, includeUnknown, moreAttempts, ...input }: ReplayOrder): ReplayOrder => {
  const reason = reasonOf(input.reason)
  if (includeUnknown) {
    if (!caller.isAdmin) throw new SmsError('FORBIDDEN', 'Replaying UNKNOWN needs an administrator')
    if (reason === null) throw new SmsError('EMPTY_INPUT', 'Replaying UNKNOWN needs a reason')
  }
  const { isCreditRequired = !caller.isAdmin } = input
  return { caller, via, includeUnknown, moreAttempts, reason, isCreditRequired }
}

export const checkedFilter = (filter: ReplayFilter): ReplayFilter => {
  const { batchId, errorCode, since, segmentId = null, userId = null } = filter
  // Everything that ever failed is never what is meant.
  if (batchId === null && errorCode === null && since === null && segmentId === null && userId === null) {
    throw new SmsError('EMPTY_INPUT', 'A replay needs a batch, an error code, a moment, a segment or a user')
  }
  return { ...filter, errorCode: checkedCode(errorCode) }
}

export const checkedCode = (errorCode: string | null): string | null => {
  if (errorCode === null) return null
  if (errorCode === '' || errorCode.length > CODE_LENGTH) {
    throw new SmsError('INVALID_INPUT', `errorCode must be 1 to ${CODE_LENGTH} characters`, {
      details: { argument: 'errorCode' },
    })
  }
  return cleanText(errorCode)
}

/** Counts, and what may be paid twice. */
export const reportOf = (verdicts: readonly ReplayVerdict[]): ReplayReport => {
  const replayed = verdicts.filter(({ verdict }) => verdict === 'REPLAYED')
  const unknown = replayed.filter(({ status }) => status === 'UNKNOWN')
  return {
    matched: countOf(verdicts),
    replayed: countOf(replayed),
    replayedUnknown: countOf(unknown),
    replayedUnknownParts: unknown.reduce((sum, { parts }) => sum + parts, 0),
    refused: refusalsOf(REPLAY_REFUSALS, verdicts),
  }
}
