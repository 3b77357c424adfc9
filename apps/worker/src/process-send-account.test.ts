import type { SendOutcome } from '@sms/core'
import { describe, expect, it } from 'vitest'
import { jobEndOf } from './job-end.ts'
import { accepted, claimed, createWorld, refusal, runWithSlot as run, unavailable } from './process-send.fakes.ts'

describe('what an outcome does to the account', () => {
  it('holds every worker after a throttle, as long as Orange says', async () => {
    const { deps, did } = createWorld({ outcome: () => ({ kind: 'throttled', retryAfterMs: 3_000, ...refusal }) })
    expect(jobEndOf(await run(deps))).toMatchObject({ act: 'bounce' })
    expect(did).toEqual(['slot', 'claim', 'send', 'settle PENDING', 'hold 3000'])
  })

  it('blocks the account and completes the job, whose SMS waits in SQL', async () => {
    const { deps, did } = createWorld({ outcome: () => ({ kind: 'blocked', ...refusal, code: 'TOKEN_REFUSED' }) })
    expect(jobEndOf(await run(deps))).toEqual({ act: 'complete', label: 'waits-in-sql' })
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
    expect(jobEndOf(await run(deps))).toEqual({ act: 'complete', label: 'account-blocked' })
    expect(did).toEqual(['slot', 'slot back', 'block INVALID_CLIENT', 'told blocked', 'undispatch 7'])
  })

  it('holds the account when the token endpoint asks for less', async () => {
    const { deps, did } = createWorld({ unready: { kind: 'throttled', retryAfterMs: 800, ...refusal } })
    expect(jobEndOf(await run(deps))).toEqual({ act: 'bounce' })
    expect(did).toEqual(['slot', 'slot back', 'hold 800'])
  })
})
