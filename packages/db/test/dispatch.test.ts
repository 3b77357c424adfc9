import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, createSmsQueueRepository } from '../src/index.ts'
import { accepted, openQueueFixture, type QueueFixture, refused, requestFor, settlementFor } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
  await fixture.db.user.createMany({ data: [{ username: 'second' }, { username: 'third' }] })
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

const batchesOf = async (jobs: { smsId: bigint }[]): Promise<Map<bigint | null, number>> => {
  const rows = await fixture.db.smsQueue.findMany({
    where: { id: { in: jobs.map(({ smsId }) => smsId) } },
    select: { batchId: true },
  })
  const counts = new Map<bigint | null, number>()
  for (const { batchId } of rows) counts.set(batchId, (counts.get(batchId) ?? 0) + 1)
  return counts
}

const inWindow = () => fixture.db.smsQueue.count({ where: { status: 'PENDING', dispatchedAt: { not: null } } })

const isOrWasBlocked = (reason: string) => fixture.db.$executeRaw`
  UPDATE "SenderAccount" SET "pausedReason" = ${reason}, "pausedAt" = now(), "probeAt" = now(), "probeDelayMs" = 2000`

describe('dispatch', () => {
  it('takes rows in order, marks them, and takes none twice', async () => {
    await fixture.givenBatch(30)
    const first = await fixture.sms.findNextBatch(1, 10)
    expect(first.map(({ smsId }) => smsId)).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n])
    expect(first.every(({ dispatch, expressPriority }) => dispatch === 1 && expressPriority === null)).toBe(true)
    expect(await fixture.sms.findNextBatch(1, 10)).toEqual([])
    expect((await fixture.sms.findNextBatch(1, 25)).map(({ smsId }) => smsId)).toHaveLength(15)
    expect(await inWindow()).toBe(25)
  })

  it('shares the window between batches of one user, however large or old one is', async () => {
    const large = await fixture.givenBatch(500)
    const small = await fixture.givenBatch(20, { firstNumber: 1_000 })
    const counts = await batchesOf(await fixture.sms.findNextBatch(1, 40))
    expect(counts.get(small)).toBe(20)
    expect(counts.get(large)).toBe(20)
  })

  it('shares the window between users, however many batches one of them has', async () => {
    const many = [0, 1, 2, 3].map((at) => fixture.givenBatch(50, { userId: 2, firstNumber: at * 100 }))
    await Promise.all(many)
    const one = await fixture.givenBatch(50, { userId: 3, firstNumber: 1_000 })
    expect((await batchesOf(await fixture.sms.findNextBatch(1, 40))).get(one)).toBe(20)
  })

  it.each([2, 3])('gives a batch of higher priority the larger share, and never all of it (users 2 and %d)', async (userId) => {
    const high = await fixture.givenBatch(500, { priority: 10, userId: 2 })
    const low = await fixture.givenBatch(500, { priority: 0, userId, firstNumber: 1_000 })
    const counts = await batchesOf(await fixture.sms.findNextBatch(1, 60))
    expect(counts.get(high)).toBeGreaterThanOrEqual(50)
    expect(counts.get(low)).toBeGreaterThanOrEqual(4)
  })

  it('counts what is in the window already, so that a batch that came first does not keep its lead', async () => {
    const first = await fixture.givenBatch(500)
    await fixture.sms.findNextBatch(1, 30)
    const second = await fixture.givenBatch(500, { firstNumber: 1_000 })
    const counts = await batchesOf(await fixture.sms.findNextBatch(1, 60))
    expect(counts.get(second)).toBe(30)
    expect(counts.has(first)).toBe(false)
  })

  it('lets single SMS through beside a full window, with their own priority, at most 50 of them', async () => {
    await fixture.givenBatch(100)
    await fixture.sms.findNextBatch(1, 50)
    const express = await fixture.givenSingle({ priority: 9 })
    expect(await fixture.sms.findNextBatch(1, 50)).toEqual([{ smsId: express, dispatch: 1, expressPriority: 9 }])
    for (let i = 0; i < 60; i += 1) await fixture.givenSingle({ number: `+22508${String(i).padStart(8, '0')}` })
    expect(await fixture.sms.findNextBatch(1, 50)).toHaveLength(49)
  })

  it('leaves what is not due, and batches that are paused, scheduled or cancelled', async () => {
    await fixture.givenSingle({ dueAt: new Date(Date.now() + 60_000) })
    const paused = await fixture.givenBatch(5, { status: 'PAUSED' })
    const cancelled = await fixture.givenBatch(5, { firstNumber: 10 })
    await fixture.cancel(cancelled)
    const scheduled = await fixture.givenBatch(5, { firstNumber: 20 })
    await fixture.db.smsBatch.update({
      where: { id: scheduled },
      data: { status: 'SCHEDULED', scheduledAt: new Date(Date.now() + 3_600_000) },
    })
    expect(await fixture.sms.startDueBatches()).toEqual([])
    expect(await fixture.sms.findNextBatch(1, 50)).toEqual([])

    await fixture.db.smsBatch.update({ where: { id: scheduled }, data: { scheduledAt: new Date(Date.now() - 1) } })
    expect(await fixture.sms.startDueBatches()).toEqual([scheduled])
    await fixture.db.smsBatch.update({ where: { id: paused }, data: { status: 'ACTIVE' } })
    expect(await batchesOf(await fixture.sms.findNextBatch(1, 50))).toEqual(
      new Map([
        [paused, 5],
        [scheduled, 5],
      ]),
    )
  })

  it('keeps to the window when several dispatchers ask at once, and gives no row to two of them', async () => {
    await fixture.givenBatch(2_000)
    const others = [1, 2, 3].map(() => openDatabase({ url: fixture.url, poolSize: 2 }))
    const repositories = others.map(({ db }) => createSmsQueueRepository(db))
    const seen: string[] = []
    let largest = 0
    for (let round = 0; round < 25; round += 1) {
      const found = await Promise.all([...repositories, ...repositories].map((sms) => sms.findNextBatch(1, 40)))
      seen.push(...found.flat().map(({ smsId, dispatch }) => `${smsId}-${dispatch}`))
      largest = Math.max(largest, await inWindow())
      await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "dispatchedAt" = NULL WHERE "dispatchedAt" IS NOT NULL`
    }
    await Promise.all(others.map(({ release }) => release()))
    expect(new Set(seen).size).toBe(seen.length)
    expect(largest).toBe(40)
  })

  it.each([
    ['has no statistics yet', false],
    ['was taken for empty in the middle of it', true],
  ])('is quick on a table that has just grown and %s', async (_what, isTakenForEmpty) => {
    await fixture.givenBatch(40_000)
    if (isTakenForEmpty) {
      await fixture.db
        .$executeRaw`UPDATE pg_class SET reltuples = 0, relpages = pg_relation_size(oid) / 8192 WHERE relname = 'SmsQueue'`
    }
    const startedAt = performance.now()
    expect(await fixture.sms.findNextBatch(1, 1_000)).toHaveLength(1_000)
    expect(performance.now() - startedAt).toBeLessThan(1_500)
  })

  it('does not spend slot after slot on a number that is busy', async () => {
    await fixture.givenBatch(1)
    await fixture.claimAll()
    await fixture.givenBatch(1)
    const [job] = await fixture.sms.findNextBatch(1, 50)
    expect(await fixture.sms.claim([requestFor(job as never)], 'worker-2', 60_000)).toMatchObject([
      { kind: 'deferred', reason: 'BUSY' },
    ])
    expect(await fixture.sms.findNextBatch(1, 50)).toEqual([])
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "nextAttemptAt" = "nextAttemptAt" - interval '1 second'`
    expect(await fixture.sms.findNextBatch(1, 50)).toHaveLength(1)
  })
})

