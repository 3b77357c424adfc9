import { replayFailed, replayJob, type ReplayFilter, type ReplayOrder, type Settlement } from '@sms/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createReplayRepository } from '../src/index.ts'
import { accepted, openQueueFixture, type QueueFixture, refused, settlementFor } from './queue-fixture.ts'

let queue: QueueFixture
const kicked: number[] = []
beforeAll(async () => {
  queue = await openQueueFixture()
})
beforeEach(async () => {
  await queue.clear()
  await queue.db.$executeRaw`TRUNCATE "OperatorAct"`
  kicked.length = 0
})
afterAll(() => queue.release())

const ANY: ReplayFilter = { batchId: null, errorCode: null, since: null }
const order: ReplayOrder = {
  caller: { userId: 1, isAdmin: true },
  via: 'GRAPHQL',
  reason: null,
  includeUnknown: false,
  moreAttempts: 5,
}
const withReason = { includeUnknown: true, reason: 'the recipients say they got nothing' }
const deps = () => ({ replays: createReplayRepository(queue.db), kick: (accountId: number) => void kicked.push(accountId) })
const replay = (filter: Partial<ReplayFilter>, more: Partial<ReplayOrder & { dryRun: boolean }> = {}) =>
  replayFailed(deps(), { ...order, dryRun: false, ...more, filter: { ...ANY, ...filter } })

/** A batch whose SMS have each had an attempt that ended so. */
const givenSettled = async (...ends: Settlement['to'][]) => {
  const batchId = await queue.givenBatch(ends.length)
  const { requests } = await queue.claimAll()
  await queue.sms.settle(
    requests.map((request, index) => {
      const to = ends[index] ?? 'SENT'
      return settlementFor(request, to, to === 'SENT' ? accepted() : refused(to === 'FAILED' ? 'rejected' : 'unknown'))
    }),
  )
  return { batchId, requests }
}
const rowsOf = (batchId: bigint) => queue.db.smsQueue.findMany({ where: { batchId }, orderBy: { id: 'asc' } })
const makeOld = (batchId: bigint) =>
  queue.db.smsQueue.updateMany({ where: { batchId }, data: { lastAttemptAt: new Date(Date.now() - 11 * 60_000) } })

