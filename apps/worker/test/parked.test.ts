import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import { type Settlement, NOT_WRITTEN } from '@sms/core'
import { createSmsQueries } from '@sms/db'
import { createParking, openRedis, parkedKey } from '@sms/queue'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

const LEASE = { ORANGE_TIMEOUT_MS: '1000', SMS_LEASE_MS: '3000', WORKER_CONCURRENCY: '20' }
const SIZE = 10

let fixture: WorkerFixture
beforeEach(async () => {
  fixture = await openWorkerFixture()
})
afterEach(() => fixture.release())

/** A worker that has everything on the wire, accepted, when its servers fall silent. */
const givenOutcomesOnTheWay = async () => {
  const [database, redis] = [await fixture.openProxyTo(fixture.databaseUrl), await fixture.openProxyTo(fixture.redisUrl)]
  await fixture.control('config', { latencyMs: 500 })
  const batchId = await fixture.givenBatch(SIZE)
  const worker = await fixture.startWorker({ ...LEASE, DATABASE_URL: database.url, REDIS_URL: redis.url })
  // Claimed is not enough: a claim is seen by others a moment before its worker is told of it.
  await eventually(async () => (await fixture.summary()).accepted === SIZE, { timeoutMs: 10_000, everyMs: 10 })
  return { database, redis, batchId, worker }
}

const leasesAreOver = (batchId: bigint): Promise<unknown> =>
  eventually(
    async () => (await fixture.db.smsQueue.count({ where: { batchId, leaseUntil: { gt: new Date(Date.now() - 500) } } })) === 0,
    { timeoutMs: 15_000 },
  )

it('parks what it knows when it must stop while PostgreSQL is away, and another worker lands it', async () => {
  const { database, batchId, worker } = await givenOutcomesOnTheWay()
  database.hold()
  const stoppedAt = performance.now()
  expect(await worker.stop()).toEqual({ code: 0, signal: null })
  expect(performance.now() - stoppedAt).toBeLessThan(11_000)
  expect(worker.lines.filter((line) => /outcome parked/.test(line))).toHaveLength(SIZE)

  const { redis, release } = openRedis({ url: fixture.redisUrl, role: 'producer', onError: () => undefined })
  fixture.onRelease(release)
  const parked = await redis.hgetall(parkedKey())
  expect(Object.keys(parked)).toHaveLength(SIZE)
  expect(JSON.stringify(parked)).not.toMatch(/22507|Bonjour/)
  expect(await fixture.counts(batchId)).toMatchObject({ processing: SIZE })

  // Long over: whoever comes now must not take them for unknown.
  await leasesAreOver(batchId)
  await Promise.all([1, 2].map(() => fixture.startWorker(LEASE)))
  await fixture.completed(batchId)
  expect(await fixture.counts(batchId)).toMatchObject({ sent: SIZE, unknown: 0, processing: 0, pending: 0 })
  expect(await fixture.db.smsEvent.count()).toBe(0)
  expect((await fixture.rows(batchId)).every(({ messageId }) => messageId !== null)).toBe(true)
  expect(await fixture.summary()).toMatchObject({ accepted: SIZE, duplicates: 0 })
  await eventually(async () => (await redis.exists(parkedKey())) === 0)
})

it('names what it could not keep when Redis is away too, and those become UNKNOWN', async () => {
  const { database, redis, batchId, worker } = await givenOutcomesOnTheWay()
  database.hold()
  redis.hold()
  expect(await worker.stop()).toEqual({ code: 1, signal: null })
  const lost = worker.lines
    .filter((line) => /"outcome lost"/.test(line))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const ids = await fixture.db.smsQueue.findMany({ where: { batchId }, select: { id: true } })
  expect(lost).toHaveLength(SIZE)
  expect(new Set(lost.map(({ smsId }) => smsId))).toEqual(new Set(ids.map(({ id }) => String(id))))
  expect(lost.every(({ level, outcome, messageId }) => level === 'error' && outcome === 'accepted' && messageId)).toBe(true)

  await fixture.startWorker(LEASE)
  await fixture.completed(batchId)
  expect(await fixture.counts(batchId)).toMatchObject({ unknown: SIZE, sent: 0, processing: 0, pending: 0 })
  expect(await fixture.summary()).toMatchObject({ accepted: SIZE, duplicates: 0 })
})

it('warns of a parked proof that nothing was written when a receipt had spoken for its attempt: it stays SENT, and is not sent', async () => {
  const batchId = await fixture.givenBatch(1)
  const claimId = randomUUID()
  const { id: smsId } = await fixture.db.smsQueue.update({
    where: { id: (await fixture.db.smsQueue.findFirstOrThrow({ where: { batchId } })).id },
    data: {
      status: 'UNKNOWN',
      attempts: 1,
      claimId,
      lastAttemptAt: new Date(),
      failedAt: new Date(),
      errorCode: 'LEASE_EXPIRED',
    },
  })
  await fixture.db.smsBatch.update({
    where: { id: batchId },
    data: { pending: 0, unknown: 1, status: 'COMPLETED', completedAt: new Date() },
  })
  // One that met its SMS, of before, and one that can be of this SMS alone.
  await fixture.db
    .$executeRaw`INSERT INTO "SmsReceipt" ("messageId", "phoneNumber", status, "nextLookAt", "matchedAt", "smsId", effect)
    SELECT 'of-before', NULL, 'DeliveredToTerminal', NULL, now(), 0, 'MOVED'
    UNION ALL SELECT 'its', "phoneNumber", 'DeliveredToTerminal', now(), NULL, NULL, NULL FROM "SmsQueue" WHERE id = ${smsId}`
  const worker = await fixture.startWorker()
  await eventually(async () => (await fixture.rows(batchId))[0]?.status === 'SENT', { timeoutMs: 10_000 })

  const { redis, release } = openRedis({ url: fixture.redisUrl, role: 'producer', onError: () => undefined })
  fixture.onRelease(release)
  const settlement: Settlement = {
    smsId,
    claimId,
    to: 'PENDING',
    outcome: { kind: 'unavailable', code: NOT_WRITTEN, text: 'no request left', httpStatus: null },
    attempt: 1,
    worker: 'one that stopped',
    delayMs: 0,
    givesAttemptBack: true,
    keepsJob: true,
  }
  await createParking({ redis }).park([{ settlement, keptUntil: null }])
  const line = JSON.parse(await worker.waitForLine(/parked outcome contradicts/)) as Record<string, unknown>
  expect(line).toMatchObject({
    level: 'warn',
    smsId: String(smsId),
    attempt: 1,
    status: 'SENT',
    outcome: 'unavailable',
    code: NOT_WRITTEN,
  })
  expect(await redis.exists(parkedKey())).toBe(0)
  expect(await fixture.rows(batchId)).toMatchObject([{ status: 'SENT', messageId: 'its', attempts: 1 }])
  expect(await fixture.counts(batchId)).toMatchObject({ status: 'COMPLETED', sent: 1, pending: 0, processing: 0, unknown: 0 })
  const timeline = await createSmsQueries(fixture.db).findEvents([smsId])
  expect(timeline.map(({ kind, code, worker: by }) => [kind, code, by])).toEqual(
    expect.arrayContaining([
      ['RECEIPT_PROOF', 'LEASE_EXPIRED', null],
      ['unavailable', NOT_WRITTEN, 'one that stopped'],
    ]),
  )
  expect((await fixture.accepts()).size).toBe(0)
})
