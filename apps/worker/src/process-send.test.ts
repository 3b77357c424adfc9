import { describe, expect, it } from 'vitest'
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
import { type JobEnd, jobEndOf } from './job-end.ts'
import { processSend, type SendDeps } from './process-send.ts'

const job = { smsId: 7n, dispatch: 1 }
const refusal = { code: 'X', text: '', httpStatus: null }
const accepted: SendOutcome = { kind: 'accepted', messageId: 'm', httpStatus: 201 }
const unavailable: SendOutcome = { kind: 'unavailable', ...refusal, code: 'CONNECT_FAILED' }

const claimed: Extract<ClaimVerdict, { kind: 'claimed' }> = {
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
const createWorld = (given: Partial<World> = {}) => {
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
  return { deps, did, settled, sentAt, health, world }
}

/** With a slot that was had before the job. */
const run = async (deps: SendDeps): Promise<JobEnd> => {
  const slot = await deps.pacer.takeAnother(1, 0)
  if (slot.kind !== 'slot') throw new Error('no slot')
  return processSend(deps, job, { slot, takenAt: performance.now() })
}

const actOf = (end: JobEnd) => jobEndOf(end)

describe('one run of a job', () => {
  it('takes its slot, claims, sends and settles, in this order', async () => {
    const { deps, did, settled } = createWorld()
    expect(actOf(await run(deps))).toEqual({ act: 'complete', label: 'SENT' })
    expect(did).toEqual(['slot', 'claim', 'send', 'settle SENT'])
    expect(settled[0]?.claimId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('does not start before its slot', async () => {
    const at = performance.now() + 60
    const { deps, sentAt } = createWorld({ slots: [{ kind: 'slot', at, latestAt: at + 1_000 }] })
    await run(deps)
    expect(sentAt[0]).toBeGreaterThanOrEqual(at)
  })

  it('gives the job back unclaimed when its slot has passed and no other is near', async () => {
    const passed: Slot = { kind: 'slot', at: performance.now() - 20, latestAt: performance.now() - 10 }
    const { deps, did } = createWorld({ slots: [passed, { kind: 'too-far', inMs: 400 }] })
    expect(actOf(await run(deps))).toEqual({ act: 'bounce' })
    expect(did).toEqual(['slot', 'slot back', 'slot'])
  })

  it('claims in another slot when its own has passed before', async () => {
    const passed: Slot = { kind: 'slot', at: performance.now() - 20, latestAt: performance.now() - 10 }
    const { deps, did } = createWorld({ slots: [passed] })
    expect(actOf(await run(deps))).toEqual({ act: 'complete', label: 'SENT' })
    expect(did).toEqual(['slot', 'slot back', 'slot', 'claim', 'send', 'settle SENT'])
  })

  it.each<[ClaimVerdict, string]>([
    [{ kind: 'stale', smsId: 7n }, 'stale'],
    [{ kind: 'deferred', smsId: 7n, batchId: 1n, reason: 'PAUSED' }, 'deferred'],
    [{ kind: 'stopped', smsId: 7n, batchId: 1n, code: 'EXPIRED' }, 'EXPIRED'],
  ])('sends nothing without the claim: $kind', async (verdict, label) => {
    const { deps, did } = createWorld({ verdict })
    expect(actOf(await run(deps))).toEqual({ act: 'complete', label })
    expect(did).toEqual(['slot', 'claim', 'slot back'])
  })

  it('says that nothing was sent when a claim is stale after its whole lease: it may be its own, UNKNOWN by now', async () => {
    const { deps, did } = createWorld({ verdict: { kind: 'stale', smsId: 7n }, claimTakesMs: 30, leaseMs: 20 })
    await run(deps)
    expect(did).toEqual(['slot', 'claim', 'slot back', 'settle PENDING'])
  })

  it('takes another slot when its claim came too late for the first, never a late start', async () => {
    const slots = [{ kind: 'slot', at: performance.now(), latestAt: performance.now() + 20 }] as Slot[]
    const { deps, did } = createWorld({ slots, claimTakesMs: 40 })
    await run(deps)
    expect(did).toEqual(['slot', 'claim', 'slot back', 'slot', 'send', 'settle SENT'])
  })

  it('puts the SMS back without an attempt when no other slot is near', async () => {
    const { deps, did, settled } = createWorld({
      slots: [
        { kind: 'slot', at: performance.now(), latestAt: performance.now() + 20 },
        { kind: 'too-far', inMs: 900 },
      ],
      claimTakesMs: 40,
    })
    expect(actOf(await run(deps))).toMatchObject({ act: 'retry' })
    expect(did).toEqual(['slot', 'claim', 'slot back', 'slot', 'settle PENDING'])
    expect(settled[0]).toMatchObject({ givesAttemptBack: true, keepsJob: true, outcome: { code: 'NOT_WRITTEN' } })
  })

  it('puts a claimed SMS back when Redis is away as it asks for another slot: it was not sent', async () => {
    const { deps, did, settled } = createWorld({
      slots: [{ kind: 'slot', at: performance.now(), latestAt: performance.now() + 20 }],
      claimTakesMs: 40,
      takesSlots: 1,
    })
    await run(deps)
    expect(did).toEqual(['slot', 'claim', 'slot back', 'slot', 'settle PENDING'])
    expect(settled[0]).toMatchObject({ givesAttemptBack: true, outcome: { code: 'NOT_WRITTEN' } })
  })

  it('gives its slot back and sends nothing when another worker was told to wait meanwhile', async () => {
    const { deps, did, settled } = createWorld({ isHeldElsewhere: true })
    expect(actOf(await run(deps))).toMatchObject({ act: 'retry' })
    expect(did).toEqual(['slot', 'claim', 'slot back', 'settle PENDING'])
    expect(settled[0]).toMatchObject({ givesAttemptBack: true, outcome: { code: 'NOT_WRITTEN' } })
  })

  it('tries a few more slots when one passes between the last two questions, and never sends after one', async () => {
    const slots = [40, 90, 5_000].map((inMs): Slot => ({ kind: 'slot', at: 0, latestAt: performance.now() + inMs }))
    let sends = 0
    const { deps, did } = createWorld({
      slots,
      isBusy: true,
      outcome: async ({ mayWrite }) => {
        sends += 1
        if (sends > 2 && mayWrite()) return accepted
        await new Promise((resolve) => setTimeout(resolve, 50))
        return mayWrite() ? accepted : { ...unavailable, code: 'NOT_WRITTEN' }
      },
    })
    await run(deps)
    expect(did).toEqual(['slot', 'claim', 'send', 'slot back', 'slot', 'send', 'slot back', 'slot', 'send', 'settle SENT'])
  })

  it('claims nothing when its slot has passed and Redis is away', async () => {
    const passed: Slot = { kind: 'slot', at: performance.now() - 20, latestAt: performance.now() - 10 }
    const { deps, did } = createWorld({ slots: [passed], takesSlots: 1 })
    await expect(run(deps)).rejects.toThrow('redis away')
    expect(did).toEqual(['slot', 'slot back', 'slot'])
  })

  it('does not send on a lease that is nearly over', async () => {
    const { deps, did } = createWorld({ leaseMs: 520, claimTakesMs: 40 })
    await run(deps)
    expect(did).toEqual(['slot', 'claim', 'slot back', 'settle PENDING'])
  })

  it('gives the request less time than is left of the lease, and says no at the last moment when it is late', async () => {
    let limits: SendLimits | undefined
    const at = performance.now()
    const { deps } = createWorld({
      isBusy: true,
      leaseMs: 5_000,
      slots: [{ kind: 'slot', at, latestAt: at + 30 }],
      outcome: async (given) => {
        limits = given
        const wasAllowed = given.mayWrite()
        await new Promise((resolve) => setTimeout(resolve, 40))
        return wasAllowed && !given.mayWrite() ? accepted : unavailable
      },
    })
    expect(actOf(await run(deps))).toMatchObject({ label: 'SENT' })
    expect(limits?.timeoutMs).toBeLessThanOrEqual(4_500)
  })
})

describe('what an outcome does to the account', () => {
  it('holds every worker after a throttle, as long as Orange says', async () => {
    const { deps, did } = createWorld({ outcome: () => ({ kind: 'throttled', retryAfterMs: 3_000, ...refusal }) })
    expect(actOf(await run(deps))).toMatchObject({ act: 'bounce' })
    expect(did).toEqual(['slot', 'claim', 'send', 'settle PENDING', 'hold 3000'])
  })

  it('blocks the account and completes the job, whose SMS waits in SQL', async () => {
    const { deps, did } = createWorld({ outcome: () => ({ kind: 'blocked', ...refusal, code: 'TOKEN_REFUSED' }) })
    expect(actOf(await run(deps))).toEqual({ act: 'complete', label: 'waits-in-sql' })
    expect(did).toEqual(['slot', 'claim', 'send', 'settle PENDING', 'block TOKEN_REFUSED', 'told blocked'])
  })

  it.each<[SendOutcome, boolean]>([
    [accepted, true],
    [{ kind: 'rejected', ...refusal }, true],
    [{ kind: 'throttled', retryAfterMs: 1, ...refusal }, true],
    [{ kind: 'blocked', ...refusal }, false],
    [{ kind: 'unknown', ...refusal }, false],
    [unavailable, false],
    [{ kind: 'unavailable', ...refusal, code: 'NOT_WRITTEN' }, false],
  ])('lifts the block or not after a probe, by what it proved (%#)', async (outcome, isLifted) => {
    const { deps, world } = createWorld({ verdict: { ...claimed, isProbe: true }, isBlocked: true, outcome: () => outcome })
    const end = await run(deps)
    expect(world.isBlocked).toBe(!isLifted)
    if (outcome.kind === 'unavailable') expect(end).toMatchObject({ settlement: { to: 'PENDING', givesAttemptBack: true } })
  })

  it('burns an attempt for an unavailable SMS, and none once the account is out', async () => {
    const { deps, settled, world } = createWorld({ outcome: () => unavailable })
    for (let i = 0; i < 20; i += 1) await run(deps)
    expect(settled.map(({ givesAttemptBack }) => givesAttemptBack)).toEqual([...Array.from({ length: 19 }, () => false), true])
    expect(world.isBlocked).toBe(true)
  })

  it('does not block an account for what this worker did not write itself', async () => {
    const { deps, world, health } = createWorld({ outcome: () => ({ kind: 'unavailable', ...refusal, code: 'NOT_WRITTEN' }) })
    for (let i = 0; i < 20; i += 1) health.outcome(unavailable)
    await run(deps)
    expect(world.isBlocked).toBe(false)
  })

  it('settles although the account could not be blocked', async () => {
    const { deps, did } = createWorld({ outcome: () => ({ kind: 'blocked', ...refusal }), blockFails: true })
    await run(deps)
    expect(did).toEqual(['slot', 'claim', 'send', 'settle PENDING', 'trouble rest-account'])
  })
})

describe('a provider that is not ready', () => {
  it('blocks the account and puts the SMS back, unclaimed', async () => {
    const { deps, did } = createWorld({ unready: { kind: 'blocked', ...refusal, code: 'INVALID_CLIENT' } })
    expect(actOf(await run(deps))).toEqual({ act: 'complete', label: 'account-blocked' })
    expect(did).toEqual(['slot', 'slot back', 'block INVALID_CLIENT', 'told blocked', 'undispatch 7'])
  })

  it('holds the account when the token endpoint asks for less', async () => {
    const { deps, did } = createWorld({ unready: { kind: 'throttled', retryAfterMs: 800, ...refusal } })
    expect(actOf(await run(deps))).toEqual({ act: 'bounce' })
    expect(did).toEqual(['slot', 'slot back', 'hold 800'])
  })
})

describe('an outcome that cannot be written', () => {
  it('ends its job when it is parked, whatever it was', async () => {
    const { deps, did } = createWorld()
    const parking = { ...deps, settles: { add: () => Promise.resolve({ landed: 'parked' as const }) } }
    expect(actOf(await run(parking))).toEqual({ act: 'complete', label: 'parked' })
    expect(did).toEqual(['slot', 'claim', 'send', 'told parked'])
  })

  it('is told by name when its row refuses its very data', async () => {
    const { deps, did } = createWorld()
    const failing = { ...deps, settles: { add: () => Promise.reject(new Error('bad data')) } }
    await expect(run(failing)).rejects.toThrow('bad data')
    expect(did.at(-1)).toBe('told lost 7')
  })

  it('is a word that nothing was sent, under the claim that was given up unanswered', async () => {
    const { deps, did, settled } = createWorld()
    const claimIds: string[] = []
    const add = ({ claimId }: { claimId: string }): Promise<never> => {
      claimIds.push(claimId)
      return Promise.reject(new Error('stopping'))
    }
    await expect(run({ ...deps, claims: { add } })).rejects.toThrow('stopping')
    expect(did).toEqual(['slot', 'slot back', 'give back 7'])
    expect(settled).toMatchObject([
      {
        to: 'PENDING',
        claimId: claimIds[0],
        attempt: 0,
        givesAttemptBack: true,
        keepsJob: false,
        outcome: { code: 'NOT_WRITTEN' },
      },
    ])
  })
})
