import { type LateOutcome, resolveUnknown, type Settlement, type UnknownDecision } from '@sms/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLateOutcomes, createReplayRepository, createUnknownRepository, foldEvidence } from '../src/index.ts'
import { accepted, openQueueFixture, type QueueFixture, refused, settlementFor } from './queue-fixture.ts'

let queue: QueueFixture
beforeAll(async () => {
  queue = await openQueueFixture()
})
beforeEach(() => queue.clear())
afterAll(() => queue.release())

const decide = (decision: UnknownDecision, batchId: bigint) =>
  resolveUnknown(
    { unknowns: createUnknownRepository(queue.db), kick: () => {}, price: { unitPrice: 1, currency: 'XOF' } },
    {
      caller: { userId: 1, isAdmin: true },
      via: 'GRAPHQL',
      decision,
      reason: 'why',
      moreAttempts: 5,
      dryRun: false,
      filter: { batchId, errorCode: null, since: null, smsIds: null, userId: null },
    },
  )

/** One SMS, UNKNOWN after its first claim, and an operator's decision about it; `late` is that claim's word. */
const givenDecided = async (decision: UnknownDecision) => {
  const batchId = await queue.givenBatch(1)
  const { requests } = await queue.claimAll()
  const first = requests[0] as (typeof requests)[0]
  await queue.sms.settle([settlementFor(first, 'UNKNOWN', refused('unknown'), { worker: 'recovery' })])
  await queue.db.smsQueue.updateMany({ data: { lastAttemptAt: new Date(Date.now() - 11 * 60_000) } })
  await decide(decision, batchId)
  return { batchId, smsId: first.smsId, late: settlementFor(first, 'SENT', accepted('late-message')), first }
}
const sendNext = async (to: Settlement['to'] | null) => {
  const { requests } = await queue.claimAll()
  if (to === null) return
  const outcome = to === 'SENT' ? accepted('next-message') : refused(to === 'UNKNOWN' ? 'unknown' : 'unavailable')
  await queue.sms.settle(requests.map((request) => settlementFor(request, to, outcome, { attempt: 2 })))
}
/** As a worker lands it: the settle, and what it refuses. */
const bring = async (settlement: Settlement): Promise<LateOutcome> => {
  expect(await queue.sms.settle([settlement])).toMatchObject([{ landed: 'refused' }])
  return createLateOutcomes(queue.db).record(settlement)
}
const rowOf = (id: bigint) => queue.db.smsQueue.findUniqueOrThrow({ where: { id } })
const lateEvents = (smsId: bigint) =>
  queue.db.smsEvent.findMany({ where: { smsId, claimId: { not: null }, actId: null }, orderBy: { id: 'asc' } })

