import { describe, expect, it } from 'vitest'
import { moneyAtStake } from './sms-price.ts'

describe('the money at stake', () => {
  it('is parts times price, without what binary fractions add', () => {
    expect(moneyAtStake({ unitPrice: 0.1, currency: 'EUR' }, { smsCount: 2, parts: 3 })).toEqual({
      unitPrice: 0.1,
      currency: 'EUR',
      smsCount: 2,
      parts: 3,
      amount: 0.3,
    })
    expect(moneyAtStake({ unitPrice: 30, currency: 'XOF' }, { smsCount: 0, parts: 0 }).amount).toBe(0)
    expect(moneyAtStake({ unitPrice: 0.000001, currency: 'XOF' }, { smsCount: 1, parts: 1_000_001 }).amount).toBe(1.000001)
  })
})
