import { randomUUID } from 'node:crypto'
import {
  accountTrouble,
  blockReasonOf,
  type Claimed,
  type ClaimRequest,
  type ClaimVerdict,
  NOT_WRITTEN,
  type RetryPolicy,
  type SendOutcome,
  type Settlement,
  type SettleResult,
  settlementOf,
  type SmsJob,
  type SmsProvider,
} from '@sms/core'
import type { GroupCommit, SenderAccountRepository } from '@sms/db'
import type { Pacer, Slot } from '@sms/queue'
import type { AccountHealth } from './account-health.ts'
import type { JobEnd } from './job-end.ts'
import { lastingTrouble } from './lasting-trouble.ts'
import { beginLease } from './lease.ts'
import { type ParkedAnswer, UNKNOWN_ATTEMPT } from './parked-stop.ts'
import type { TakenSlot } from './slot-consumer.ts'
import type { WorkerEvents } from './worker-events.ts'

export type SendDeps = {
  accountId: number
  worker: string
  leaseMs: number
  requestTimeoutMs: number
  retry: RetryPolicy
  provider: SmsProvider
  pacer: Pacer
  claims: Pick<GroupCommit<ClaimRequest, ClaimVerdict>, 'add'>
  settles: Pick<GroupCommit<Settlement, SettleResult | ParkedAnswer>, 'add'>
  accounts: Pick<SenderAccountRepository, 'block' | 'unblock'>
  /** Says that nothing was sent under a claim that was given up. */
  giveBack: (settlement: Settlement) => Promise<void>
  undispatch: (jobs: readonly SmsJob[]) => Promise<number>
  health: AccountHealth
  events: WorkerEvents
  random: () => number
}

/** Kept between the last moment a request may take and the end of the lease, for the settle to begin. */
const LEASE_MARGIN_MS = 500

/** Slots that one run may miss. */
const SLOTS_A_RUN = 4

/** When Orange asks for less without saying for how long. */
const LEAST_HOLD_MS = 1_000

/**
 * One run of a job: ready → slot → claim → send → settle. Each step takes what the former one gave; a step that ends the run
 * early says so. Nothing waits for its pace while PROCESSING: the slot was had before the job, and the claim is made right before it.
 */
export const processSend = async (deps: SendDeps, job: SmsJob, taken: TakenSlot): Promise<JobEnd> => {
  const turn: Turn = { ...taken, isUsed: false }
  const unready = await deps.provider.prepare()
  if (unready) {
    // It takes seconds, and the slot would pass.
    await giveSlotBack(deps, turn)
    const trouble = await lastingTrouble(deps, unready)
    if (trouble) return rest(deps, job, trouble)
  }
  if (!(await hasSlot(deps, turn))) return { kind: 'later' }

  await until(turn.slot.at - deps.health.claimLeadMs())
  const claimedAt = performance.now()
  const leaseLeftMs = beginLease(deps.leaseMs)
  const request = { ...job, claimId: randomUUID() }
  const claim = await deps.claims.add(request).catch(async (error: unknown) => {
    void giveSlotBack(deps, turn)
    return giveBack(deps, request, error)
  })
  deps.health.claimTook(performance.now() - claimedAt)
  if (claim.kind !== 'claimed') {
    await giveSlotBack(deps, turn)
    // Perhaps its own: committed, unanswered, repeated, and run out meanwhile.
    if (claim.kind === 'stale' && leaseLeftMs() <= 0) await deps.settles.add(nothingSent(deps, request))
    deps.events.notClaimed(claim)
    return { kind: 'done', label: claim.kind === 'stopped' ? claim.code : claim.kind }
  }
  deps.events.claimed(claim)

  const outcome = await sendInSlot(deps, claim, leaseLeftMs, turn)
  // Not waited for: with Redis away the outcome must not be.
  void giveSlotBack(deps, turn)
  return settle(deps, claim, outcome, { claimedAt, slot: turn.slot })
}

/** The slot that a run holds. `isUsed`: a request was let out in it, or it was given back. */
type Turn = { slot: Slot; takenAt: number; isUsed: boolean }

