import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createReleases, eventually, type Child, type Releases } from '@sms/devstack'
import { epochKey, openRedis, queueName } from '@sms/queue'
import { openProxy } from './proxy.ts'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
let releases: Releases
beforeEach(async () => {
  releases = createReleases()
  fixture = await openWorkerFixture()
  releases.push(() => fixture.release())
})
afterEach(() => releases.release())

const directRedis = () => {
  const { redis, release } = openRedis({ url: fixture.redisUrl, role: 'worker', onError: () => undefined })
  releases.push(release)
  return redis
}

const PACED = { ORANGE_TPS: '200', WORKER_CONCURRENCY: '20' }

const expectAllSentBy = async (workers: Child[], batchId: bigint, size: number): Promise<void> => {
  await fixture.completed(batchId, 25_000)
  expect(await fixture.counts(batchId)).toMatchObject({ sent: size, failed: 0, unknown: 0, pending: 0, processing: 0 })
  expect(await fixture.summary()).toMatchObject({ accepted: size, duplicates: 0 })
  expect(workers.every((worker) => worker.isRunning())).toBe(true)
  for (const worker of workers) expect(await worker.stop()).toEqual({ code: 0, signal: null })
}

it('goes on by itself after Redis died and came back empty', async () => {
  const proxy = await openProxy(fixture.redisUrl)
  releases.push(proxy.release)
  const batchId = await fixture.givenBatch(400)
  const worker = await fixture.startWorker({ ...PACED, REDIS_URL: proxy.url })
  await eventually(async () => (await fixture.counts(batchId)).sent > 50)
  await proxy.cut()
  await directRedis().flushall()
  await worker.waitForLine(/loop round failed/)
  await proxy.restore()
  await expectAllSentBy([worker], batchId, 400)
})

it('goes on by itself after PostgreSQL restarted, and counts no SMS twice', async () => {
  const proxy = await openProxy(fixture.databaseUrl)
  releases.push(proxy.release)
  const batchId = await fixture.givenBatch(400)
  const worker = await fixture.startWorker({ ...PACED, DATABASE_URL: proxy.url })
  for (const sent of [50, 150]) {
    await eventually(async () => (await fixture.counts(batchId)).sent > sent, { timeoutMs: 10_000 })
    const seen = worker.lines.length
    await proxy.cut()
    await eventually(() => worker.lines.slice(seen).some((line) => /group not written|loop round failed/.test(line)))
    await proxy.restore()
  }
  await expectAllSentBy([worker], batchId, 400)
})

it('starts while Redis is away, and begins when it comes', async () => {
  const proxy = await openProxy(fixture.redisUrl)
  releases.push(proxy.release)
  await proxy.cut()
  const batchId = await fixture.givenBatch(30)
  const worker = await fixture.startWorker({ REDIS_URL: proxy.url })
  await worker.waitForLine(/loop round failed/)
  await proxy.restore()
  await expectAllSentBy([worker], batchId, 30)
})

it('fills a new Redis once, however many workers find it', async () => {
  const batchId = await fixture.givenBatch(100)
  const workers = await Promise.all([fixture.startWorker(PACED), fixture.startWorker(PACED)])
  await expectAllSentBy(workers, batchId, 100)
  expect(await fixture.db.smsQueue.groupBy({ by: ['dispatch'], _count: true })).toEqual([{ dispatch: 1, _count: 100 }])
  expect(workers.some(({ lines }) => lines.some((line) => line.includes('job stale')))).toBe(false)
})

it('recovers an emptied Redis by its epoch, with everything else running', async () => {
  const batchId = await fixture.givenBatch(500)
  const workers = await Promise.all([fixture.startWorker(PACED), fixture.startWorker(PACED)])
  const redis = directRedis()
  for (const sent of [50, 200]) {
    await eventually(async () => (await fixture.counts(batchId)).sent > sent, { timeoutMs: 10_000 })
    await redis.flushall()
  }
  await expectAllSentBy(workers, batchId, 500)
})

it('finds jobs that are missing although Redis was not emptied', async () => {
  const batchId = await fixture.givenBatch(40)
  const redis = directRedis()
  await redis.set(epochKey(), randomUUID())
  // In the window, with no job anywhere, for longer than a job may be on its way.
  await fixture.db.$executeRaw`UPDATE "SmsQueue" SET dispatch = 1, "dispatchedAt" = now() - interval '10 seconds'`
  await fixture.db.$executeRaw`UPDATE "QueueEpoch" SET epoch = ${await redis.get(epochKey())}::uuid`
  const worker = await fixture.startWorker()
  await worker.waitForLine(/"reason":"job-lost","count":40/)
  await expectAllSentBy([worker], batchId, 40)
  expect(await redis.zcard(`bull:${queueName(1)}:prioritized`)).toBe(0)
})

it('sends at its rate although the database answers late', async () => {
  const proxy = await openProxy(fixture.databaseUrl, { delayMs: 60 })
  releases.push(proxy.release)
  const batchId = await fixture.givenBatch(60)
  const worker = await fixture.startWorker({ ORANGE_TPS: '10', WORKER_CONCURRENCY: '20', DATABASE_URL: proxy.url })
  await eventually(async () => (await fixture.counts(batchId)).sent > 10, { timeoutMs: 15_000 })
  const before = await fixture.counts(batchId)
  const startedAt = performance.now()
  await fixture.completed(batchId, 25_000)
  const perSecond = (60 - before.sent) / ((performance.now() - startedAt) / 1_000)
  expect(perSecond).toBeGreaterThan(6)
  expect(await fixture.db.smsEvent.count({ where: { code: 'NOT_WRITTEN' } })).toBeLessThan(30)
  await expectAllSentBy([worker], batchId, 60)
})

it('lets a batch of low priority through while one of high priority lasts', async () => {
  const high = await fixture.givenBatch(600)
  await fixture.db.$executeRaw`UPDATE "SmsBatch" SET priority = 10 WHERE id = ${high}`
  const low = await fixture.givenBatch(60, 1_000)
  await fixture.db.$executeRaw`UPDATE "SmsBatch" SET priority = 0 WHERE id = ${low}`
  await fixture.db.$executeRaw`UPDATE "SmsQueue" s SET priority = b.priority FROM "SmsBatch" b WHERE b.id = s."batchId"`
  await fixture.startWorker({ ORANGE_TPS: '100', WORKER_CONCURRENCY: '20' })
  await fixture.completed(high, 25_000)
  expect((await fixture.counts(low)).sent).toBeGreaterThan(20)
})
