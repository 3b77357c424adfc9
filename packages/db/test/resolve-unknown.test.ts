import { replayFailed, resolveUnknown, type ResolveOrder, type Settlement, type UnknownFilter } from '@sms/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createReplayRepository, createUnknownRepository } from '../src/index.ts'
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

const ANY: UnknownFilter = { batchId: null, errorCode: null, since: null, smsIds: null, userId: null }
const kick = (accountId: number) => void kicked.push(accountId)
const price = { unitPrice: 16.5, currency: 'XOF' }
type Decision = ResolveOrder['decision']

const resolve = (decision: Decision, filter: Partial<UnknownFilter>, more: { dryRun?: boolean; reason?: string | null } = {}) =>
  resolveUnknown(
    { unknowns: createUnknownRepository(queue.db), kick, price },
    {
      caller: { userId: 1, isAdmin: true },
      via: 'GRAPHQL',
      decision,
      reason: 'asked the recipients',
      moreAttempts: 5,
      dryRun: false,
      ...more,
      filter: { ...ANY, ...filter },
    },
  )

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
const makeOld = () => queue.db.smsQueue.updateMany({ data: { lastAttemptAt: new Date(Date.now() - 11 * 60_000) } })
const rowsOf = (batchId: bigint) => queue.db.smsQueue.findMany({ where: { batchId }, orderBy: { id: 'asc' } })