describe('a replay', () => {
  it('puts FAILED back on the same rows, reopens the batch and leaves the others alone', async () => {
    const { batchId } = await givenSettled('FAILED', 'SENT', 'FAILED', 'UNKNOWN')
    expect((await queue.counts(batchId))['status']).toBe('COMPLETED')
    const before = await rowsOf(batchId)
    expect(await replay({ batchId })).toEqual({
      matched: 2,
      replayed: 2,
      replayedUnknown: 0,
      replayedUnknownParts: 0,
      refused: [],
    })
    const after = await rowsOf(batchId)
    expect(after.map(({ id, status }) => [id, status])).toEqual(
      before.map(({ id, status }) => [id, status === 'FAILED' ? 'PENDING' : status]),
    )
    expect(after[0]).toMatchObject({
      attempts: 1,
      maxAttempts: 6,
      claimId: null,
      errorCode: null,
      failedAt: null,
      dispatchedAt: null,
    })
    expect(await queue.counts(batchId)).toMatchObject({ pending: 2, sent: 1, failed: 0, unknown: 1, status: 'ACTIVE' })
    expect(await queue.imbalance()).toBe(0)
    expect(kicked).toEqual([1])
  })

  it('is sent and settled like any other, once', async () => {
    const { batchId } = await givenSettled('FAILED')
    await replay({ batchId })
    const { requests } = await queue.claimAll()
    expect(requests).toHaveLength(1)
    await queue.sms.settle(requests.map((request) => settlementFor(request, 'SENT', accepted(), { attempt: 2 })))
    expect(await queue.counts(batchId)).toMatchObject({ pending: 0, sent: 1, failed: 0, status: 'COMPLETED' })
    expect(await queue.imbalance()).toBe(0)
  })

  it('keeps who, when, why and what was asked, and shows it in the story of each SMS', async () => {
    const { batchId, requests } = await givenSettled('FAILED', 'FAILED')
    await replay({ batchId, errorCode: 'SVC0002' }, { reason: ' number\0 corrected ', caller: { userId: 1, isAdmin: false } })
    const [act, ...more] = await queue.db.operatorAct.findMany()
    expect(more).toEqual([])
    expect(act).toMatchObject({ userId: 1, via: 'GRAPHQL', kind: 'REPLAY', reason: 'number corrected', smsCount: 2 })
    expect(JSON.parse(act?.filter ?? '')).toEqual({ batchId: String(batchId), errorCode: 'SVC0002' })
    const events = await queue.db.smsEvent.findMany({ where: { smsId: requests[0]?.smsId ?? 0n }, orderBy: { id: 'asc' } })
    expect(events.map(({ kind, code, actId }) => [kind, code, actId])).toEqual([
      ['rejected', 'SVC0002', null],
      ['REPLAYED', 'SVC0002', act?.id],
    ])
  })

  it('changes nothing when it only counts', async () => {
    const { batchId } = await givenSettled('FAILED', 'UNKNOWN', 'SENT')
    const before = await rowsOf(batchId)
    expect(await replay({ batchId }, { dryRun: true, ...withReason })).toEqual({
      matched: 2,
      replayed: 1,
      replayedUnknown: 0,
      replayedUnknownParts: 0,
      refused: [{ code: 'TOO_RECENT', count: 1 }],
    })
    expect(await rowsOf(batchId)).toEqual(before)
    expect(await queue.db.operatorAct.count()).toBe(0)
    expect(kicked).toEqual([])
  })

  it('never touches a cancelled batch', async () => {
    const { batchId } = await givenSettled('FAILED', 'PENDING')
    await queue.cancel(batchId)
    expect(await replay({ batchId })).toMatchObject({ replayed: 0, refused: [{ code: 'BATCH_CANCELLED', count: 1 }] })
    expect(await queue.imbalance()).toBe(0)
  })

  it('leaves what has expired', async () => {
    const { batchId } = await givenSettled('FAILED')
    await queue.db.smsQueue.updateMany({ where: { batchId }, data: { validUntil: new Date(0) } })
    expect(await replay({ batchId })).toMatchObject({ replayed: 0, refused: [{ code: 'EXPIRED', count: 1 }] })
  })

  it('keeps a paused batch paused', async () => {
    const { batchId } = await givenSettled('FAILED', 'PENDING')
    await queue.db.smsBatch.update({ where: { id: batchId }, data: { status: 'PAUSED' } })
    expect(await replay({ batchId })).toMatchObject({ replayed: 1 })
    expect(await queue.counts(batchId)).toMatchObject({ status: 'PAUSED', pending: 2, failed: 0 })
  })

  it("leaves somebody else's SMS, and chooses by code and moment", async () => {
    const { batchId } = await givenSettled('FAILED')
    expect(await replay({ batchId }, { caller: { userId: 7, isAdmin: false } })).toMatchObject({ matched: 0 })
    expect(await replay({ errorCode: 'OTHER' })).toMatchObject({ matched: 0 })
    expect(await replay({ since: new Date(Date.now() + 60_000) })).toMatchObject({ matched: 0 })
    expect(await replay({ since: new Date(Date.now() - 60_000), errorCode: 'SVC0002' })).toMatchObject({ replayed: 1 })
  })

  it('goes through many chunks and batches, each SMS once, also when two people press at once', async () => {
    const first = await givenSettled(...Array.from({ length: 30 }, () => 'FAILED' as const))
    await queue.db.$executeRaw`
      WITH b AS (INSERT INTO "SmsBatch" ("userId", kind, status, message, parts, "maxAttempts", "accountId", announced, failed, "expandedAt", "completedAt")
        SELECT 1, 'LIST', 'COMPLETED', 'Bonjour', 1, 5, 1, 1500, 1500, now(), now() FROM generate_series(1, 3) RETURNING id)
      INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts", attempts, status, "failedAt", "errorCode")
      SELECT 1, b.id, 1, '+22505' || lpad(i::text, 8, '0'), 'Bonjour', 5, 5, 'FAILED', now(), 'HTTP_400' FROM b, generate_series(1, 1500) i`
    expect(await queue.imbalance()).toBe(0)
    const since = new Date(Date.now() - 3_600_000)
    const reports = await Promise.all([replay({ since }), replay({ since }), replay({ batchId: first.batchId })])
    expect(reports.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(4_530)
    expect(await queue.db.smsEvent.count({ where: { kind: 'REPLAYED' } })).toBe(4_530)
    expect(await queue.db.smsQueue.count({ where: { status: 'PENDING' } })).toBe(4_530)
    expect(await queue.imbalance()).toBe(0)
  })
})

describe('a replay of UNKNOWN', () => {
  it.each([
    ['FORBIDDEN', { caller: { userId: 1, isAdmin: false }, reason: 'why' }],
    ['EMPTY_INPUT', { reason: null }],
    ['EMPTY_INPUT', { reason: ' \0 ' }],
  ])('is refused with %s (%#)', async (code, more) => {
    await expect(replay({ errorCode: 'SVC0002' }, { includeUnknown: true, ...more })).rejects.toMatchObject({ code })
  })

  it('waits ten minutes after the last attempt', async () => {
    const { batchId } = await givenSettled('UNKNOWN')
    expect(await replay({ batchId }, withReason)).toMatchObject({ replayed: 0, refused: [{ code: 'TOO_RECENT', count: 1 }] })
    await makeOld(batchId)
    expect(await replay({ batchId }, withReason)).toMatchObject({ replayed: 1, replayedUnknown: 1, replayedUnknownParts: 1 })
    expect(await queue.counts(batchId)).toMatchObject({ pending: 1, unknown: 0, status: 'ACTIVE' })
    expect(await queue.imbalance()).toBe(0)
  })

  it('has a late word about the superseded attempt refused, before and after the next claim', async () => {
    const { batchId, requests } = await givenSettled('UNKNOWN')
    await makeOld(batchId)
    await replay({ batchId }, withReason)
    const late = requests.map((request) => settlementFor(request, 'FAILED', refused('rejected')))
    expect(await queue.sms.settle(late)).toMatchObject([{ landed: 'refused', status: 'PENDING' }])
    await queue.claimAll()
    expect(await queue.sms.settle(late)).toMatchObject([{ landed: 'refused', status: 'PROCESSING' }])
    expect(await queue.imbalance()).toBe(0)
  })
})

describe('a replay of one job', () => {
  const press = (job: { smsId: bigint; dispatch: number }) => replayJob(deps(), { ...order, via: 'BULL_BOARD', job })

  it('moves a FAILED SMS once, however often the button is pressed', async () => {
    const { batchId, requests } = await givenSettled('FAILED')
    const job = requests[0] as { smsId: bigint; dispatch: number }
    const verdicts = await Promise.all([press(job), press(job), press(job)])
    expect(verdicts.map(({ verdict }) => verdict).toSorted()).toEqual(['NOT_FAILED', 'NOT_FAILED', 'REPLAYED'])
    expect(await queue.counts(batchId)).toMatchObject({ pending: 1, failed: 0 })
    expect(await queue.imbalance()).toBe(0)
  })

  it.each([
    ['SENT', 'NOT_FAILED'],
    ['UNKNOWN', 'UNKNOWN'],
    ['PENDING', 'NOT_FAILED'],
  ] as const)('leaves a %s one and says %s', async (status, verdict) => {
    const { batchId, requests } = await givenSettled(status)
    await makeOld(batchId)
    const before = await rowsOf(batchId)
    expect(await press(requests[0]!)).toMatchObject({ verdict, status, smsCount: 1 })
    expect(await rowsOf(batchId)).toEqual(before)
    expect(await queue.db.operatorAct.count()).toBe(0)
  })

  it('leaves the SMS when the job is not its last', async () => {
    const { batchId, requests } = await givenSettled('FAILED')
    await replay({ batchId })
    const again = await queue.claimAll()
    await queue.sms.settle(again.requests.map((request) => settlementFor(request, 'FAILED', refused('rejected'), { attempt: 2 })))
    expect(await press(requests[0]!)).toMatchObject({ verdict: 'STALE', status: 'FAILED' })
    expect(await press(again.requests[0]!)).toMatchObject({ verdict: 'REPLAYED' })
  })

  it('of no SMS is NOT_FOUND', async () => {
    await expect(press({ smsId: 999n, dispatch: 1 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
