import {
  type ClaimVerdict,
  DEFAULT_RETRY,
  type SendLimits,
  type SendOutcome,
  type Settlement,
  type SettleResult,
} from '@sms/core'
import type { Slot, TooFar } from '@sms/queue'
import { createAccountHealth } from './account-health.ts'
import type { JobEnd } from './job-end.ts'
import { processSend, type SendDeps } from './process-send.ts'

/** What a run of a job meets, in memory. */

export const job = { smsId: 7n, dispatch: 1 }
export const refusal = { code: 'X', text: '', httpStatus: null }
export const accepted: SendOutcome = { kind: 'accepted', messageId: 'm', httpStatus: 201 }
export const unavailable: SendOutcome = { kind: 'unavailable', ...refusal, code: 'CONNECT_FAILED' }

export const claimed: Extract<ClaimVerdict, { kind: 'claimed' }> = {
  kind: 'claimed',
  smsId: 7n,
  batchId: 1n,
  accountId: 1,
  claimId: '',
  attempt: 1,
  maxAttempts: 5,
  phoneNumber: '+2250700000001',
  message: 'Bonjour',
  senderName: null,
  isProbe: false,
}

type World = {
  unready: SendOutcome | null
  slots: (Slot | TooFar)[]
  verdict: ClaimVerdict
  claimTakesMs: number
  outcome: (limits: SendLimits) => Promise<SendOutcome> | SendOutcome
  isBlocked: boolean
  leaseMs: number
  blockFails: boolean
  /** Another worker was told to wait after this one took its slot. */
  isHeldElsewhere: boolean
  /** The provider asks whether it may write later, by itself. */
  isBusy: boolean
  /** So many slots can be asked for before Redis is away. */
  takesSlots: number
}

/** A worker's surroundings in memory, and everything it did to them, in order. */
export const createWorld = (given: Partial<World> = {}) => {
  const world: World = {
    unready: null,
    slots: [],
    verdict: claimed,
    claimTakesMs: 0,
    outcome: () => accepted,
    isBlocked: false,
    leaseMs: 60_000,
    blockFails: false,
    isHeldElsewhere: false,
    isBusy: false,
    takesSlots: Infinity,
    ...given,
  }
  const did: string[] = []
  /** The slots in which a request was let out. */
  const started: Slot[] = []
  const settled: Settlement[] = []
  const sentAt: number[] = []
  const health = createAccountHealth()
  const slotNow = (): Slot => ({ kind: 'slot', at: performance.now() + 5, latestAt: performance.now() + 1_000 })
  const group = <Item, Result>(write: (item: Item) => Promise<Result>) => ({ add: write, drain: () => Promise.resolve() })
  const take = (): Promise<Slot | TooFar> => {
    did.push('slot')
    if (world.takesSlots-- <= 0) return Promise.reject(new Error('redis away'))
    return Promise.resolve(world.slots.shift() ?? slotNow())
  }
  const deps: SendDeps = {
    accountId: 1,
    worker: 'w',
    leaseMs: world.leaseMs,
    requestTimeoutMs: 15_000,
    retry: { ...DEFAULT_RETRY, baseMs: 1_000 },
    provider: {
      prepare: () => Promise.resolve(world.unready),
      send: async (_sms, limits) => {
        did.push('send')
        if (!world.isBusy) limits.mayWrite()
        sentAt.push(performance.now())
        return world.outcome(limits)
      },
      close: () => Promise.resolve(),
    },
    pacer: {
      isUnpaced: false,
      take: () => Promise.reject(new Error('slots are taken before the job')),
      takeAnother: take,
      giveBack: () => {
        did.push('slot back')
        return Promise.resolve()
      },
      started: (_accountId, slot) => void started.push(slot),
      isStillGood: () => Promise.resolve(!world.isHeldElsewhere),
      throttled: (_accountId, { retryAfterMs }) => {
        did.push(`hold ${retryAfterMs}`)
        return Promise.resolve(retryAfterMs ?? 1_000)
      },
    },
    claims: group(async ({ claimId }) => {
      did.push('claim')
      if (world.claimTakesMs > 0) await new Promise((resolve) => setTimeout(resolve, world.claimTakesMs))
      return world.verdict.kind === 'claimed' ? { ...world.verdict, claimId } : world.verdict
    }),
    settles: group((settlement: Settlement) => {
      did.push(`settle ${settlement.to}`)
      settled.push(settlement)
      return Promise.resolve<SettleResult>({ smsId: settlement.smsId, landed: 'applied', status: settlement.to, batchId: 1n })
    }),
    accounts: {
      block: (_accountId, reason) => {
        if (world.blockFails) return Promise.reject(new Error('database away'))
        did.push(`block ${reason}`)
        const isNew = !world.isBlocked
        world.isBlocked = true
        return Promise.resolve(isNew)
      },
      unblock: () => {
        did.push('unblock')
        const wasBlocked = world.isBlocked
        world.isBlocked = false
        return Promise.resolve(wasBlocked)
      },
    },
    giveBack: (settlement) => {
      did.push(`give back ${settlement.smsId}`)
      settled.push(settlement)
      return Promise.resolve()
    },
    undispatch: (jobs) => {
      did.push(`undispatch ${jobs[0]?.smsId}`)
      return Promise.resolve(jobs.length)
    },
    health,
    events: {
      claimed: () => undefined,
      notClaimed: () => undefined,
      settled: () => undefined,
      parked: () => did.push('told parked'),
      landed: () => undefined,
      outcomeLost: ({ smsId }) => did.push(`told lost ${smsId}`),
      throttled: () => undefined,
      blocked: () => did.push('told blocked'),
      unblocked: () => did.push('told unblocked'),
      trouble: (step) => did.push(`trouble ${step}`),
    },
    random: () => 0.5,
  }
  return { deps, did, started, settled, sentAt, health, world }
}

/** One run of the job, with a slot that was had before it. */
export const runWithSlot = async (deps: SendDeps): Promise<JobEnd> => {
  const slot = await deps.pacer.takeAnother(1, 0)
  if (slot.kind !== 'slot') throw new Error('no slot')
  return processSend(deps, job, { slot, takenAt: performance.now() })
}
