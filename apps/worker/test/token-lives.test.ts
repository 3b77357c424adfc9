import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
beforeEach(async () => {
  fixture = await openWorkerFixture({ SIMULATOR_TOKEN_LIFETIME_S: '2' })
})
afterEach(() => fixture.release())

it('sends a batch that outlives its tokens with three workers: one token a life, and no attempt in vain', async () => {
  await Promise.all([0, 1, 2].map(() => fixture.startWorker({ ORANGE_TPS: '40' })))
  const batchId = await fixture.givenBatch(360)
  await eventually(async () => (await fixture.counts(batchId)).sent > 0, { timeoutMs: 10_000 })
  const startedAt = performance.now()
  const { tokenCalls } = await fixture.summary()
  await fixture.completed(batchId, 28_000)
  // The next one is due after four fifths of a life of two seconds.
  const lives = Math.ceil((performance.now() - startedAt) / 1_600)
  const summary = await fixture.summary()
  expect(lives).toBeGreaterThan(4)
  expect(summary.tokenCalls - tokenCalls).toBeGreaterThanOrEqual(lives - 2)
  expect(summary.tokenCalls - tokenCalls).toBeLessThanOrEqual(lives + 1)
  expect(summary).toMatchObject({ accepted: 360, duplicates: 0 })
  expect(summary['statuses']).not.toHaveProperty('401')
  expect(
    await fixture.db.smsEvent.count({
      where: { kind: { in: ['unauthorized', 'blocked', 'unavailable'] }, code: { not: 'NOT_WRITTEN' } },
    }),
  ).toBe(0)
  expect((await fixture.rows(batchId)).every(({ status, attempts }) => status === 'SENT' && attempts === 1)).toBe(true)
})

it('keeps the account sending while the token endpoint is down for less than what is left of a life', async () => {
  await Promise.all([0, 1].map(() => fixture.startWorker({ ORANGE_TPS: '20' })))
  const batchId = await fixture.givenBatch(100)
  await eventually(async () => (await fixture.counts(batchId)).sent > 0, { timeoutMs: 10_000 })
  // Refused once, early; asked again a second later, when the old token has ended.
  await fixture.control('faults', { token: [{ fault: '500' }] })
  await fixture.completed(batchId, 25_000)
  expect(await fixture.summary()).toMatchObject({ accepted: 100, duplicates: 0, outcomes: expect.objectContaining({ '500': 1 }) })
  expect((await fixture.account()).pausedReason).toBeNull()
  expect((await fixture.rows(batchId)).every(({ status, attempts }) => status === 'SENT' && attempts === 1)).toBe(true)
})
