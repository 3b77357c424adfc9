import type { ListDraft } from '@sms/core'
import { openTestDatabase } from '@sms/devstack'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createAcceptRepository,
  createBatchControl,
  createCreditBalancer,
  type Database,
  expandNextChunk,
  openDatabase,
} from '../src/index.ts'

let db: Database
let release: () => Promise<void>
let accepts: ReturnType<typeof createAcceptRepository>
beforeAll(async () => {
  const database = await openTestDatabase()
  const opened = openDatabase({ url: database.url })
  db = opened.db
  accepts = createAcceptRepository(db)
  release = async () => {
    await opened.release()
    await database.release()
  }
})
afterAll(() => release())
beforeEach(async () => {
  await db.$executeRaw`TRUNCATE "SmsQueue", "SmsBatch", "IdempotencyKey", "Suppression", "Contact", "Segment" CASCADE`
  await db.$executeRaw`DELETE FROM "User" WHERE id > 1`
  await db.user.create({ data: { id: 2, username: 'awa', smsCredit: 10 } })
})

const phone = (index: number): string => `+22507${String(index).padStart(8, '0')}`
const listDraft = (count: number, more: Partial<ListDraft> = {}): ListDraft => ({
  userId: 2,
  accountId: 1,
  isAccountNamed: false,
  message: 'Bonjour',
  template: null,
  isPromotional: false,
  quiet: [],
  verify: null,
  senderName: null,
  priority: 5,
  maxAttempts: 5,
  scheduledAt: null,
  validUntil: null,
  idempotency: null,
  parts: 1,
  numbers: { count, chunks: [Array.from({ length: count }, (_, index) => phone(index)).join(',')] },
  ...more,
})
const { numbers: _numbers, parts: _parts, ...singleDraft } = listDraft(1)

const credit = async (): Promise<number> => (await db.user.findUniqueOrThrow({ where: { id: 2 } })).smsCredit
const balance = async (): Promise<number> => {
  await createCreditBalancer(db).balance()
  return credit()
}
const refusalOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'accepted',
    (error: { code?: unknown }) => error.code,
  )
const batchOf = async (draft: ListDraft): Promise<bigint> => {
  const accepted = await accepts.acceptList(draft)
  if (accepted.kind !== 'accepted') throw new Error(accepted.kind)
  return accepted.batch.id
}
/** What claims and settles do to the counters of a batch, which is all that credits are made of. */
const count = (id: bigint, counts: { sent?: number; failed?: number; unknown?: number }) => {
  const { sent = 0, failed = 0, unknown = 0 } = counts
  return db.$executeRaw`UPDATE "SmsBatch" SET pending = 0, sent = ${sent}, failed = ${failed}, unknown = ${unknown},
    status = 'COMPLETED', "completedAt" = now() WHERE id = ${id}`
}

describe('a send', () => {
  it('takes a credit for each recipient, those who opted out left out', async () => {
    await db.suppression.create({ data: { userId: 2, phoneNumber: phone(0) } })
    await accepts.acceptList(listDraft(5))
    await accepts.acceptSingle({ ...singleDraft, phoneNumber: phone(99) })
    expect([await credit(), await balance()]).toEqual([5, 5])
  })

  it('is refused as a whole without enough credits, and leaves nothing behind, its key included', async () => {
    const draft = listDraft(11, { idempotency: { key: 'k', inputHash: 'h' } })
    await expect(accepts.acceptList(draft)).rejects.toMatchObject({
      code: 'INSUFFICIENT_CREDIT',
      details: { needed: 11, left: 10 },
    })
    expect([await credit(), await db.smsBatch.count(), await db.smsQueue.count(), await db.idempotencyKey.count()]).toEqual([
      10, 0, 0, 0,
    ])
  })

  it('never takes more than there is, however many come at once', async () => {
    const calls = Array.from({ length: 12 }, (_, index) =>
      refusalOf(
        index % 2 === 0 ? accepts.acceptList(listDraft(4)) : accepts.acceptSingle({ ...singleDraft, phoneNumber: phone(index) }),
      ),
    )
    const answers = await Promise.all(calls)
    expect(new Set(answers)).toEqual(new Set(['accepted', 'INSUFFICIENT_CREDIT']))
    const left = await credit()
    expect(left).toBeGreaterThanOrEqual(0)
    expect(await db.smsQueue.count()).toBe(10 - left)
    expect(await balance()).toBe(left)
  })

  it('is refused alike for all calls with one key', async () => {
    const draft = listDraft(11, { idempotency: { key: 'k', inputHash: 'h' } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => refusalOf(accepts.acceptList(draft))))
    expect(new Set(answers)).toEqual(new Set(['INSUFFICIENT_CREDIT']))
  })

  it('takes nothing a second time for a repeated key', async () => {
    const draft = listDraft(4, { idempotency: { key: 'k', inputHash: 'h' } })
    await accepts.acceptList(draft)
    await accepts.acceptList(draft)
    expect(await credit()).toBe(6)
  })

  it('of the holder of ADMIN_API_KEY is not metered', async () => {
    const id = await batchOf(listDraft(20, { userId: 1 }))
    expect((await db.smsBatch.findUniqueOrThrow({ where: { id } })).credits).toBeNull()
    await accepts.acceptSingle({ ...singleDraft, userId: 1, phoneNumber: phone(99) })
    await balance()
    expect((await db.user.findUniqueOrThrow({ where: { id: 1 } })).smsCredit).toBe(0)
  })
})

