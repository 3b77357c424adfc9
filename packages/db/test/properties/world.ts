import type { ClaimVerdict, Settlement, SettleResult, SmsJob } from '@sms/core'
import type { Command } from './command.ts'
import { asUnknown, type Hold, messageIdOf, requestOf, send, UNASKED, write } from './hold.ts'
import type { Observation, System } from './system.ts'

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
