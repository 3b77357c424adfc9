import {
  type Claimed,
  DEFAULT_RETRY,
  NOT_WRITTEN,
  type SendOutcome,
  type Settlement,
  settlementOf,
  type SmsJob,
  type SettleResult,
  type ClaimVerdict,
} from '@sms/core'
import type { Answer, Command } from './command.ts'
import type { Observation, System } from './system.ts'

/** One claim that was asked for, as its worker and the provider know it. */
export type Hold = {
  claimId: string
  job: SmsJob
  askedInRound: number
  /** Whether the database granted it, although its worker may not have heard. */
  grantedInRound: number | null
  claim: Claimed | null
  /** False: its worker is dead, or about to ask again. */
  isHeard: boolean
  isLeaseOver: boolean
  isWritten: boolean
  /** In the provider's books. */
  isAccepted: boolean
  isReported: boolean
  settlement: Settlement | null
  settleIssuedInRound: number | null
  settled: SettleResult | null
  /** The recoverer's word about it was issued, and came to an end. */
  recovery: 'none' | 'issued' | SettleResult
  /** Its acceptance, which the row refused, was recorded in this round. */
  knownLate: 'no' | 'issued' | number
}

/**
 * Everything outside of the database: workers, their jobs, the provider and its ledger. What it writes down is what really
 * happened, to hold the rows against.
 */
export type World = {
  readonly system: System
  readonly jobs: SmsJob[]
  readonly holds: Hold[]
  /** Numbers and SMS whose refusal was committed, with the round it came in. */
  readonly optedOut: Map<string, number>
  readonly expired: Map<bigint, number>
  /** What was done in the round that is under way. */
  round: number
  issued: Command[]
  seen: Observation
  run(command: Command): Promise<void>
  observe(): Promise<Observation>
}

const POLICY = { ...DEFAULT_RETRY, baseMs: 100_000 }

const fromTheNewest = <T>(all: readonly T[], place: number): T | undefined => all[all.length - 1 - (place % all.length)]
const distinct = <T>(items: readonly (T | undefined)[]): T[] => [...new Set(items)].filter((item) => item !== undefined)

