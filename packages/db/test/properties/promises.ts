import { isFinal, isProof, type SmsStatus, totalOf } from '@sms/core'
import { type Observation, type SeenBatch, type SeenSms, UNPROVED_CODES } from './system.ts'
import { type Hold, messageIdOf } from './hold.ts'
import type { World } from './world.ts'

const broken = (promise: string, about: object): never => {
  const details = JSON.stringify(about, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  throw new Error(`${promise}: ${details}`)
}

const DECISION = /^(REPLAYED|ASSUMED_(NOT_)?SENT)$/

const bySms = (observation: Observation): Map<bigint, SeenSms> => new Map(observation.sms.map((sms) => [sms.id, sms]))

/** How often an operator sent it again although it may have been accepted. */
export const resends = (sms: SeenSms): number =>
  sms.events.filter(({ kind, code }) => kind === 'REPLAYED' && UNPROVED_CODES.includes(code)).length
const replays = (sms: SeenSms): number => sms.events.filter(({ kind }) => kind === 'REPLAYED').length
const decisions = (sms: SeenSms): number => sms.events.filter(({ kind }) => DECISION.test(kind)).length
/** What receipts have proved about an attempt nobody knew the end of. */
const proofs = (sms: SeenSms): number => sms.events.filter(({ kind }) => kind === 'RECEIPT_PROOF').length

/** Whoever reads at any moment finds an account that balances: counters, rows and what was announced. */
export const checkBalance = ({ sms, batches }: Observation): void => {
  for (const batch of batches) {
    const rows = sms.filter(({ batchId }) => batchId === batch.id)
    const count = (...statuses: SmsStatus[]): number => rows.filter(({ status }) => statuses.includes(status)).length
    const isCancelled = batch.status === 'CANCELLED'
    const expected = {
      pending: isCancelled ? 0 : count('PENDING'),
      processing: count('PROCESSING'),
      sent: count('SENT'),
      failed: count('FAILED'),
      // Those that wait in a cancelled batch are counted at once; their rows follow in the sweep.
      cancelled: isCancelled ? count('CANCELLED', 'PENDING') : count('CANCELLED'),
      unknown: count('UNKNOWN'),
    }
    const isSame = (Object.keys(expected) as (keyof typeof expected)[]).every((key) => batch.counts[key] === expected[key])
    if (!isSame) broken('The counters are those of the rows', { batch, expected })
    if (totalOf(batch.counts) !== batch.announced) broken('The counts sum to the total', batch)
    const isDone = batch.counts.pending + batch.counts.processing === 0
    if (!isCancelled && (batch.status === 'COMPLETED') !== isDone) broken('Completed means that nothing is open', batch)
  }
  const onWire = sms.filter(({ status }) => status === 'PROCESSING').map(({ phoneNumber }) => phoneNumber)
  if (new Set(onWire).size < onWire.length) broken('One SMS to a number on the wire at a time', { count: onWire.length })
}

/** Between two rounds nothing is under way: the rows must follow from what was done. */
export const checkRound = (world: World, now: Observation): void => {
  const before = world.seen
  checkBalance(now)
  const was = bySms(before)
  const holdsOf = Map.groupBy(world.holds, ({ job }) => job.smsId)
  for (const sms of now.sms) {
    const holds = holdsOf.get(sms.id) ?? []
    checkAcceptances(sms, holds)
    checkEvidence(world, now, sms, holds)
    checkAttempts(sms, holds)
    const former = was.get(sms.id)
    if (former) checkMove(world, former, sms, holds)
  }
  for (const sms of before.sms) if (!now.sms.some(({ id }) => id === sms.id)) broken('Nobody is forgotten', sms)
  const isCancelled = new Set(now.batches.flatMap(({ id, status }) => (status === 'CANCELLED' ? [id] : [])))
  for (const { id, status } of before.batches)
    if (status === 'CANCELLED' && !isCancelled.has(id)) broken('A cancel is final', { id })
  for (const hold of world.holds) if (hold.grantedInRound === world.round) checkGrant(world, hold, now)
}

const checkAcceptances = (sms: SeenSms, holds: readonly Hold[]): void => {
  const accepted = holds.filter(({ isAccepted }) => isAccepted)
  if (accepted.length > 1 + resends(sms))
    broken('Nobody gets an SMS twice', { sms, claims: accepted.map(({ claimId }) => claimId) })
  // One of them may be what a person assumed.
  const duplicates = sms.events.filter(({ kind }) => kind === 'DUPLICATE_ACCEPTED').length
  const others = accepted.length - duplicates + (isAssumed(sms, 'ASSUMED_SENT') ? 1 : 0)
  if (duplicates > 0 && others < 1) broken('A duplicate that receipts tell of is one', { sms, holds })
  if (proofs(sms) > 0 && accepted.length === 0) broken('What receipts prove was accepted', { sms, holds })
}

/** Every status has its evidence. */
const checkEvidence = (world: World, now: Observation, sms: SeenSms, holds: readonly Hold[]): void => {
  const hold = holds.find(({ claimId }) => claimId === sms.claimId)
  const settledTo = hold?.settleIssuedInRound == null ? null : (hold.settlement?.to ?? null)
  const isProved = hold?.settlement != null && isProof(hold.settlement.outcome)
  const recovered = hold !== undefined && hold.recovery !== 'none'
  const explained = {
    PENDING: () => sms.claimId === null || settledTo === 'PENDING',
    // Granted, and no word about it came to an end.
    PROCESSING: () => hold?.grantedInRound != null && hold.settled === null && typeof hold.recovery === 'string',
    SENT: () =>
      (hold?.isAccepted === true && (settledTo === 'SENT' || (hold.isReported && proofs(sms) > 0))) ||
      isAssumed(sms, 'ASSUMED_SENT'),
    FAILED: () => (settledTo === 'FAILED' && hold?.isAccepted === false) || isAssumed(sms, 'ASSUMED_NOT_SENT'),
    // A proof of the same attempt that landed wins over it.
    UNKNOWN: () => (settledTo === 'UNKNOWN' || recovered) && !(isProved && hold?.settled !== null),
    CANCELLED: () => isStopped(world, now.batches, sms, holds),
  } as const satisfies Record<SmsStatus, () => boolean>
  if (!explained[sms.status]()) broken('Every status has its evidence', { sms, hold })
  const { outcome } = hold?.settlement ?? {}
  const messageId =
    sms.status === 'SENT' && outcome?.kind === 'accepted' && outcome.messageId !== null && hold ? messageIdOf(hold) : null
  // What its worker read and told wins over what receipts had let infer.
  const isTold = messageId !== null && hold?.settled !== null
  if (sms.messageId !== messageId && (isTold || !(sms.status === 'SENT' && isOfItsNumber(world, sms, holds))))
    broken('The message id is that of the acceptance', { sms, hold })
}

/** Told by a receipt, or late by its worker: among some SMS to one number, which id is whose is told by their order alone. */
const isOfItsNumber = (world: World, { messageId, phoneNumber }: SeenSms, holds: readonly Hold[]): boolean =>
  world.holds.some(
    (one) =>
      one.isAccepted &&
      one.claim?.phoneNumber === phoneNumber &&
      messageIdOf(one) === messageId &&
      (one.isReported || holds.includes(one)),
  )

/** By an operator, after whose decision nothing else came. */
const isAssumed = (sms: SeenSms, kind: string): boolean =>
  sms.claimId === null && sms.events.findLast((event) => DECISION.test(event.kind))?.kind === kind

const isReportedLate = (sms: SeenSms): boolean =>
  sms.events.some(({ kind }) => kind === 'ACCEPTED_LATE' || kind === 'DUPLICATE_ACCEPTED')

const isStopped = (world: World, batches: readonly SeenBatch[], sms: SeenSms, holds: readonly Hold[]): boolean => {
  if (sms.errorCode === 'EXPIRED')
    return world.expired.has(sms.id) || isReportedLate(sms) || holds.some(({ knownLate }) => knownLate !== 'no')
  if (sms.errorCode === 'OPTED_OUT') return world.optedOut.has(sms.phoneNumber)
  return batches.find(({ id }) => id === sms.batchId)?.status === 'CANCELLED'
}

const checkAttempts = (sms: SeenSms, holds: readonly Hold[]): void => {
  const granted = holds.filter(({ grantedInRound }) => grantedInRound !== null).length
  const givenBack = holds.filter(
    ({ settlement, settled }) => settlement?.givesAttemptBack && settled?.landed === 'applied',
  ).length
  if (sms.attempts !== granted - givenBack) broken('Attempts are the claims that count', { sms, granted, givenBack })
}

const checkMove = (world: World, was: SeenSms, sms: SeenSms, holds: readonly Hold[]): void => {
  const isSame = was.status === sms.status && was.claimId === sms.claimId
  if (isFinal(was.status) && !isSame) broken('SENT and CANCELLED are final', { was, sms })
  if (was.status !== 'UNKNOWN' || isSame) return
  if (decisions(sms) > decisions(was) || proofs(sms) > proofs(was)) return
  const hold = holds.find(({ claimId }) => claimId === was.claimId)
  const wasProvedNow = hold?.settlement != null && isProof(hold.settlement.outcome) && hold.settleIssuedInRound === world.round
  if (!wasProvedNow) broken('UNKNOWN is left by proof of that attempt or by an operator', { was, sms, hold })
}

/** What was committed before this round binds every claim that was asked for in it. */
const checkGrant = (world: World, hold: Hold, now: Observation): void => {
  const { round, seen: before } = world
  if (hold.askedInRound < round) return
  const { smsId, dispatch } = hold.job
  const was = before.sms.find(({ id }) => id === smsId)
  const sms = now.sms.find(({ id }) => id === smsId)
  if (!was || !sms) return
  const batch = before.batches.find(({ id }) => id === was.batchId)
  const isPausedStill = batch?.status === 'PAUSED' && now.batches.find(({ id }) => id === was.batchId)?.status === 'PAUSED'
  const has = (...acts: string[]): boolean => world.issued.some((command) => acts.includes(command.do))
  const about = { was, sms, hold }

  if (batch?.status === 'CANCELLED') broken('Nothing is claimed after a cancel', about)
  if (isPausedStill && !has('resume')) broken('Nothing is claimed while its batch is paused', about)
  if ((world.optedOut.get(was.phoneNumber) ?? round) < round) broken('Nobody who opted out is sent anything', about)
  if ((world.expired.get(smsId) ?? round) < round) broken('Nothing is sent after its time', about)
  const isKnown = world.holds.some((one) => one.job.smsId === smsId && typeof one.knownLate === 'number' && one.knownLate < round)
  if (isKnown) broken('What is known to be accepted is not sent again', about)
  if (dispatch < was.dispatch) broken('A job of an older dispatch is stale', about)
  if (was.status === 'PENDING' && !was.inWindow && dispatch === was.dispatch) broken('A job outside the window is stale', about)
  if (isFinal(was.status)) broken('SENT and CANCELLED are final', about)
  const wasMovedBack = replays(sms) > replays(was) || has('settle', 'work')
  if ((was.status === 'UNKNOWN' || was.status === 'FAILED') && !wasMovedBack) broken('Only an operator sends again', about)
  const isAccountBlocked = before.account.isBlocked && now.account.isBlocked && !has('unblock', 'probe')
  if (isAccountBlocked && before.account.probeSmsId !== smsId) broken('A blocked account sends its probe alone', about)
}
