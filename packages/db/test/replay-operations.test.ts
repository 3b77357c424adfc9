import { cancelReplay, planReplay, type ReplayFilter, type ReplayOrder, startReplay } from '@sms/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createReplayOperations } from '../src/index.ts'
import { openQueueFixture, type QueueFixture, refused, settlementFor } from './queue-fixture.ts'

let queue: QueueFixture
beforeAll(async () => {
  queue = await openQueueFixture()
})
beforeEach(async () => {
  await queue.clear()
  await queue.db.$executeRaw`TRUNCATE "OperatorAct", "ReplayOperation", "ReplayItem"`
})
afterAll(() => queue.release())

const caller = { userId: 1, isAdmin: true }
const ANY: ReplayFilter = { batchId: null, errorCode: null, since: null }
const order: ReplayOrder = { caller, via: 'GRAPHQL', reason: 'corrected', includeUnknown: false, moreAttempts: 5 }
const operations = () => createReplayOperations(queue.db)
const deps = () => ({ operations: operations(), price: { unitPrice: 30, currency: 'XOF' } })
const start = (filter: Partial<ReplayFilter>, more: Partial<ReplayOrder> = {}) =>
  startReplay(deps(), { ...order, ...more, filter: { ...ANY, ...filter } })
const finish = async (id: bigint) => {
  while ((await operations().work(id)) !== null);
  return operations().find(caller, id)
}

/** FAILED all of them, made in one statement. */
const givenFailed = async (size: number, options: { userId?: number; firstNumber?: number; code?: string } = {}) => {
  const batchId = await queue.givenBatch(size, options)
  await queue.db.$executeRaw`UPDATE "SmsQueue" SET status = 'FAILED', "failedAt" = now() - interval '1 minute', attempts = 5,
    "errorCode" = ${options.code ?? 'SVC0001'} WHERE "batchId" = ${batchId}`
  await queue.db
    .$executeRaw`UPDATE "SmsBatch" SET pending = 0, failed = ${size}, status = 'COMPLETED', "completedAt" = now() WHERE id = ${batchId}`
  return batchId
}

describe('a replay as an operation', () => {
  it('moves its set chunk by chunk, and says how far it is', async () => {
    const batchId = await givenFailed(4_500)
    const started = await start({ batchId })
    expect(started).toMatchObject({ status: 'RUNNING', total: 4_500, done: 0, reason: 'corrected', via: 'GRAPHQL' })
    expect(await queue.counts(batchId)).toMatchObject({ failed: 4_500, pending: 0 })
    expect((await operations().work(null))?.operation).toMatchObject({ done: 2_000, replayed: 2_000, status: 'RUNNING' })
    expect(await queue.counts(batchId)).toMatchObject({ failed: 2_500, pending: 2_000, status: 'ACTIVE' })
    expect(await finish(started.id)).toMatchObject({ status: 'DONE', done: 4_500, replayed: 4_500, refused: [] })
    expect(await operations().work(null)).toBeNull()
    expect(await queue.db.replayItem.count()).toBe(0)
    expect(await queue.imbalance()).toBe(0)
    const acts = await queue.db.operatorAct.findMany({ orderBy: { id: 'asc' } })
    expect(acts.map(({ kind, smsCount }) => [kind, smsCount])).toEqual([
      ['START_REPLAY', 0],
      ['REPLAY', 2_000],
      ['REPLAY', 2_000],
      ['REPLAY', 500],
    ])
  })

  it('takes what had failed at its start and nothing that fails later, the same SMS included', async () => {
    const batchId = await givenFailed(3)
    const started = await start({ batchId })
    const late = await givenFailed(2, { firstNumber: 100 })
    await queue.db.$executeRaw`UPDATE "SmsQueue" SET "failedAt" = now() + interval '1 second' WHERE "batchId" = ${late}`
    // One of the set is replayed alone, sent, and fails again.
    const again = await start({ batchId })
    await finish(again.id)
    const { requests } = await queue.claimAll()
    await queue.sms.settle(
      requests.slice(0, 2).map((request) => settlementFor(request, 'FAILED', refused('rejected'), { attempt: 6 })),
    )
    await queue.db
      .$executeRaw`UPDATE "SmsQueue" SET "failedAt" = now() + interval '1 second' WHERE status = 'FAILED' AND "batchId" = ${batchId}`
    const done = await finish(started.id)
    expect(done).toMatchObject({ status: 'DONE', total: 3, done: 3, replayed: 0 })
    expect(done?.refused.toSorted((a, b) => a.code.localeCompare(b.code))).toEqual([
      { code: 'NOT_FAILED', count: 1 },
      { code: 'STALE', count: 2 },
    ])
    expect(await queue.counts(late)).toMatchObject({ failed: 2, pending: 0 })
    expect(await queue.imbalance()).toBe(0)
  })

  it('is worked off once, by however many at the same time', async () => {
    const batchId = await givenFailed(5_000)
    const { id } = await start({ batchId })
    const work = async (): Promise<number> => {
      let chunks = 0
      while ((await operations().find(caller, id))?.status === 'RUNNING')
        if ((await operations().work(null)) !== null) chunks += 1
      return chunks
    }
    expect((await Promise.all([work(), work(), work()])).reduce((sum, chunks) => sum + chunks, 0)).toBe(3)
    expect(await operations().find(caller, id)).toMatchObject({ done: 5_000, replayed: 5_000 })
    expect(await queue.counts(batchId)).toMatchObject({ pending: 5_000, failed: 0 })
    expect(await queue.db.smsEvent.count({ where: { kind: 'REPLAYED' } })).toBe(5_000)
    expect(await queue.imbalance()).toBe(0)
  })

  it('goes on where it was after a connection that was cut in the middle', async () => {
    const batchId = await givenFailed(4_000)
    const { id } = await start({ batchId })
    await operations().work(id)
    const away = await queue.takeDatabaseAway()
    await expect(operations().work(id)).rejects.toThrow()
    await away.back()
    expect(await finish(id)).toMatchObject({ status: 'DONE', done: 4_000, replayed: 4_000 })
    expect(await queue.db.smsEvent.count({ where: { kind: 'REPLAYED' } })).toBe(4_000)
  })

  it('ends when it is cancelled; what is back stays back', async () => {
    const batchId = await givenFailed(3_000)
    const { id } = await start({ batchId })
    await operations().work(id)
    const stranger = { userId: 77, isAdmin: false }
    await expect(cancelReplay(deps(), { caller: stranger, id, via: 'GRAPHQL', reason: null })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await cancelReplay(deps(), { caller, id, via: 'GRAPHQL', reason: 'enough' })).toMatchObject({
      status: 'CANCELLED',
      done: 2_000,
    })
    expect(await cancelReplay(deps(), { caller, id, via: 'GRAPHQL', reason: 'again' })).toMatchObject({ status: 'CANCELLED' })
    expect(await operations().work(id)).toBeNull()
    expect(await queue.counts(batchId)).toMatchObject({ pending: 2_000, failed: 1_000 })
    expect(await queue.db.replayItem.count()).toBe(0)
    expect(await queue.db.operatorAct.findMany({ where: { kind: 'CANCEL_REPLAY' } })).toMatchObject([{ reason: 'enough' }])
  })

  it('of nothing is done at once', async () => {
    expect(await start({ errorCode: 'NOBODY' })).toMatchObject({ status: 'DONE', total: 0 })
  })

  it('meets a batch that is cancelled meanwhile', async () => {
    const batchId = await givenFailed(2)
    const { id } = await start({ batchId })
    await queue.cancel(batchId).catch(() => undefined)
    await queue.db
      .$executeRaw`UPDATE "SmsBatch" SET status = 'CANCELLED', "cancelledAt" = now(), "completedAt" = NULL WHERE id = ${batchId}`
    expect(await finish(id)).toMatchObject({ status: 'DONE', replayed: 0, refused: [{ code: 'BATCH_CANCELLED', count: 2 }] })
  })
})

