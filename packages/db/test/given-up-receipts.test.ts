import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimRequest } from '@sms/core'
import { accepted, settlementFor } from './queue-fixture.ts'
import { LOST, openReceiptFixture, type ReceiptFixture, word } from './receipt-fixture.ts'

let fixture: ReceiptFixture
beforeAll(async () => {
  fixture = await openReceiptFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

describe('a receipt of an attempt that an operator gave up', () => {
  it('shows that what was assumed not to be sent was, keeps it as evidence, and changes no status', async () => {
    const { smsId } = await fixture.unknown()
    await fixture.decide(smsId, 'ASSUME_NOT_SENT')
    await fixture.receipts.store([word('orphan')])
    expect((await fixture.look()).proved).toEqual([[smsId, 'orphan', 'ACCEPTED_LATE']])
    expect(await fixture.row(smsId)).toMatchObject({
      status: 'FAILED',
      errorCode: 'ACCEPTED_LATE',
      messageId: null,
      deliveryStatus: null,
    })
    expect((await fixture.events(smsId)).at(-1)).toEqual(['ACCEPTED_LATE', 'ASSUMED_NOT_SENT'])
    // Told once; its further receipts are known.
    await fixture.receipts.store([word('orphan', 'MessageWaiting')])
    expect(await fixture.look()).toMatchObject({ looked: { superseded: 2 }, proved: [] })
    expect(await fixture.effects()).toEqual([
      [smsId, 'ACCEPTED_LATE'],
      [smsId, 'SUPERSEDED'],
    ])
    expect(await fixture.imbalance()).toBe(0)
  })

  it('keeps an SMS that waits to be sent again from being sent', async () => {
    const { smsId } = await fixture.unknown()
    await fixture.decide(smsId, 'SEND_AGAIN')
    await fixture.receipts.store([word('orphan')])
    expect((await fixture.look()).proved).toEqual([[smsId, 'orphan', 'ACCEPTED_LATE']])
    const { requests } = await fixture.claimAll()
    expect(requests).toHaveLength(1)
    expect(await fixture.row(smsId)).toMatchObject({ status: 'CANCELLED', errorCode: 'EXPIRED', attempts: 1 })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is a duplicate when the SMS was sent again, and resolves no other SMS to that number', async () => {
    const { smsId } = await fixture.unknown()
    await fixture.decide(smsId, 'SEND_AGAIN')
    const { requests } = await fixture.claimAll()
    await fixture.settleAs(requests[0] as ClaimRequest, 'SENT', accepted('second'))
    const other = await fixture.unknown()
    await fixture.receipts.store([word('first')])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(other.smsId)).toMatchObject({ status: 'UNKNOWN' })
    await fixture.settleAs(other, 'FAILED', { kind: 'rejected', code: 'SVC0004', text: 'no', httpStatus: 400 })
    expect((await fixture.look()).proved).toEqual([[smsId, 'first', 'DUPLICATE']])
    expect((await fixture.events(smsId)).at(-1)).toEqual(['DUPLICATE_ACCEPTED', null])
    await fixture.receipts.store([word('second', 'MessageWaiting')])
    await fixture.look()
    expect(await fixture.row(smsId)).toMatchObject({ status: 'SENT', messageId: 'second', deliveryStatus: 'WAITING' })
  })

  it('proves nothing about another SMS to that number while one of two attempts that were given up is not accounted for', async () => {
    const { smsId } = await fixture.unknown()
    const other = await fixture.unknown()
    await fixture.decide(smsId, 'SEND_AGAIN')
    await fixture.receipts.store([word('first')])
    expect((await fixture.look()).proved).toEqual([])
    const { requests } = await fixture.claimAll()
    await fixture.settleAs(requests[0] as ClaimRequest, 'UNKNOWN', LOST)
    await fixture.assume([smsId], 'ASSUME_NOT_SENT')
    // The row knows the second attempt only, which began after that receipt.
    expect((await fixture.look()).proved).toEqual([])
    await fixture.settleAs(other, 'FAILED', { kind: 'rejected', code: 'SVC0004', text: 'no', httpStatus: 400 })
    await fixture.receipts.store([word('second')])
    expect((await fixture.look()).proved).toEqual([[smsId, 'second', 'ACCEPTED_LATE']])
    const third = await fixture.unknown()
    await fixture.receipts.store([word('third')])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(third.smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('proves nothing about another SMS while the late acceptance of the attempt left its id unknown', async () => {
    const given = await fixture.unknown()
    await fixture.decide(given.smsId, 'ASSUME_NOT_SENT')
    const other = await fixture.unknown()
    expect(await fixture.bring(settlementFor(given, 'SENT', accepted(null)))).toMatchObject({ meaning: 'ACCEPTED_LATE' })
    await fixture.receipts.store([word('orphan')])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(other.smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('proves nothing about another SMS while only the last of two attempts that were given up is accounted for', async () => {
    const first = await fixture.unknown()
    await fixture.decide(first.smsId, 'SEND_AGAIN')
    const second = (await fixture.claimAll()).requests[0] as ClaimRequest
    await fixture.settleAs(second, 'UNKNOWN', LOST)
    await fixture.decide(first.smsId, 'SEND_AGAIN')
    const refusal = { kind: 'rejected', code: 'SVC0004', text: 'no', httpStatus: 400 } as const
    await fixture.bring(settlementFor(second, 'FAILED', refusal, { attempt: 2 }))
    await fixture.settleAs((await fixture.claimAll()).requests[0] as ClaimRequest, 'FAILED', refusal)
    const other = await fixture.unknown()
    await fixture.receipts.store([word('of the first')])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(other.smsId)).toMatchObject({ status: 'UNKNOWN' })
    // Its own word accounts for it, and clears the way.
    await fixture.bring(settlementFor(first, 'SENT', accepted('of the first')))
    expect(await fixture.row(first.smsId)).toMatchObject({ supersededAttemptAt: null })
    await fixture.receipts.store([word('of the other')])
    expect((await fixture.look()).proved).toEqual([[other.smsId, 'of the other', 'RESOLVED']])
  })

  it('proves nothing about two SMS that were given up when one of them may own both ids', async () => {
    const several = await fixture.unknown()
    await fixture.decide(several.smsId, 'SEND_AGAIN')
    await fixture.settleAs((await fixture.claimAll()).requests[0] as ClaimRequest, 'UNKNOWN', LOST)
    await fixture.decide(several.smsId, 'ASSUME_NOT_SENT')
    const other = await fixture.unknown()
    await fixture.decide(other.smsId, 'ASSUME_NOT_SENT')
    await fixture.receipts.store([word('one'), word('two')])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(other.smsId)).toMatchObject({ errorCode: 'ASSUMED_NOT_SENT' })
  })

  it('confirms what was assumed to be sent', async () => {
    const { smsId } = await fixture.unknown()
    await fixture.decide(smsId, 'ASSUME_SENT')
    await fixture.receipts.store([word('orphan')])
    expect((await fixture.look()).proved).toEqual([[smsId, 'orphan', 'CONFIRMED']])
    await fixture.look()
    expect(await fixture.row(smsId)).toMatchObject({ status: 'SENT', messageId: 'orphan', deliveryStatus: 'DELIVERED' })
  })
})
