import { afterEach, expect, it } from 'vitest'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
afterEach(() => fixture.release())

it.each([
  { rateLimitAnswer: '429', rateLimitRetryAfterS: 1 },
  { rateLimitAnswer: '403-53', rateLimitRetryAfterS: null },
])('burns no attempt when Orange asks for less than the worker was told: %o', async (answer) => {
  fixture = await openWorkerFixture({ SIMULATOR_TPS: '10' })
  await fixture.control('config', answer)
  const batchId = await fixture.givenBatch(40)
  const workers = await Promise.all([fixture.startWorker({ ORANGE_TPS: '60' }), fixture.startWorker({ ORANGE_TPS: '60' })])
  await fixture.completed(batchId, 25_000)
  expect((await fixture.rows(batchId)).every(({ status, attempts }) => status === 'SENT' && attempts === 1)).toBe(true)
  const summary = await fixture.summary()
  expect(summary).toMatchObject({ accepted: 40, duplicates: 0 })
  expect(summary['rateLimited']).toBeGreaterThan(0)
  // They all wait: what is refused stays few.
  expect(summary['rateLimited']).toBeLessThan(40)
  for (const worker of workers) expect(await worker.stop()).toMatchObject({ code: 0 })
})