describe('its filter', () => {
  it('takes segment, user and time, and all that is given must hold', async () => {
    const mine = await givenFailed(3, { code: 'SVC0004' })
    await givenFailed(2, { firstNumber: 100 })
    await queue.db.$executeRaw`UPDATE "SmsQueue" SET "segmentId" = 9 WHERE "batchId" = ${mine}`
    const total = async (filter: Partial<ReplayFilter>) => (await start(filter)).total
    expect(await total({ segmentId: 9 })).toBe(3)
    expect(await total({ segmentId: 9, errorCode: 'SVC0001' })).toBe(0)
    expect(await total({ userId: 1 })).toBe(5)
    expect(await total({ userId: 2 })).toBe(0)
    expect(await total({ userId: 1, until: new Date(Date.now() - 3_600_000) })).toBe(0)
    expect(await total({ since: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 1_000) })).toBe(5)
  })

  it.each([
    ['EMPTY_INPUT', { until: new Date() }, {}],
    ['FORBIDDEN', { userId: 1 }, { caller: { userId: 77, isAdmin: false } }],
    ['FORBIDDEN', { batchId: 1n }, { caller: { userId: 77, isAdmin: false }, includeUnknown: true }],
    ['EMPTY_INPUT', { batchId: 1n }, { includeUnknown: true, reason: null }],
  ] as const)('is refused with %s (%#)', async (code, filter, more) => {
    await expect(start(filter, more)).rejects.toMatchObject({ code })
    expect(await queue.db.replayOperation.count()).toBe(0)
  })

  it("finds nothing of somebody else's", async () => {
    const batchId = await givenFailed(3)
    expect(await start({ batchId }, { caller: { userId: 77, isAdmin: false } })).toMatchObject({ total: 0, status: 'DONE' })
  })
})

describe('its plan', () => {
  it('says how many, in how many parts, at what price and by which codes, and changes nothing', async () => {
    const first = await givenFailed(3)
    await givenFailed(1, { code: 'SVC0004', firstNumber: 100 })
    await queue.db.smsBatch.update({ where: { id: first }, data: { parts: 2 } })
    const plan = await planReplay(deps(), { ...order, filter: { ...ANY, userId: 1 } })
    expect(plan).toMatchObject({ matched: 4, replayed: 4, replayedUnknown: 0, replayedUnknownParts: 0, refused: [], parts: 7 })
    expect(plan.price).toMatchObject({ smsCount: 4, parts: 7, amount: 210, currency: 'XOF' })
    expect(plan.byCode).toEqual([
      { code: 'SVC0001', count: 3, parts: 6 },
      { code: 'SVC0004', count: 1, parts: 1 },
    ])
    expect(await queue.counts(first)).toMatchObject({ failed: 3 })
  })
})
