import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
beforeEach(async () => {
  fixture = await openWorkerFixture()
})
afterEach(() => fixture.release())

it('finishes what is on the wire at SIGTERM, takes nothing more and exits 0', async () => {
  await fixture.control('config', { latencyMs: 800 })
  const batchId = await fixture.givenBatch(400)
  const worker = await fixture.startWorker({ WORKER_CONCURRENCY: '20' })
  await eventually(async () => (await fixture.counts(batchId)).processing === 20)
  const stoppedAt = performance.now()
  expect(await worker.stop()).toEqual({ code: 0, signal: null })
  expect(performance.now() - stoppedAt).toBeLessThan(4_000)

  const counts = await fixture.counts(batchId)
  expect(counts).toMatchObject({ processing: 0, failed: 0, unknown: 0 })
  expect(counts.sent).toBeGreaterThanOrEqual(20)
  expect(counts.sent + counts.pending).toBe(400)
  expect(await fixture.summary()).toMatchObject({ accepted: counts.sent })

  await fixture.control('config', { latencyMs: 0 })
  await fixture.startWorker()
  await fixture.completed(batchId)
  expect(await fixture.summary()).toMatchObject({ accepted: 400, duplicates: 0 })
})

it('stops at once when there is nothing to do, and while its account is blocked', async () => {
  const idle = await fixture.startWorker()
  expect(await idle.stop(5_000)).toEqual({ code: 0, signal: null })
  await fixture.control('config', { contractExpired: true })
  await fixture.givenBatch(5)
  const blocked = await fixture.startWorker()
  await eventually(async () => (await fixture.account()).pausedReason !== null)
  expect(await blocked.stop(5_000)).toEqual({ code: 0, signal: null })
})

it('loses nobody and repeats nobody when a worker is killed with requests on the wire', async () => {
  await fixture.control('config', { latencyMs: 400 })
  const batchId = await fixture.givenBatch(200)
  const lease = { ORANGE_TIMEOUT_MS: '1000', SMS_LEASE_MS: '3000', WORKER_CONCURRENCY: '20' }
  const [first] = await Promise.all([fixture.startWorker(lease), fixture.startWorker(lease)])
  await eventually(async () => (await fixture.counts(batchId)).sent >= 40)
  first.kill('SIGKILL')
  await first.exited
  await fixture.completed(batchId, 25_000)
  const counts = await fixture.counts(batchId)
  expect(counts).toMatchObject({ failed: 0, pending: 0, processing: 0 })
  expect(counts.unknown).toBeLessThanOrEqual(20)
  const accepts = await fixture.accepts()
  const rows = await fixture.rows(batchId)
  const acceptedButUnknown = rows.filter(({ phoneNumber, status }) => status === 'UNKNOWN' && accepts.has(phoneNumber)).length
  expect(await fixture.summary()).toMatchObject({ accepted: counts.sent + acceptedButUnknown, duplicates: 0 })
})
