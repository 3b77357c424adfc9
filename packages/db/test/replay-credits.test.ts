import { type ReplayFilter, type ReplayOrder, replayFailed, replayJob, resolveUnknown, startReplay } from '@sms/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCreditBalancer, createReplayOperations, createReplayRepository, createUnknownRepository } from '../src/index.ts'
import { openQueueFixture, type QueueFixture } from './queue-fixture.ts'

let queue: QueueFixture
beforeAll(async () => {
  queue = await openQueueFixture()
})
beforeEach(async () => {
  await queue.clear()
  await queue.db.$executeRaw`TRUNCATE "OperatorAct", "ReplayOperation", "ReplayItem"`
  await queue.db.$executeRaw`DELETE FROM "User" WHERE id > 1`
  await queue.db.user.create({ data: { id: 2, username: 'awa', smsCredit: 10 } })
})
afterAll(() => queue.release())

const awa = { userId: 2, isAdmin: false }
const operator = { userId: 1, isAdmin: true }
const ANY: ReplayFilter = { batchId: null, errorCode: null, since: null }
const order: ReplayOrder = { caller: awa, via: 'GRAPHQL', reason: 'again', includeUnknown: false, moreAttempts: 5 }
const price = { unitPrice: 30, currency: 'XOF' }

type GivenFailed = { firstNumber?: number; userId?: number; held?: number | null }

/** FAILED all of them, and their credits given back. */
const givenFailed = async (size: number, { firstNumber = 0, userId = 2, held = 0 }: GivenFailed = {}) => {
  const batchId = await queue.givenBatch(size, { userId, firstNumber })
  await queue.db.$executeRaw`UPDATE "SmsQueue" SET status = 'FAILED', "failedAt" = now() - interval '1 minute', attempts = 5,
    "errorCode" = 'SVC0001' WHERE "batchId" = ${batchId}`
  await queue.db.$executeRaw`UPDATE "SmsBatch" SET pending = 0, failed = ${size}, status = 'COMPLETED', "completedAt" = now(),
    credits = ${held}::int WHERE id = ${batchId}`
  return batchId
}
const givenSingle = async (status: 'FAILED' | 'UNKNOWN', credit: 0 | 1) => {
  const { id } = await queue.db.smsQueue.create({
    data: { userId: 2, accountId: 1, phoneNumber: '+2250700000001', message: 'Bonjour', maxAttempts: 5, credit, attempts: 5 },
  })
  await queue.db
    .$executeRaw`UPDATE "SmsQueue" SET status = ${status}::"SmsStatus", "errorCode" = 'X', "failedAt" = now() - interval '1 hour',
    "lastAttemptAt" = now() - interval '1 hour' WHERE id = ${id}`
  return id
}
const credit = async (): Promise<number> => (await queue.db.user.findUniqueOrThrow({ where: { id: 2 } })).smsCredit
const balance = async (): Promise<number> => {
  await createCreditBalancer(queue.db).balance()
  return credit()
}
const start = async (batchId: bigint, more: Partial<ReplayOrder> = {}) => {
  const deps = { operations: createReplayOperations(queue.db), price }
  return (await startReplay(deps, { ...order, ...more, filter: { ...ANY, batchId } })).id
}
const finish = async (id: bigint) => {
  const operations = createReplayOperations(queue.db)
  for (;;) {
    const operation = await operations.find(operator, id)
    if (operation?.status !== 'RUNNING') return operation
    await operations.work(id)
  }
}
const replays = () => ({ replays: createReplayRepository(queue.db), kick: () => undefined })

