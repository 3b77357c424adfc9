import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createQueueGauges, type QueueGauges } from '../src/index.ts'
import { accepted, openQueueFixture, type QueueFixture, settlementFor } from './queue-fixture.ts'

let queue: QueueFixture
let gauges: QueueGauges
beforeAll(async () => {
  queue = await openQueueFixture()
  gauges = createQueueGauges(queue.db)
})
beforeEach(() => queue.clear())
afterAll(() => queue.release())

describe('the oldest that waits', () => {
  it('is nobody when there is nothing, or nothing due', async () => {
    expect(await gauges.readWaiting()).toEqual({ oldestSeconds: 0, windowCount: 0, isAllPaused: false })
    await queue.givenSingle({ dueAt: new Date(Date.now() + 3_600_000) })
    expect(await gauges.readWaiting()).toEqual({ oldestSeconds: 0, windowCount: 0, isAllPaused: false })
  })

  it.each([
    ['a single one', () => queue.givenSingle({ dueAt: new Date(Date.now() - 90_000) })],
    [
      'one of a batch',
      async () => {
        await queue.givenBatch(3)
        await queue.db.smsQueue.updateMany({ data: { nextAttemptAt: new Date(Date.now() - 90_000) } })
      },
    ],
  ])('is %s, in the window or before', async (_name, given) => {
    await given()
    const before = await gauges.readWaiting()
    expect(before.oldestSeconds).toBeCloseTo(90, -1)
    expect(before.windowCount).toBe(0)
    const jobs = await queue.sms.findNextBatch(1, 100)
    const after = await gauges.readWaiting()
    expect(after.oldestSeconds).toBeCloseTo(90, -1)
    expect(after.windowCount).toBe(jobs.length)
  })
})

describe('the imbalance', () => {
  it('is 0 through every state of a batch, a cancelled one before its sweep included', async () => {
    expect(await gauges.readImbalance()).toBe(0)
    await queue.givenBatch(10)
    const { requests } = await queue.claimAll(5)
    expect(await gauges.readImbalance()).toBe(0)
    await queue.sms.settle(requests.slice(0, 3).map((request) => settlementFor(request, 'SENT', accepted())))
    expect(await gauges.readImbalance()).toBe(0)
    const cancelled = await queue.givenBatch(4, { firstNumber: 100 })
    await queue.cancel(cancelled)
    expect(await gauges.readImbalance()).toBe(0)
  })

  it('is what the counters are off by', async () => {
    const batchId = await queue.givenBatch(10)
    await queue.db.smsBatch.update({ where: { id: batchId }, data: { pending: 8, sent: 1 } })
    expect(await gauges.readImbalance()).toBe(3)
    const cancelled = await queue.givenBatch(4, { firstNumber: 100 })
    await queue.cancel(cancelled)
    await queue.db.smsBatch.update({ where: { id: cancelled }, data: { cancelled: 6 } })
    expect(await gauges.readImbalance()).toBe(5)
  })
})
