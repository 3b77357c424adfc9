import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimRequest, DeliveryReceipt } from '@sms/core'
import { createLateOutcomes, createReceiptRepository, createUnknownRepository, type ReceiptRepository } from '../src/index.ts'
import { Prisma } from '../src/generated/client.ts'
import { resolveOrphansSql } from '../src/sql/orphan-receipts.ts'
import { cleanReceiptsSql, lookForSmsSql } from '../src/sql/receipts.ts'
import { accepted, openQueueFixture, type QueueFixture, settlementFor } from './queue-fixture.ts'

let fixture: QueueFixture
let receipts: ReceiptRepository
beforeAll(async () => {
  fixture = await openQueueFixture()
  receipts = createReceiptRepository(fixture.db)
})
afterAll(() => fixture.release())
beforeEach(async () => {
  await fixture.clear()
  await fixture.db.$executeRaw`TRUNCATE "SmsReceipt", "OperatorAct" RESTART IDENTITY`
})

const LOST = { kind: 'unknown', code: 'REPLY_LOST', text: 'no reply', httpStatus: null } as const

const row = (id: bigint) => fixture.db.smsQueue.findUniqueOrThrow({ where: { id } })
const events = async (id: bigint) =>
  (await fixture.db.smsEvent.findMany({ where: { smsId: id }, orderBy: { id: 'asc' } })).map(({ kind, code }) => [kind, code])
const effects = async () =>
  (await fixture.db.smsReceipt.findMany({ orderBy: { id: 'asc' } })).map(({ smsId, effect }) => [smsId, effect])

const numberOf = (place: number): string => `+22507${String(place).padStart(8, '0')}`
const word = (messageId: string, status = 'DeliveredToTerminal', phoneNumber: string | null = numberOf(1)): DeliveryReceipt => ({
  messageId,
  phoneNumber,
  status,
})
/** As though a rest were over. */
const wake = () =>
  fixture.db.$executeRaw`UPDATE "SmsReceipt" SET "nextLookAt" = now() - interval '1 second' WHERE "nextLookAt" IS NOT NULL`
/** One round of the loop. */
const look = async () => {
  await wake()
  const looked = await receipts.lookForSms(1_000)
  const proofs = await receipts.resolveOrphans(looked.orphanNumbers)
  return { looked, proved: proofs.map(({ smsId, messageId, proved }) => [smsId, messageId, proved]) }
}

/** SMS that are on the wire, in batches of one each where they share a number. */
const onWire = async (size: number): Promise<ClaimRequest[]> => {
  await fixture.givenBatch(size)
  return (await fixture.claimAll()).requests
}
const settleAs = (request: ClaimRequest, to: 'SENT' | 'UNKNOWN' | 'FAILED', outcome: Parameters<typeof settlementFor>[2]) =>
  fixture.sms.settle([settlementFor(request, to, outcome)])
const sent = async (messageId: string | null = 'id-1'): Promise<bigint> => {
  const [request] = (await onWire(1)) as [ClaimRequest]
  await settleAs(request, 'SENT', accepted(messageId))
  return request.smsId
}
/** What the settle refuses, as a worker brings it. */
const bring = async (settlement: ReturnType<typeof settlementFor>) => {
  expect(await fixture.sms.settle([settlement])).toMatchObject([{ landed: 'refused' }])
  return createLateOutcomes(fixture.db).record(settlement)
}
const land = async (settlement: ReturnType<typeof settlementFor>) => {
  const [result] = await fixture.sms.settle([settlement])
  if (result?.landed === 'refused') await createLateOutcomes(fixture.db).record(settlement)
}
const unknown = async (): Promise<ClaimRequest> => {
  const [request] = (await onWire(1)) as [ClaimRequest]
  await settleAs(request, 'UNKNOWN', LOST)
  return request
}

describe('storing receipts', () => {
  it('keeps each word about an SMS once, whoever brings it how often, at once or in another order', async () => {
    const body = Array.from({ length: 50 }, (_, index) =>
      word(`id-${index % 25}`, index < 25 ? 'MessageWaiting' : 'DeliveredToTerminal'),
    )
    const stored = await Promise.all(
      Array.from({ length: 8 }, (_, turn) => receipts.store(turn % 2 === 0 ? body : body.toReversed())),
    )
    expect(stored.reduce((sum, count) => sum + count, 0)).toBe(50)
    expect(await receipts.store([word('id-1'), word('id-1')])).toBe(0)
    expect(await receipts.store([])).toBe(0)
    expect(await fixture.db.smsReceipt.count()).toBe(50)
  })

  it('takes any text as an id or a word', async () => {
    const odd = word('{"a\\b", NULL}', `'; DROP "x" é`, null)
    await receipts.store([odd])
    expect(await fixture.db.smsReceipt.findFirst()).toMatchObject(odd)
  })
})

