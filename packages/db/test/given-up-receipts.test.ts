import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimRequest } from '@sms/core'
import { accepted, settlementFor } from './queue-fixture.ts'
import { LOST, openReceiptFixture, type ReceiptFixture, word } from './receipt-fixture.ts'

let fixture: ReceiptFixture
beforeAll(async () => {
  fixture = await openReceiptFixture()
})
afterAll(() => fixture.release())
beforeEach(async () => {
  await fixture.clear()
  await fixture.givenMatch()
})

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

describe('an SMS of which one attempt was given up and the next one is UNKNOWN too', () => {
  /** Its two attempts, of which nobody read what Orange answered. */
  const unknownTwice = async (): Promise<[ClaimRequest, ClaimRequest]> => {
    const first = await fixture.unknown()
    await fixture.decide(first.smsId, 'SEND_AGAIN')
    const second = (await fixture.claimAll()).requests[0] as ClaimRequest
    await fixture.settleAs(second, 'UNKNOWN', LOST)
    return [first, second]
  }

  it('was accepted twice when there are two ids: it is SENT under the later one, and the other one is a duplicate', async () => {
    const [{ smsId }] = await unknownTwice()
    await fixture.receipts.store([word('one')])
    expect((await fixture.look()).proved).toEqual([])
    await fixture.receipts.store([word('two', 'MessageWaiting')])
    expect((await fixture.look()).proved).toEqual([
      [smsId, 'one', 'DUPLICATE'],
      [smsId, 'two', 'RESOLVED'],
    ])
    await fixture.look()
    expect(await fixture.row(smsId)).toMatchObject({
      status: 'SENT',
      messageId: 'two',
      errorCode: null,
      deliveryStatus: 'WAITING',
      supersededAttemptAt: null,
      validUntil: null,
    })
    expect((await fixture.events(smsId)).slice(-3)).toEqual([
      ['DUPLICATE_ACCEPTED', 'REPLY_LOST'],
      ['RECEIPT_PROOF', 'REPLY_LOST'],
      ['RECEIPT', 'MessageWaiting'],
    ])
    expect(await fixture.effects()).toEqual([
      [smsId, 'DUPLICATE'],
      [smsId, 'RESOLVED'],
    ])
    expect(await fixture.counts(1n)).toMatchObject({ sent: 1, unknown: 0, status: 'COMPLETED' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('tells which came first when both receipts came before anybody looked, and once by many workers at once', async () => {
    const [{ smsId }] = await unknownTwice()
    await fixture.receipts.store([word('one')])
    await fixture.receipts.store([word('two')])
    const { orphanNumbers } = await fixture.receipts.lookForSms(10)
    const proofs = (await Promise.all([1, 2, 3, 4].map(() => fixture.receipts.resolveOrphans(orphanNumbers)))).flat()
    expect(proofs.map(({ messageId, proved }) => [messageId, proved])).toEqual([
      ['one', 'DUPLICATE'],
      ['two', 'RESOLVED'],
    ])
    expect(await fixture.row(smsId)).toMatchObject({ status: 'SENT', messageId: 'two' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is proved when the last one was accepted without an id as well', async () => {
    const first = await fixture.unknown()
    await fixture.decide(first.smsId, 'SEND_AGAIN')
    const second = (await fixture.claimAll()).requests[0] as ClaimRequest
    await fixture.settleAs(second, 'SENT', accepted(null))
    await fixture.receipts.store([word('one')])
    await fixture.receipts.store([word('two')])
    expect((await fixture.look()).proved).toEqual([
      [first.smsId, 'one', 'DUPLICATE'],
      [first.smsId, 'two', 'CONFIRMED'],
    ])
    expect(await fixture.row(first.smsId)).toMatchObject({ status: 'SENT', messageId: 'two', supersededAttemptAt: null })
  })

  it('proves nothing of two ids where another SMS to that number may own one', async () => {
    const [{ smsId }] = await unknownTwice()
    const other = await fixture.unknown()
    await fixture.receipts.store([word('one'), word('two')])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(smsId)).toMatchObject({ status: 'UNKNOWN' })
    expect(await fixture.row(other.smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('proves nothing, with two ids or three, once two attempts were given up: which may own both', async () => {
    const [{ smsId }] = await unknownTwice()
    await fixture.decide(smsId, 'SEND_AGAIN')
    await fixture.settleAs((await fixture.claimAll()).requests[0] as ClaimRequest, 'UNKNOWN', LOST)
    await fixture.receipts.store([word('one'), word('two')])
    expect((await fixture.look()).proved).toEqual([])
    await fixture.receipts.store([word('three')])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('proves the attempt that was given up alone when both ids but one came before the other began', async () => {
    const first = await fixture.unknown()
    await fixture.receipts.store([word('one')])
    await fixture.db.$executeRaw`UPDATE "SmsReceipt" SET "receivedAt" = now() - interval '10 minutes'`
    await fixture.decide(first.smsId, 'SEND_AGAIN')
    const second = (await fixture.claimAll()).requests[0] as ClaimRequest
    await fixture.settleAs(second, 'UNKNOWN', LOST)
    expect((await fixture.look()).proved).toEqual([[first.smsId, 'one', 'ACCEPTED_LATE']])
    await fixture.receipts.store([word('two')])
    expect((await fixture.look()).proved).toEqual([[first.smsId, 'two', 'RESOLVED']])
  })

  it('exchanges the two ids when the worker of the last attempt read the earlier one', async () => {
    const [{ smsId }, second] = await unknownTwice()
    await fixture.receipts.store([word('one', 'DeliveryImpossible')])
    await fixture.receipts.store([word('two', 'DeliveredToTerminal')])
    await fixture.look()
    await fixture.look()
    expect(await fixture.row(smsId)).toMatchObject({ messageId: 'two', deliveryStatus: 'DELIVERED' })
    const settlement = settlementFor(second, 'SENT', accepted('one'), { attempt: 2 })
    expect(await fixture.bring(settlement)).toEqual({ meaning: 'CONFIRMED', isNew: true, status: 'SENT' })
    expect(await fixture.sms.settle([settlement])).toMatchObject([{ landed: 'applied' }])
    expect(await fixture.row(smsId)).toMatchObject({ messageId: 'one', deliveryStatus: null })
    expect(await fixture.look()).toMatchObject({ looked: { moved: 1, superseded: 1, orphaned: 0 }, proved: [] })
    expect(await fixture.row(smsId)).toMatchObject({ messageId: 'one', deliveryStatus: 'UNDELIVERED', deliveredAt: null })
    const duplicate = await fixture.db.smsEvent.findFirst({ where: { smsId, kind: 'DUPLICATE_ACCEPTED' } })
    expect(duplicate).toMatchObject({ messageId: 'two' })
  })

  it('knows the word of the attempt that was given up when it comes after its receipt', async () => {
    const [first, second] = await unknownTwice()
    await fixture.receipts.store([word('one')])
    await fixture.receipts.store([word('two')])
    await fixture.look()
    expect(await fixture.bring(settlementFor(first, 'SENT', accepted('one')))).toMatchObject({ meaning: 'REPEATED' })
    await fixture.land(settlementFor(second, 'SENT', accepted('two'), { attempt: 2 }))
    expect(await fixture.row(first.smsId)).toMatchObject({ status: 'SENT', messageId: 'two' })
    expect((await fixture.events(first.smsId)).filter(([kind]) => kind === 'DUPLICATE_ACCEPTED')).toHaveLength(1)
  })
})