const giveSlotBack = async (deps: SendDeps, turn: Turn): Promise<void> => {
  if (turn.isUsed) return
  turn.isUsed = true
  await deps.pacer.giveBack(deps.accountId, turn.slot)
}

/** Nothing is claimed yet: a slot that passed is exchanged for another, however far that one is within reason. */
const hasSlot = async (deps: SendDeps, turn: Turn): Promise<boolean> => {
  if (!turn.isUsed && performance.now() <= turn.slot.latestAt) return true
  await giveSlotBack(deps, turn)
  const next = await deps.pacer.takeAnother(deps.accountId, deps.health.claimLeadMs())
  if (next.kind !== 'slot') return false
  Object.assign(turn, { slot: next, takenAt: performance.now(), isUsed: false })
  return true
}

/**
 * Nobody knows whether a claim that was given up holds the SMS, but nothing was sent under it. Unsaid, a row that it does hold would
 * become UNKNOWN; the fence refuses this word where it holds none.
 */
const giveBack = async (deps: SendDeps, request: ClaimRequest, error: unknown): Promise<never> => {
  await deps.giveBack(nothingSent(deps, request))
  throw error
}

const nothingSent = (deps: SendDeps, { smsId, claimId }: ClaimRequest): Settlement => ({
  smsId,
  claimId,
  to: 'PENDING',
  outcome: notWritten('The claim was given up before it was answered'),
  attempt: UNKNOWN_ATTEMPT,
  worker: deps.worker,
  delayMs: 0,
  givesAttemptBack: true,
  keepsJob: false,
})

/** Waits for the slot and sends. Everything that can go wrong here is an outcome. */
const sendInSlot = async (deps: SendDeps, claim: Claimed, leaseLeftMs: () => number, turn: Turn): Promise<SendOutcome> => {
  const leftMs = (): number => leaseLeftMs() - LEASE_MARGIN_MS
  const takeSlot = async (): Promise<boolean> => {
    // First, so that its place may be the one that is given next.
    await giveSlotBack(deps, turn)
    // Without Redis there is no slot, and the SMS that is already claimed goes back: thrown, it would end as UNKNOWN.
    const next = await deps.pacer.takeAnother(deps.accountId, 0).catch(() => null)
    if (next?.kind !== 'slot') return false
    Object.assign(turn, { slot: next, takenAt: performance.now(), isUsed: false })
    await until(next.at)
    return true
  }

  // Another worker may have been told to wait since this slot was reserved.
  if (!(await deps.pacer.isStillGood(deps.accountId, turn.slot))) return notWritten('The account was held')
  await until(turn.slot.at)
  for (let slots = 1; ; slots += 1) {
    // Before another slot is taken, too: the one that a late worker wastes is somebody else's.
    if (leftMs() <= 0) return notWritten('The lease is nearly over')
    // The claim took longer than the slack: this slot is given up, never used late in a bunch.
    if (performance.now() > turn.slot.latestAt && !(await takeSlot())) return notWritten('No pacing slot near enough')
    const timeoutMs = Math.min(deps.requestTimeoutMs, leftMs())
    if (timeoutMs <= 0) return notWritten('The lease is nearly over')
    const outcome = await deps.provider.send(
      { phoneNumber: claim.phoneNumber, message: claim.message, senderName: claim.senderName },
      // Asked at the very last moment, on clocks that go on while the process or its machine is stopped: a frozen worker must
      // not send late.
      {
        timeoutMs,
        takeSlot,
        mayWrite: () => {
          // One request a slot, and none in a slot that was given back.
          if (turn.isUsed || leftMs() <= 0 || performance.now() > turn.slot.latestAt) return false
          if (deps.health.isHeldSince(turn.takenAt)) return false
          turn.isUsed = true
          deps.pacer.started(deps.accountId, turn.slot)
          return true
        },
      },
    )
    // On a busy machine a slot can pass between that question and the one before: to put the SMS back would only add to the work.
    const isMissed = outcome.kind === 'unavailable' && outcome.code === NOT_WRITTEN && !turn.isUsed
    if (!isMissed || performance.now() <= turn.slot.latestAt || slots >= SLOTS_A_RUN) return outcome
  }
}

