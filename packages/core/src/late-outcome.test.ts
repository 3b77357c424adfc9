import { describe, expect, it } from 'vitest'
import { lateMeaningOf, type LateMeaning, type LateRow } from './late-outcome.ts'
import { SMS_STATUSES, type SmsStatus } from './sms-status.ts'

const accepted = { claimId: 'first', outcome: { kind: 'accepted', messageId: 'm1', httpStatus: 201 } } as const
const rejected = { claimId: 'first', outcome: { kind: 'rejected', code: 'SVC0004', text: '', httpStatus: 400 } } as const
const row: LateRow = {
  status: 'SENT',
  claimId: 'next',
  messageId: 'm2',
  supersededClaimId: 'first',
  wasSuperseded: true,
}

describe('a word about an attempt that was given up', () => {
  it.each<[SmsStatus, LateMeaning]>([
    ['SENT', 'DUPLICATE'],
    ['PROCESSING', 'DUPLICATE'],
    ['UNKNOWN', 'DUPLICATE'],
    ['PENDING', 'ACCEPTED_LATE'],
    ['FAILED', 'ACCEPTED_LATE'],
    ['CANCELLED', 'ACCEPTED_LATE'],
  ])('that it was accepted finds %s: %s', (status, meaning) => {
    expect(lateMeaningOf({ ...row, status }, accepted)).toBe(meaning)
  })

  it('confirms the assumption that took its place, and no later one', () => {
    const assumed: LateRow = { ...row, claimId: null, messageId: null }
    expect(lateMeaningOf(assumed, accepted)).toBe('CONFIRMED')
    expect(lateMeaningOf({ ...assumed, supersededClaimId: 'next' }, accepted)).toBe('DUPLICATE')
  })

  it('confirms what a receipt had shown of the same attempt, and notes a refusal of it', () => {
    const resolved: LateRow = { ...row, claimId: 'first', messageId: 'm2', supersededClaimId: null, wasSuperseded: false }
    expect(lateMeaningOf(resolved, accepted)).toBe('CONFIRMED')
    expect(lateMeaningOf(resolved, rejected)).toBe('NOTED')
  })

  it('is known when the row has the very message, and never by two ids that are missing', () => {
    for (const status of SMS_STATUSES) expect(lateMeaningOf({ ...row, status, messageId: 'm1' }, accepted)).toBe('REPEATED')
    const unread = { ...accepted, outcome: { ...accepted.outcome, messageId: null } }
    expect(lateMeaningOf({ ...row, messageId: null }, unread)).toBe('DUPLICATE')
  })

  it('that it was not accepted is noted in any status, of a claim that was the row’s', () => {
    for (const status of SMS_STATUSES) {
      expect(lateMeaningOf({ ...row, status }, rejected)).toBe('NOTED')
      expect(lateMeaningOf({ ...row, status, wasSuperseded: false }, rejected)).toBe('STRAY')
    }
  })
})
