import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Child, eventually, type Proxy } from '@sms/devstack'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

const LEASE = { ORANGE_TIMEOUT_MS: '1000', SMS_LEASE_MS: '3000' }

let fixture: WorkerFixture
beforeEach(async () => {
  fixture = await openWorkerFixture()
})
afterEach(() => fixture.release())

/** Lets a question through and keeps its answer back. */
const holdAnswerTo = (proxy: Proxy, ...questions: string[]): void => {
  const asked = new Set<number>()
  proxy.watch((chunk, direction, connection) => {
    if (direction === 'to-server' && questions.some((question) => chunk.includes(question))) asked.add(connection)
    return direction === 'to-client' && asked.has(connection) ? 'hold' : 'pass'
  })
}

const status = async (batchId: bigint) => (await fixture.rows(batchId))[0]

/** Stopped, with what it waits for in its sockets, until another worker has taken its lease for over. */
const freezeUntilUnknown = async (worker: Child, proxy: Proxy, batchId: bigint): Promise<void> => {
  worker.kill('SIGSTOP')
  proxy.watch(null)
  proxy.resume()
  await fixture.startWorker(LEASE)
  await eventually(async () => (await status(batchId))?.status === 'UNKNOWN', { timeoutMs: 10_000 })
  worker.kill('SIGCONT')
}

it('writes nothing when it was frozen between its claim and the request for longer than its lease', async () => {
  const proxy = await fixture.openProxyTo(fixture.databaseUrl)
  const worker = await fixture.startWorker({ ...LEASE, DATABASE_URL: proxy.url })
  await worker.waitForLine(/worker started/)
  // The statement itself, or the name it was prepared under.
  holdAnswerTo(proxy, "SET status = 'PROCESSING'", 'claim\0')
  const batchId = await fixture.givenBatch(1)
  await eventually(async () => (await status(batchId))?.status === 'PROCESSING', { timeoutMs: 10_000 })
  await freezeUntilUnknown(worker, proxy, batchId)

  // Its proof that nothing was sent wins over UNKNOWN, and the SMS goes out once.
  await eventually(async () => (await status(batchId))?.status === 'SENT', { timeoutMs: 15_000 })
  const kinds = await fixture.db.smsEvent.findMany({ orderBy: { id: 'asc' }, select: { kind: true, code: true } })
  expect(kinds.map(({ code }) => code)).toEqual(expect.arrayContaining(['LEASE_EXPIRED', 'NOT_WRITTEN']))
  expect(await fixture.counts(batchId)).toMatchObject({ status: 'COMPLETED', sent: 1, unknown: 0, processing: 0, pending: 0 })
  expect((await status(batchId))?.attempts).toBe(1)
  expect(await fixture.summary()).toMatchObject({ accepted: 1, duplicates: 0 })
  expect(worker.lines.some((line) => /worker stood still|sms waits for another attempt/.test(line))).toBe(true)
})

it('has its late proof win when it was frozen between the request and the settle', async () => {
  const proxy = await fixture.openProxyTo(fixture.simulatorUrl)
  holdAnswerTo(proxy, '/requests')
  const batchId = await fixture.givenBatch(1)
  const worker = await fixture.startWorker({ ...LEASE, ORANGE_API_URL: proxy.url })
  await eventually(async () => (await fixture.summary()).accepted === 1, { timeoutMs: 10_000 })
  await freezeUntilUnknown(worker, proxy, batchId)

  await eventually(async () => (await status(batchId))?.status === 'SENT', { timeoutMs: 10_000 })
  expect((await status(batchId))?.messageId).not.toBeNull()
  expect(await fixture.counts(batchId)).toMatchObject({ status: 'COMPLETED', sent: 1, unknown: 0, processing: 0 })
  expect(await fixture.summary()).toMatchObject({ accepted: 1, duplicates: 0 })
})

it('claims nothing in a slot that it was given before it was frozen', async () => {
  const proxy = await fixture.openProxyTo(fixture.redisUrl)
  const worker = await fixture.startWorker({ ...LEASE, ORANGE_TPS: '20', REDIS_URL: proxy.url })
  holdAnswerTo(proxy, 'sms:pace:1')
  let isAsked = false
  const batchId = await fixture.givenBatch(5)
  await eventually(async () => {
    isAsked ||= worker.lines.some((line) => /sms dispatched/.test(line))
    return isAsked
  })
  worker.kill('SIGSTOP')
  proxy.watch(null)
  proxy.resume()
  const stoppedAt = performance.now()
  await eventually(() => performance.now() - stoppedAt > 4_000, { timeoutMs: 6_000 })
  worker.kill('SIGCONT')
  await fixture.completed(batchId, 20_000)
  expect(await fixture.counts(batchId)).toMatchObject({ sent: 5, failed: 0, unknown: 0 })
  const summary = await fixture.summary()
  expect(summary).toMatchObject({ accepted: 5, duplicates: 0 })
  expect(summary.peakRequestsPerSecond).toBeLessThanOrEqual(20)
  expect(worker.isRunning()).toBe(true)
})
