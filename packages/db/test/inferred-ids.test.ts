import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ClaimRequest, NOT_WRITTEN } from '@sms/core'
import { createSmsQueries } from '../src/index.ts'
import { accepted, settlementFor } from './queue-fixture.ts'
import { LOST, numberOf, openReceiptFixture, type ReceiptFixture, word } from './receipt-fixture.ts'

const UNWRITTEN = { kind: 'unavailable', code: NOT_WRITTEN, text: 'no request left', httpStatus: null } as const

let fixture: ReceiptFixture
beforeAll(async () => {
  fixture = await openReceiptFixture()
})
afterAll(() => fixture.release())
beforeEach(async () => {
  await fixture.clear()
  await fixture.givenMatch()
})

describe('an id that was inferred from receipts', () => {
  it('loses against a late proof, wins before it, and stays consistent with either', async () => {
    const early = await fixture.unknown()
    await fixture.receipts.store([word('real')])
    await fixture.settleAs(early, 'SENT', accepted('real'))
    expect(await fixture.look()).toMatchObject({ looked: { moved: 1 }, proved: [] })

    await fixture.clear()
    await fixture.givenMatch()
    const late = await fixture.unknown()
    await fixture.receipts.store([word('inferred')])
    await fixture.look()
    // The same id, and no proof at all: the attempt's own claim is recognised, and nothing goes back.
    expect(await fixture.settleAs(late, 'SENT', accepted('inferred'))).toMatchObject([{ landed: 'applied', status: 'SENT' }])
    expect(await fixture.settleAs(late, 'SENT', accepted(null))).toMatchObject([{ landed: 'applied', status: 'SENT' }])
    expect(await fixture.settleAs(late, 'UNKNOWN', LOST)).toMatchObject([{ landed: 'applied', status: 'SENT' }])
    expect(await fixture.row(late.smsId)).toMatchObject({ status: 'SENT', messageId: 'inferred' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('gives way to the id that the worker read, and is looked at again for whom else it may be', async () => {
    const { smsId, ...late } = await fixture.unknown()
    await fixture.receipts.store([word('inferred')])
    await fixture.look()
    await fixture.look()
    expect(await fixture.row(smsId)).toMatchObject({ messageId: 'inferred', deliveryStatus: 'DELIVERED' })
    await fixture.receipts.store([word('read', 'MessageWaiting')])
    await fixture.look()
    const settlement = settlementFor({ smsId, ...late }, 'SENT', accepted('read'))
    expect(await fixture.bring(settlement)).toEqual({ meaning: 'CONFIRMED', isNew: true, status: 'SENT' })
    expect(await fixture.row(smsId)).toMatchObject({ status: 'SENT', messageId: 'read', deliveryStatus: null, deliveredAt: null })
    expect((await fixture.receipts.lookForSms(10)).orphanNumbers).toEqual([numberOf(1)])
    expect(await fixture.row(smsId)).toMatchObject({ deliveryStatus: 'WAITING' })
    expect((await fixture.events(smsId)).filter(([kind]) => kind === 'RECEIPT')).toEqual([['RECEIPT', 'MessageWaiting']])
    expect(await fixture.effects()).toEqual([
      [null, null],
      [smsId, 'MOVED'],
    ])
    // It landed.
    expect(await fixture.sms.settle([settlement])).toMatchObject([{ landed: 'applied' }])
    const other = await fixture.unknown()
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "lastAttemptAt" = now() - interval '1 hour' WHERE id = ${other.smsId}`
    expect((await fixture.look()).proved).toEqual([[other.smsId, 'inferred', 'RESOLVED']])
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is exchanged, with its delivery, where two SMS had each other’s, in whatever order their workers speak', async () => {
    const requests = [await fixture.unknown(), await fixture.unknown(), await fixture.unknown()] as const
    await fixture.receipts.store([word('a', 'MessageWaiting'), word('b', 'DeliveryImpossible'), word('c', 'DeliveredToTerminal')])
    await fixture.look()
    await fixture.look()
    const ids = requests.map(({ smsId }) => smsId)
    const held = async () =>
      Promise.all(ids.map(async (id) => (({ messageId, deliveryStatus }) => [messageId, deliveryStatus])(await fixture.row(id))))
    expect(await held()).toEqual([
      ['a', 'WAITING'],
      ['b', 'UNDELIVERED'],
      ['c', 'DELIVERED'],
    ])
    // A circle of three: one that has not spoken takes what the other gives up.
    await fixture.land(settlementFor(requests[0], 'SENT', accepted('b')))
    expect(await held()).toEqual([
      ['b', 'UNDELIVERED'],
      ['a', 'WAITING'],
      ['c', 'DELIVERED'],
    ])
    await Promise.all([
      fixture.land(settlementFor(requests[2], 'SENT', accepted('a'))),
      fixture.land(settlementFor(requests[1], 'SENT', accepted('c'))),
    ])
    const right = [
      ['b', 'UNDELIVERED'],
      ['c', 'DELIVERED'],
      ['a', 'WAITING'],
    ]
    expect(await held()).toEqual(right)
    const told = async () =>
      Promise.all(
        ids.map(async (id) => (await fixture.events(id)).filter(([kind]) => kind === 'RECEIPT').map(([, code]) => code)),
      )
    expect(await told()).toEqual([['DeliveryImpossible'], ['DeliveredToTerminal'], ['MessageWaiting']])
    await fixture.look()
    expect(await held()).toEqual(right)
    expect(await told()).toEqual([['DeliveryImpossible'], ['DeliveredToTerminal'], ['MessageWaiting']])
    expect(await fixture.effects()).toEqual([
      [ids[2], 'UNCHANGED'],
      [ids[0], 'UNCHANGED'],
      [ids[1], 'UNCHANGED'],
    ])
  })

  it('gives way to the same one decoded, and keeps its delivery', async () => {
    const late = await fixture.unknown()
    await fixture.receipts.store([word('a%2Fb')])
    await fixture.look()
    await fixture.look()
    expect(await fixture.row(late.smsId)).toMatchObject({ messageId: 'a%2Fb', deliveryStatus: 'DELIVERED' })
    await fixture.land(settlementFor(late, 'SENT', accepted('a/b')))
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(late.smsId)).toMatchObject({ status: 'SENT', messageId: 'a/b', deliveryStatus: 'DELIVERED' })
    expect(await fixture.receipts.countOrphans()).toBe(0)
    expect((await fixture.events(late.smsId)).map(([kind]) => kind)).toEqual(['unknown', 'RECEIPT_PROOF', 'CONFIRMED', 'RECEIPT'])
  })

  it('that spoke for an attempt which was refused leaves it SENT, and the refusal is kept beside it', async () => {
    const late = await fixture.unknown()
    await fixture.receipts.store([word('stray')])
    await fixture.look()
    const refusal = { kind: 'rejected', code: 'SVC0004', text: 'no', httpStatus: 400 } as const
    const settlement = settlementFor(late, 'FAILED', refusal)
    expect(await fixture.bring(settlement)).toEqual({ meaning: 'NOTED', isNew: true, status: 'SENT' })
    expect(await fixture.bring(settlement)).toEqual({ meaning: 'NOTED', isNew: false, status: 'SENT' })
    expect(await fixture.row(late.smsId)).toMatchObject({ status: 'SENT', messageId: 'stray' })
    expect(await fixture.events(late.smsId)).toEqual([
      ['unknown', 'REPLY_LOST'],
      ['RECEIPT_PROOF', 'REPLY_LOST'],
      ['rejected', 'SVC0004'],
    ])
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is not taken by an attempt that is proved never to have been written, nor by the one that takes its place', async () => {
    const late = await fixture.unknown()
    await fixture.receipts.store([word('stray')])
    const [landed] = await fixture.sms.settle([
      settlementFor(late, 'PENDING', UNWRITTEN, { givesAttemptBack: true, keepsJob: true }),
    ])
    expect(landed).toMatchObject({ landed: 'applied', status: 'PENDING' })
    expect((await fixture.look()).proved).toEqual([])
    const { requests } = await fixture.claimAll()
    expect(requests.map(({ smsId }) => smsId)).toEqual([late.smsId])
    expect((await fixture.look()).proved).toEqual([])
    await fixture.settleAs(requests[0] as ClaimRequest, 'UNKNOWN', LOST)
    // It is older than the attempt that may have been accepted.
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(late.smsId)).toMatchObject({ status: 'UNKNOWN', attempts: 1, messageId: null })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is kept against a later proof that its attempt was never written: no second send, and a person sees both', async () => {
    const late = await fixture.unknown()
    await fixture.receipts.store([word('stray')])
    await fixture.look()
    const settlement = settlementFor(late, 'PENDING', UNWRITTEN, { givesAttemptBack: true, keepsJob: true })
    expect(await fixture.bring(settlement)).toEqual({ meaning: 'NOTED', isNew: true, status: 'SENT' })
    expect(await fixture.bring(settlement)).toEqual({ meaning: 'NOTED', isNew: false, status: 'SENT' })
    expect(await fixture.row(late.smsId)).toMatchObject({ status: 'SENT', messageId: 'stray', attempts: 1 })
    expect((await fixture.claimAll()).requests).toEqual([])
    const timeline = await createSmsQueries(fixture.db).findEvents([late.smsId])
    expect(timeline.map(({ kind, code }) => [kind, code])).toEqual([
      ['unknown', 'REPLY_LOST'],
      ['RECEIPT_PROOF', 'REPLY_LOST'],
      ['unavailable', NOT_WRITTEN],
    ])
    expect(await fixture.imbalance()).toBe(0)
  })
})
