import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimRequest } from '@sms/core'
import { Prisma } from '../src/generated/client.ts'
import { resolveOrphansSql } from '../src/sql/orphan-receipts.ts'
import { cleanReceiptsSql, decodedId, lookForSmsSql, type LookRow, storeReceiptsSql } from '../src/sql/receipts.ts'
import { accepted } from './queue-fixture.ts'
import { numberOf, openReceiptFixture, type ReceiptFixture, word } from './receipt-fixture.ts'

let fixture: ReceiptFixture
beforeAll(async () => {
  fixture = await openReceiptFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

describe('storing receipts', () => {
  it('keeps each word about an SMS once, whoever brings it how often, at once or in another order', async () => {
    const body = Array.from({ length: 50 }, (_, index) =>
      word(`id-${index % 25}`, index < 25 ? 'MessageWaiting' : 'DeliveredToTerminal'),
    )
    const stored = await Promise.all(
      Array.from({ length: 8 }, (_, turn) => fixture.receipts.store(turn % 2 === 0 ? body : body.toReversed())),
    )
    expect(stored.reduce((sum, count) => sum + count, 0)).toBe(50)
    expect(await fixture.receipts.store([word('id-1'), word('id-1')])).toBe(0)
    expect(await fixture.receipts.store([])).toBe(0)
    expect(await fixture.db.smsReceipt.count()).toBe(50)
  })

  it('takes any text as an id or a word', async () => {
    const odd = word('{"a\\b", NULL}', `'; DROP "x" é`, null)
    await fixture.receipts.store([odd])
    expect(await fixture.db.smsReceipt.findFirst()).toMatchObject(odd)
  })

  it('makes them due at once, whichever way their time was rounded', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      // now() stands still in a transaction: the look comes as soon after as one can.
      const [look] = await fixture.db.$transaction(async (tx) => {
        await tx.$executeRaw(storeReceiptsSql([word(`id-${turn}`)]))
        return tx.$queryRaw<[LookRow]>(lookForSmsSql(10))
      })
      expect(look.lookedAt).toBe(1)
    }
  })
})

