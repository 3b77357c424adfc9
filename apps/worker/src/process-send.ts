import { randomUUID } from 'node:crypto'
import {
  accountTrouble,
  type Claimed,
  type ClaimRequest,
  type ClaimVerdict,
  leaseLeftMs,
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
import type { WorkerEvents } from './worker-events.ts'

export type SendDeps = {
  accountId: number
  worker: string
  leaseMs: number
  requestTimeoutMs: number
  retry: RetryPolicy
  provider: SmsProvider
  pacer: Pacer
  claims: GroupCommit<ClaimRequest, ClaimVerdict>
  settles: GroupCommit<Settlement, SettleResult>
  accounts: Pick<SenderAccountRepository, 'block' | 'unblock'>
  undispatch: (jobs: readonly SmsJob[]) => Promise<number>
  health: AccountHealth
  events: WorkerEvents
  random: () => number
}

/** Kept between the last moment a request may take and the end of the lease, for the settle to begin. */
const LEASE_MARGIN_MS = 500

/**
 * One run of a job: ready → slot → claim → send → settle. Each step takes what the former one gave; a step that ends the run
 * early says so. Nothing waits for its pace while PROCESSING: the slot is reserved first, and the claim made right before it.
 */
export const processSend = async (deps: SendDeps, job: SmsJob): Promise<JobEnd> => {
  const unready = await deps.provider.prepare()
  if (unready) return rest(deps, job, unready)

  const reserved = await deps.pacer.take(deps.accountId, deps.health.claimLeadMs())
  if (reserved.kind === 'too-far') return { kind: 'later', inMs: reserved.inMs }

  await until(reserved.at - deps.health.claimLeadMs())
  const claimedAt = performance.now()
  const claim = await deps.claims.add({ ...job, claimId: randomUUID() })
  deps.health.claimTook(performance.now() - claimedAt)
  if (claim.kind !== 'claimed') {
    deps.events.notClaimed(claim)
    return { kind: 'done', label: claim.kind === 'stopped' ? claim.code : claim.kind }
  }
  deps.events.claimed(claim)

  const outcome = await sendInSlot(deps, claim, { claimedAt, slot: reserved })
  return settle(deps, claim, outcome, claimedAt)
}

/** Waits for the slot and sends. Everything that can go wrong here is an outcome. */
const sendInSlot = async (deps: SendDeps, claim: Claimed, at: { claimedAt: number; slot: Slot }): Promise<SendOutcome> => {
  const leftMs = (): number => leaseLeftMs({ claimedAt: at.claimedAt, leaseMs: deps.leaseMs, now: () => performance.now() })
  let slot = at.slot
  const takeSlot = async (): Promise<boolean> => {
    // Without Redis there is no slot, and the SMS that is already claimed goes back: thrown, it would end as UNKNOWN.
    const next = await deps.pacer.take(deps.accountId, 0).catch(() => null)
    if (next?.kind !== 'slot') return false
    slot = next
    await until(slot.at)
    return true
  }

  await until(slot.at)
  // The claim took longer than the slack: this slot is given up, never used late in a bunch.
  if (performance.now() > slot.latestAt && !(await takeSlot())) return notWritten('No pacing slot near enough')

  const timeoutMs = Math.min(deps.requestTimeoutMs, leftMs() - LEASE_MARGIN_MS)
  if (timeoutMs <= 0) return notWritten('The lease is nearly over')
  return deps.provider.send(
    { phoneNumber: claim.phoneNumber, message: claim.message, senderName: claim.senderName },
    // Asked at the very last moment, on a clock that runs while the process is stopped: a frozen worker must not send late.
    {
      timeoutMs,
      takeSlot,
      mayWrite: () => leftMs() > LEASE_MARGIN_MS && performance.now() <= slot.latestAt && !deps.health.isHeld(),
    },
  )
}

/** Writes the outcome until it lands, and lets the account rest where the outcome is the account's. */
const settle = async (deps: SendDeps, claim: Claimed, outcome: SendOutcome, claimedAt: number): Promise<JobEnd> => {
  deps.health.outcome(outcome)
  // What we ourselves did not write says nothing about the account.
  const isUnavailable = outcome.kind === 'unavailable' && outcome.code !== NOT_WRITTEN
  const duringOutage = isUnavailable && (claim.isProbe || deps.health.isOut())
  const settlement = settlementOf({ claim, outcome, worker: deps.worker, policy: deps.retry, duringOutage, random: deps.random })
  // The outcome lands whatever becomes of the account's rest.
  const [result] = await Promise.all([
    deps.settles.add(settlement),
    restAccount(deps, claim, outcome, duringOutage).catch((error: unknown) => deps.events.trouble('rest-account', error)),
  ])
  deps.events.settled(claim, settlement, result, performance.now() - claimedAt)
  return { kind: 'settled', settlement, result }
}

const restAccount = async (deps: SendDeps, claim: Claimed, outcome: SendOutcome, duringOutage: boolean): Promise<void> => {
  const trouble = accountTrouble(outcome)
  if (trouble === 'throttled') {
    const holdMs = deps.health.throttleHoldMs(outcome)
    deps.events.throttled(deps.accountId, holdMs)
    await deps.pacer.hold(deps.accountId, holdMs)
  } else if (trouble === 'blocked' || duringOutage) {
    await block(deps, outcome)
  }
  // Orange dealt with the probe as with any SMS: the account works again.
  if (claim.isProbe && (outcome.kind === 'accepted' || outcome.kind === 'rejected' || outcome.kind === 'throttled')) {
    if (await deps.accounts.unblock(deps.accountId)) deps.events.unblocked(deps.accountId)
  }
}

/** No token or no connection, before anything was claimed: the SMS goes back as it is. */
const rest = async (deps: SendDeps, job: SmsJob, unready: SendOutcome): Promise<JobEnd> => {
  if (unready.kind === 'throttled') {
    const holdMs = deps.health.throttleHoldMs(unready)
    deps.events.throttled(deps.accountId, holdMs)
    await deps.pacer.hold(deps.accountId, holdMs)
    return { kind: 'later', inMs: holdMs }
  }
  await block(deps, unready)
  await deps.undispatch([job])
  return { kind: 'done', label: 'account-blocked' }
}

const block = async (deps: SendDeps, outcome: SendOutcome): Promise<void> => {
  const reason = outcome.kind === 'accepted' ? 'UNKNOWN' : outcome.code
  if (await deps.accounts.block(deps.accountId, reason)) deps.events.blocked(deps.accountId, reason)
}

const notWritten = (text: string): SendOutcome => ({ kind: 'unavailable', code: NOT_WRITTEN, text, httpStatus: null })

/** Resolves at a moment of performance.now(), never before it (timers may fire up to a millisecond early). */
const until = async (at: number): Promise<void> => {
  for (let leftMs = at - performance.now(); leftMs > 0; leftMs = at - performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(leftMs)))
  }
}