export const createWorld = (system: System, sequenceNumber: number): World => {
  const jobs: SmsJob[] = []
  const holds: Hold[] = []
  const optedOut = new Map<string, number>()
  const expired = new Map<bigint, number>()

  /** Its own numbers: an orphan receipt is compared with the SMS of all accounts. */
  const phoneNumberAt = (place: number): string => `+22507${String(sequenceNumber * 10 + place).padStart(8, '0')}`
  const nextClaimId = (): string =>
    `00000000-0000-4000-8000-${(sequenceNumber * 0x1_0000 + holds.length + 1).toString(16).padStart(12, '0')}`
  const chosenJobs = (places: readonly number[]): SmsJob[] => distinct(places.map((place) => fromTheNewest(jobs, place)))

  const claim = async (wanted: readonly SmsJob[], heard: boolean): Promise<Hold[]> => {
    const asked = wanted.map((job): Hold => {
      const hold: Hold = { ...UNASKED, claimId: nextClaimId(), job, isHeard: true, askedInRound: world.round }
      holds.push(hold)
      return hold
    })
    if (asked.length === 0) return []
    const verdicts = await system.claim(asked.map(requestOf))
    asked.forEach((hold, index) => hear(hold, verdicts[index] as ClaimVerdict, heard))
    return asked
  }

  const hear = (hold: Hold, verdict: ClaimVerdict, heard: boolean): void => {
    hold.isHeard = heard
    if (verdict.kind !== 'claimed') return
    hold.grantedInRound ??= world.round
    if (hold.isHeard) hold.claim = verdict
  }

  const settle = async (wanted: readonly Hold[]): Promise<void> => {
    const known = wanted.filter((hold) => hold.settlement !== null)
    if (known.length === 0) return
    for (const hold of known) hold.settleIssuedInRound ??= world.round
    const results = await system.settle(known.map((hold) => hold.settlement as Settlement))
    known.forEach((hold, index) => (hold.settled ??= results[index] as SettleResult))
    // A worker tells what the row refused to hear.
    for (const [index, hold] of known.entries()) if (results[index]?.landed === 'refused') await recordLate(hold)
  }

  const recordLate = async (hold: Hold): Promise<void> => {
    const settlement = hold.settlement as Settlement
    const isAcceptance = settlement.outcome.kind === 'accepted'
    if (isAcceptance && hold.knownLate === 'no') hold.knownLate = 'issued'
    await system.recordLate(settlement)
    if (isAcceptance && hold.knownLate === 'issued') hold.knownLate = world.round
  }

  const recover = async (): Promise<void> => {
    const found = await system.findExpired()
    const theirs = distinct(found.map(({ claimId }) => holds.find((hold) => hold.claimId === claimId)))
    if (theirs.length === 0) return
    for (const hold of theirs) if (hold.recovery === 'none') hold.recovery = 'issued'
    const settlements = theirs.map((hold) => asUnknown(hold, found.find(({ claimId }) => claimId === hold.claimId)?.attempt ?? 1))
    const results = await system.settle(settlements)
    theirs.forEach((hold, index) => (hold.recovery = results[index] as SettleResult))
  }

  const onBatch = async (act: 'cancel' | 'pause' | 'resume', place: number): Promise<void> => {
    const batch = fromTheNewest(world.seen.batches, place)
    if (batch) await system[act](batch.id)
  }

  const run = async (command: Command): Promise<void> => {
    switch (command.do) {
      case 'acceptList':
        return system.acceptList(command.numbers.map(phoneNumberAt))
      case 'acceptSingle':
        return system.acceptSingle(phoneNumberAt(command.number))
      case 'optOut':
        await system.optOut(phoneNumberAt(command.number))
        if (!optedOut.has(phoneNumberAt(command.number))) optedOut.set(phoneNumberAt(command.number), world.round)
        return
      case 'cancel':
      case 'pause':
      case 'resume':
        return onBatch(command.do, command.batch)
      case 'block':
      case 'unblock':
      case 'emptyRedis':
      case 'sweep':
      case 'matchReceipts':
        return system[command.do]()
      case 'dispatch':
      case 'probe':
        jobs.push(...(await system[command.do]()))
        return
      case 'recover':
        return recover()
      case 'passTime':
        for (const hold of holds) hold.isLeaseOver = true
        return system.passTime()
      case 'loseJobs':
        return system.undispatch(chosenJobs(command.jobs))
      case 'claim':
        await claim(chosenJobs(command.jobs), command.heard)
        return
      case 'repeatClaim': {
        const hold = fromTheNewest(holds, command.hold)
        // Its worker asks again only as long as it has heard nothing, and not twice at a time.
        if (!hold || hold.isHeard) return
        hold.isHeard = true
        const [verdict] = await system.claim([requestOf(hold)])
        return hear(hold, verdict as ClaimVerdict, true)
      }
      case 'write': {
        const hold = fromTheNewest(holds, command.hold)
        if (hold) write(hold)
        return
      }
      case 'send': {
        const hold = fromTheNewest(holds, command.hold)
        if (hold) send(hold, command)
        return
      }
      case 'settle':
        return settle(distinct(command.holds.map((place) => fromTheNewest(holds, place))))
      case 'work': {
        const mine = await claim(chosenJobs(command.jobs), true)
        for (const hold of mine) send(hold, command)
        return settle(mine)
      }
      case 'report': {
        const hold = fromTheNewest(
          holds.filter(({ isAccepted }) => isAccepted),
          command.hold,
        )
        if (!hold?.claim) return
        hold.isReported = true
        const { phoneNumber } = hold.claim
        return system.storeReceipt({ messageId: messageIdOf(hold), phoneNumber, status: command.word })
      }
      case 'endLease': {
        const hold = fromTheNewest(holds, command.hold)
        if (!hold) return
        // First its worker's own clock, then PostgreSQL's: a worker stops before its lease is over there.
        hold.isLeaseOver = true
        return system.endLease(hold.claimId)
      }
      case 'expire': {
        const sms = fromTheNewest(world.seen.sms, command.sms)
        if (!sms) return
        await system.expire(sms.id)
        if (!expired.has(sms.id)) expired.set(sms.id, world.round)
        return
      }
      case 'replay':
        return system.replay(command.includeUnknown)
      case 'resolveUnknown':
        return system.resolveUnknown(command.decision)
      case 'replayJob': {
        const job = fromTheNewest(jobs, command.job)
        if (job) await system.replayJob(job)
        return
      }
    }
  }

  const world: World = {
    system,
    jobs,
    holds,
    optedOut,
    expired,
    round: 0,
    issued: [],
    seen: { sms: [], batches: [], account: { isBlocked: false, probeSmsId: null } },
    run,
    observe: () => system.observe(),
  }
  return world
}