describe('a receipt of a known SMS', () => {
  it('moves its delivery, says when it was delivered, and is kept as an event', async () => {
    const id = await fixture.sent()
    await fixture.receipts.store([word('id-1')])
    expect((await fixture.look()).looked).toMatchObject({ lookedAt: 1, moved: 1, orphaned: 0 })
    const receipt = await fixture.db.smsReceipt.findFirstOrThrow()
    expect(await fixture.row(id)).toMatchObject({ status: 'SENT', deliveryStatus: 'DELIVERED', deliveredAt: receipt.receivedAt })
    expect(receipt).toMatchObject({ smsId: id, effect: 'MOVED', nextLookAt: null })
    expect(await fixture.events(id)).toEqual([['RECEIPT', 'DeliveredToTerminal']])
    expect((await fixture.look()).looked.lookedAt).toBe(0)
  })

  it('never moves its delivery back, in whatever order the words come', async () => {
    const id = await fixture.sent()
    for (const status of ['DeliveryImpossible', 'DeliveredToNetwork', 'Undreamt', 'MessageWaiting', 'DeliveryUncertain']) {
      await fixture.receipts.store([word('id-1', status)])
      await fixture.look()
      expect(await fixture.row(id)).toMatchObject({ deliveryStatus: 'UNDELIVERED', deliveredAt: null })
    }
    await fixture.receipts.store([word('id-1')])
    await fixture.look()
    expect(await fixture.row(id)).toMatchObject({ deliveryStatus: 'DELIVERED' })
    expect(await fixture.events(id)).toEqual([
      ['RECEIPT', 'DeliveryImpossible'],
      ['RECEIPT', 'DeliveredToTerminal'],
    ])
    expect((await fixture.effects()).map(([, effect]) => effect)).toEqual([
      'MOVED',
      'UNCHANGED',
      'UNCHANGED',
      'UNCHANGED',
      'UNCHANGED',
      'MOVED',
    ])
  })

  it('is one event a change when several words come in one body', async () => {
    const id = await fixture.sent()
    await fixture.receipts.store(
      ['DeliveredToTerminal', 'MessageWaiting', 'DeliveredToNetwork'].map((status) => word('id-1', status)),
    )
    expect((await fixture.look()).looked).toMatchObject({ moved: 3 })
    expect(await fixture.events(id)).toEqual([
      ['RECEIPT', 'MessageWaiting'],
      ['RECEIPT', 'DeliveredToNetwork'],
      ['RECEIPT', 'DeliveredToTerminal'],
    ])
    expect(await fixture.row(id)).toMatchObject({ deliveryStatus: 'DELIVERED' })
  })

  it('waits when it comes before the settle, rests longer each time, and is matched when the proof turns up', async () => {
    const [request] = (await fixture.onWire(1)) as [ClaimRequest]
    await fixture.receipts.store([word('early')])
    expect(await fixture.look()).toMatchObject({ looked: { lookedAt: 1, orphaned: 1 }, proved: [] })
    expect((await fixture.receipts.lookForSms(10)).lookedAt).toBe(0)
    await fixture.db.$executeRaw`UPDATE "SmsReceipt" SET "receivedAt" = now() - interval '10 minutes'`
    expect(await fixture.look()).toMatchObject({ looked: { lookedAt: 1, orphaned: 0 } })
    const [rest] = await fixture.db.$queryRaw<[{ seconds: number }]>`
      SELECT extract(epoch FROM "nextLookAt" - now())::float8 AS seconds FROM "SmsReceipt"`
    expect(rest.seconds).toBeGreaterThan(290)
    expect(rest.seconds).toBeLessThan(310)
    await fixture.settleAs(request, 'SENT', accepted('early'))
    expect((await fixture.look()).looked).toMatchObject({ moved: 1 })
    expect(await fixture.row(request.smsId)).toMatchObject({ deliveryStatus: 'DELIVERED' })
  })

  it('is matched once by many workers at once, while the same SMS are settled', async () => {
    const requests = await fixture.onWire(200)
    await fixture.receipts.store(
      requests.flatMap(({ smsId }) =>
        ['MessageWaiting', 'DeliveredToTerminal'].map((status) => word(`m-${smsId}`, status, null)),
      ),
    )
    const settling = Promise.all(requests.map((request) => fixture.settleAs(request, 'SENT', accepted(`m-${request.smsId}`))))
    const rounds = Array.from({ length: 6 }, async () => {
      let moved = 0
      // Odd: the two words about an SMS often fall to two workers.
      for (let round = 0; round < 20; round += 1) moved += (await fixture.receipts.lookForSms(33)).moved
      return moved
    })
    await settling
    const moved = (await Promise.all(rounds)).reduce((sum, count) => sum + count, 0)
    const rest = (await fixture.look()).looked.moved
    expect(await fixture.db.smsReceipt.count({ where: { matchedAt: null } })).toBe(0)
    expect(await fixture.db.smsQueue.count({ where: { deliveryStatus: 'DELIVERED' } })).toBe(200)
    // Where the last word was told first, the one before it changes nothing any more.
    const waited = await fixture.db.smsReceipt.count({ where: { status: 'MessageWaiting', effect: 'MOVED' } })
    expect(moved + rest).toBe(200 + waited)
    expect(await fixture.db.smsEvent.count({ where: { code: 'DeliveredToTerminal' } })).toBe(200)
    expect(await fixture.db.smsEvent.count({ where: { code: 'MessageWaiting' } })).toBe(waited)
    expect(await fixture.imbalance()).toBe(0)
  })
})

