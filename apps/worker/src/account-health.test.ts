import { describe, expect, it } from 'vitest'
import { NOT_WRITTEN, type SendOutcome } from '@sms/core'
import { createAccountHealth } from './account-health.ts'

const refusal = { code: 'X', text: '', httpStatus: null }
const unavailable: SendOutcome = { kind: 'unavailable', ...refusal }

describe('an outage', () => {
  it('is twenty unavailable outcomes in a row, and ends with any other', () => {
    const health = createAccountHealth()
    for (let i = 0; i < 19; i += 1) health.outcome(unavailable)
    expect(health.isOut()).toBe(false)
    health.outcome(unavailable)
    expect(health.isOut()).toBe(true)
    health.outcome({ kind: 'rejected', ...refusal })
    expect(health.isOut()).toBe(false)
  })

  it('is not made of what we ourselves did not write', () => {
    const health = createAccountHealth()
    for (let i = 0; i < 50; i += 1) health.outcome({ kind: 'unavailable', ...refusal, code: NOT_WRITTEN })
    expect(health.isOut()).toBe(false)
  })
})

describe('the lead of a claim', () => {
  it('is twice what claims take, within bounds; follows a slow database at once and forgets it slowly', () => {
    let now = 0
    const health = createAccountHealth(() => now)
    expect(health.claimLeadMs()).toBe(10)
    health.claimTook(40)
    expect(health.claimLeadMs()).toBe(80)
    for (let i = 0; i < 100; i += 1) health.claimTook(10)
    expect(health.claimLeadMs()).toBe(80)
    now = 500
    expect(health.claimLeadMs()).toBe(50)
    health.claimTook(60_000)
    expect(health.claimLeadMs()).toBe(1_000)
    health.claimTook(1)
    now = 20_000
    expect(health.claimLeadMs()).toBe(8)
  })
})

it('does not use a slot that was taken before a hold was known, while that is in force', () => {
  let now = 0
  const health = createAccountHealth(() => now)
  expect(health.isHeldSince(0)).toBe(false)
  now = 1_000
  health.heldFor(5_000)
  health.heldFor(1_000)
  expect([health.isHeldSince(999), health.isHeldSince(1_001)]).toEqual([true, false])
  now = 5_999
  expect(health.isHeldSince(999)).toBe(true)
  now = 6_000
  expect(health.isHeldSince(999)).toBe(false)
})
