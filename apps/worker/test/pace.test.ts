import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
beforeAll(async () => {
  fixture = await openWorkerFixture({ SIMULATOR_TPS: '50' })
})
afterAll(() => fixture.release())

it('keeps three workers together within the rate at the provider clock, and hardly below it', async () => {
  const batchId = await fixture.givenBatch(500)
  await Promise.all([1, 2, 3].map(() => fixture.startWorker({ ORANGE_TPS: '50' })))
  await fixture.completed(batchId, 30_000)
  const summary = await fixture.summary()
  expect(summary).toMatchObject({ accepted: 500, duplicates: 0, tokenCalls: 1 })
  expect(summary.peakRequestsPerSecond).toBeLessThanOrEqual(50)
})

it('keeps to the rate when a worker is killed and another one takes its place', async () => {
  const batchId = await fixture.givenBatch(300, 10_000)
  const [first] = await Promise.all([1, 2].map(() => fixture.startWorker({ ORANGE_TPS: '50' })))
  const sentBy = async (count: number) =>
    eventually(async () => (await fixture.counts(batchId)).sent >= count, { timeoutMs: 15_000 })
  await sentBy(60)
  first?.kill('SIGKILL')
  const third = await fixture.startWorker({ ORANGE_TPS: '50' })
  await sentBy(150)
  await third.stop()
  await fixture.startWorker({ ORANGE_TPS: '50' })
  await sentBy(250)
  expect(await fixture.summary()).toMatchObject({ duplicates: 0, rateLimited: 0 })
  expect((await fixture.summary()).peakRequestsPerSecond).toBeLessThanOrEqual(50)
})