describe('a receipt whose id is percent-encoded', () => {
  it('is of the SMS whose id it is decoded, as the id in the answer was', async () => {
    const [slash, accent] = [await fixture.sent('a/b c'), await fixture.sent('café')]
    await fixture.receipts.store([word('a%2Fb%20c'), word('caf%C3%A9', 'MessageWaiting')])
    expect((await fixture.look()).looked).toMatchObject({ moved: 2, orphaned: 0 })
    expect(await fixture.row(slash)).toMatchObject({ messageId: 'a/b c', deliveryStatus: 'DELIVERED' })
    expect(await fixture.row(accent)).toMatchObject({ messageId: 'café', deliveryStatus: 'WAITING' })
  })

  it('is of the SMS that has the id as it is spelt, where there is one', async () => {
    const [decoded, spelt] = [await fixture.sent('a/b'), await fixture.sent('a%2Fb')]
    await fixture.receipts.store([word('a%2Fb')])
    expect((await fixture.look()).looked).toMatchObject({ moved: 1 })
    expect(await fixture.row(spelt)).toMatchObject({ deliveryStatus: 'DELIVERED' })
    expect(await fixture.row(decoded)).toMatchObject({ deliveryStatus: null })
  })

  it('is no orphan from which anything follows once its SMS is known, also before it is looked at again', async () => {
    await fixture.givenMatch()
    const { smsId } = await fixture.unknown()
    await fixture.receipts.store([word('a%2Fb')])
    await fixture.receipts.lookForSms(10)
    await fixture.db.$executeRaw`UPDATE "SmsReceipt" SET "receivedAt" = now() + interval '1 minute' WHERE id > 0`
    const known = await fixture.sent('a/b')
    expect(await fixture.receipts.resolveOrphans([numberOf(1)])).toEqual([])
    expect((await fixture.look()).looked).toMatchObject({ moved: 1 })
    expect(await fixture.row(known)).toMatchObject({ deliveryStatus: 'DELIVERED' })
    expect(await fixture.row(smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('is one id in both spellings: nothing follows about a second SMS', async () => {
    await fixture.givenMatch()
    const { smsId } = await fixture.unknown()
    await fixture.unknown()
    await fixture.receipts.store([word('a%2Fb'), word('a/b', 'MessageWaiting')])
    expect((await fixture.look()).proved).toEqual([])
    await fixture.receipts.store([word('c')])
    expect((await fixture.look()).proved).toContainEqual([smsId, 'a/b', 'RESOLVED'])
    expect((await fixture.look()).looked).toMatchObject({ moved: 3, orphaned: 0 })
    expect(await fixture.row(smsId)).toMatchObject({ messageId: 'a/b', deliveryStatus: 'DELIVERED' })
  })

  it.each([
    ['plain', 'plain'],
    ['a%2Fb', 'a/b'],
    ['a%252Fb', 'a%2Fb'],
    ['%c3%A9%F0%9F%98%80é', 'é😀é'],
    ['+%2B %7f', '++ \u007f'],
    ['\\x41%5C', '\\x41\\'],
    ...['100%', '%', '%4', '%zz', 'a%2', '%ff', '%C3', '%C3A', '%C0%AF', '%ED%A0%80', '%F4%90%80%80', '%00'].map((id) => [
      id,
      null,
    ]),
  ])('decodes %j as JavaScript does, and what is malformed not at all', async (id, decoded) => {
    const [row] = await fixture.db.$queryRaw<[{ id: string | null }]>(
      Prisma.sql`SELECT ${decodedId(Prisma.sql`${id}::text`)} AS id`,
    )
    expect(row.id).toBe(decoded)
    if (decoded !== null) expect(decodeURIComponent(id ?? '')).toBe(decoded)
  })
})

describe('old receipts', () => {
  it('go after some days in bounded chunks, matched or not, and are counted as orphans until then', async () => {
    await fixture.sent()
    await fixture.receipts.store([word('id-1'), ...Array.from({ length: 9 }, (_, index) => word(`x-${index}`))])
    await fixture.look()
    expect(await fixture.receipts.countOrphans()).toBe(9)
    await fixture.db.$executeRaw`UPDATE "SmsReceipt" SET "receivedAt" = now() - interval '8 days' WHERE id <= 8`
    expect(await fixture.receipts.clean(7, 5)).toBe(5)
    expect(await fixture.receipts.clean(7, 5)).toBe(3)
    expect(await fixture.receipts.clean(7, 5)).toBe(0)
    expect(await fixture.db.smsReceipt.count()).toBe(2)
  })
})

describe('the statements', () => {
  it('read no table from end to end, also when SmsQueue has just grown', async () => {
    await fixture.db
      .$executeRaw`INSERT INTO "SmsQueue" ("userId", "accountId", "phoneNumber", message, "maxAttempts", status, attempts, "sentAt", "messageId")
      SELECT 1, 1, '+22508' || lpad(i::text, 8, '0'), 'Bonjour', 5, 'SENT', 1, now(), 'm-' || i FROM generate_series(1, 30000) i`
    await fixture.db.$executeRaw`INSERT INTO "SmsReceipt" ("messageId", "phoneNumber", status, "nextLookAt", "orphanAt")
      SELECT 'o-' || i, '+22508' || lpad(i::text, 8, '0'), 'MessageWaiting', now() + interval '1 hour', now() FROM generate_series(1, 30000) i`
    // Not empty: of a table that autovacuum has seen empty, the whole is read, for there is nothing to read.
    await fixture.db.$executeRaw`INSERT INTO "SmsEvent" ("smsId", kind, attempt, "messageId")
      SELECT id, 'DUPLICATE_ACCEPTED', 1, 'd-' || id FROM "SmsQueue"`
    await fixture.db.$executeRaw`ANALYZE "SmsReceipt", "SmsEvent"`
    for (const statement of [lookForSmsSql(500), resolveOrphansSql([numberOf(1), numberOf(2)]), cleanReceiptsSql(7, 1_000)]) {
      const lines = await fixture.db.$queryRaw<{ 'QUERY PLAN': string }[]>(Prisma.sql`EXPLAIN ${statement}`)
      const plan = lines.map((line) => line['QUERY PLAN']).join('\n')
      expect(plan).toContain('Index')
      expect(plan).not.toMatch(/Seq Scan on "?(SmsQueue|SmsReceipt|SmsEvent)/)
    }
  })
})