describe('an acceptance that comes after its attempt was given up', () => {
  it('is a duplicate when the SMS was sent again and accepted', async () => {
    const { batchId, smsId, late } = await givenDecided('SEND_AGAIN')
    await sendNext('SENT')
    expect(await bring(late)).toEqual({ meaning: 'DUPLICATE', isNew: true, status: 'SENT' })
    expect(await lateEvents(smsId)).toMatchObject([
      {
        kind: 'DUPLICATE_ACCEPTED',
        attempt: 1,
        messageId: 'late-message',
        claimId: late.claimId,
        worker: 'worker-1',
        httpStatus: 201,
      },
    ])
    expect(await rowOf(smsId)).toMatchObject({ status: 'SENT', messageId: 'next-message' })
    expect(await queue.counts(batchId)).toMatchObject({ sent: 1, status: 'COMPLETED' })
  })

  it.each([
    [null, 'PROCESSING'],
    ['UNKNOWN', 'UNKNOWN'],
  ] as const)('is one too when the next attempt ended as %s: nobody can say that it is not', async (to, status) => {
    const { smsId, late } = await givenDecided('SEND_AGAIN')
    await sendNext(to)
    expect(await bring(late)).toEqual({ meaning: 'DUPLICATE', isNew: true, status })
    expect(await rowOf(smsId)).toMatchObject({ status })
  })

  it('keeps an SMS that is on the wire from a third attempt, should the second not be accepted', async () => {
    const { batchId, smsId, late } = await givenDecided('SEND_AGAIN')
    const { requests } = await queue.claimAll()
    await bring(late)
    await queue.sms.settle(requests.map((request) => settlementFor(request, 'PENDING', refused('unavailable'), { attempt: 2 })))
    await queue.claimAll()
    expect(await rowOf(smsId)).toMatchObject({ status: 'CANCELLED', errorCode: 'EXPIRED' })
    expect(await queue.counts(batchId)).toMatchObject({ cancelled: 1, status: 'COMPLETED' })
    expect(await queue.imbalance()).toBe(0)
  })

  it('stops the SMS before it is sent again', async () => {
    const { batchId, smsId, late } = await givenDecided('SEND_AGAIN')
    expect(await bring(late)).toEqual({ meaning: 'ACCEPTED_LATE', isNew: true, status: 'PENDING' })
    await queue.claimAll()
    expect(await rowOf(smsId)).toMatchObject({ status: 'CANCELLED', errorCode: 'EXPIRED', attempts: 1 })
    expect(await lateEvents(smsId)).toMatchObject([{ kind: 'ACCEPTED_LATE', messageId: 'late-message' }])
    expect(await queue.counts(batchId)).toMatchObject({ pending: 0, cancelled: 1, status: 'COMPLETED' })
    expect(await queue.imbalance()).toBe(0)
  })

  it('is no duplicate when the attempt after it was refused for good', async () => {
    const { smsId, late } = await givenDecided('SEND_AGAIN')
    await sendNext('FAILED')
    expect(await bring(late)).toEqual({ meaning: 'ACCEPTED_LATE', isNew: true, status: 'FAILED' })
    expect(await rowOf(smsId)).toMatchObject({ status: 'FAILED', errorCode: 'ACCEPTED_LATE' })
  })

  it('leaves what was assumed not to be sent FAILED, says so there, and no replay takes it', async () => {
    const { batchId, smsId, late } = await givenDecided('ASSUME_NOT_SENT')
    expect(await bring(late)).toEqual({ meaning: 'ACCEPTED_LATE', isNew: true, status: 'FAILED' })
    expect(await rowOf(smsId)).toMatchObject({ status: 'FAILED', errorCode: 'ACCEPTED_LATE', messageId: null })
    const page = { after: 0n, limit: 10, before: new Date(Date.now() + 1_000) }
    const order = {
      caller: { userId: 1, isAdmin: true },
      via: 'GRAPHQL',
      reason: null,
      includeUnknown: false,
      moreAttempts: 5,
    } as const
    const chunk = await createReplayRepository(queue.db).replayChunk(order, { batchId, errorCode: null, since: null }, page)
    expect(chunk.verdicts).toMatchObject([{ verdict: 'EXPIRED' }])
    expect(await queue.counts(batchId)).toMatchObject({ failed: 1 })
  })

  it('confirms what was assumed to be sent, whose receipt then finds it', async () => {
    const { smsId, late } = await givenDecided('ASSUME_SENT')
    expect(await bring(late)).toEqual({ meaning: 'CONFIRMED', isNew: true, status: 'SENT' })
    expect(await rowOf(smsId)).toMatchObject({ status: 'SENT', messageId: 'late-message' })
  })

  it('is a duplicate when an attempt after it was assumed to be sent', async () => {
    const { batchId, smsId, late } = await givenDecided('SEND_AGAIN')
    await sendNext('UNKNOWN')
    await decide('ASSUME_SENT', batchId)
    expect(await bring(late)).toMatchObject({ meaning: 'DUPLICATE', status: 'SENT' })
    expect(await rowOf(smsId)).toMatchObject({ messageId: null })
  })

  it('is kept once, however often and by however many it is brought', async () => {
    const { smsId, late } = await givenDecided('SEND_AGAIN')
    await sendNext('SENT')
    const outcomes = await Promise.all([bring(late), bring(late), bring(late)])
    expect(outcomes.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect((await bring(late)).isNew).toBe(false)
    expect(await lateEvents(smsId)).toHaveLength(1)
  })

  it('is the same acceptance seen twice when the row has its very message', async () => {
    const { smsId, late } = await givenDecided('ASSUME_SENT')
    await bring(late)
    expect(await bring(late)).toEqual({ meaning: 'REPEATED', isNew: false, status: 'SENT' })
    expect(await lateEvents(smsId)).toHaveLength(1)
  })

  it('is known when a receipt has told of it before', async () => {
    const { smsId, late } = await givenDecided('SEND_AGAIN')
    await sendNext('SENT')
    await queue.db.smsEvent.create({ data: { smsId, kind: 'DUPLICATE_ACCEPTED', attempt: 1, messageId: 'late-message' } })
    expect(await bring(late)).toEqual({ meaning: 'REPEATED', isNew: false, status: 'SENT' })
    expect(await lateEvents(smsId)).toEqual([])
  })

  it.each([
    ['accepted', accepted('late-message'), null],
    ['accepted, under an id that was not read,', accepted(null), 'a date'],
    ['refused', refused('rejected'), null],
    ['still unknown', refused('unknown'), 'a date'],
  ] as const)(
    'that is proved %s needs no receipt any more to tell of it once its id is known too, else it does',
    async (_word, outcome, date) => {
      const { smsId, late } = await givenDecided('SEND_AGAIN')
      expect((await rowOf(smsId)).supersededAttemptAt).not.toBeNull()
      await bring({ ...late, outcome })
      expect((await rowOf(smsId)).supersededAttemptAt).toEqual(date === null ? null : expect.any(Date))
    },
  )

  it('of an SMS that was erased is kept nowhere', async () => {
    const { smsId, late } = await givenDecided('SEND_AGAIN')
    await queue.db.smsQueue.delete({ where: { id: smsId } })
    expect(await bring(late)).toEqual({ meaning: 'GONE', isNew: false, status: null })
  })

  it('loses what PostgreSQL cannot keep of its id', async () => {
    const { smsId, late } = await givenDecided('SEND_AGAIN')
    await sendNext('SENT')
    await bring({ ...late, outcome: accepted(`a\0${'b'.repeat(300)}`) }).catch(() => undefined)
    const odd = { ...late, outcome: accepted(`a\0${'b'.repeat(300)}`) }
    expect(await createLateOutcomes(queue.db).record(odd)).toMatchObject({ meaning: 'DUPLICATE' })
    expect((await lateEvents(smsId))[0]?.messageId).toBe(`a${'b'.repeat(254)}`)
  })
})

describe('another word after the attempt was given up', () => {
  it('is evidence beside what was known, and moves nothing', async () => {
    const { smsId, first } = await givenDecided('SEND_AGAIN')
    const late = settlementFor(first, 'FAILED', refused('rejected', 'no such number'), { worker: 'worker-1' })
    expect(await bring(late)).toEqual({ meaning: 'NOTED', isNew: true, status: 'PENDING' })
    expect(await bring(late)).toEqual({ meaning: 'NOTED', isNew: false, status: 'PENDING' })
    expect(await lateEvents(smsId)).toMatchObject([
      { kind: 'rejected', code: 'SVC0002', text: 'no such number', httpStatus: 400 },
    ])
    expect(await rowOf(smsId)).toMatchObject({ status: 'PENDING', validUntil: null })
  })

  it('does not stand in the way of the acceptance that follows it', async () => {
    const { smsId, first, late } = await givenDecided('SEND_AGAIN')
    await bring(settlementFor(first, 'UNKNOWN', refused('unknown')))
    expect(await bring(late)).toEqual({ meaning: 'ACCEPTED_LATE', isNew: true, status: 'PENDING' })
    expect((await lateEvents(smsId)).map(({ kind }) => kind)).toEqual(['unknown', 'ACCEPTED_LATE'])
    expect((await rowOf(smsId)).validUntil).not.toBeNull()
  })

  it('is not kept twice when the settle had written it before the decision', async () => {
    const { smsId, first } = await givenDecided('SEND_AGAIN')
    const repeated = settlementFor(first, 'UNKNOWN', refused('unknown'), { worker: 'recovery' })
    expect(await bring(repeated)).toMatchObject({ meaning: 'NOTED', isNew: false })
    expect(await lateEvents(smsId)).toEqual([])
  })

  it('of a claim that never held the SMS is not kept', async () => {
    const { smsId, first } = await givenDecided('SEND_AGAIN')
    const stray = settlementFor({ ...first, claimId: crypto.randomUUID() }, 'PENDING', refused('unavailable'), { attempt: 0 })
    expect(await bring(stray)).toMatchObject({ meaning: 'STRAY', isNew: false })
    expect(await lateEvents(smsId)).toEqual([])
  })
})

describe('the evidence of a storm', () => {
  it('is bounded: nine words alike stand as they came, and the last, which counts those between', async () => {
    const batchId = await queue.givenBatch(1)
    for (let round = 0; round < 100; round += 1) {
      const { requests } = await queue.claimAll()
      await queue.sms.settle(
        requests.map((request) =>
          settlementFor(
            request,
            'PENDING',
            { kind: 'throttled', code: '53', text: `round ${round}`, httpStatus: 403, retryAfterMs: null },
            { givesAttemptBack: true },
          ),
        ),
      )
      await foldEvidence(
        queue.db,
        requests.map(({ smsId }) => smsId),
      )
    }
    const events = await queue.db.smsEvent.findMany({ orderBy: { id: 'asc' } })
    expect(events.map(({ text, repeats }) => [text, repeats])).toEqual([
      ...Array.from({ length: 9 }, (_, round) => [`round ${round}`, 0]),
      ['round 99', 90],
    ])
    expect(await queue.counts(batchId)).toMatchObject({ pending: 1 })
  })

  it('keeps words that differ, and those of each attempt', async () => {
    await queue.givenBatch(1)
    for (const [attempt, code] of [
      [1, 'HTTP_503'],
      [1, 'DNS_FAILED'],
      [2, 'HTTP_503'],
      [3, 'HTTP_503'],
    ] as const) {
      const { requests } = await queue.claimAll()
      const outcome = { kind: 'unavailable', code, text: '', httpStatus: null } as const
      await queue.sms.settle(requests.map((request) => settlementFor(request, 'PENDING', outcome, { attempt })))
      await foldEvidence(queue.db, [requests[0]?.smsId ?? 0n])
    }
    const events = await queue.db.smsEvent.findMany({ orderBy: { id: 'asc' } })
    expect(events.map(({ attempt, code, repeats }) => [attempt, code, repeats])).toEqual([
      [1, 'HTTP_503', 0],
      [1, 'DNS_FAILED', 0],
      [2, 'HTTP_503', 0],
      [3, 'HTTP_503', 0],
    ])
  })
})