describe('a replay of metered SMS', () => {
  it('takes their credits in the transaction that moves them, and the balance takes nothing more', async () => {
    const batchId = await givenFailed(6)
    expect(await finish(await start(batchId))).toMatchObject({ status: 'DONE', code: null, replayed: 6 })
    expect(await credit()).toBe(4)
    expect([await balance(), await balance()]).toEqual([4, 4])
  })

  it('takes only what is not held any more: a credit that was not given back yet is not taken twice', async () => {
    const batchId = await givenFailed(6, { held: 4 })
    await finish(await start(batchId))
    expect([await credit(), await balance()]).toEqual([8, 8])
  })

  it('can never take the same credits as another one at the same moment', async () => {
    await queue.db.user.update({ where: { id: 2 }, data: { smsCredit: 4_000 } })
    const batches = [await givenFailed(3_000), await givenFailed(3_000, { firstNumber: 10_000 })]
    const ids = await Promise.all(batches.map((batchId) => start(batchId)))
    const seen: number[] = []
    const watch = async (): Promise<void> => {
      while ((await queue.db.replayOperation.count({ where: { status: 'RUNNING' } })) > 0) seen.push(await balance())
    }
    const [first, second] = (await Promise.all([...ids.map(finish), watch(), watch()])).slice(0, 2)
    const moved = await queue.db.smsQueue.count({ where: { status: 'PENDING' } })
    expect(first!.replayed + second!.replayed).toBe(moved)
    expect([first!.status, second!.status]).toContain('STOPPED')
    expect(moved).toBeLessThanOrEqual(4_000)
    expect([await credit(), await balance()]).toEqual([4_000 - moved, 4_000 - moved])
    expect(Math.min(...seen, await credit())).toBeGreaterThanOrEqual(0)
    expect(await queue.imbalance()).toBe(0)
  })

  it('ends with a code at the chunk that is not covered; what was moved stays moved and charged', async () => {
    await queue.db.user.update({ where: { id: 2 }, data: { smsCredit: 2_500 } })
    const batchId = await givenFailed(4_500)
    expect(await finish(await start(batchId))).toMatchObject({
      status: 'STOPPED',
      code: 'INSUFFICIENT_CREDIT',
      total: 4_500,
      done: 4_000,
      replayed: 2_000,
      refused: [{ code: 'INSUFFICIENT_CREDIT', count: 2_000 }],
    })
    expect(await queue.counts(batchId)).toMatchObject({ pending: 2_000, failed: 2_500 })
    expect([await credit(), await balance()]).toEqual([500, 500])
    expect(await queue.db.replayItem.count()).toBe(0)
    expect(await queue.imbalance()).toBe(0)
  })

  it('is not stopped when an administrator orders it: the user owes at once', async () => {
    const batchId = await givenFailed(12)
    expect(await finish(await start(batchId, { caller: operator }))).toMatchObject({ status: 'DONE', replayed: 12 })
    expect([await credit(), await balance()]).toEqual([-2, -2])
  })

  it('of what was never metered takes nothing', async () => {
    const batchId = await givenFailed(12, { held: null })
    expect(await finish(await start(batchId))).toMatchObject({ status: 'DONE', replayed: 12 })
    expect([await credit(), await balance()]).toEqual([10, 10])
  })

  it('without an operation leaves the chunk that is not covered, and says so', async () => {
    const batchId = await givenFailed(11)
    const report = await replayFailed(replays(), { ...order, filter: { ...ANY, batchId }, dryRun: false })
    expect(report).toMatchObject({ matched: 11, replayed: 0, refused: [{ code: 'INSUFFICIENT_CREDIT', count: 11 }] })
    expect([await credit(), await balance()]).toEqual([10, 10])
    expect(await queue.db.operatorAct.count({ where: { kind: 'REPLAY' } })).toBe(0)
  })
})

describe('one SMS that is sent again', () => {
  it('takes its credit once, however many press at the same moment', async () => {
    const smsId = await givenSingle('FAILED', 0)
    const press = () => replayJob(replays(), { ...order, job: { smsId, dispatch: 0 } })
    const verdicts = (await Promise.all([press(), press(), press()])).map(({ verdict }) => verdict)
    expect(verdicts.toSorted()).toEqual(['NOT_FAILED', 'NOT_FAILED', 'REPLAYED'])
    expect([await credit(), await balance()]).toEqual([9, 9])
  })

  it('keeps the credit that was not given back yet', async () => {
    const smsId = await givenSingle('FAILED', 1)
    await replayJob(replays(), { ...order, job: { smsId, dispatch: 0 } })
    expect([await credit(), await balance()]).toEqual([10, 10])
  })

  it('is refused without a credit, to an administrator too where one is required', async () => {
    await queue.db.user.update({ where: { id: 2 }, data: { smsCredit: 0 } })
    const job = { smsId: await givenSingle('FAILED', 0), dispatch: 0 }
    expect(await replayJob(replays(), { ...order, job })).toMatchObject({ verdict: 'INSUFFICIENT_CREDIT' })
    const required = { ...order, caller: operator, isCreditRequired: true, job }
    expect(await replayJob(replays(), required)).toMatchObject({ verdict: 'INSUFFICIENT_CREDIT' })
    expect([await credit(), await balance()]).toEqual([0, 0])
    expect(await replayJob(replays(), { ...order, caller: operator, job })).toMatchObject({ verdict: 'REPLAYED' })
    expect([await credit(), await balance()]).toEqual([-1, -1])
  })

  it('and was UNKNOWN stays charged once: it was never given back', async () => {
    await givenSingle('UNKNOWN', 1)
    const batchId = await queue.givenBatch(3, { userId: 2, firstNumber: 10 })
    await queue.db
      .$executeRaw`UPDATE "SmsQueue" SET status = 'UNKNOWN', "errorCode" = 'X', attempts = 1, "failedAt" = now() - interval '1 hour',
      "lastAttemptAt" = now() - interval '1 hour' WHERE "batchId" = ${batchId}`
    await queue.db
      .$executeRaw`UPDATE "SmsBatch" SET pending = 0, unknown = 3, status = 'COMPLETED', "completedAt" = now(), credits = 3
      WHERE id = ${batchId}`
    const deps = { unknowns: createUnknownRepository(queue.db), kick: () => undefined, price }
    const decide = { caller: operator, via: 'GRAPHQL', decision: 'SEND_AGAIN', reason: 'asked', moreAttempts: 5 } as const
    const report = await resolveUnknown(deps, {
      ...decide,
      filter: { ...ANY, smsIds: null, userId: 2 },
      dryRun: false,
    })
    expect(report).toMatchObject({ resolved: 4 })
    expect([await credit(), await balance()]).toEqual([10, 10])
  })
})
