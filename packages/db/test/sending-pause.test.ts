import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createQueueGauges,
  createSenderAccountRepository,
  createSenderAccountStore,
  findOpenWork,
  readSendingPause,
} from '../src/index.ts'
import { openQueueFixture, type QueueFixture, requestFor } from './queue-fixture.ts'

let queue: QueueFixture
beforeAll(async () => {
  queue = await openQueueFixture()
})
beforeEach(async () => {
  await queue.clear()
  await queue.db.$executeRaw`TRUNCATE "OperatorAct"`
  await queue.db.sendingPause.update({ where: { id: 1 }, data: { pausedAt: null, reason: null, userId: null } })
  await queue.db.senderAccount.deleteMany({ where: { id: { not: 1 } } })
})
afterAll(() => queue.release())

const order = { userId: 1, reason: 'Orange asked us to stop' }
const store = () => createSenderAccountStore(queue.db)
const accounts = () => createSenderAccountRepository(queue.db)
const givenAccount = async (name: string) =>
  (await queue.db.senderAccount.create({ data: { name, ratePerSecond: 5, senderAddress: 'tel:+2230000' } })).id
const reasons = async () => Object.fromEntries((await accounts().findAll()).map(({ id, pausedReason }) => [id, pausedReason]))

describe('the pause of everything', () => {
  it('lets nothing be dispatched, claimed or probed, and brings all of it back', async () => {
    const batchId = await queue.givenBatch(10)
    const jobs = await queue.sms.findNextBatch(1, 4)
    expect(await store().pause(order, null)).toEqual([1])
    expect(await queue.sms.findNextBatch(1, 50)).toEqual([])
    expect((await queue.sms.claim(jobs.map(requestFor), 'worker', 60_000)).map(({ kind }) => kind)).toEqual(
      Array(4).fill('deferred'),
    )
    await accounts().block(1, 'NO_UNITS')
    await queue.db.senderAccount.update({ where: { id: 1 }, data: { probeAt: new Date(0) } })
    expect(await queue.sms.findProbe(1)).toEqual([])
    expect(await findOpenWork(queue.db)).toEqual([])
    expect(await store().resume(order, null)).toEqual([1])
    expect(await queue.sms.findNextBatch(1, 50)).toHaveLength(10)
    expect(await queue.counts(batchId)).toMatchObject({ pending: 10, status: 'ACTIVE' })
    expect(await queue.imbalance()).toBe(0)
  })

  it('lifts neither the pause of one account nor of one batch', async () => {
    const mali = await givenAccount('Mali')
    const batchId = await queue.givenBatch(3, { status: 'PAUSED' })
    await store().pause({ ...order, reason: 'only Mali' }, mali)
    await store().pause(order, null)
    await store().resume(order, null)
    expect(await reasons()).toEqual({ 1: null, [mali]: 'PAUSED_BY_OPERATOR' })
    expect(await queue.counts(batchId)).toMatchObject({ status: 'PAUSED' })
    await store().resume(order, mali)
    expect(await reasons()).toEqual({ 1: null, [mali]: null })
  })

  it('holds for an account that is resumed alone, and for one that is made meanwhile', async () => {
    await store().pause(order, 1)
    await store().pause(order, null)
    await store().resume(order, 1)
    const late = await givenAccount('late')
    expect(await reasons()).toEqual({ 1: 'PAUSED_BY_OPERATOR', [late]: 'PAUSED_BY_OPERATOR' })
    expect((await store().findRecords()).map(({ isPausedWithAll }) => isPausedWithAll)).toEqual([true, true])
    await store().resume(order, null)
    expect(await reasons()).toEqual({ 1: null, [late]: null })
  })

  it('is one act however often it is pressed, and keeps the first word', async () => {
    await Promise.all([1, 2, 3, 4].map((userId) => store().pause({ userId: 1, reason: `press ${userId}` }, null)))
    const first = await readSendingPause(queue.db)
    expect(first?.reason).toMatch(/^press/)
    await store().resume(order, null)
    await store().resume(order, null)
    expect(await readSendingPause(queue.db)).toBeNull()
    const acts = await queue.db.operatorAct.findMany({ orderBy: { id: 'asc' } })
    expect(acts.map(({ kind, filter, after }) => [kind, filter, JSON.parse(after ?? '')])).toEqual([
      ['PAUSE_SENDING', '{"all":true}', { isAllPaused: true }],
      ['RESUME_SENDING', '{"all":true}', { isAllPaused: false, unblocked: [] }],
    ])
  })

  it('lifts blocks when it is resumed, and is in the gauges', async () => {
    await accounts().block(1, 'NO_UNITS')
    await store().pause(order, null)
    expect(await createQueueGauges(queue.db).readWaiting()).toMatchObject({ isAllPaused: true })
    await store().resume(order, null)
    expect(await reasons()).toEqual({ 1: null })
    expect(await createQueueGauges(queue.db).readWaiting()).toMatchObject({ isAllPaused: false })
  })
})
