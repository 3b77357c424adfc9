import type { AudienceDraft, BatchDraft, ListDraft, SingleDraft } from '@sms/core'
import { openTestDatabase } from '@sms/devstack'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createAcceptRepository,
  createBatchControl,
  createContactDirectory,
  createSmsQueries,
  openDatabase,
} from '../src/index.ts'

const releases: (() => Promise<void>)[] = []
let db: ReturnType<typeof openDatabase>['db']
let accepts: ReturnType<typeof createAcceptRepository>

beforeAll(async () => {
  const database = await openTestDatabase()
  releases.push(database.release)
  const opened = openDatabase({ url: database.url })
  releases.push(opened.release)
  db = opened.db
  accepts = createAcceptRepository(db)
  await db.user.createMany({ data: [2, 3].map((id) => ({ id, username: `user ${id}`, smsCredit: 1_000_000 })) })
})
afterAll(async () => {
  for (const release of releases.toReversed()) await release()
})
beforeEach(
  () =>
    db.$executeRaw`TRUNCATE "SmsQueue", "SmsBatch", "Segment", "Contact", "SegmentMember", "IdempotencyKey", "Suppression" CASCADE`,
)

const phone = (index: number): string => `+22507${String(index).padStart(8, '0')}`
const draft = (more: Partial<BatchDraft> = {}): BatchDraft => ({
  userId: 2,
  accountId: 1,
  isAccountNamed: false,
  message: 'Bonjour',
  parts: 1,
  senderName: 'MARQUE',
  priority: 5,
  maxAttempts: 5,
  scheduledAt: null,
  validUntil: null,
  isPromotional: false,
  quiet: [],
  verify: null,
  template: null,
  idempotency: null,
  ...more,
})
const listDraft = (count: number, more: Partial<BatchDraft> = {}): ListDraft => {
  const numbers = Array.from({ length: count }, (_, index) => phone(index))
  return { ...draft(more), numbers: { count, chunks: [numbers.join(',')] } }
}
const audience = (segmentId: number | null, more: Partial<BatchDraft> = {}): AudienceDraft => ({ ...draft(more), segmentId })
const single = (more: Partial<SingleDraft> = {}): SingleDraft => {
  const { parts: _, ...shared } = draft()
  return { ...shared, phoneNumber: phone(1), ...more }
}
const optOut = (...indexes: number[]) =>
  db.suppression.createMany({ data: indexes.map((index) => ({ userId: 2, phoneNumber: phone(index) })) })

describe('acceptList', () => {
  it('writes every row with what the batch says, in the order of the list', async () => {
    const validUntil = new Date(Date.now() + 60_000)
    const accepted = await accepts.acceptList(listDraft(7, { validUntil, priority: 8, maxAttempts: 3 }))
    if (accepted.kind !== 'accepted') throw new Error(accepted.kind)
    const rows = await db.smsQueue.findMany({ orderBy: { id: 'asc' } })
    expect(rows.map(({ phoneNumber }) => phoneNumber)).toEqual(Array.from({ length: 7 }, (_, index) => phone(index)))
    const { createdAt } = accepted.batch
    for (const row of rows) {
      expect(row).toMatchObject({ batchId: accepted.batch.id, userId: 2, accountId: 1, message: 'Bonjour', senderName: 'MARQUE' })
      expect(row).toMatchObject({
        priority: 8,
        maxAttempts: 3,
        attempts: 0,
        status: 'PENDING',
        validUntil,
        createdAt,
        nextAttemptAt: createdAt,
      })
    }
  })

  it('tells the places of those who opted out, and counts without them', async () => {
    await optOut(2, 6)
    const accepted = await accepts.acceptList(listDraft(7))
    expect(accepted).toMatchObject({ kind: 'accepted', optedOut: [2, 6], batch: { announced: 5, counts: { pending: 5 } } })
    expect(await db.smsQueue.count()).toBe(5)
  })

  it('writes nothing, not even its key, when all opted out', async () => {
    await optOut(0, 1)
    const draftOfTwo = listDraft(2, { idempotency: { key: 'k', inputHash: 'h' } })
    expect(await accepts.acceptList(draftOfTwo)).toEqual({ kind: 'nobody' })
    expect([await db.smsBatch.count(), await db.idempotencyKey.count()]).toEqual([0, 0])
  })

  it('leaves nothing behind when a row of it is refused', async () => {
    const bad: ListDraft = {
      ...draft({ idempotency: { key: 'k', inputHash: 'h' } }),
      numbers: { count: 2, chunks: [`${phone(1)},12`] },
    }
    await expect(accepts.acceptList(bad)).rejects.toThrow()
    expect([await db.smsBatch.count(), await db.smsQueue.count(), await db.idempotencyKey.count()]).toEqual([0, 0, 0])
  })

  it('makes one batch of 20 calls with one key at once', async () => {
    const calls = Array.from({ length: 20 }, () =>
      accepts.acceptList(listDraft(50, { idempotency: { key: 'k', inputHash: 'h' } })),
    )
    const answers = await Promise.all(calls)
    expect(answers.filter((answer) => answer.kind === 'accepted' && !answer.isRepeated)).toHaveLength(1)
    expect(new Set(answers.map((answer) => answer.kind === 'accepted' && answer.batch.id)).size).toBe(1)
    expect(await db.smsQueue.count()).toBe(50)
  })

  it('gives the key to a waiting call when the first one fails', async () => {
    const idempotency = { key: 'k', inputHash: 'h' }
    const bad: ListDraft = { ...draft({ idempotency }), numbers: { count: 1, chunks: ['12'] } }
    const answers = await Promise.allSettled([accepts.acceptList(bad), accepts.acceptList(listDraft(1, { idempotency }))])
    expect(answers[1]).toMatchObject({ status: 'fulfilled', value: { kind: 'accepted' } })
    expect(await db.smsBatch.count()).toBe(1)
  })
})

