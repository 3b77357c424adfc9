import { afterAll, beforeAll, expect, it } from 'vitest'
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
  console.log(summary)
  expect(summary.peakRequestsPerSecond).toBeLessThanOrEqual(50)
})
