import type { AccountOrder, BatchDraft, NewAccount } from '@sms/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createAcceptRepository,
  createQueueGauges,
  createSenderAccountRepository,
  createSenderAccountStore,
  expandNextChunk,
} from '../src/index.ts'
import { openQueueFixture, type QueueFixture } from './queue-fixture.ts'

let fixture: QueueFixture
let store: ReturnType<typeof createSenderAccountStore>
let accounts: ReturnType<typeof createSenderAccountRepository>
let accepts: ReturnType<typeof createAcceptRepository>
beforeAll(async () => {
  fixture = await openQueueFixture()
  store = createSenderAccountStore(fixture.db)
  accounts = createSenderAccountRepository(fixture.db)
  accepts = createAcceptRepository(fixture.db)
})
afterAll(() => fixture.release())
beforeEach(async () => {
  // Batches refer to accounts; a disabled account is not one that `clear` knows.
  await fixture.db.$executeRaw`TRUNCATE "SmsBatch" CASCADE`
  await fixture.db.senderAccount.deleteMany({ where: { id: { not: 1 } } })
  await fixture.clear()
  await fixture.db.$executeRaw`TRUNCATE "OperatorAct"`
})

const order: AccountOrder = { userId: 1, reason: 'Mali opens' }
const settings = (more: Partial<NewAccount> = {}): NewAccount => ({
  name: 'Mali',
  countries: ['ML'],
  callingCodes: ['223'],
  apiUrl: null,
  senderAddress: 'tel:+2230000',
  senderNames: ['CLINIQUE'],
  ratePerSecond: 10,
  seal: (accountId) => `sealed for ${accountId}`,
  ...more,
})
const senegal = () => settings({ name: 'Sénégal', countries: ['SN'], callingCodes: ['221'], senderNames: [] })

