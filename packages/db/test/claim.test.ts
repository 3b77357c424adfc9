import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openQueueFixture, type QueueFixture, refused, requestFor, settlementFor } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(async () => {
  await fixture.db.$executeRaw`TRUNCATE "SmsQueue", "SmsBatch", "Suppression" RESTART IDENTITY CASCADE`
  await fixture.db
    .$executeRaw`UPDATE "SenderAccount" SET "pausedReason" = NULL, "pausedAt" = NULL, "probeAt" = NULL, "probeSmsId" = NULL`
})

const dispatched = async (size: number): Promise<{ batchId: bigint; requests: ReturnType<typeof requestFor>[] }> => {
  const batchId = await fixture.givenBatch(size)
  return { batchId, requests: (await fixture.sms.findNextBatch(1, 1_000)).map(requestFor) }
}

describe('claim', () => {
  it('moves the row to PROCESSING with an owner, a lease and one attempt more, and its batch with it', async () => {
    const { batchId, requests } = await dispatched(2)
    const verdicts = await fixture.sms.claim(requests, 'worker-1', 60_000)
    expect(verdicts.map(({ kind }) => kind)).toEqual(['claimed', 'claimed'])
    expect(verdicts[0]).toMatchObject({
      attempt: 1,
      maxAttempts: 5,
      phoneNumber: '+2250700000001',
      message: 'Bonjour',
      isProbe: false,
    })
    const row = await fixture.db.smsQueue.findFirstOrThrow({ orderBy: { id: 'asc' } })
    expect(row).toMatchObject({ status: 'PROCESSING', claimedBy: 'worker-1', attempts: 1 })
    expect((row.leaseUntil as Date).getTime()).toBeGreaterThan(Date.now() + 50_000)
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 0, processing: 2, status: 'ACTIVE' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('gives a row to one of many workers that hold the same job', async () => {
    const { requests } = await dispatched(20)
    const verdicts = await Promise.all(
      Array.from({ length: 8 }, (_, worker) => fixture.sms.claim(requests.map(requestFor), `worker-${worker}`, 60_000)),
    )
    const claims = verdicts.flat().filter(({ kind }) => kind === 'claimed')
    expect(claims).toHaveLength(20)
    expect(new Set(claims.map(({ smsId }) => smsId)).size).toBe(20)
    expect(await fixture.imbalance()).toBe(0)
  })

  it('gives back what a claim id holds already when it is repeated after a lost connection', async () => {
    const { requests } = await dispatched(1)
    const first = await fixture.sms.claim(requests, 'worker-1', 60_000)
    const again = await fixture.sms.claim(requests, 'worker-1', 60_000)
    expect(again).toEqual(first)
  })

  it('refuses a claim id that was settled: the server ran the statement after its repetition', async () => {
    const { batchId, requests } = await dispatched(1)
    await fixture.sms.claim(requests, 'worker-1', 60_000)
    const goesBack = requests.map((request) => settlementFor(request, 'PENDING', refused('unavailable'), { keepsJob: true }))
    expect(await fixture.sms.settle(goesBack)).toMatchObject([{ landed: 'applied', status: 'PENDING' }])
    expect(await fixture.sms.claim(requests, 'worker-1', 60_000)).toMatchObject([{ kind: 'stale' }])
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 1, processing: 0 })
    const anew = requests.map(requestFor)
    expect(await fixture.sms.claim(anew, 'worker-1', 60_000)).toMatchObject([{ kind: 'claimed' }])
  })

  it('refuses a job of an older dispatch, and one that left the window', async () => {
    const { requests } = await dispatched(1)
    await fixture.sms.undispatch(requests)
    expect(await fixture.sms.claim(requests, 'worker-1', 60_000)).toMatchObject([{ kind: 'stale' }])
    await fixture.sms.findNextBatch(1, 1_000)
    expect(await fixture.sms.claim(requests, 'worker-1', 60_000)).toMatchObject([{ kind: 'stale' }])
  })

  it('claims a row once when one group holds two jobs of it', async () => {
    const { batchId, requests } = await dispatched(1)
    const verdicts = await fixture.sms.claim([...requests, ...requests.map(requestFor)], 'worker-1', 60_000)
    expect(verdicts.map(({ kind }) => kind)).toEqual(['claimed', 'stale'])
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 0, processing: 1 })
  })

  it('stops SMS of a cancelled batch without counting them a second time', async () => {
    const { batchId, requests } = await dispatched(2)
    await fixture.db
      .$executeRaw`UPDATE "SmsBatch" SET status = 'CANCELLED', "cancelledAt" = now(), cancelled = cancelled + pending, pending = 0`
    expect(await fixture.sms.claim(requests, 'worker-1', 60_000)).toMatchObject([
      { kind: 'stopped', code: 'BATCH_CANCELLED' },
      { kind: 'stopped' },
    ])
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 0, cancelled: 2, status: 'CANCELLED' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('stops what is expired or opted out, and completes the batch when nothing is left', async () => {
    const { batchId, requests } = await dispatched(2)
    await fixture.db.$executeRaw`UPDATE "SmsQueue" SET "validUntil" = now() - interval '1 second' WHERE id = 1`
    await fixture.db.suppression.create({ data: { userId: 1, phoneNumber: '+2250700000002' } })
    expect(await fixture.sms.claim(requests, 'worker-1', 60_000)).toMatchObject([{ code: 'EXPIRED' }, { code: 'OPTED_OUT' }])
    expect(await fixture.counts(batchId)).toMatchObject({ pending: 0, cancelled: 2, status: 'COMPLETED' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('takes SMS of a paused batch or account out of the window, to come back later', async () => {
    const { requests } = await dispatched(1)
    await fixture.db.smsBatch.updateMany({ data: { status: 'PAUSED' } })
    expect(await fixture.sms.claim(requests, 'worker-1', 60_000)).toMatchObject([{ kind: 'deferred', reason: 'PAUSED' }])
    await fixture.db.smsBatch.updateMany({ data: { status: 'ACTIVE' } })
    const [job] = await fixture.sms.findNextBatch(1, 1_000)
    expect(job).toMatchObject({ dispatch: 2 })
    await fixture.db.senderAccount.updateMany({
      data: { pausedReason: 'OPERATOR', pausedByOperator: true, pausedAt: new Date() },
    })
    expect(await fixture.sms.claim([requestFor(job as never)], 'worker-1', 60_000)).toMatchObject([
      { kind: 'deferred', reason: 'PAUSED' },
    ])
    expect(await fixture.sms.findNextBatch(1, 1_000)).toEqual([])
    await fixture.db.senderAccount.updateMany({ data: { pausedReason: null, pausedByOperator: false, pausedAt: null } })
  })

  it('puts one SMS to a number on the wire at a time, also when two workers claim at once', async () => {
    await fixture.givenBatch(30)
    await fixture.givenBatch(30)
    const requests = (await fixture.sms.findNextBatch(1, 1_000)).map(requestFor)
    expect(requests).toHaveLength(60)
    const half = requests.length / 2
    const verdicts = await Promise.all([
      fixture.sms.claim(
        requests.filter((_, i) => i % 2 === 0),
        'worker-1',
        60_000,
      ),
      fixture.sms.claim(
        requests.filter((_, i) => i % 2 === 1),
        'worker-2',
        60_000,
      ),
    ])
    const kinds = verdicts.flat().map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'claimed')).toHaveLength(half)
    expect(kinds.filter((kind) => kind === 'deferred')).toHaveLength(half)
    expect(await fixture.imbalance()).toBe(0)
  })

  it('lets only the probe of a blocked account through', async () => {
    await fixture.givenBatch(3)
    await fixture.db
      .$executeRaw`UPDATE "SenderAccount" SET "pausedReason" = 'TOKEN_REFUSED', "pausedAt" = now(), "probeAt" = now(), "probeDelayMs" = 2000`
    expect(await fixture.sms.findNextBatch(1, 1_000)).toEqual([])
    const probes = await fixture.sms.findProbe(1)
    expect(probes).toHaveLength(1)
    expect(await fixture.sms.findProbe(1)).toEqual([])
    expect(await fixture.sms.claim(probes.map(requestFor), 'worker-1', 60_000)).toMatchObject([
      { kind: 'claimed', isProbe: true },
    ])
    expect(await fixture.db.senderAccount.findFirstOrThrow()).toMatchObject({ probeDelayMs: 4_000 })
  })

  it('keeps the counters exact when claims, cancels and settles meet', async () => {
    const batches = [await fixture.givenBatch(40), await fixture.givenBatch(40, { firstNumber: 100 })]
    const requests = (await fixture.sms.findNextBatch(1, 1_000)).map((job) => ({ ...job, claimId: randomUUID() }))
    const claims = Array.from({ length: 8 }, (_, i) =>
      fixture.sms.claim(requests.slice(i * 10, i * 10 + 10), `worker-${i}`, 60_000),
    )
    const cancel = fixture.db.$executeRaw`
      UPDATE "SmsBatch" SET status = 'CANCELLED', "cancelledAt" = now(), cancelled = cancelled + pending, pending = 0 WHERE id = ${batches[0]}`
    await Promise.all([...claims, cancel])
    expect(await fixture.imbalance()).toBe(0)
    const { pending, processing, cancelled } = await fixture.counts(batches[0] as bigint)
    expect([pending, Number(processing) + Number(cancelled)]).toEqual([0, 40])
  })
})
