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

it.each(Array.from({ length: 14 }, (_, i) => i))('goes on by itself after Redis died and came back empty', async () => {
  const proxy = await openProxy(fixture.redisUrl)
  releases.push(proxy.release)
  const batchId = await fixture.givenBatch(400)
  const worker = await fixture.startWorker({ ...PACED, REDIS_URL: proxy.url })
  await eventually(async () => (await fixture.counts(batchId)).sent > 50)
  await proxy.cut()
  await directRedis().flushall()
  await worker.waitForLine(/loop round failed/)
  await proxy.restore()
  const t0 = Date.now()
  try { await fixture.completed(batchId, 20_000) } catch (e) {
    console.log('STUCK', await fixture.counts(batchId), await fixture.db.$queryRaw`SELECT status, "dispatchedAt" IS NOT NULL AS w, count(*)::int FROM "SmsQueue" GROUP BY 1,2`)
    console.log(worker.lines.filter((l) => !/sms claimed|sms sent|sms dispatched/.test(l)).map((l) => l.slice(0, 400)).join('\n'))
    const r = directRedis()
    for (const k of await r.keys('*')) if (!/sms-\d+-\d+$/.test(k)) console.log(k, await r.type(k), await r.pttl(k))
  }
  console.log('took', Date.now() - t0)
  const n = worker.lines.length
  const t1 = Date.now()
  const exit = await worker.stop()
  console.log('stop', Date.now() - t1, exit)
  if (Date.now() - t1 > 5000) console.log(worker.lines.filter((l) => !/sms claimed|sms sent|sms dispatched|sms waits|job stale/.test(l)).slice(-60).map((l) => l.slice(0, 400)).join('\n'))
})