const draft = (more: Partial<BatchDraft> = {}): BatchDraft => ({
  userId: 1,
  accountId: 1,
  isAccountNamed: false,
  message: 'Bonjour',
  parts: 1,
  senderName: null,
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
const CI = ['+2250700000001', '+2250700000002', '+2250700000003']
const ML = ['+22370000001', '+22370000002']
const SN = ['+221770000001']
const acceptList = async (numbers: readonly string[], more: Partial<BatchDraft> = {}) => {
  const accepted = await accepts.acceptList({ ...draft(more), numbers: { count: numbers.length, chunks: [numbers.join(',')] } })
  if (accepted.kind !== 'accepted') throw new Error(accepted.kind)
  return accepted.batch
}
const acceptSingle = async (phoneNumber: string, more: Partial<BatchDraft> = {}) => {
  const { parts: _, ...single } = draft(more)
  const accepted = await accepts.acceptSingle({ ...single, phoneNumber })
  return accepted.kind === 'accepted' ? accepted.sms : null
}
const rowsByAccount = async (batchId: bigint): Promise<Record<number, number>> => {
  const groups = await fixture.db.smsQueue.groupBy({ by: ['accountId'], where: { batchId }, _count: true })
  return Object.fromEntries(groups.map(({ accountId, _count }) => [accountId, _count]))
}

describe('the account of an SMS', () => {
  it('is that of the country of each recipient of a list', async () => {
    const mali = await store.create(order, settings())
    const dakar = await store.create(order, senegal())
    const batch = await acceptList([...CI, ...ML, ...SN])
    expect(await rowsByAccount(batch.id)).toEqual({ 1: 3, [mali]: 2, [dakar]: 1 })
    expect(batch).toMatchObject({ accountId: 1, otherAccountIds: [mali, dakar], announced: 6, counts: { pending: 6 } })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is that of the batch where all recipients are of one country', async () => {
    const mali = await store.create(order, settings())
    expect(await acceptList(CI)).toMatchObject({ accountId: 1, otherAccountIds: [] })
    expect(await acceptList(ML)).toMatchObject({ accountId: mali, otherAccountIds: [] })
  })

  it('is the default one where the country has none, or a disabled one', async () => {
    const mali = await store.create(order, settings())
    expect(await acceptSingle(ML[0] ?? '')).toMatchObject({ accountId: mali })
    expect(await acceptSingle(SN[0] ?? '')).toMatchObject({ accountId: 1 })
    await store.disable(order, mali)
    expect(await acceptSingle(ML[1] ?? '')).toMatchObject({ accountId: 1 })
    expect(await acceptList([...CI, ...ML])).toMatchObject({ accountId: 1, otherAccountIds: [] })
  })

  it('is the one that was named, whatever the country', async () => {
    const mali = await store.create(order, settings())
    const named = { accountId: mali, isAccountNamed: true }
    expect(await rowsByAccount((await acceptList([...CI, ...SN], named)).id)).toEqual({ [mali]: 4 })
    expect(await acceptSingle(CI[0] ?? '', named)).toMatchObject({ accountId: mali })
    const toDefault = await acceptList([...CI, ...ML], { isAccountNamed: true })
    expect(await rowsByAccount(toDefault.id)).toEqual({ 1: 5 })
  })

  it.each([
    [false, { 1: 3, mali: 2, dakar: 1 }],
    [true, { mali: 6 }],
  ])('is chosen for the members of a segment as its rows are made (named: %s)', async (isAccountNamed, expected) => {
    const mali = await store.create(order, settings())
    const dakar = await store.create(order, senegal())
    const { db } = fixture
    const segment = await db.segment.create({ data: { userId: 1, name: 'Tous', memberCount: 6 } })
    for (const phoneNumber of [...CI, ...ML, ...SN]) {
      const contact = await db.contact.create({ data: { userId: 1, name: 'x', phoneNumber } })
      await db.segmentMember.create({ data: { segmentId: segment.id, contactId: contact.id } })
    }
    const accountId = isAccountNamed ? mali : 1
    const accepted = await accepts.acceptAudience({ ...draft({ accountId, isAccountNamed }), segmentId: segment.id })
    if (accepted.kind !== 'accepted') throw new Error(accepted.kind)
    for (let turn = 0; turn < 3; turn += 1) await expandNextChunk(db, 2)
    const named = { mali, dakar }
    const rows = Object.fromEntries(Object.entries(expected).map(([key, n]) => [named[key as 'mali'] ?? key, n]))
    expect(await rowsByAccount(accepted.batch.id)).toEqual(rows)
    const batch = await db.smsBatch.findUniqueOrThrow({ where: { id: accepted.batch.id } })
    expect(batch).toMatchObject({ accountId, otherAccountIds: isAccountNamed ? [] : [mali, dakar], pending: 6 })
  })
})

describe('a batch of several accounts', () => {
  it('is dispatched for each of them, is claimed by each, and completes once', async () => {
    const mali = await store.create(order, settings())
    const batch = await acceptList([...CI, ...ML])
    const first = await fixture.sms.findNextBatch(1, 100)
    const second = await fixture.sms.findNextBatch(mali, 100)
    expect([first.length, second.length]).toEqual([3, 2])
    expect(await fixture.sms.findNextBatch(mali, 100)).toEqual([])
    expect(await accounts.readWorkload()).toEqual([
      { accountId: 1, window: 3, backlog: 3 },
      { accountId: mali, window: 2, backlog: 2 },
    ])
    expect(await fixture.counts(batch.id)).toMatchObject({ pending: 5, status: 'ACTIVE' })
  })

  it('waits for the account that is paused, and for no other', async () => {
    const mali = await store.create(order, settings())
    await store.pause(order, 1)
    await acceptList([...CI, ...ML])
    expect(await fixture.sms.findNextBatch(1, 100)).toEqual([])
    expect(await fixture.sms.findNextBatch(mali, 100)).toHaveLength(2)
    await store.resume(order, 1)
    expect(await fixture.sms.findNextBatch(1, 100)).toHaveLength(3)
  })

  it('gives a blocked account its probe', async () => {
    const mali = await store.create(order, settings())
    await acceptList([...CI, ...ML])
    await accounts.block(mali, 'POL0001')
    await fixture.db.senderAccount.update({ where: { id: mali }, data: { probeAt: new Date(0) } })
    const [probe] = await fixture.sms.findProbe(mali)
    const row = await fixture.db.smsQueue.findUniqueOrThrow({ where: { id: probe?.smsId ?? 0n } })
    expect(row).toMatchObject({ accountId: mali })
  })

  it('takes no share of the window once its SMS of that account are gone', async () => {
    const mali = await store.create(order, settings())
    await store.pause(order, 1)
    // Each still has much to send by the default account, which stands.
    for (let turn = 0; turn < 5; turn += 1) {
      await acceptList([
        ...Array.from({ length: 30 }, (_, i) => `+22507${String(turn * 100 + i).padStart(8, '0')}`),
        `+2237000010${turn}`,
      ])
    }
    expect(await fixture.sms.findNextBatch(mali, 100)).toHaveLength(5)
    await acceptList(Array.from({ length: 60 }, (_, i) => `+223710000${String(i).padStart(2, '0')}`))
    // Alone, it gets the whole window at once.
    expect(await fixture.sms.findNextBatch(mali, 65)).toHaveLength(60)
  })

  it('is in the backlog of each account with its own SMS, beside batches of one account and single SMS', async () => {
    const mali = await store.create(order, settings())
    await acceptList([...CI, ...ML])
    await acceptList(CI.slice(1))
    await acceptSingle(ML[0] ?? '')
    await fixture.sms.findNextBatch(mali, 100)
    const jobs = await fixture.sms.findNextBatch(1, 1)
    await fixture.sms.claim(
      jobs.map((job) => ({ ...job, claimId: '00000000-0000-4000-8000-000000000001' })),
      'worker-1',
      60_000,
    )
    expect(await accounts.readWorkload()).toEqual([
      { accountId: 1, window: 0, backlog: 5 },
      { accountId: mali, window: 3, backlog: 3 },
    ])
  })

  it('is waited for by its oldest SMS, of whichever account', async () => {
    await store.create(order, settings())
    await acceptList([...CI, ...ML])
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "nextAttemptAt" = now() - interval '1 hour' WHERE "phoneNumber" = ${ML[0]}`
    expect((await createQueueGauges(fixture.db).readWaiting()).oldestSeconds).toBeGreaterThan(3_500)
  })
})
