import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { settleOnce } from '../src/settler.ts'
import { duringCommit } from './during-commit.ts'
import { accepted, openQueueFixture, type QueueFixture, settlementFor } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

/** A statement begins, waits for a lock, and what it waited for has moved the counters below what its snapshot knows. */
describe('counters that moved while a statement waited', () => {
  it('cost an acceptance nothing that lands on a row just made UNKNOWN', async () => {
    const batchId = await fixture.givenBatch(1)
    const [request] = (await fixture.claimAll()).requests
    if (!request) throw new Error('nothing was claimed')
    const [result] = await duringCommit(
      fixture.db,
      {
        change: (
          tx,
        ) => tx.$executeRaw`WITH b AS (UPDATE "SmsBatch" SET processing = 0, unknown = 1, status = 'COMPLETED', "completedAt" = now())
          UPDATE "SmsQueue" SET status = 'UNKNOWN', "errorCode" = 'LEASE_EXPIRED', "failedAt" = now(), "leaseUntil" = NULL, "dispatchedAt" = NULL`,
        statement: 'settle',
      },
      () => settleOnce(fixture.sms, [settlementFor(request, 'SENT', accepted('abc'))]),
    )
    expect(result).toMatchObject({ landed: 'applied', status: 'SENT' })
    expect(await fixture.db.smsQueue.findUniqueOrThrow({ where: { id: request.smsId } })).toMatchObject({
      status: 'SENT',
      messageId: 'abc',
    })
    expect(await fixture.counts(batchId)).toMatchObject({ sent: 1, unknown: 0, processing: 0 })
    expect(await fixture.imbalance()).toBe(0)
  })
})