const UNASKED = {
  grantedInRound: null,
  claim: null,
  isLeaseOver: false,
  isWritten: false,
  isAccepted: false,
  isReported: false,
  settlement: null,
  settleIssuedInRound: null,
  settled: null,
  recovery: 'none',
  knownLate: 'no',
} as const satisfies Partial<Hold>

const requestOf = ({ job, claimId }: Hold) => ({ smsId: job.smsId, dispatch: job.dispatch, claimId })

/** The last look at the lease, then the bytes. */
const write = (hold: Hold): void => {
  if (hold.claim !== null && hold.settlement === null && !hold.isLeaseOver) hold.isWritten = true
}

/** The provider decides about a request, however late; one that was never written comes to nothing. */
const send = (hold: Hold, how: { answer: Answer; jitter: number }): void => {
  if (hold.claim === null || hold.settlement !== null) return
  write(hold)
  if (hold.isWritten && how.answer.startsWith('accepted')) hold.isAccepted = true
  hold.settlement = settlementOf({
    claim: hold.claim,
    outcome: hold.isWritten ? outcomeOf(hold, how.answer) : refusal('unavailable', NOT_WRITTEN),
    worker: 'worker',
    policy: POLICY,
    duringOutage: how.answer === 'unavailable during an outage',
    random: () => how.jitter,
  })
}

const refusal = (kind: Exclude<SendOutcome['kind'], 'accepted' | 'throttled'>, code: string): SendOutcome => ({
  kind,
  code,
  text: 'refused',
  httpStatus: null,
})

const outcomeOf = (hold: Hold, answer: Answer): SendOutcome => {
  switch (answer) {
    case 'accepted':
      return { kind: 'accepted', messageId: messageIdOf(hold), httpStatus: 201 }
    case 'accepted, unreadable':
      return { kind: 'accepted', messageId: null, httpStatus: 201 }
    case 'accepted, reply lost':
    case 'lost before it was accepted':
      return refusal('unknown', 'REPLY_LOST')
    case 'rejected':
      return refusal('rejected', 'SVC0001')
    case 'unavailable':
    case 'unavailable during an outage':
      return refusal('unavailable', 'CONNECT_FAILED')
    case 'throttled':
      return { ...refusal('unavailable', '53'), kind: 'throttled', retryAfterMs: null } as SendOutcome
    case 'blocked':
      return refusal('blocked', 'POL1000')
  }
}

export const messageIdOf = ({ claimId }: Pick<Hold, 'claimId'>): string => `message-${claimId}`

/** As the worker's recovery says it. */
const asUnknown = ({ job, claimId }: Hold, attempt: number): Settlement => ({
  smsId: job.smsId,
  claimId,
  attempt,
  to: 'UNKNOWN',
  outcome: refusal('unknown', 'LEASE_EXPIRED'),
  worker: 'recovery',
  delayMs: 0,
  givesAttemptBack: false,
  keepsJob: false,
})
