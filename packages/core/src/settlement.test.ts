import { describe, expect, it } from 'vitest'
import type { SendOutcome } from './send-outcome.ts'
import { accountTrouble, type Claimed, DEFAULT_RETRY, leaseLeftMs, NOT_WRITTEN, settlementOf } from './settlement.ts'

const claim: Claimed = {
  kind: 'claimed',
  smsId: 7n,
  batchId: 1n,
  accountId: 1,
  claimId: 'claim',
  attempt: 2,
  maxAttempts: 5,
  phoneNumber: '+2250700000001',
  message: 'Bonjour',
  senderName: null,
  isProbe: false,
}

const refusal = { code: 'X', text: 'refused', httpStatus: 400 }
const unavailable = (code = 'CONNECT_FAILED'): SendOutcome => ({ kind: 'unavailable', code, text: '', httpStatus: null })

const settle = (
  outcome: SendOutcome,
  more: { claim?: Partial<Claimed>; duringOutage?: boolean; random?: number; baseMs?: number } = {},
) =>
  settlementOf({
    claim: { ...claim, ...more.claim },
    outcome,
    worker: 'w',
    policy: { ...DEFAULT_RETRY, baseMs: more.baseMs ?? 1_000 },
    duringOutage: more.duringOutage ?? false,
    random: () => more.random ?? 0.5,
  })

describe('what an outcome writes', () => {
  it.each<[SendOutcome, object]>([
    [
      { kind: 'accepted', messageId: 'm', httpStatus: 201 },
      { to: 'SENT', givesAttemptBack: false, keepsJob: false },
    ],
    [
      { kind: 'rejected', ...refusal },
      { to: 'FAILED', givesAttemptBack: false, keepsJob: false },
    ],
    [
      { kind: 'unknown', ...refusal },
      { to: 'UNKNOWN', givesAttemptBack: false, keepsJob: false },
    ],
    [
      { kind: 'throttled', retryAfterMs: 5, ...refusal },
      { to: 'PENDING', givesAttemptBack: true, keepsJob: true, delayMs: 0 },
    ],
    [
      { kind: 'blocked', ...refusal },
      { to: 'PENDING', givesAttemptBack: true, keepsJob: false, delayMs: 0 },
    ],
    [
      { kind: 'unauthorized', ...refusal },
      { to: 'PENDING', givesAttemptBack: true, keepsJob: false, delayMs: 0 },
    ],
    [unavailable(), { to: 'PENDING', givesAttemptBack: false, keepsJob: true, delayMs: 1_000 }],
    [unavailable(NOT_WRITTEN), { to: 'PENDING', givesAttemptBack: true, keepsJob: true, delayMs: 0 }],
    [unavailable('TOKEN_UNAVAILABLE'), { to: 'PENDING', givesAttemptBack: true, keepsJob: true, delayMs: 0 }],
  ])('$kind', (outcome, expected) => {
    expect(settle(outcome)).toMatchObject({ smsId: 7n, claimId: 'claim', attempt: 2, worker: 'w', outcome, ...expected })
  })

  it('fails an unavailable SMS whose attempts are used up, unless it is the account that is unavailable', () => {
    expect(settle(unavailable(), { claim: { attempt: 5 } })).toMatchObject({ to: 'FAILED' })
    expect(settle(unavailable(), { claim: { attempt: 5 }, duringOutage: true })).toMatchObject({
      to: 'PENDING',
      givesAttemptBack: true,
      keepsJob: false,
    })
    expect(settle(unavailable(NOT_WRITTEN), { claim: { attempt: 5 } })).toMatchObject({ to: 'PENDING', givesAttemptBack: true })
  })

  it('leaves a wait of up to a minute to the queue and a longer one to the database', () => {
    expect(settle(unavailable(), { claim: { attempt: 3, maxAttempts: 9 }, baseMs: 15_000, random: 0.999999 })).toMatchObject({
      delayMs: 60_000,
      keepsJob: true,
    })
    expect(settle(unavailable(), { claim: { attempt: 4, maxAttempts: 9 }, baseMs: 15_000, random: 0.999999 })).toMatchObject({
      keepsJob: false,
    })
  })

  it('never waits longer than the cap', () => {
    expect(settle(unavailable(), { claim: { attempt: 99, maxAttempts: 100 }, random: 0.999999 }).delayMs).toBe(
      DEFAULT_RETRY.capMs,
    )
  })
})

it("tells which outcomes are the whole account's trouble", () => {
  const kinds = ['accepted', 'rejected', 'unknown', 'unavailable', 'throttled', 'blocked', 'unauthorized'] as const
  expect(kinds.map((kind) => accountTrouble({ kind, ...refusal, httpStatus: 400, messageId: null, retryAfterMs: null }))).toEqual(
    ['none', 'none', 'none', 'none', 'throttled', 'blocked', 'blocked'],
  )
})

it('counts a lease from when it was asked for', () => {
  expect(leaseLeftMs({ claimedAt: 1_000, leaseMs: 60_000, now: () => 11_000 })).toBe(50_000)
  expect(leaseLeftMs({ claimedAt: 1_000, leaseMs: 60_000, now: () => 70_000 })).toBe(-9_000)
})
