import { describe, expect, it } from 'vitest'
import { readReceipts } from './read-receipts.ts'

const notice = (callbackData: unknown, deliveryInfo: unknown, more: object = {}) => ({
  deliveryInfoNotification: { callbackData, deliveryInfo, ...more },
})
const delivered = { address: 'tel:+2250700000001', deliveryStatus: 'DeliveredToTerminal' }
const read = (value: unknown) => readReceipts(JSON.stringify(value))

describe('readReceipts', () => {
  it('looks at no more than a thousand, so that nonsense holds up nobody', () => {
    const many = Array.from({ length: 1_001 }, () => notice('id', delivered))
    expect(read(many)).toEqual({ receipts: [], malformedCount: 1_001 })
    expect(read(many.slice(1)).receipts).toHaveLength(1_000)
    expect(
      read(
        notice(
          'id',
          Array.from({ length: 1_001 }, () => delivered),
        ),
      ),
    ).toEqual({ receipts: [], malformedCount: 1 })
  })

  it('reads a body that begins with a byte order mark', () => {
    expect(readReceipts(`\uFEFF${JSON.stringify(notice('id', delivered))}`).receipts).toHaveLength(1)
  })

  const receipt = { messageId: 'id', phoneNumber: '+2250700000001', status: 'DeliveredToTerminal' }

  it.each([
    ['an object', notice('id', delivered), [receipt]],
    [
      'a list of infos',
      notice('id', [delivered, { ...delivered, deliveryStatus: 'Undreamt' }]),
      [receipt, { ...receipt, status: 'Undreamt' }],
    ],
    [
      'a list of notifications',
      [notice('id', delivered), notice('other', [delivered])],
      [receipt, { ...receipt, messageId: 'other' }],
    ],
    ['fields that nobody knows', { ...notice('id', { ...delivered, at: 1 }, { filterCriteria: 'x' }), more: 1 }, [receipt]],
    [
      'an address that is none',
      notice('id', { ...delivered, address: ['tel:+2250700000001'] }),
      [{ ...receipt, phoneNumber: null }],
    ],
    ['no address', notice('id', { deliveryStatus: 'DeliveredToTerminal' }), [{ ...receipt, phoneNumber: null }]],
  ])('takes %s', (_what, value, receipts) => {
    expect(read(value)).toEqual({ receipts, malformedCount: 0 })
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['another document', '{"inboundSMSMessageNotification":{}}'],
    ['no id', JSON.stringify(notice('', delivered))],
    ['an id that is too long', JSON.stringify(notice('x'.repeat(256), delivered))],
    ['an id that cannot be stored', JSON.stringify(notice('a\0', delivered))],
    ['half a character', JSON.stringify(notice('\ud800', delivered))],
    ['no info', JSON.stringify(notice('id', []))],
    ['no word', JSON.stringify(notice('id', { address: 'tel:+2250700000001' }))],
    ['a word that is too long', JSON.stringify(notice('id', { ...delivered, deliveryStatus: 'x'.repeat(65) }))],
  ])('refuses %s', (_what, body) => {
    expect(readReceipts(body)).toEqual({ receipts: [], malformedCount: 1 })
  })

  it('takes what is well-formed beside what is not', () => {
    expect(read([notice('id', delivered), 7, notice(1, delivered)])).toEqual({ receipts: [receipt], malformedCount: 2 })
  })
})