describe('a receipt of a known SMS', () => {
  it('moves its delivery, says when it was delivered, and is kept as an event', async () => {
    const id = await sent()
    await receipts.store([word('id-1')])
    expect((await look()).looked).toMatchObject({ lookedAt: 1, moved: 1, orphaned: 0 })
    const receipt = await fixture.db.smsReceipt.findFirstOrThrow()
    expect(await row(id)).toMatchObject({ status: 'SENT', deliveryStatus: 'DELIVERED', deliveredAt: receipt.receivedAt })
    expect(receipt).toMatchObject({ smsId: id, effect: 'MOVED', nextLookAt: null })
    expect(await events(id)).toEqual([['RECEIPT', 'DeliveredToTerminal']])
    expect((await look()).looked.lookedAt).toBe(0)
  })

  it('never moves its delivery back, in whatever order the words come', async () => {
    const id = await sent()
    for (const status of ['DeliveryImpossible', 'DeliveredToNetwork', 'Undreamt', 'MessageWaiting', 'DeliveryUncertain']) {
      await receipts.store([word('id-1', status)])
      await look()
      expect(await row(id)).toMatchObject({ deliveryStatus: 'UNDELIVERED', deliveredAt: null })
    }
    await receipts.store([word('id-1')])
    await look()
    expect(await row(id)).toMatchObject({ deliveryStatus: 'DELIVERED' })
    expect(await events(id)).toEqual([
      ['RECEIPT', 'DeliveryImpossible'],
      ['RECEIPT', 'DeliveredToTerminal'],
    ])
    expect((await effects()).map(([, effect]) => effect)).toEqual([
      'MOVED',
      'UNCHANGED',
      'UNCHANGED',
      'UNCHANGED',
      'UNCHANGED',
      'MOVED',
    ])
  })

  it('is one event a change when several words come in one body', async () => {
    const id = await sent()
    await receipts.store(['DeliveredToTerminal', 'MessageWaiting', 'DeliveredToNetwork'].map((status) => word('id-1', status)))
    expect((await look()).looked).toMatchObject({ moved: 3 })
    expect(await events(id)).toEqual([
      ['RECEIPT', 'MessageWaiting'],
      ['RECEIPT', 'DeliveredToNetwork'],
      ['RECEIPT', 'DeliveredToTerminal'],
    ])
    expect(await row(id)).toMatchObject({ deliveryStatus: 'DELIVERED' })
  })

  it('waits when it comes before the settle, rests longer each time, and is matched when the proof turns up', async () => {
    const [request] = (await onWire(1)) as [ClaimRequest]
    await receipts.store([word('early')])
    expect(await look()).toMatchObject({ looked: { lookedAt: 1, orphaned: 1 }, proved: [] })
    expect((await receipts.lookForSms(10)).lookedAt).toBe(0)
    await fixture.db.$executeRaw`UPDATE "SmsReceipt" SET "receivedAt" = now() - interval '10 minutes'`
    expect(await look()).toMatchObject({ looked: { lookedAt: 1, orphaned: 0 } })
    const [rest] = await fixture.db.$queryRaw<[{ seconds: number }]>`
      SELECT extract(epoch FROM "nextLookAt" - now())::float8 AS seconds FROM "SmsReceipt"`
    expect(rest.seconds).toBeGreaterThan(290)
    expect(rest.seconds).toBeLessThan(310)
    await settleAs(request, 'SENT', accepted('early'))
    expect((await look()).looked).toMatchObject({ moved: 1 })
    expect(await row(request.smsId)).toMatchObject({ deliveryStatus: 'DELIVERED' })
  })

  it('is matched once by many workers at once, while the same SMS are settled', async () => {
    const requests = await onWire(200)
    await receipts.store(
      requests.flatMap(({ smsId }) =>
        ['MessageWaiting', 'DeliveredToTerminal'].map((status) => word(`m-${smsId}`, status, null)),
      ),
    )
    const settling = Promise.all(requests.map((request) => settleAs(request, 'SENT', accepted(`m-${request.smsId}`))))
    const rounds = Array.from({ length: 6 }, async () => {
      let moved = 0
      for (let round = 0; round < 10; round += 1) moved += (await receipts.lookForSms(100)).moved
      return moved
    })
    await settling
    const moved = (await Promise.all(rounds)).reduce((sum, count) => sum + count, 0)
    const rest = (await look()).looked.moved
    expect(moved + rest).toBe(400)
    expect(await fixture.db.smsQueue.count({ where: { deliveryStatus: 'DELIVERED' } })).toBe(200)
    expect(await fixture.db.smsEvent.count()).toBe(400)
    expect(await fixture.imbalance()).toBe(0)
  })
})