describe('the balance', () => {
  it('gives FAILED back, keeps SENT and UNKNOWN, and does it once', async () => {
    const id = await batchOf(listDraft(6))
    await count(id, { sent: 2, failed: 3, unknown: 1 })
    expect([await balance(), await balance()]).toEqual([7, 7])
  })

  it('gives back what a cancel stopped, while the rest is on the wire', async () => {
    const id = await batchOf(listDraft(6))
    await db.$executeRaw`UPDATE "SmsBatch" SET pending = 4, processing = 2 WHERE id = ${id}`
    await createBatchControl(db).cancel({ caller: { userId: 2, isAdmin: false }, via: 'GRAPHQL', reason: null }, id)
    expect(await balance()).toBe(8)
    await db.$executeRaw`UPDATE "SmsBatch" SET processing = 0, sent = 1, failed = 1 WHERE id = ${id}`
    expect(await balance()).toBe(9)
  })

  it('takes again what a replay sends again', async () => {
    const id = await batchOf(listDraft(6))
    await count(id, { sent: 2, failed: 4 })
    expect(await balance()).toBe(8)
    await db.$executeRaw`UPDATE "SmsBatch" SET failed = 0, pending = 4, status = 'ACTIVE', "completedAt" = NULL WHERE id = ${id}`
    expect(await balance()).toBe(4)
    await count(id, { sent: 6 })
    expect(await balance()).toBe(4)
  })

  it('follows single SMS in the same way', async () => {
    const { id } = await db.smsQueue.create({
      data: { userId: 2, accountId: 1, phoneNumber: phone(1), message: 'Bonjour', maxAttempts: 5, credit: 1 },
    })
    const become = (status: string) =>
      db.$executeRaw`UPDATE "SmsQueue" SET status = ${status}::"SmsStatus", "errorCode" = 'X',
        "failedAt" = CASE WHEN ${status} = 'FAILED' THEN now() END WHERE id = ${id}`
    expect(await balance()).toBe(10)
    await become('FAILED')
    expect([await balance(), await balance()]).toEqual([11, 11])
    await become('PENDING')
    expect([await balance(), await balance()]).toEqual([10, 10])
  })

  it('counts the members of a segment exactly when their rows are made', async () => {
    const segment = await db.segment.create({ data: { userId: 2, name: 'Clients', memberCount: 8 } })
    for (let index = 0; index < 8; index += 1) {
      const contact = await db.contact.create({ data: { userId: 2, name: 'c', phoneNumber: phone(index) } })
      await db.segmentMember.create({ data: { segmentId: segment.id, contactId: contact.id } })
    }
    const { numbers: _, ...draft } = listDraft(1)
    await accepts.acceptAudience({ ...draft, segmentId: segment.id })
    expect([await credit(), await balance()]).toEqual([2, 2])
    await db.suppression.createMany({ data: [0, 1, 2].map((index) => ({ userId: 2, phoneNumber: phone(index) })) })
    while ((await expandNextChunk(db)) !== null);
    expect(await balance()).toBe(5)
  })

  it('finds an old batch that changes long after its end', async () => {
    const id = await batchOf(listDraft(2))
    await count(id, { sent: 1, unknown: 1 })
    await db.$executeRaw`
      INSERT INTO "SmsBatch" ("userId", kind, status, message, parts, "maxAttempts", "accountId", announced, "expandedAt", "completedAt")
      SELECT 1, 'LIST', 'COMPLETED', 'x', 1, 5, 1, 0, now(), now() FROM generate_series(1, 1500)`
    await count(id, { sent: 1, failed: 1 })
    const balancer = createCreditBalancer(db)
    for (let round = 0; round < 6; round += 1) await balancer.balance()
    expect(await credit()).toBe(9)
  })

  it('loses and makes no credit while sends, settlements and rounds happen at once', async () => {
    await db.user.update({ where: { id: 2 }, data: { smsCredit: 1_000 } })
    const balancers = [createCreditBalancer(db), createCreditBalancer(db)]
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const id = await batchOf(listDraft(5))
        await balancers[index % 2]?.balance()
        await count(id, { sent: 2, failed: 3 })
        await balancers[(index + 1) % 2]?.balance()
      }),
    )
    expect(await balance()).toBe(1_000 - 20 * 2)
  })
})
