import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accepted } from './queue-fixture.ts'
import { LOST, numberOf, openReceiptFixture, type ReceiptFixture, word } from './receipt-fixture.ts'

let fixture: ReceiptFixture
beforeAll(async () => {
  fixture = await openReceiptFixture()
})
afterAll(() => fixture.release())
beforeEach(async () => {
  await fixture.clear()
  await fixture.givenMatch()
})

describe('a receipt of an id that nobody knows', () => {
  it('makes an UNKNOWN of its number SENT, with its id, its counters and its evidence', async () => {
    const { smsId } = await fixture.unknown()
    await fixture.receipts.store([word('orphan', 'MessageWaiting'), word('orphan', 'DeliveredToTerminal')])
    const { proved } = await fixture.look()
    expect(proved).toEqual([[smsId, 'orphan', 'RESOLVED']])
    expect(await fixture.row(smsId)).toMatchObject({
      status: 'SENT',
      messageId: 'orphan',
      errorCode: null,
      failedAt: null,
      deliveryStatus: null,
    })
    expect(await fixture.counts(1n)).toMatchObject({ sent: 1, unknown: 0, status: 'COMPLETED' })
    // At once, not after its rest.
    expect(await fixture.receipts.lookForSms(10)).toMatchObject({ moved: 2 })
    expect(await fixture.row(smsId)).toMatchObject({ deliveryStatus: 'DELIVERED' })
    expect(await fixture.events(smsId)).toEqual([
      ['unknown', 'REPLY_LOST'],
      ['RECEIPT_PROOF', 'REPLY_LOST'],
      ['RECEIPT', 'MessageWaiting'],
      ['RECEIPT', 'DeliveredToTerminal'],
    ])
    expect((await fixture.effects()).map(([, effect]) => effect)).toEqual(['RESOLVED', 'RESOLVED'])
  })

  it('proves nothing until a receipt of these days has met its SMS by its id, and then what had waited', async () => {
    await fixture.clear()
    await fixture.sent('known')
    const { smsId } = await fixture.unknown()
    await fixture.receipts.store([word('orphan')])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(smsId)).toMatchObject({ status: 'UNKNOWN' })
    await fixture.receipts.store([word('known')])
    expect(await fixture.look()).toMatchObject({ looked: { moved: 1 }, proved: [[smsId, 'orphan', 'RESOLVED']] })
    const other = await fixture.unknown()
    await fixture.db.$executeRaw`UPDATE "SmsReceipt" SET "matchedAt" = now() - interval '8 days' WHERE "matchedAt" IS NOT NULL`
    await fixture.receipts.store([word('later')])
    expect((await fixture.receipts.resolveOrphans([numberOf(1)])).map((one) => one.smsId)).not.toContain(other.smsId)
  })

  it('does not count the later words of an id that was itself inferred', async () => {
    await fixture.unknown()
    await fixture.receipts.store([word('inferred', 'MessageWaiting')])
    await fixture.look()
    await fixture.look()
    await fixture.db.$executeRaw`UPDATE "SmsReceipt" SET "matchedAt" = now() - interval '8 days' WHERE id = 0`
    await fixture.receipts.store([word('inferred')])
    expect((await fixture.look()).looked).toMatchObject({ moved: 1 })
    const other = await fixture.unknown()
    await fixture.receipts.store([word('orphan')])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(other.smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('resolves a single SMS and one of a cancelled batch as well', async () => {
    const single = await fixture.givenSingle({ number: numberOf(2) })
    await fixture.givenBatch(1)
    const { requests } = await fixture.claimAll()
    for (const request of requests) await fixture.settleAs(request, 'UNKNOWN', LOST)
    await fixture.cancel(1n).catch(() => undefined)
    await fixture.receipts.store([word('a'), word('b', 'MessageWaiting', numberOf(2))])
    expect((await fixture.look()).proved).toHaveLength(2)
    expect(await fixture.row(single)).toMatchObject({ status: 'SENT', messageId: 'b' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('proves nothing about an attempt that began after it came, or long before', async () => {
    await fixture.receipts.store([word('older')])
    const { smsId } = await fixture.unknown()
    // Redelivered with another word afterwards: the id is as old as its first one.
    await fixture.receipts.store([word('older', 'MessageWaiting')])
    expect((await fixture.look()).proved).toEqual([])
    await fixture.receipts.store([word('newer')])
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "lastAttemptAt" = now() - interval '73 hours'`
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('counts, beside a stray one of before, only the ids that came after the attempt began', async () => {
    await fixture.receipts.store([word('stray')])
    await fixture.look()
    const { smsId } = await fixture.unknown()
    await fixture.receipts.store([word('its')])
    expect((await fixture.look()).proved).toEqual([[smsId, 'its', 'RESOLVED']])
  })

  it('proves nothing while an SMS to that number is on the wire, in whatever account', async () => {
    const { smsId } = await fixture.unknown()
    await fixture.db.$executeRaw`INSERT INTO "SenderAccount" (id, name) VALUES (2, 'other') ON CONFLICT DO NOTHING`
    await fixture.receipts.store([word('orphan')])
    const other = await fixture.givenSingle({ number: numberOf(1) })
    await fixture.db
      .$executeRaw`UPDATE "SmsQueue" SET "accountId" = 2, status = 'PROCESSING', attempts = 1, "claimId" = gen_random_uuid(),
      "claimedBy" = 'w', "leaseUntil" = now(), "lastAttemptAt" = now() WHERE id = ${other}`
    expect((await fixture.look()).proved).toEqual([])
    await fixture.db
      .$executeRaw`UPDATE "SmsQueue" SET status = 'FAILED', "leaseUntil" = NULL, "failedAt" = now(), "errorCode" = 'X' WHERE id = ${other}`
    expect((await fixture.look()).proved).toEqual([[smsId, 'orphan', 'RESOLVED']])
  })

  it('proves nothing beside a SENT without id, which alone it would give its id', async () => {
    const first = await fixture.sent(null)
    const { smsId } = await fixture.unknown()
    await fixture.receipts.store([word('one')])
    expect((await fixture.look()).proved).toEqual([])
    await fixture.receipts.store([word('two')])
    expect((await fixture.look()).proved).toEqual([])
    await fixture.db.smsQueue.update({ where: { id: smsId }, data: { status: 'FAILED' } })
    await fixture.db.smsReceipt.deleteMany({ where: { messageId: 'two' } })
    expect((await fixture.look()).proved).toEqual([[first, 'one', 'CONFIRMED']])
    await fixture.look()
    expect(await fixture.row(first)).toMatchObject({ status: 'SENT', messageId: 'one', deliveryStatus: 'DELIVERED' })
  })

  it('proves nothing about two UNKNOWN of a number when there is one id, and proves both when there are two', async () => {
    const [first, second] = [await fixture.unknown(), await fixture.unknown()]
    await fixture.receipts.store([word('one')])
    expect((await fixture.look()).proved).toEqual([])
    await fixture.receipts.store([word('two')])
    expect((await fixture.look()).proved).toEqual([
      [first.smsId, 'one', 'RESOLVED'],
      [second.smsId, 'two', 'RESOLVED'],
    ])
    expect(await fixture.imbalance()).toBe(0)
  })

  it('proves the first of two UNKNOWN when the second was tried only after the receipt came', async () => {
    const first = await fixture.unknown()
    await fixture.receipts.store([word('one')])
    const second = await fixture.unknown()
    expect((await fixture.look()).proved).toEqual([[first.smsId, 'one', 'RESOLVED']])
    expect(await fixture.row(second.smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('proves nothing when there are more ids than attempts, or no readable number', async () => {
    const { smsId } = await fixture.unknown()
    await fixture.receipts.store([word('one'), word('two'), word('three', 'MessageWaiting', null)])
    expect((await fixture.look()).proved).toEqual([])
    expect(await fixture.row(smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('is resolved once by many workers at once, while late proofs land and operators decide', async () => {
    const requests = await fixture.onWire(120)
    for (const request of requests) await fixture.settleAs(request, 'UNKNOWN', LOST)
    await fixture.receipts.store(requests.map(({ smsId }) => word(`m-${smsId}`, 'DeliveredToTerminal', numberOf(Number(smsId)))))
    const { orphanNumbers } = await fixture.receipts.lookForSms(1_000)
    expect(orphanNumbers).toHaveLength(120)
    const [resolved] = await Promise.all([
      Promise.all(
        Array.from({ length: 4 }, (_, turn) =>
          fixture.receipts.resolveOrphans(turn % 2 === 0 ? orphanNumbers : orphanNumbers.toReversed()),
        ),
      ),
      Promise.all(requests.slice(0, 40).map((request) => fixture.settleAs(request, 'SENT', accepted(`m-${request.smsId}`)))),
      fixture.assume(
        requests.slice(80).map(({ smsId }) => smsId),
        'ASSUME_SENT',
      ),
    ])
    const proofs = resolved.flat()
    expect(new Set(proofs.map(({ smsId }) => smsId)).size).toBe(proofs.length)
    expect(await fixture.db.smsQueue.count({ where: { status: 'SENT' } })).toBe(120)
    const wrong = await fixture.db.$queryRaw`SELECT id FROM "SmsQueue" WHERE "messageId" <> 'm-' || id`
    expect(wrong).toEqual([])
    expect(await fixture.counts(1n)).toMatchObject({ sent: 120, unknown: 0, status: 'COMPLETED' })
    expect(await fixture.imbalance()).toBe(0)
  })
})