describe('the probe of a blocked account', () => {
  it('never is an SMS that is not due, or of a batch that may not send', async () => {
    await isOrWasBlocked('TOKEN_REFUSED')
    await fixture.givenSingle({ dueAt: new Date(Date.now() + 3_600_000) })
    await fixture.givenBatch(1, { status: 'PAUSED' })
    expect(await fixture.sms.findProbe(1)).toEqual([])
    const due = await fixture.givenSingle({ number: '+2250711111111' })
    expect(await fixture.sms.findProbe(1)).toMatchObject([{ smsId: due, dispatch: 1 }])
  })

  it('is not always the same SMS, so that one that is refused for its own sake does not keep the account blocked', async () => {
    const bad = await fixture.givenSingle()
    await fixture.givenBatch(5)
    const probed = new Set<bigint>()
    const isSettled = (): boolean => probed.has(bad) && probed.size > 1
    for (let turn = 0; turn < 40 && !isSettled(); turn += 1) {
      await isOrWasBlocked('SVC0004')
      const [probe] = await fixture.sms.findProbe(1)
      const request = requestFor(probe as never)
      await fixture.sms.claim([request], 'worker-1', 60_000)
      await fixture.sms.settle([settlementFor(request, 'PENDING', refused('blocked'), { givesAttemptBack: true })])
      probed.add(request.smsId)
    }
    expect(isSettled()).toBe(true)
  })

  it('waits twice as long each time up to a minute, and is left to a person who paused the account', async () => {
    await fixture.givenBatch(20)
    await isOrWasBlocked('TOKEN_REFUSED')
    const delays: number[] = []
    for (let turn = 0; turn < 7; turn += 1) {
      await fixture.db.$executeRaw`UPDATE "SenderAccount" SET "probeAt" = now()`
      expect(await fixture.sms.findProbe(1)).toHaveLength(1)
      expect(await fixture.sms.findProbe(1)).toEqual([])
      delays.push((await fixture.db.senderAccount.findFirstOrThrow()).probeDelayMs)
    }
    expect(delays).toEqual([4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
    await fixture.db.$executeRaw`UPDATE "SenderAccount" SET "pausedByOperator" = true, "probeAt" = NULL`
    expect(await fixture.sms.findProbe(1)).toEqual([])
  })

  it('lets nobody but itself be claimed while the account is blocked', async () => {
    await fixture.givenBatch(3)
    const before = await fixture.sms.findNextBatch(1, 2)
    await isOrWasBlocked('TOKEN_REFUSED')
    const [probe] = await fixture.sms.findProbe(1)
    const verdicts = await fixture.sms.claim([...before, probe as never].map(requestFor), 'worker-1', 60_000)
    expect(verdicts.map(({ kind }) => kind)).toEqual(['deferred', 'deferred', 'claimed'])
    const request = verdicts[2] as { smsId: bigint; claimId: string }
    await fixture.sms.settle([settlementFor({ ...request, dispatch: 1 }, 'SENT', accepted())])
    expect(await fixture.imbalance()).toBe(0)
  })
})
