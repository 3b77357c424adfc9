import { afterAll, beforeAll, expect, it } from 'vitest'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
beforeAll(async () => {
  fixture = await openWorkerFixture()
})
afterAll(() => fixture.release())

it('sends every SMS of a batch once and asks for one token', async () => {
  const batchId = await fixture.givenBatch(300)
  const worker = await fixture.startWorker()
  await fixture.completed(batchId)
  expect(await fixture.counts(batchId)).toMatchObject({ sent: 300, pending: 0, processing: 0, failed: 0, unknown: 0 })
  expect(await fixture.summary()).toMatchObject({ accepted: 300, duplicates: 0, tokenCalls: 1 })
  expect(await worker.stop()).toMatchObject({ code: 0 })
})