/** Writes the outcome until it lands, and lets the account rest where the outcome is the account's. */
const settle = async (
  deps: SendDeps,
  claim: Claimed,
  outcome: SendOutcome,
  { claimedAt, slot }: { claimedAt: number; slot: Slot },
): Promise<JobEnd> => {
  deps.health.outcome(outcome)
  // What we ourselves did not write says nothing about the account.
  const isUnavailable = outcome.kind === 'unavailable' && outcome.code !== NOT_WRITTEN
  const duringOutage = isUnavailable && (claim.isProbe || deps.health.isOut())
  const settlement = settlementOf({ claim, outcome, worker: deps.worker, policy: deps.retry, duringOutage, random: deps.random })
  // The outcome lands whatever becomes of the account's rest.
  const [result] = await Promise.all([
    deps.settles.add(settlement).catch((error: unknown) => {
      deps.events.outcomeLost(settlement, error)
      throw error
    }),
    restAccount(deps, claim, outcome, { duringOutage, slot }).catch((error: unknown) =>
      deps.events.trouble('rest-account', error),
    ),
  ])
  if (result.landed === 'parked') {
    deps.events.parked(claim, settlement)
    // Its job is over: whoever lands it has the row dispatched anew where it is PENDING again.
    return { kind: 'done', label: 'parked' }
  }
  deps.events.settled(claim, settlement, result, performance.now() - claimedAt)
  return { kind: 'settled', settlement, result }
}

const restAccount = async (
  deps: SendDeps,
  claim: Claimed,
  outcome: SendOutcome,
  { duringOutage, slot }: { duringOutage: boolean; slot: Slot },
): Promise<void> => {
  const trouble = accountTrouble(outcome)
  if (outcome.kind === 'throttled') {
    await hold(deps, outcome.retryAfterMs, slot)
  } else if (trouble === 'blocked' || duringOutage) {
    await block(deps, outcome)
  }
  // Orange dealt with the probe as with any SMS: the account works again.
  if (claim.isProbe && (outcome.kind === 'accepted' || outcome.kind === 'rejected' || outcome.kind === 'throttled')) {
    if (await deps.accounts.unblock(deps.accountId)) deps.events.unblocked(deps.accountId)
  }
}

/** Lets all workers rest that send for this account; for how long is decided where they all ask for their slots. */
const hold = async (deps: SendDeps, retryAfterMs: number | null, slot: Slot | null): Promise<void> => {
  // What this process has in hand already must not wait for the answer.
  deps.health.heldFor(retryAfterMs ?? LEAST_HOLD_MS)
  const holdMs = await deps.pacer.throttled(deps.accountId, { retryAfterMs, slot })
  deps.health.heldFor(holdMs)
  deps.events.throttled(deps.accountId, holdMs)
}

/** No token or no connection, before anything was claimed: the SMS goes back as it is. */
const rest = async (deps: SendDeps, job: SmsJob, unready: SendOutcome): Promise<JobEnd> => {
  if (unready.kind === 'throttled') {
    await hold(deps, unready.retryAfterMs, null)
    return { kind: 'later' }
  }
  await block(deps, unready)
  await deps.undispatch([job])
  return { kind: 'done', label: 'account-blocked' }
}

const block = async (deps: SendDeps, outcome: SendOutcome): Promise<void> => {
  const reason = blockReasonOf(outcome)
  if (await deps.accounts.block(deps.accountId, reason)) deps.events.blocked(deps.accountId, reason)
}

const notWritten = (text: string): SendOutcome => ({ kind: 'unavailable', code: NOT_WRITTEN, text, httpStatus: null })

/** Resolves at a moment of performance.now(), never before it (timers may fire up to a millisecond early). */
const until = async (at: number): Promise<void> => {
  for (let leftMs = at - performance.now(); leftMs > 0; leftMs = at - performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(leftMs)))
  }
}
