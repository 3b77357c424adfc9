import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openQueueFixture, type QueueFixture, requestFor, settlementFor } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

const inWindow = () => fixture.db.smsQueue.count({ where: { status: 'PENDING', dispatchedAt: { not: null } } })

describe('recovery', () => {
  it('finds PROCESSING past its lease, oldest first, and nothing before', async () => {
    await fixture.givenBatch(3)
    const { requests } = await fixture.claimAll()
    expect(await fixture.sms.findExpiredProcessing(10)).toEqual([])
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "leaseUntil" = now() - make_interval(secs => id::int) WHERE id <= 2`
    expect(await fixture.sms.findExpiredProcessing(10)).toEqual(
      [requests[1], requests[0]].map((request) => ({
        smsId: request?.smsId,
        claimId: request?.claimId,
        attempt: 1,
        worker: 'worker-1',
      })),
    )
    expect(await fixture.sms.findExpiredProcessing(1)).toHaveLength(1)
  })

  it('does not undo an outcome that came between the look and the write', async () => {
    const batchId = await fixture.givenBatch(1)
    const { requests } = await fixture.claimAll()
    const request = requests[0] as never as { smsId: bigint; claimId: string; dispatch: number }
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "leaseUntil" = now() - interval '1 second'`
    const [expired] = await fixture.sms.findExpiredProcessing(10)
    await fixture.sms.settle([settlementFor(request, 'SENT', { kind: 'accepted', messageId: 'm', httpStatus: 201 })])
    const late = settlementFor({ ...request, claimId: expired?.claimId ?? '' }, 'UNKNOWN', {
      kind: 'unknown',
      code: 'LEASE_EXPIRED',
      text: '',
      httpStatus: null,
    })
    expect(await fixture.sms.settle([late])).toMatchObject([{ status: 'SENT' }])
    expect(await fixture.counts(batchId)).toMatchObject({ sent: 1, unknown: 0, status: 'COMPLETED' })
  })

  it('takes rows out of the window under their dispatch number only, and their old jobs claim nothing then', async () => {
    await fixture.givenBatch(2)
    const jobs = await fixture.sms.findNextBatch(1, 10)
    expect(await fixture.sms.findInWindow(1, 60_000)).toEqual([])
    expect(new Set((await fixture.sms.findInWindow(1, -1_000)).map(({ smsId }) => smsId))).toEqual(new Set([1n, 2n]))
    expect(await fixture.sms.undispatch([])).toBe(0)
    expect(await fixture.sms.undispatch([{ smsId: 1n, dispatch: 7 }])).toBe(0)
    expect(await fixture.sms.undispatch(jobs)).toBe(2)
    expect(await fixture.sms.undispatch(jobs)).toBe(0)
    expect(await fixture.sms.claim(jobs.map(requestFor), 'worker-1', 60_000)).toMatchObject([
      { kind: 'stale' },
      { kind: 'stale' },
    ])
    const again = await fixture.sms.findNextBatch(1, 10)
    expect(again).toMatchObject([{ dispatch: 2 }, { dispatch: 2 }])
    expect(await fixture.sms.claim(jobs.map(requestFor), 'worker-1', 60_000)).toMatchObject([
      { kind: 'stale' },
      { kind: 'stale' },
    ])
    expect(await fixture.sms.claim(again.map(requestFor), 'worker-1', 60_000)).toMatchObject([
      { kind: 'claimed' },
      { kind: 'claimed' },
    ])
    expect(await fixture.sms.undispatch(again)).toBe(0)
  })

  it('empties the window once when Redis has another epoch, and leaves what is on the wire', async () => {
    await fixture.givenBatch(10)
    const jobs = await fixture.sms.findNextBatch(1, 10)
    await fixture.sms.claim(jobs.slice(0, 3).map(requestFor), 'worker-1', 60_000)
    const epoch = randomUUID()
    expect(await fixture.sms.knowsEpoch(epoch)).toBe(false)
    const learned = await Promise.all([1, 2, 3, 4].map(() => fixture.sms.adoptEpoch(epoch)))
    expect(await fixture.sms.knowsEpoch(epoch)).toBe(true)
    expect(learned.filter((undispatched) => undispatched !== null)).toEqual([7])
    expect(await inWindow()).toBe(0)
    expect(await fixture.sms.adoptEpoch(epoch)).toBeNull()
    expect(await fixture.sms.findNextBatch(1, 100)).toHaveLength(7)
  })

  it('gives nobody to two claims while jobs are taken, lost, dispatched anew and Redis is emptied, all at once', async () => {
    await fixture.givenBatch(120)
    const claimed: bigint[] = []
    const turns = Array.from({ length: 6 }, async (_, worker) => {
      for (let round = 0; round < 12; round += 1) {
        const jobs = await fixture.sms.findNextBatch(1, 60)
        // Every third round its jobs are judged lost although somebody has taken them.
        if (round % 3 === worker % 3) void fixture.sms.undispatch(jobs).catch(() => 0)
        if (round % 5 === 4) await fixture.sms.adoptEpoch(randomUUID())
        const verdicts = await fixture.sms.claim(jobs.map(requestFor), `worker-${worker}`, 60_000)
        claimed.push(...verdicts.filter(({ kind }) => kind === 'claimed').map(({ smsId }) => smsId))
      }
    })
    await Promise.all(turns)
    expect(new Set(claimed).size).toBe(claimed.length)
    expect(await fixture.imbalance()).toBe(0)
  })
})
