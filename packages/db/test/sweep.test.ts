import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimRequest } from '@sms/core'
import { eventually } from '@sms/devstack'
import { sweepCancelled } from '../src/index.ts'
import { accepted, openQueueFixture, type QueueFixture, refused, settlementFor } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

const sweptAt = async (id: bigint) => (await fixture.db.smsBatch.findUniqueOrThrow({ where: { id } })).sweptAt

describe('sweep', () => {
  it('makes the waiting rows of a cancelled batch CANCELLED without moving its counters', async () => {
    const batchId = await fixture.givenBatch(2_500)
    const other = await fixture.givenBatch(5, { firstNumber: 5_000 })
    await fixture.sms.findNextBatch(1, 50)
    await fixture.cancel(batchId)
    const before = await fixture.counts(batchId)
    expect(await sweepCancelled(fixture.db)).toBe(2_000)
    expect(await sweptAt(batchId)).toBeNull()
    expect(await sweepCancelled(fixture.db)).toBe(500)
    expect(await sweptAt(batchId)).not.toBeNull()
    expect(await sweepCancelled(fixture.db)).toBe(0)
    expect(await fixture.counts(batchId)).toEqual(before)
    expect(
      await fixture.db.smsQueue.count({
        where: { batchId, status: 'CANCELLED', errorCode: 'BATCH_CANCELLED', dispatchedAt: null },
      }),
    ).toBe(2_500)
    expect(await fixture.counts(other)).toMatchObject({ pending: 5, cancelled: 0 })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('is not done while an SMS of the batch is on the wire: it may come back', async () => {
    const batchId = await fixture.givenBatch(3)
    const requests = (await fixture.claimAll(1)).requests as [ClaimRequest]
    await fixture.cancel(batchId)
    expect(await sweepCancelled(fixture.db)).toBe(2)
    expect(await sweptAt(batchId)).toBeNull()
    await fixture.sms.settle([settlementFor(requests[0], 'PENDING', refused('unavailable'))])
    await sweepCancelled(fixture.db)
    expect(await sweptAt(batchId)).not.toBeNull()
    expect(await fixture.counts(batchId)).toMatchObject({ cancelled: 3, pending: 0, processing: 0 })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('holds its balance while claims, settles, the cancel and several sweeps meet', async () => {
    const batchId = await fixture.givenBatch(300)
    const work = async (worker: string): Promise<void> => {
      for (let round = 0; round < 10; round += 1) {
        const requests = (await fixture.claimAll(40)).requests
        const settlements = requests.map((request) => settlementFor(request, 'SENT', accepted(), { worker }))
        await fixture.sms.settle(settlements)
      }
    }
    await Promise.all([
      work('a'),
      work('b'),
      eventually(async () => (await fixture.counts(batchId))['sent'] !== 0, { everyMs: 2 })
        .then(() => fixture.cancel(batchId))
        .then(() => Promise.all([sweepCancelled(fixture.db), sweepCancelled(fixture.db), sweepCancelled(fixture.db)])),
    ])
    await eventually(async () => (await sweepCancelled(fixture.db)) === 0 && (await sweptAt(batchId)) !== null)
    expect(await fixture.imbalance()).toBe(0)
    expect(await fixture.db.smsQueue.count({ where: { status: { in: ['PENDING', 'PROCESSING'] } } })).toBe(0)
  })
})
