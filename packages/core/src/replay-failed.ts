import type { Caller } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import type { BatchId, SmsId, SmsJob } from './ports.ts'
import { cleanText } from './prepare-send.ts'
import type { SmsStatus } from './sms-status.ts'

/** Where a person pressed the button. */
export const REPLAY_CHANNELS = ['GRAPHQL', 'BULL_BOARD', 'COMMAND'] as const
export type ReplayChannel = (typeof REPLAY_CHANNELS)[number]

/** Why an SMS that was asked for is left as it is. */
export const REPLAY_REFUSALS = ['NOT_FAILED', 'UNKNOWN', 'TOO_RECENT', 'BATCH_CANCELLED', 'EXPIRED', 'STALE'] as const
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
}

/** All that is given must hold. */
export type ReplayFilter = {
  batchId: BatchId | null
  errorCode: string | null
  /** FAILED (or UNKNOWN) since then. */
  since: Date | null
}

export type ReplayVerdict = {
  verdict: 'REPLAYED' | ReplayRefusal
  /** The status it was found in. */
  status: SmsStatus
  smsCount: number
}

/** `lastId`: where the next chunk goes on; null when this one found nothing. `accountIds`: whose rows are waiting now. */
export type ReplayedChunk = { verdicts: ReplayVerdict[]; lastId: SmsId | null; accountIds: number[] }

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
  refused: { code: ReplayRefusal; count: number }[]
}

/** Rows of one statement: its locks are held for some hundred milliseconds at most. */
const CHUNK = 2_000
const REASON_LENGTH = 500
const CODE_LENGTH = 100

/**
 * Puts FAILED SMS back to PENDING, on the same rows, chunk by chunk. What fails again meanwhile is not met a second time. Throws
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

  const verdicts: ReplayVerdict[] = []
  for (let after: SmsId | null = 0n; after !== null;) {
    const chunk: ReplayedChunk = await deps.replays.replayChunk(order, filter, { after, limit: CHUNK, before })
    verdicts.push(...chunk.verdicts)
    chunk.accountIds.forEach(deps.kick)
    after = chunk.lastId
  }
  return reportOf(verdicts)
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

const checkedOrder = ({ caller, via, includeUnknown, moreAttempts, ...input }: ReplayOrder): ReplayOrder => {
  const reason = input.reason === null ? null : cleanText(input.reason).trim().slice(0, REASON_LENGTH).toWellFormed()
  if (includeUnknown) {
    if (!caller.isAdmin) throw new SmsError('FORBIDDEN', 'Replaying UNKNOWN needs an administrator')
    if (reason === null || reason === '') throw new SmsError('EMPTY_INPUT', 'Replaying UNKNOWN needs a reason')
  }
  return { caller, via, includeUnknown, moreAttempts, reason: reason === '' ? null : reason }
}

const checkedFilter = (filter: ReplayFilter): ReplayFilter => {
  const { batchId, errorCode, since } = filter
  // Everything that ever failed is never what is meant.
  if (batchId === null && errorCode === null && since === null) {
    throw new SmsError('EMPTY_INPUT', 'A replay needs a batch, an error code or a moment')
  }
  if (errorCode !== null && (errorCode === '' || errorCode.length > CODE_LENGTH)) {
    throw new SmsError('INVALID_INPUT', `errorCode must be 1 to ${CODE_LENGTH} characters`, {
      details: { argument: 'errorCode' },
    })
  }
  return { ...filter, errorCode: errorCode === null ? null : cleanText(errorCode) }
}

const reportOf = (verdicts: readonly ReplayVerdict[]): ReplayReport => {
  const count = (matches: (verdict: ReplayVerdict) => boolean): number =>
    verdicts.filter(matches).reduce((sum, { smsCount }) => sum + smsCount, 0)
  const refused = REPLAY_REFUSALS.map((code) => ({ code, count: count(({ verdict }) => verdict === code) }))
  return {
    matched: count(() => true),
    replayed: count(({ verdict }) => verdict === 'REPLAYED'),
    replayedUnknown: count(({ verdict, status }) => verdict === 'REPLAYED' && status === 'UNKNOWN'),
    refused: refused.filter((refusal) => refusal.count > 0),
  }
}
