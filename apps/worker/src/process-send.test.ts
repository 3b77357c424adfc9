import type { ClaimVerdict, SendLimits } from '@sms/core'
import type { Slot } from '@sms/queue'
import { describe, expect, it } from 'vitest'
import { jobEndOf } from './job-end.ts'
import { accepted, createWorld, runWithSlot as run, unavailable } from './process-send.fakes.ts'

describe('one run of a job', () => {
  it('takes its slot, claims, sends and settles, in this order', async () => {
    const { deps, did, settled } = createWorld()
    expect(jobEndOf(await run(deps))).toEqual({ act: 'complete', label: 'SENT' })
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
    expect(jobEndOf(await run(deps))).toEqual({ act: 'bounce' })
    expect(did).toEqual(['slot', 'slot back', 'slot'])
  })

  it('claims in another slot when its own has passed before', async () => {
    const passed: Slot = { kind: 'slot', at: performance.now() - 20, latestAt: performance.now() - 10 }
    const { deps, did } = createWorld({ slots: [passed] })
    expect(jobEndOf(await run(deps))).toEqual({ act: 'complete', label: 'SENT' })
    expect(did).toEqual(['slot', 'slot back', 'slot', 'claim', 'send', 'settle SENT'])
  })

  it.each<[ClaimVerdict, string]>([
    [{ kind: 'stale', smsId: 7n }, 'stale'],
    [{ kind: 'deferred', smsId: 7n, batchId: 1n, reason: 'PAUSED' }, 'deferred'],
    [{ kind: 'stopped', smsId: 7n, batchId: 1n, code: 'EXPIRED' }, 'EXPIRED'],
  ])('sends nothing without the claim: $kind', async (verdict, label) => {
    const { deps, did } = createWorld({ verdict })
    expect(jobEndOf(await run(deps))).toEqual({ act: 'complete', label })
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
    expect(jobEndOf(await run(deps))).toMatchObject({ act: 'retry' })
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
    expect(jobEndOf(await run(deps))).toMatchObject({ act: 'retry' })
    expect(did).toEqual(['slot', 'claim', 'slot back', 'settle PENDING'])
    expect(settled[0]).toMatchObject({ givesAttemptBack: true, outcome: { code: 'NOT_WRITTEN' } })
  })

  it('tries a few more slots when one passes between the last two questions, and never sends after one', async () => {
    const slots = [40, 90, 5_000].map((inMs): Slot => ({ kind: 'slot', at: 0, latestAt: performance.now() + inMs }))
    const used = slots.at(-1)
    let sends = 0
    const { deps, did, started } = createWorld({
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
    // The pacer is told of the one request that was let out.
    expect(started).toEqual([used])
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
    expect(jobEndOf(await run(deps))).toMatchObject({ label: 'SENT' })
    expect(limits?.timeoutMs).toBeLessThanOrEqual(4_500)
  })
})

describe('an outcome that cannot be written', () => {
  it('ends its job when it is parked, whatever it was', async () => {
    const { deps, did } = createWorld()
    const parking = { ...deps, settles: { add: () => Promise.resolve({ landed: 'parked' as const }) } }
    expect(jobEndOf(await run(parking))).toEqual({ act: 'complete', label: 'parked' })
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