describe('a receipt of an id that nobody knows', () => {
  it('makes an UNKNOWN of its number SENT, with its id, its counters and its evidence', async () => {
    const { smsId } = await unknown()
    await receipts.store([word('orphan', 'MessageWaiting'), word('orphan', 'DeliveredToTerminal')])
    const { proved } = await look()
    expect(proved).toEqual([[smsId, 'orphan', 'RESOLVED']])
    expect(await row(smsId)).toMatchObject({
      status: 'SENT',
      messageId: 'orphan',
      errorCode: null,
      failedAt: null,
      deliveryStatus: null,
    })
    expect(await fixture.counts(1n)).toMatchObject({ sent: 1, unknown: 0, status: 'COMPLETED' })
    // At once, not after its rest.
    expect(await receipts.lookForSms(10)).toMatchObject({ moved: 2 })
    expect(await row(smsId)).toMatchObject({ deliveryStatus: 'DELIVERED' })
    expect(await events(smsId)).toEqual([
      ['unknown', 'REPLY_LOST'],
      ['RECEIPT_PROOF', 'REPLY_LOST'],
      ['RECEIPT', 'MessageWaiting'],
      ['RECEIPT', 'DeliveredToTerminal'],
    ])
    expect((await effects()).map(([, effect]) => effect)).toEqual(['RESOLVED', 'RESOLVED'])
  })

  it('resolves a single SMS and one of a cancelled batch as well', async () => {
    const single = await fixture.givenSingle({ number: numberOf(2) })
    await fixture.givenBatch(1)
    const { requests } = await fixture.claimAll()
    for (const request of requests) await settleAs(request, 'UNKNOWN', LOST)
    await fixture.cancel(1n).catch(() => undefined)
    await receipts.store([word('a'), word('b', 'MessageWaiting', numberOf(2))])
    expect((await look()).proved).toHaveLength(2)
    expect(await row(single)).toMatchObject({ status: 'SENT', messageId: 'b' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('proves nothing about an attempt that began after it came, or long before', async () => {
    await receipts.store([word('older')])
    const { smsId } = await unknown()
    // Redelivered with another word afterwards: the id is as old as its first one.
    await receipts.store([word('older', 'MessageWaiting')])
    expect((await look()).proved).toEqual([])
    await receipts.store([word('newer')])
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "lastAttemptAt" = now() - interval '73 hours'`
    expect((await look()).proved).toEqual([])
    expect(await row(smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('counts, beside a stray one of before, only the ids that came after the attempt began', async () => {
    await receipts.store([word('stray')])
    await look()
    const { smsId } = await unknown()
    await receipts.store([word('its')])
    expect((await look()).proved).toEqual([[smsId, 'its', 'RESOLVED']])
  })

  it('proves nothing while an SMS to that number is on the wire, in whatever account', async () => {
    const { smsId } = await unknown()
    await fixture.db.$executeRaw`INSERT INTO "SenderAccount" (id, name) VALUES (2, 'other') ON CONFLICT DO NOTHING`
    await receipts.store([word('orphan')])
    const other = await fixture.givenSingle({ number: numberOf(1) })
    await fixture.db
      .$executeRaw`UPDATE "SmsQueue" SET "accountId" = 2, status = 'PROCESSING', attempts = 1, "claimId" = gen_random_uuid(),
      "claimedBy" = 'w', "leaseUntil" = now(), "lastAttemptAt" = now() WHERE id = ${other}`
    expect((await look()).proved).toEqual([])
    await fixture.db
      .$executeRaw`UPDATE "SmsQueue" SET status = 'FAILED', "leaseUntil" = NULL, "failedAt" = now(), "errorCode" = 'X' WHERE id = ${other}`
    expect((await look()).proved).toEqual([[smsId, 'orphan', 'RESOLVED']])
  })

  it('proves nothing beside a SENT without id, which alone it would give its id', async () => {
    const first = await sent(null)
    const { smsId } = await unknown()
    await receipts.store([word('one')])
    expect((await look()).proved).toEqual([])
    await receipts.store([word('two')])
    expect((await look()).proved).toEqual([])
    await fixture.db.smsQueue.update({ where: { id: smsId }, data: { status: 'FAILED' } })
    await fixture.db.smsReceipt.deleteMany({ where: { messageId: 'two' } })
    expect((await look()).proved).toEqual([[first, 'one', 'CONFIRMED']])
    await look()
    expect(await row(first)).toMatchObject({ status: 'SENT', messageId: 'one', deliveryStatus: 'DELIVERED' })
  })

  it('proves nothing about two UNKNOWN of a number when there is one id, and proves both when there are two', async () => {
    const [first, second] = [await unknown(), await unknown()]
    await receipts.store([word('one')])
    expect((await look()).proved).toEqual([])
    await receipts.store([word('two')])
    expect((await look()).proved).toEqual([
      [first.smsId, 'one', 'RESOLVED'],
      [second.smsId, 'two', 'RESOLVED'],
    ])
    expect(await fixture.imbalance()).toBe(0)
  })

  it('proves the first of two UNKNOWN when the second was tried only after the receipt came', async () => {
    const first = await unknown()
    await receipts.store([word('one')])
    const second = await unknown()
    expect((await look()).proved).toEqual([[first.smsId, 'one', 'RESOLVED']])
    expect(await row(second.smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('proves nothing when there are more ids than attempts, or no readable number', async () => {
    const { smsId } = await unknown()
    await receipts.store([word('one'), word('two'), word('three', 'MessageWaiting', null)])
    expect((await look()).proved).toEqual([])
    expect(await row(smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('loses against a late proof, wins before it, and stays consistent with either', async () => {
    const early = await unknown()
    await receipts.store([word('real')])
    await settleAs(early, 'SENT', accepted('real'))
    expect(await look()).toMatchObject({ looked: { moved: 1 }, proved: [] })

    await fixture.clear()
    await fixture.db.$executeRaw`TRUNCATE "SmsReceipt"`
    const late = await unknown()
    await receipts.store([word('inferred')])
    await look()
    // The same id, and no proof at all: the attempt's own claim is recognised, and nothing goes back.
    expect(await settleAs(late, 'SENT', accepted('inferred'))).toMatchObject([{ landed: 'applied', status: 'SENT' }])
    expect(await settleAs(late, 'SENT', accepted(null))).toMatchObject([{ landed: 'applied', status: 'SENT' }])
    expect(await settleAs(late, 'UNKNOWN', LOST)).toMatchObject([{ landed: 'applied', status: 'SENT' }])
    expect(await row(late.smsId)).toMatchObject({ status: 'SENT', messageId: 'inferred' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('gives way to the id that the worker read, and is looked at again for whom else it may be', async () => {
    const { smsId, ...late } = await unknown()
    await receipts.store([word('inferred')])
    await look()
    await look()
    expect(await row(smsId)).toMatchObject({ messageId: 'inferred', deliveryStatus: 'DELIVERED' })
    await receipts.store([word('read', 'MessageWaiting')])
    await look()
    const settlement = settlementFor({ smsId, ...late }, 'SENT', accepted('read'))
    expect(await bring(settlement)).toEqual({ meaning: 'CONFIRMED', isNew: true, status: 'SENT' })
    expect(await row(smsId)).toMatchObject({ status: 'SENT', messageId: 'read', deliveryStatus: null, deliveredAt: null })
    expect((await receipts.lookForSms(10)).orphanNumbers).toEqual([numberOf(1)])
    expect(await row(smsId)).toMatchObject({ deliveryStatus: 'WAITING' })
    expect(await effects()).toEqual([
      [null, null],
      [smsId, 'MOVED'],
    ])
    // It landed.
    expect(await fixture.sms.settle([settlement])).toMatchObject([{ landed: 'applied' }])
    const other = await unknown()
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "lastAttemptAt" = now() - interval '1 hour' WHERE id = ${other.smsId}`
    expect((await look()).proved).toEqual([[other.smsId, 'inferred', 'RESOLVED']])
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is exchanged, with its delivery, where two SMS had each other’s, in whatever order their workers speak', async () => {
    const requests = [await unknown(), await unknown(), await unknown()] as const
    await receipts.store([word('a', 'MessageWaiting'), word('b', 'DeliveryImpossible'), word('c', 'DeliveredToTerminal')])
    await look()
    await look()
    const ids = requests.map(({ smsId }) => smsId)
    const held = async () =>
      Promise.all(ids.map(async (id) => (({ messageId, deliveryStatus }) => [messageId, deliveryStatus])(await row(id))))
    expect(await held()).toEqual([
      ['a', 'WAITING'],
      ['b', 'UNDELIVERED'],
      ['c', 'DELIVERED'],
    ])
    // A circle of three: one that has not spoken takes what the other gives up.
    await land(settlementFor(requests[0], 'SENT', accepted('b')))
    expect(await held()).toEqual([
      ['b', 'UNDELIVERED'],
      ['a', 'WAITING'],
      ['c', 'DELIVERED'],
    ])
    await Promise.all([
      land(settlementFor(requests[2], 'SENT', accepted('a'))),
      land(settlementFor(requests[1], 'SENT', accepted('c'))),
    ])
    const right = [
      ['b', 'UNDELIVERED'],
      ['c', 'DELIVERED'],
      ['a', 'WAITING'],
    ]
    expect(await held()).toEqual(right)
    await look()
    expect(await held()).toEqual(right)
    expect(await effects()).toEqual([
      [ids[2], 'UNCHANGED'],
      [ids[0], 'UNCHANGED'],
      [ids[1], 'UNCHANGED'],
    ])
  })

  it('that spoke for an attempt which was refused leaves it SENT, and the refusal is kept beside it', async () => {
    const late = await unknown()
    await receipts.store([word('stray')])
    await look()
    const refusal = { kind: 'rejected', code: 'SVC0004', text: 'no', httpStatus: 400 } as const
    const settlement = settlementFor(late, 'FAILED', refusal)
    expect(await bring(settlement)).toEqual({ meaning: 'NOTED', isNew: true, status: 'SENT' })
    expect(await bring(settlement)).toEqual({ meaning: 'NOTED', isNew: false, status: 'SENT' })
    expect(await row(late.smsId)).toMatchObject({ status: 'SENT', messageId: 'stray' })
    expect(await events(late.smsId)).toEqual([
      ['unknown', 'REPLY_LOST'],
      ['RECEIPT_PROOF', 'REPLY_LOST'],
      ['rejected', 'SVC0004'],
    ])
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is resolved once by many workers at once, while late proofs land and operators decide', async () => {
    const requests = await onWire(120)
    for (const request of requests) await settleAs(request, 'UNKNOWN', LOST)
    await receipts.store(requests.map(({ smsId }) => word(`m-${smsId}`, 'DeliveredToTerminal', numberOf(Number(smsId)))))
    const { orphanNumbers } = await receipts.lookForSms(1_000)
    expect(orphanNumbers).toHaveLength(120)
    const operators = createUnknownRepository(fixture.db)
    const [resolved] = await Promise.all([
      Promise.all(
        Array.from({ length: 4 }, (_, turn) =>
          receipts.resolveOrphans(turn % 2 === 0 ? orphanNumbers : orphanNumbers.toReversed()),
        ),
      ),
      Promise.all(requests.slice(0, 40).map((request) => settleAs(request, 'SENT', accepted(`m-${request.smsId}`)))),
      operators.resolveChunk(assume('ASSUME_SENT'), byIds(requests.slice(80).map(({ smsId }) => smsId)), await page(operators)),
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

const caller = { userId: 1, isAdmin: true }
const assume = (decision: 'ASSUME_SENT' | 'ASSUME_NOT_SENT' | 'SEND_AGAIN') =>
  ({ caller, via: 'GRAPHQL', decision, reason: 'test', moreAttempts: 5 }) as const
const byIds = (smsIds: bigint[]) => ({ smsIds, batchId: null, errorCode: null, since: null, userId: null })
const page = async (operators: ReturnType<typeof createUnknownRepository>) => ({
  after: 0n,
  limit: 1_000,
  before: await operators.now(),
})

describe('a receipt of an attempt that an operator gave up', () => {
  const decide = async (smsId: bigint, decision: Parameters<typeof assume>[0]) => {
    const operators = createUnknownRepository(fixture.db)
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "lastAttemptAt" = now() - interval '20 minutes' WHERE id = ${smsId}`
    await operators.resolveChunk(assume(decision), byIds([smsId]), await page(operators))
  }

  it('shows that what was assumed not to be sent was, keeps it as evidence, and changes no status', async () => {
    const { smsId } = await unknown()
    await decide(smsId, 'ASSUME_NOT_SENT')
    await receipts.store([word('orphan')])
    expect((await look()).proved).toEqual([[smsId, 'orphan', 'ACCEPTED_LATE']])
    expect(await row(smsId)).toMatchObject({
      status: 'FAILED',
      errorCode: 'ACCEPTED_LATE',
      messageId: null,
      deliveryStatus: null,
    })
    expect((await events(smsId)).at(-1)).toEqual(['ACCEPTED_LATE', 'ASSUMED_NOT_SENT'])
    // Told once; its further receipts are known.
    await receipts.store([word('orphan', 'MessageWaiting')])
    expect(await look()).toMatchObject({ looked: { superseded: 2 }, proved: [] })
    expect(await effects()).toEqual([
      [smsId, 'ACCEPTED_LATE'],
      [smsId, 'SUPERSEDED'],
    ])
    expect(await fixture.imbalance()).toBe(0)
  })

  it('keeps an SMS that waits to be sent again from being sent', async () => {
    const { smsId } = await unknown()
    await decide(smsId, 'SEND_AGAIN')
    await receipts.store([word('orphan')])
    expect((await look()).proved).toEqual([[smsId, 'orphan', 'ACCEPTED_LATE']])
    const { requests } = await fixture.claimAll()
    expect(requests).toHaveLength(1)
    expect(await row(smsId)).toMatchObject({ status: 'CANCELLED', errorCode: 'EXPIRED', attempts: 1 })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is a duplicate when the SMS was sent again, and resolves no other SMS to that number', async () => {
    const { smsId } = await unknown()
    await decide(smsId, 'SEND_AGAIN')
    const { requests } = await fixture.claimAll()
    await settleAs(requests[0] as ClaimRequest, 'SENT', accepted('second'))
    const other = await unknown()
    await receipts.store([word('first')])
    expect((await look()).proved).toEqual([])
    expect(await row(other.smsId)).toMatchObject({ status: 'UNKNOWN' })
    await settleAs(other, 'FAILED', { kind: 'rejected', code: 'SVC0004', text: 'no', httpStatus: 400 })
    expect((await look()).proved).toEqual([[smsId, 'first', 'DUPLICATE']])
    expect((await events(smsId)).at(-1)).toEqual(['DUPLICATE_ACCEPTED', null])
    await receipts.store([word('second', 'MessageWaiting')])
    await look()
    expect(await row(smsId)).toMatchObject({ status: 'SENT', messageId: 'second', deliveryStatus: 'WAITING' })
  })

  it('proves nothing about another SMS to that number while one of two attempts that were given up is not accounted for', async () => {
    const { smsId } = await unknown()
    const other = await unknown()
    await decide(smsId, 'SEND_AGAIN')
    await receipts.store([word('first')])
    expect((await look()).proved).toEqual([])
    const { requests } = await fixture.claimAll()
    await settleAs(requests[0] as ClaimRequest, 'UNKNOWN', LOST)
    const operators = createUnknownRepository(fixture.db)
    await operators.resolveChunk(assume('ASSUME_NOT_SENT'), byIds([smsId]), await page(operators))
    // The row knows the second attempt only, which began after that receipt.
    expect((await look()).proved).toEqual([])
    await settleAs(other, 'FAILED', { kind: 'rejected', code: 'SVC0004', text: 'no', httpStatus: 400 })
    await receipts.store([word('second')])
    expect((await look()).proved).toEqual([[smsId, 'second', 'ACCEPTED_LATE']])
    const third = await unknown()
    await receipts.store([word('third')])
    expect((await look()).proved).toEqual([])
    expect(await row(third.smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('proves nothing about another SMS while the late acceptance of the attempt left its id unknown', async () => {
    const given = await unknown()
    await decide(given.smsId, 'ASSUME_NOT_SENT')
    const other = await unknown()
    expect(await bring(settlementFor(given, 'SENT', accepted(null)))).toMatchObject({ meaning: 'ACCEPTED_LATE' })
    await receipts.store([word('orphan')])
    expect((await look()).proved).toEqual([])
    expect(await row(other.smsId)).toMatchObject({ status: 'UNKNOWN' })
  })

  it('proves nothing about another SMS while only the last of two attempts that were given up is accounted for', async () => {
    const first = await unknown()
    await decide(first.smsId, 'SEND_AGAIN')
    const second = (await fixture.claimAll()).requests[0] as ClaimRequest
    await settleAs(second, 'UNKNOWN', LOST)
    await decide(first.smsId, 'SEND_AGAIN')
    const refusal = { kind: 'rejected', code: 'SVC0004', text: 'no', httpStatus: 400 } as const
    await bring(settlementFor(second, 'FAILED', refusal, { attempt: 2 }))
    await settleAs((await fixture.claimAll()).requests[0] as ClaimRequest, 'FAILED', refusal)
    const other = await unknown()
    await receipts.store([word('of the first')])
    expect((await look()).proved).toEqual([])
    expect(await row(other.smsId)).toMatchObject({ status: 'UNKNOWN' })
    // Its own word accounts for it, and clears the way.
    await bring(settlementFor(first, 'SENT', accepted('of the first')))
    expect(await row(first.smsId)).toMatchObject({ supersededAttemptAt: null })
    await receipts.store([word('of the other')])
    expect((await look()).proved).toEqual([[other.smsId, 'of the other', 'RESOLVED']])
  })

  it('proves nothing about two SMS that were given up when one of them may own both ids', async () => {
    const several = await unknown()
    await decide(several.smsId, 'SEND_AGAIN')
    await settleAs((await fixture.claimAll()).requests[0] as ClaimRequest, 'UNKNOWN', LOST)
    await decide(several.smsId, 'ASSUME_NOT_SENT')
    const other = await unknown()
    await decide(other.smsId, 'ASSUME_NOT_SENT')
    await receipts.store([word('one'), word('two')])
    expect((await look()).proved).toEqual([])
    expect(await row(other.smsId)).toMatchObject({ errorCode: 'ASSUMED_NOT_SENT' })
  })

  it('confirms what was assumed to be sent', async () => {
    const { smsId } = await unknown()
    await decide(smsId, 'ASSUME_SENT')
    await receipts.store([word('orphan')])
    expect((await look()).proved).toEqual([[smsId, 'orphan', 'CONFIRMED']])
    await look()
    expect(await row(smsId)).toMatchObject({ status: 'SENT', messageId: 'orphan', deliveryStatus: 'DELIVERED' })
  })
})

describe('old receipts', () => {
  it('go after some days in bounded chunks, matched or not, and are counted as orphans until then', async () => {
    await sent()
    await receipts.store([word('id-1'), ...Array.from({ length: 9 }, (_, index) => word(`x-${index}`))])
    await look()
    expect(await receipts.countOrphans()).toBe(9)
    await fixture.db.$executeRaw`UPDATE "SmsReceipt" SET "receivedAt" = now() - interval '8 days' WHERE id <= 8`
    expect(await receipts.clean(7, 5)).toBe(5)
    expect(await receipts.clean(7, 5)).toBe(3)
    expect(await receipts.clean(7, 5)).toBe(0)
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
    await fixture.db.$executeRaw`ANALYZE "SmsReceipt"`
    for (const statement of [lookForSmsSql(500), resolveOrphansSql([numberOf(1), numberOf(2)]), cleanReceiptsSql(7, 1_000)]) {
      const lines = await fixture.db.$queryRaw<{ 'QUERY PLAN': string }[]>(Prisma.sql`EXPLAIN ${statement}`)
      const plan = lines.map((line) => line['QUERY PLAN']).join('\n')
      expect(plan).toContain('Index')
      expect(plan).not.toMatch(/Seq Scan on "?(SmsQueue|SmsReceipt|SmsEvent)/)
    }
  })
})
