import { describe, expect, it } from 'vitest'
import { DELIVERY_WORDS, deliveryStatusOf, phoneNumberOfAddress } from './delivery-receipt.ts'
import { DELIVERY_STATUSES } from './sms-status.ts'

describe('deliveryStatusOf', () => {
  it('knows one word for every delivery status, in the order in which an SMS may move', () => {
    expect(DELIVERY_WORDS.map(([, means]) => means)).toEqual([...DELIVERY_STATUSES])
    for (const [word, means] of DELIVERY_WORDS) expect(deliveryStatusOf(word)).toBe(means)
  })

  it('makes nothing of a word it does not know', () => {
    for (const word of ['', 'deliveredtoterminal', 'Delivered', 'constructor', '__proto__'])
      expect(deliveryStatusOf(word)).toBeNull()
  })
})

describe('phoneNumberOfAddress', () => {
  it.each([
    ['tel:+2250700000001', '+2250700000001'],
    ['tel:2250700000001', '+2250700000001'],
    ['+2250700000001', '+2250700000001'],
    [' tel:+2250700000001 ', '+2250700000001'],
    ['tel:+0700000001', null],
    ['tel:', null],
    ['acr:abc', null],
    ['tel:+22507000000011234', null],
  ])('%s is %s', (address, expected) => {
    expect(phoneNumberOfAddress(address)).toBe(expected)
  })
})
