import { describe, expect, it } from 'vitest'
import { NOT_WRITTEN, type SendOutcome } from '@sms/core'
import { createAccountHealth } from './account-health.ts'

const refusal = { code: 'X', text: '', httpStatus: null }
const unavailable: SendOutcome = { kind: 'unavailable', ...refusal }
const accepted: SendOutcome = { kind: 'accepted', messageId: null, httpStatus: 201 }
const throttled = (retryAfterMs: number | null): SendOutcome => ({ kind: 'throttled', retryAfterMs, ...refusal })

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

describe('a throttle', () => {
  it('holds as long as Orange says', () => {
    const health = createAccountHealth()
    expect([health.throttleHoldMs(throttled(7_000)), health.throttleHoldMs(throttled(0))]).toEqual([7_000, 0])
  })

  it('holds a second, twice as long each time up to half a minute, and a second again after an acceptance', () => {
    let now = 0
    const health = createAccountHealth(() => now)
    const holds = Array.from({ length: 7 }, () => {
      const holdMs = health.throttleHoldMs(throttled(null))
      now += holdMs
      return holdMs
    })
    expect(holds).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    health.outcome(accepted)
    expect(health.throttleHoldMs(throttled(null))).toBe(1_000)
  })

  it('is one throttle for all that was in flight together', () => {
    let now = 0
    const health = createAccountHealth(() => now)
    expect(health.throttleHoldMs(throttled(null))).toBe(1_000)
    now = 300
    expect([1, 2, 3].map(() => health.throttleHoldMs(throttled(null)))).toEqual([700, 700, 700])
    now = 1_000
    expect(health.throttleHoldMs(throttled(null))).toBe(2_000)
  })
})

describe('the lead of a claim', () => {
  it('is twice what claims take, within bounds; follows a slow database at once and forgets it slowly', () => {
    const health = createAccountHealth()
    expect(health.claimLeadMs()).toBe(10)
    health.claimTook(40)
    expect(health.claimLeadMs()).toBe(80)
    health.claimTook(10)
    expect(health.claimLeadMs()).toBeCloseTo(74)
    health.claimTook(60_000)
    expect(health.claimLeadMs()).toBe(1_000)
    for (let i = 0; i < 300; i += 1) health.claimTook(1)
    expect(health.claimLeadMs()).toBe(8)
  })
})

it('is held from a throttle until the time that Orange named, or its own, is over', () => {
  let now = 0
  const health = createAccountHealth(() => now)
  expect(health.isHeld()).toBe(false)
  health.throttleHoldMs(throttled(5_000))
  now = 4_999
  expect(health.isHeld()).toBe(true)
  now = 5_000
  expect(health.isHeld()).toBe(false)
  health.throttleHoldMs(throttled(null))
  now = 5_999
  expect(health.isHeld()).toBe(true)
  now = 6_000
  expect(health.isHeld()).toBe(false)
})
