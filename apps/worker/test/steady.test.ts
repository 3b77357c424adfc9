import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
beforeAll(async () => {
  fixture = await openWorkerFixture({ SIMULATOR_TPS: '20' })
})
afterAll(() => fixture.release())

it('sends without a pause to the last SMS of a batch that is smaller than the window', async () => {
  const batchId = await fixture.givenBatch(200)
  await Promise.all([1, 2].map(() => fixture.startWorker({ ORANGE_TPS: '20' })))
  await fixture.completed(batchId, 30_000)
  const times = await fixture.acceptedAtMs()
  const gaps = times.slice(1).map((at, index) => at - (times[index] as number))
  expect(times).toHaveLength(200)
  // The spacing is 51 ms: a sleeping worker would show as a second or more.
  expect(Math.max(...gaps)).toBeLessThan(600)
  expect(await fixture.summary()).toMatchObject({ duplicates: 0, rateLimited: 0 })
})
