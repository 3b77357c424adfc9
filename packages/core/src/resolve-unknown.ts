import type { Caller } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import { countOf, moveInChunks, type MovedChunk, reasonOf, refusalsOf } from './operator-moves.ts'
import type { SmsId } from './ports.ts'
import { checkedCode, type ReplayChannel, type ReplayFilter } from './replay-failed.ts'
import { moneyAtStake, type MoneyAtStake, type SmsPrice } from './sms-price.ts'

/** What a person may decide about SMS of which nobody can prove whether Orange accepted them. */
export const UNKNOWN_DECISIONS = ['ASSUME_SENT', 'ASSUME_NOT_SENT', 'SEND_AGAIN'] as const
export type UnknownDecision = (typeof UNKNOWN_DECISIONS)[number]

/** Why an SMS is left UNKNOWN, or as it is. All but the first only of SEND_AGAIN. */
export const RESOLVE_REFUSALS = ['NOT_UNKNOWN', 'TOO_RECENT', 'BATCH_CANCELLED', 'EXPIRED'] as const
export type ResolveRefusal = (typeof RESOLVE_REFUSALS)[number]

/** Who, how and why: kept with every SMS that is moved. */
export type ResolveOrder = {
  caller: Caller
  via: ReplayChannel
  decision: UnknownDecision
  reason: string
  /** SMS_MAX_ATTEMPTS: so many tries each SMS gets anew when it is sent again. */
  moreAttempts: number
}

/** All that is given must hold. SMS that are named by id and are not UNKNOWN are counted as refused; others are not looked for. */
export type UnknownFilter = ReplayFilter & {
  smsIds: readonly SmsId[] | null
  /** Whose SMS. */
  userId: number | null
}

export type ResolveVerdict = {
  verdict: 'RESOLVED' | ResolveRefusal
  smsCount: number
  /** Of all of them together. */
  parts: number
}

export type UnknownRepository = {
  /** Moves the next chunk in the order of ids, one statement, its audit included. */
  resolveChunk(order: ResolveOrder, filter: UnknownFilter, page: ResolvePage): Promise<MovedChunk<ResolveVerdict>>
  /** What `resolveChunk` would do at this moment. Changes nothing. */
  previewChunk(order: ResolveOrder, filter: UnknownFilter, page: ResolvePage): Promise<MovedChunk<ResolveVerdict>>
  now(): Promise<Date>
}

/** `before`: UNKNOWN since then at the latest. */
export type ResolvePage = { after: SmsId; limit: number; before: Date }

export type ResolveDeps = {
  unknowns: UnknownRepository
  /** Not awaited, as in AcceptDeps. */
  kick: (accountId: number) => void
  price: SmsPrice
}

export type ResolveReport = {
  /** SMS that matched. */
  matched: number
  /** Of them, decided about; with `dryRun`, those that would be. */
  resolved: number
  refused: { code: ResolveRefusal; count: number }[]
  /** Of the resolved: what Orange may have billed, and bills once more for what is sent again. */
  atStake: MoneyAtStake
}

const MOST_IDS = 1_000

/**
 * Decides about UNKNOWN SMS, on the same rows, chunk by chunk. For administrators: as with a replay of UNKNOWN, it is the operator of
 * the account who answers for what is paid twice, and an assumption changes what the sender is told. Throws FORBIDDEN, EMPTY_INPUT
 * and INVALID_INPUT.
 */
export const resolveUnknown = async (
  deps: ResolveDeps,
  input: Omit<ResolveOrder, 'reason'> & { reason: string | null; filter: UnknownFilter; dryRun: boolean },
): Promise<ResolveReport> => {
  const order = checkedOrder(input)
  const filter = checkedFilter(input.filter)
  // PostgreSQL's clock: the rows carry its dates.
  const before = await deps.unknowns.now()
  const step = input.dryRun ? deps.unknowns.previewChunk : deps.unknowns.resolveChunk
  return reportOf(deps.price, await moveInChunks(deps.kick, (page) => step(order, filter, { ...page, before })))
}

const checkedOrder = (input: Omit<ResolveOrder, 'reason'> & { reason: string | null }): ResolveOrder => {
  const { caller, via, decision, moreAttempts } = input
  if (!caller.isAdmin) throw new SmsError('FORBIDDEN', 'Deciding about UNKNOWN needs an administrator')
  const reason = reasonOf(input.reason)
  if (reason === null) throw new SmsError('EMPTY_INPUT', 'Deciding about UNKNOWN needs a reason')
  return { caller, via, decision, moreAttempts, reason }
}

const checkedFilter = (filter: UnknownFilter): UnknownFilter => {
  const { smsIds, batchId, errorCode, since, userId } = filter
  // Everything that is UNKNOWN is never what is meant.
  if (smsIds?.length === 0 || (smsIds === null && batchId === null && errorCode === null && since === null && userId === null)) {
    throw new SmsError('EMPTY_INPUT', 'A decision needs ids, a batch, a user, an error code or a moment')
  }
  if (smsIds !== null && smsIds.length > MOST_IDS) {
    throw new SmsError('INVALID_INPUT', `ids may be ${MOST_IDS} at most`, { details: { argument: 'ids' } })
  }
  return { ...filter, errorCode: checkedCode(errorCode) }
}

const reportOf = (price: SmsPrice, verdicts: readonly ResolveVerdict[]): ResolveReport => {
  const resolved = verdicts.filter(({ verdict }) => verdict === 'RESOLVED')
  const smsCount = countOf(resolved)
  return {
    matched: countOf(verdicts),
    resolved: smsCount,
    refused: refusalsOf(RESOLVE_REFUSALS, verdicts),
    atStake: moneyAtStake(price, { smsCount, parts: resolved.reduce((sum, { parts }) => sum + parts, 0) }),
  }
}