describe('a decision about UNKNOWN', () => {
  it('that they were sent makes them SENT and opens no batch', async () => {
    const { batchId } = await givenSettled('UNKNOWN', 'FAILED', 'UNKNOWN', 'SENT')
    expect(await resolve('ASSUME_SENT', { batchId })).toEqual({
      matched: 2,
      resolved: 2,
      refused: [],
      atStake: { smsCount: 2, parts: 2, unitPrice: 16.5, amount: 33, currency: 'XOF' },
    })
    expect(await queue.counts(batchId)).toMatchObject({ sent: 3, failed: 1, unknown: 0, pending: 0, status: 'COMPLETED' })
    expect((await rowsOf(batchId))[0]).toMatchObject({
      status: 'SENT',
      claimId: null,
      messageId: null,
      failedAt: null,
      errorCode: null,
    })
    expect(await queue.imbalance()).toBe(0)
    expect(kicked).toEqual([])
  })

  it('that they were not sent makes them FAILED with a code of its own', async () => {
    const { batchId } = await givenSettled('UNKNOWN', 'SENT')
    expect(await resolve('ASSUME_NOT_SENT', { batchId })).toMatchObject({ resolved: 1 })
    expect(await queue.counts(batchId)).toMatchObject({ sent: 1, failed: 1, unknown: 0, status: 'COMPLETED' })
    expect((await rowsOf(batchId))[0]).toMatchObject({ status: 'FAILED', claimId: null, errorCode: 'ASSUMED_NOT_SENT' })
    expect(await queue.imbalance()).toBe(0)
  })

  it('to send them again reopens the batch, gives them new attempts and tells the dispatcher', async () => {
    const { batchId } = await givenSettled('UNKNOWN', 'SENT')
    await makeOld()
    expect(await resolve('SEND_AGAIN', { batchId })).toMatchObject({ matched: 1, resolved: 1 })
    expect(await queue.counts(batchId)).toMatchObject({ pending: 1, sent: 1, unknown: 0, status: 'ACTIVE' })
    expect((await rowsOf(batchId))[0]).toMatchObject({ status: 'PENDING', attempts: 1, maxAttempts: 6, claimId: null })
    expect(kicked).toEqual([1])
    const { requests } = await queue.claimAll()
    await queue.sms.settle(requests.map((request) => settlementFor(request, 'SENT', accepted(), { attempt: 2 })))
    expect(await queue.counts(batchId)).toMatchObject({ sent: 2, status: 'COMPLETED' })
    expect(await queue.imbalance()).toBe(0)
  })

  it('to send them again waits ten minutes after the claim; an assumption does not, and is no way round it', async () => {
    const { batchId } = await givenSettled('UNKNOWN')
    expect(await resolve('SEND_AGAIN', { batchId })).toMatchObject({ resolved: 0, refused: [{ code: 'TOO_RECENT', count: 1 }] })
    expect(await resolve('ASSUME_NOT_SENT', { batchId })).toMatchObject({ resolved: 1, refused: [] })
    const replay = () =>
      replayFailed(
        { replays: createReplayRepository(queue.db), kick },
        {
          caller: { userId: 1, isAdmin: false },
          via: 'GRAPHQL',
          reason: null,
          includeUnknown: false,
          moreAttempts: 5,
          dryRun: false,
          filter: { batchId, errorCode: null, since: null },
        },
      )
    expect(await replay()).toMatchObject({ replayed: 0, refused: [{ code: 'TOO_RECENT', count: 1 }] })
    await makeOld()
    expect(await replay()).toMatchObject({ replayed: 1 })
    expect(await queue.imbalance()).toBe(0)
  })

  it.each([
    ['SEND_AGAIN', 0, [{ code: 'BATCH_CANCELLED', count: 1 }], { unknown: 1 }],
    ['ASSUME_SENT', 1, [], { sent: 1, unknown: 0 }],
    ['ASSUME_NOT_SENT', 1, [], { failed: 1, unknown: 0 }],
  ] as const)('%s in a cancelled batch resolves %i', async (decision, resolved, refusals, counts) => {
    const { batchId } = await givenSettled('UNKNOWN', 'PENDING')
    await makeOld()
    await queue.cancel(batchId)
    expect(await resolve(decision, { batchId })).toMatchObject({ resolved, refused: refusals })
    expect(await queue.counts(batchId)).toMatchObject({ ...counts, cancelled: 1, status: 'CANCELLED' })
    expect(await queue.imbalance()).toBe(0)
  })

  it('to send them again leaves what has expired', async () => {
    const { batchId } = await givenSettled('UNKNOWN')
    await makeOld()
    await queue.db.smsQueue.updateMany({ where: { batchId }, data: { validUntil: new Date(0) } })
    expect(await resolve('SEND_AGAIN', { batchId })).toMatchObject({ resolved: 0, refused: [{ code: 'EXPIRED', count: 1 }] })
  })

  it.each(['ASSUME_SENT', 'ASSUME_NOT_SENT', 'SEND_AGAIN'] as const)(
    '%s keeps who, when, why and what was asked',
    async (decision) => {
      const { batchId, requests } = await givenSettled('UNKNOWN')
      await makeOld()
      await resolve(decision, { batchId, errorCode: 'SVC0002', userId: 1 }, { reason: ' asked\0 them ' })
      const [act, ...more] = await queue.db.operatorAct.findMany()
      expect(more).toEqual([])
      expect(act).toMatchObject({ userId: 1, via: 'GRAPHQL', kind: decision, reason: 'asked them', smsCount: 1 })
      expect(JSON.parse(act?.filter ?? '')).toEqual({ batchId: String(batchId), errorCode: 'SVC0002', userId: 1 })
      const events = await queue.db.smsEvent.findMany({ orderBy: { id: 'asc' } })
      const kind = { ASSUME_SENT: 'ASSUMED_SENT', ASSUME_NOT_SENT: 'ASSUMED_NOT_SENT', SEND_AGAIN: 'REPLAYED' }[decision]
      expect(events.map((event) => [event.kind, event.code, event.text, event.actId, event.claimId])).toEqual([
        ['unknown', 'SVC0002', 'refused', null, null],
        [kind, 'SVC0002', 'asked them', act?.id, requests[0]?.claimId],
      ])
    },
  )

  it.each(['ASSUME_SENT', 'ASSUME_NOT_SENT', 'SEND_AGAIN'] as const)(
    '%s changes nothing when it only counts',
    async (decision) => {
      const { batchId } = await givenSettled('UNKNOWN', 'UNKNOWN', 'FAILED')
      await queue.db.smsQueue.updateMany({
        where: { id: { in: (await rowsOf(batchId)).slice(0, 1).map(({ id }) => id) } },
        data: { lastAttemptAt: new Date(Date.now() - 11 * 60_000) },
      })
      const before = [await rowsOf(batchId), await queue.counts(batchId)]
      const resolved = decision === 'SEND_AGAIN' ? 1 : 2
      expect(await resolve(decision, { batchId }, { dryRun: true })).toMatchObject({
        matched: 2,
        resolved,
        refused: decision === 'SEND_AGAIN' ? [{ code: 'TOO_RECENT', count: 1 }] : [],
        atStake: { smsCount: resolved, amount: resolved * 16.5 },
      })
      expect([await rowsOf(batchId), await queue.counts(batchId)]).toEqual(before)
      expect([await queue.db.operatorAct.count(), await queue.db.smsEvent.count({ where: { actId: { not: null } } })]).toEqual([
        0, 0,
      ])
      expect(kicked).toEqual([])
    },
  )

  it('counts the parts of a long text, of a batch and of a single SMS', async () => {
    const { batchId } = await givenSettled('UNKNOWN', 'UNKNOWN')
    await queue.db.smsBatch.update({ where: { id: batchId }, data: { parts: 3 } })
    const single = await queue.givenSingle()
    await queue.db.smsQueue.update({ where: { id: single }, data: { message: 'ê'.repeat(71) } })
    const { requests } = await queue.claimAll()
    await queue.sms.settle(requests.map((request) => settlementFor(request, 'UNKNOWN', refused('unknown'))))
    const report = await resolve('ASSUME_SENT', { userId: 1 })
    expect(report.atStake).toMatchObject({ smsCount: 3, parts: 8, amount: 132 })
    expect(await queue.db.smsQueue.findUnique({ where: { id: single } })).toMatchObject({ status: 'SENT' })
  })

  it('chooses by id, user, code and moment, and names those that are not UNKNOWN', async () => {
    const { requests } = await givenSettled('UNKNOWN', 'SENT', 'UNKNOWN')
    const ids = requests.map(({ smsId }) => smsId)
    expect(await resolve('ASSUME_SENT', { userId: 7 })).toMatchObject({ matched: 0 })
    expect(await resolve('ASSUME_SENT', { errorCode: 'OTHER' })).toMatchObject({ matched: 0 })
    expect(await resolve('ASSUME_SENT', { since: new Date(Date.now() + 60_000) })).toMatchObject({ matched: 0 })
    expect(await resolve('ASSUME_SENT', { smsIds: ids.slice(0, 2) })).toMatchObject({
      matched: 2,
      resolved: 1,
      refused: [{ code: 'NOT_UNKNOWN', count: 1 }],
    })
    expect(await resolve('ASSUME_SENT', { since: new Date(Date.now() - 60_000) })).toMatchObject({ matched: 1, resolved: 1 })
  })

  it('is taken once for each SMS, whatever others decide, settle and claim at the same moment', async () => {
    const { batchId, requests } = await givenSettled(...Array.from({ length: 60 }, () => 'UNKNOWN' as const))
    await makeOld()
    const lateWords = requests.map((request, index) =>
      index % 2 === 0
        ? settlementFor(request, 'SENT', accepted(`message-${index}`))
        : settlementFor(request, 'PENDING', refused('unavailable')),
    )
    const reports = await Promise.all([
      resolve('SEND_AGAIN', { batchId }),
      resolve('ASSUME_SENT', { batchId }),
      ...Array.from({ length: 6 }, (_, part) => queue.sms.settle(lateWords.slice(part * 10, part * 10 + 10))),
      resolve('ASSUME_NOT_SENT', { smsIds: requests.map(({ smsId }) => smsId) }),
      queue.claimAll(),
      queue.claimAll(),
    ])
    const resolved = reports.reduce((sum, report) => sum + ('resolved' in report ? report.resolved : 0), 0)
    expect(await queue.db.smsEvent.count({ where: { actId: { not: null } } })).toBe(resolved)
    const { status, ...counts } = await queue.counts(batchId)
    expect(Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0)).toBe(60)
    expect(counts['unknown']).toBe(0)
    expect(['ACTIVE', 'COMPLETED']).toContain(status)
    expect(await queue.imbalance()).toBe(0)
  })

  it('goes through many chunks', async () => {
    await queue.db.$executeRaw`
      WITH b AS (INSERT INTO "SmsBatch" ("userId", kind, status, message, parts, "maxAttempts", "accountId", announced, unknown, "expandedAt", "completedAt")
        SELECT 1, 'LIST', 'COMPLETED', 'Bonjour', 1, 5, 1, 1500, 1500, now(), now() FROM generate_series(1, 3) RETURNING id)
      INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts", attempts, status, "failedAt", "errorCode", "lastAttemptAt")
      SELECT 1, b.id, 1, '+22505' || lpad(i::text, 8, '0'), 'Bonjour', 5, 1, 'UNKNOWN', now(), 'HTTP_502', now() - interval '11 minutes'
      FROM b, generate_series(1, 1500) i`
    const since = new Date(Date.now() - 3_600_000)
    expect(await resolve('SEND_AGAIN', { since }, { dryRun: true })).toMatchObject({ matched: 4_500, resolved: 4_500 })
    const reports = await Promise.all([resolve('SEND_AGAIN', { since }), resolve('ASSUME_NOT_SENT', { since })])
    expect(reports.reduce((sum, { resolved }) => sum + resolved, 0)).toBe(4_500)
    expect(await queue.db.smsQueue.count({ where: { status: 'UNKNOWN' } })).toBe(0)
    expect(await queue.imbalance()).toBe(0)
  })
})