describe('acceptAudience', () => {
  it('takes the last membership of that moment for its bound, whatever joins later', async () => {
    const contacts = createContactDirectory(db)
    const segment = await contacts.createSegment({ userId: 2, name: 'Clients', description: null })
    const add = (indexes: number[]) =>
      contacts.importContacts({
        userId: 2,
        segmentId: segment.id,
        contacts: indexes.map((index) => ({ phoneNumber: phone(index), name: null, email: null })),
      })
    await add([1, 2, 3])
    const bound = (await db.segmentMember.aggregate({ _max: { id: true } }))._max.id
    const accepted = await accepts.acceptAudience(audience(segment.id))
    await add([4])
    if (accepted.kind !== 'accepted') throw new Error(accepted.kind)
    expect(accepted.batch).toMatchObject({ kind: 'SEGMENT', status: 'EXPANDING', announced: 3, segmentId: segment.id })
    const row = await db.smsBatch.findUniqueOrThrow({ where: { id: accepted.batch.id } })
    expect(row).toMatchObject({ expansionBound: bound, expansionCursor: 0n, expandedAt: null, pending: 0 })
  })

  it.each([null, 1])('is nobody for an audience without members (%s)', async (segmentId) => {
    await db.segment.create({ data: { id: 1, userId: 2, name: 'Vide' } })
    expect(await accepts.acceptAudience(audience(segmentId, { idempotency: { key: 'k', inputHash: 'h' } }))).toEqual({
      kind: 'nobody',
    })
    expect(await db.idempotencyKey.count()).toBe(0)
  })
})

describe('acceptSingle', () => {
  it('makes one SMS of 20 presses at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => accepts.acceptSingle(single())))
    expect(new Set(answers.map((answer) => answer.kind === 'accepted' && answer.sms.id)).size).toBe(1)
    expect(await db.smsQueue.count()).toBe(1)
  })

  it.each([{ userId: 3 }, { phoneNumber: phone(2) }, { message: 'Bonsoir' }, { idempotency: { key: 'k', inputHash: 'h' } }])(
    'makes another SMS with %o',
    async (more) => {
      await accepts.acceptSingle(single())
      expect(await accepts.acceptSingle(single(more))).toMatchObject({ isRepeated: false })
    },
  )

  it('does not take an SMS of a batch for a first press', async () => {
    await accepts.acceptList(listDraft(3))
    expect(await accepts.acceptSingle(single())).toMatchObject({ isRepeated: false })
  })
})

describe('what waits', () => {
  it('is counted over batches and single SMS, those of cancelled batches left out', async () => {
    const sms = createSmsQueries(db)
    await accepts.acceptSingle(single())
    const first = await accepts.acceptList(listDraft(4))
    await accepts.acceptList(listDraft(3))
    if (first.kind !== 'accepted') throw new Error(first.kind)
    await createBatchControl(db).cancel({ caller: { userId: 2, isAdmin: false }, via: 'GRAPHQL', reason: null }, first.batch.id)
    expect(await sms.countBacklog()).toEqual({ pending: 4, processing: 0, unknown: 0 })
    expect(await sms.countByStatus({ userId: 2, isAdmin: false })).toMatchObject({ pending: 4, cancelled: 4 })
    expect(await sms.countByStatus({ userId: 3, isAdmin: false })).toMatchObject({ pending: 0, cancelled: 0 })
    const waiting = await db.smsQueue.findMany({ where: { batchId: first.batch.id }, select: { id: true } })
    const statuses = await sms.findStatuses(waiting.map(({ id }) => id))
    expect([...statuses.values()]).toEqual(Array.from({ length: 4 }, () => 'CANCELLED'))
  })
})
