import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimRequest, SendOutcome, Settlement } from '@sms/core'
import { accepted, openQueueFixture, type QueueFixture, refused, requestFor, settlementFor } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

const given = async (size: number): Promise<{ batchId: bigint; requests: ClaimRequest[] }> => {
  const batchId = await fixture.givenBatch(size)
  return { batchId, requests: (await fixture.claimAll()).requests }
}

const row = (id: bigint) => fixture.db.smsQueue.findUniqueOrThrow({ where: { id }, include: { events: true } })

const only = async (): Promise<{ batchId: bigint; request: ClaimRequest }> => {
  const { batchId, requests } = await given(1)
  return { batchId, request: requests[0] as ClaimRequest }
}

const given2 = () => given(2) as Promise<{ batchId: bigint; requests: [ClaimRequest, ClaimRequest] }>

const throttled: SendOutcome = { kind: 'throttled', retryAfterMs: 1_000, code: '53', text: 'too many', httpStatus: 429 }
const unknown: SendOutcome = { kind: 'unknown', code: 'REPLY_LOST', text: 'no reply', httpStatus: null }

describe('settle', () => {
  it('writes an acceptance with its message id, without an event, and completes the batch', async () => {
    const { batchId, request } = await only()
    expect(await fixture.sms.settle([settlementFor(request, 'SENT', accepted('abc'))])).toEqual([
      { smsId: request.smsId, landed: 'applied', status: 'SENT', batchId },
    ])
    const sms = await row(request.smsId)
    expect(sms).toMatchObject({
      status: 'SENT',
      attempts: 1,
      messageId: 'abc',
      leaseUntil: null,
      dispatchedAt: null,
      errorCode: null,
      events: [],
    })
    expect(sms.sentAt).not.toBeNull()
    expect(await fixture.counts(batchId)).toMatchObject({ sent: 1, processing: 0, pending: 0, status: 'COMPLETED' })
  })

  const cases: [string, SendOutcome, Partial<Settlement> & Pick<Settlement, 'to'>, object][] = [
    [
      'rejected',
      refused('rejected'),
      { to: 'FAILED' },
      { status: 'FAILED', attempts: 1, errorCode: 'SVC0002', errorMessage: 'refused' },
    ],
    ['unknown', unknown, { to: 'UNKNOWN' }, { status: 'UNKNOWN', attempts: 1, errorCode: 'REPLY_LOST' }],
    [
      'throttled',
      throttled,
      { to: 'PENDING', givesAttemptBack: true, keepsJob: true },
      { status: 'PENDING', attempts: 0, failedAt: null },
    ],
    [
      'blocked',
      refused('blocked'),
      { to: 'PENDING', givesAttemptBack: true },
      { status: 'PENDING', attempts: 0, dispatchedAt: null },
    ],
    [
      'unauthorized',
      refused('unauthorized'),
      { to: 'PENDING', givesAttemptBack: true },
      { status: 'PENDING', attempts: 0, dispatchedAt: null },
    ],
    [
      'unavailable',
      refused('unavailable'),
      { to: 'PENDING', delayMs: 90_000 },
      { status: 'PENDING', attempts: 1, dispatchedAt: null },
    ],
    ['unavailable', refused('unavailable'), { to: 'FAILED' }, { status: 'FAILED', attempts: 1 }],
  ]
  it.each(cases)('writes %s as the row, its counters and one event', async (kind, outcome, { to, ...more }, expected) => {
    const { batchId, request } = await only()
    await fixture.sms.settle([settlementFor(request, to, outcome, more)])
    const sms = await row(request.smsId)
    expect(sms).toMatchObject({ ...expected, leaseUntil: null, claimId: request.claimId })
    expect(sms.events).toMatchObject([
      { kind, attempt: 1, code: sms.errorCode, worker: 'worker-1', httpStatus: outcome.httpStatus },
    ])
    expect(await fixture.counts(batchId)).toMatchObject({
      processing: 0,
      [to.toLowerCase()]: 1,
      status: to === 'PENDING' ? 'ACTIVE' : 'COMPLETED',
    })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('leaves the row in the window, due after its wait, only when its job stays in the queue', async () => {
    const {
      requests: [kept, given],
    } = await given2()
    await fixture.sms.settle([
      settlementFor(kept, 'PENDING', refused('unavailable'), { keepsJob: true, delayMs: 30_000 }),
      settlementFor(given, 'PENDING', refused('unavailable'), { delayMs: 30_000 }),
    ])
    expect((await row(kept.smsId)).dispatchedAt).not.toBeNull()
    expect((await row(given.smsId)).dispatchedAt).toBeNull()
    expect((await row(given.smsId)).nextAttemptAt.getTime()).toBeGreaterThan(Date.now() + 25_000)
    expect(await fixture.sms.findNextBatch(1, 1_000)).toEqual([])
    // The job that stayed claims again, under its old dispatch number.
    expect(await fixture.sms.claim([requestFor(kept)], 'worker-1', 60_000)).toMatchObject([{ kind: 'claimed', attempt: 2 }])
  })

  it('changes nothing when it is repeated', async () => {
    const { batchId, requests } = await given(3)
    const settlements = [
      settlementFor(requests[0] as ClaimRequest, 'SENT', accepted()),
      settlementFor(requests[1] as ClaimRequest, 'FAILED', refused('rejected')),
      settlementFor(requests[2] as ClaimRequest, 'UNKNOWN', unknown),
    ]
    const first = await fixture.sms.settle(settlements)
    expect(await fixture.sms.settle(settlements)).toEqual(first)
    expect(await fixture.sms.settle([...settlements, ...settlements])).toEqual([...first, ...first])
    expect(await fixture.counts(batchId)).toMatchObject({ sent: 1, failed: 1, unknown: 1, pending: 0, processing: 0 })
    expect(await fixture.db.smsEvent.count()).toBe(2)
    expect(await fixture.imbalance()).toBe(0)
  })

  it.each([
    ['SENT', accepted('late'), 'sent'],
    ['FAILED', refused('rejected'), 'failed'],
  ] as const)('lets late proof win over UNKNOWN: %s', async (to, outcome, counter) => {
    const { batchId, request } = await only()
    await fixture.sms.settle([settlementFor(request, 'UNKNOWN', unknown)])
    expect(await fixture.counts(batchId)).toMatchObject({ unknown: 1, status: 'COMPLETED' })
    expect(await fixture.sms.settle([settlementFor(request, to, outcome)])).toMatchObject([{ landed: 'applied', status: to }])
    expect(await row(request.smsId)).toMatchObject({ status: to })
    expect(await fixture.counts(batchId)).toMatchObject({ unknown: 0, [counter]: 1, status: 'COMPLETED' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('explains an UNKNOWN that its lease had made by what its worker knows, once, and by nothing else', async () => {
    const { batchId, request } = await only()
    const leaseOver = { ...unknown, code: 'LEASE_EXPIRED' } as const
    await fixture.sms.settle([settlementFor(request, 'UNKNOWN', leaseOver, { worker: 'recovery' })])
    const before = await row(request.smsId)
    const word = settlementFor(request, 'UNKNOWN', { kind: 'unknown', code: 'HTTP_502', text: 'bad gateway', httpStatus: 502 })
    for (const late of [word, word, settlementFor(request, 'UNKNOWN', leaseOver), settlementFor(request, 'UNKNOWN', unknown)])
      expect(await fixture.sms.settle([late])).toMatchObject([{ landed: 'applied', status: 'UNKNOWN', batchId }])
    const sms = await row(request.smsId)
    expect(sms).toMatchObject({
      status: 'UNKNOWN',
      errorCode: 'HTTP_502',
      errorMessage: 'bad gateway',
      failedAt: before.failedAt,
    })
    expect(sms.events.map(({ code, worker, httpStatus }) => [code, worker, httpStatus])).toEqual([
      ['LEASE_EXPIRED', 'recovery', null],
      ['HTTP_502', 'worker-1', 502],
    ])
    expect(await fixture.counts(batchId)).toMatchObject({ unknown: 1, processing: 0, status: 'COMPLETED' })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('pauses the batch again that was completed while paused, so that what comes back waits for a person', async () => {
    const { batchId, request } = await only()
    await fixture.db.smsBatch.update({ where: { id: batchId }, data: { status: 'PAUSED', pausedAt: new Date() } })
    await fixture.sms.settle([settlementFor(request, 'UNKNOWN', unknown)])
    expect(await fixture.counts(batchId)).toMatchObject({ status: 'COMPLETED' })
    await fixture.sms.settle([settlementFor(request, 'PENDING', refused('unavailable'))])
    expect(await fixture.counts(batchId)).toMatchObject({ status: 'PAUSED', pending: 1, unknown: 0 })
    expect(await fixture.sms.findNextBatch(1, 1_000)).toEqual([])
  })

  it('reopens the batch when late proof says that an UNKNOWN was not accepted, and dispatches the SMS anew', async () => {
    const { batchId, request } = await only()
    await fixture.sms.settle([settlementFor(request, 'UNKNOWN', unknown)])
    const late = settlementFor(request, 'PENDING', throttled, { givesAttemptBack: true, keepsJob: true })
    expect(await fixture.sms.settle([late])).toMatchObject([{ landed: 'applied', status: 'PENDING' }])
    expect(await fixture.counts(batchId)).toMatchObject({ unknown: 0, pending: 1, status: 'ACTIVE' })
    expect(await fixture.db.smsBatch.findUniqueOrThrow({ where: { id: batchId } })).toMatchObject({ completedAt: null })
    expect(await fixture.sms.findNextBatch(1, 1_000)).toMatchObject([{ smsId: request.smsId, dispatch: 2 }])
  })

  it('refuses to let a late unknown undo what was proved', async () => {
    const { batchId, request } = await only()
    await fixture.sms.settle([settlementFor(request, 'SENT', accepted('abc'))])
    expect(await fixture.sms.settle([settlementFor(request, 'UNKNOWN', unknown)])).toMatchObject([{ status: 'SENT' }])
    expect(await row(request.smsId)).toMatchObject({ status: 'SENT', messageId: 'abc', events: [] })
    expect(await fixture.counts(batchId)).toMatchObject({ sent: 1, unknown: 0 })
  })

  it('refuses the word of a claim that was superseded', async () => {
    const { batchId, request: old } = await only()
    await fixture.sms.settle([settlementFor(old, 'PENDING', refused('unavailable'))])
    const { requests } = await fixture.claimAll()
    expect(await fixture.sms.settle([settlementFor(old, 'SENT', accepted('old'))])).toMatchObject([
      { landed: 'refused', status: 'PROCESSING' },
    ])
    const current = requests[0] as ClaimRequest
    expect(
      await fixture.sms.settle([
        settlementFor(old, 'FAILED', refused('rejected')),
        settlementFor(current, 'SENT', accepted('new')),
      ]),
    ).toMatchObject([{ landed: 'refused' }, { landed: 'applied', status: 'SENT' }])
    expect(await row(current.smsId)).toMatchObject({ status: 'SENT', messageId: 'new', attempts: 2 })
    expect(await fixture.counts(batchId)).toMatchObject({ sent: 1, status: 'COMPLETED' })
  })

  it('refuses a row that is gone', async () => {
    const { request } = await only()
    await fixture.db.smsQueue.delete({ where: { id: request.smsId } })
    expect(await fixture.sms.settle([settlementFor(request, 'SENT', accepted())])).toMatchObject([
      { landed: 'refused', batchId: null },
    ])
  })

  it('turns PENDING into CANCELLED in a batch that was cancelled meanwhile, also from UNKNOWN', async () => {
    const {
      batchId,
      requests: [first, second],
    } = await given2()
    await fixture.sms.settle([settlementFor(second, 'UNKNOWN', unknown)])
    await fixture.cancel(batchId)
    const results = await fixture.sms.settle([
      settlementFor(first, 'PENDING', throttled, { keepsJob: true, givesAttemptBack: true }),
      settlementFor(second, 'PENDING', refused('unavailable')),
    ])
    expect(results).toMatchObject([
      { landed: 'applied', status: 'CANCELLED' },
      { landed: 'applied', status: 'CANCELLED' },
    ])
    expect(await row(first.smsId)).toMatchObject({ errorCode: 'BATCH_CANCELLED', dispatchedAt: null })
    expect(await fixture.counts(batchId)).toMatchObject({
      status: 'CANCELLED',
      pending: 0,
      processing: 0,
      cancelled: 2,
      unknown: 0,
    })
    expect(await fixture.imbalance()).toBe(0)
  })

  it('completes the batch exactly when nothing is pending or processing and every row exists', async () => {
    const {
      batchId,
      requests: [first, second],
    } = await given2()
    await fixture.db
      .$executeRaw`UPDATE "SmsBatch" SET status = 'EXPANDING', "expandedAt" = NULL, "expansionBound" = 9 WHERE id = ${batchId}`
    await fixture.sms.settle([settlementFor(first, 'SENT', accepted())])
    expect(await fixture.counts(batchId)).toMatchObject({ status: 'EXPANDING', processing: 1 })
    await fixture.sms.settle([settlementFor(second, 'SENT', accepted())])
    expect(await fixture.counts(batchId)).toMatchObject({ status: 'EXPANDING', processing: 0, sent: 2 })
    await fixture.db
      .$executeRaw`UPDATE "SmsBatch" SET status = 'COMPLETED', "expandedAt" = now(), "completedAt" = now() WHERE id = ${batchId}`
  })

  it('completes a paused batch whose last SMS comes in, and leaves a single SMS without one', async () => {
    const { batchId, request } = await only()
    await fixture.db.smsBatch.update({ where: { id: batchId }, data: { status: 'PAUSED' } })
    await fixture.sms.settle([settlementFor(request, 'SENT', accepted())])
    expect(await fixture.counts(batchId)).toMatchObject({ status: 'COMPLETED' })
    await fixture.givenSingle()
    const { requests } = await fixture.claimAll()
    expect(await fixture.sms.settle(requests.map((single) => settlementFor(single, 'SENT', accepted())))).toMatchObject([
      { landed: 'applied', status: 'SENT', batchId: null },
    ])
  })

  it('stores a text that PostgreSQL would refuse or that is endless, cleaned and cut', async () => {
    const {
      requests: [first, second],
    } = await given2()
    await fixture.sms.settle([
      settlementFor(first, 'FAILED', refused('rejected', `a\0b\uD800c`)),
      settlementFor(second, 'FAILED', refused('rejected', 'x'.repeat(5_000))),
    ])
    expect((await row(first.smsId)).errorMessage).not.toMatch(/\0|\uD800/)
    expect((await row(second.smsId)).errorMessage).toHaveLength(1_000)
  })

  it('keeps counters and rows in balance while groups settle the same batches in opposite orders', async () => {
    const batches = [await fixture.givenBatch(60), await fixture.givenBatch(60, { firstNumber: 100 })]
    const { requests } = await fixture.claimAll()
    const groups = Array.from({ length: 12 }, (_, i) => requests.filter((_, at) => at % 12 === i))
    await Promise.all(
      groups.map((group, i) => {
        const settlements = group.map((request) => settlementFor(request, 'SENT', accepted(`m-${request.smsId}`)))
        return fixture.sms.settle(i % 2 === 0 ? settlements : settlements.toReversed())
      }),
    )
    for (const id of batches) expect(await fixture.counts(id)).toMatchObject({ status: 'COMPLETED', sent: 60 })
    expect(await fixture.imbalance()).toBe(0)
  })
})
