import { cancelBatch, cancelSms, type ControlOrder, pauseBatch, resumeBatch, setBatchPriority } from '@sms/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createBatchControl, createCreditBalancer, createOperatorActs, sweepCancelled } from '../src/index.ts'
import { accepted, openQueueFixture, type QueueFixture, refused, requestFor, settlementFor } from './queue-fixture.ts'

let queue: QueueFixture
beforeAll(async () => {
  queue = await openQueueFixture()
})
beforeEach(async () => {
  await queue.clear()
  await queue.db.$executeRaw`TRUNCATE "OperatorAct"`
})
afterAll(() => queue.release())

const order: ControlOrder = { caller: { userId: 1, isAdmin: true }, via: 'GRAPHQL', reason: 'the text was wrong' }
const stranger: ControlOrder = { caller: { userId: 77, isAdmin: false }, via: 'GRAPHQL', reason: null }
const kicked: number[] = []
const deps = () => ({ control: createBatchControl(queue.db), kick: (accountId: number) => void kicked.push(accountId) })
const receiptOf = async (batchId: bigint) => (await deps().control.findReceipts([batchId]))[0]
const acts = () => queue.db.operatorAct.findMany({ orderBy: { id: 'asc' } })
const idsOf = async (batchId: bigint, status: 'PENDING' | 'PROCESSING' | 'SENT') =>
  (await queue.db.smsQueue.findMany({ where: { batchId, status }, orderBy: { id: 'asc' } })).map(({ id }) => String(id))

describe('the receipt of a cancel', () => {
  it('says how many were stopped and which are on the wire', async () => {
    const batchId = await queue.givenBatch(10)
    const { requests } = await queue.claimAll(4)
    await queue.sms.settle([settlementFor(requests[0]!, 'SENT', accepted())])
    expect(await cancelBatch(deps(), batchId, order)).toMatchObject({
      status: 'CANCELLED',
      counts: { cancelled: 6, processing: 3, sent: 1 },
    })
    const receipt = await receiptOf(batchId)
    expect(receipt).toMatchObject({ batchId, stopped: 6, notMade: 0, onTheWire: 3 })
    expect(receipt?.onTheWireIds).toEqual(await idsOf(batchId, 'PROCESSING'))
    expect(await acts()).toMatchObject([{ kind: 'CANCEL_BATCH', userId: 1, reason: 'the text was wrong', smsCount: 6, batchId }])
    expect(JSON.parse((await acts())[0]?.before ?? '')).toEqual({ status: 'ACTIVE', pending: 6, processing: 3 })
  })

  it('stays that of the first press, however often and by whomever it is pressed at once', async () => {
    const batchId = await queue.givenBatch(50)
    await queue.claimAll(5)
    await Promise.all(Array.from({ length: 8 }, () => cancelBatch(deps(), batchId, order)))
    await sweepCancelled(queue.db)
    expect(await acts()).toHaveLength(1)
    expect(await receiptOf(batchId)).toMatchObject({ stopped: 45, onTheWire: 5 })
    expect(await queue.imbalance()).toBe(0)
  })

  it('counts the members that no row was made for', async () => {
    const batchId = await queue.givenBatch(3)
    await queue.db.smsBatch.update({
      where: { id: batchId },
      data: { announced: 10, expandedAt: null, expansionBound: 99n, status: 'EXPANDING' },
    })
    await cancelBatch(deps(), batchId, order)
    expect(await receiptOf(batchId)).toMatchObject({ stopped: 3, notMade: 7, onTheWire: 0, onTheWireIds: [] })
  })

  it('lists a thousand at most and counts all', async () => {
    const batchId = await queue.givenBatch(1_200)
    await queue.claimAll(1_100)
    await cancelBatch(deps(), batchId, order)
    const receipt = await receiptOf(batchId)
    expect([receipt?.onTheWire, receipt?.onTheWireIds.length, receipt?.stopped]).toEqual([1_100, 1_000, 100])
  })

  it('names every SMS that was claimed before the answer, and none is claimed after, while workers claim and settle', async () => {
    const batchId = await queue.givenBatch(2_000)
    const claimedLater: bigint[] = []
    const sent = new Set<string>()
    let isAnswered = false
    const work = async (): Promise<void> => {
      for (let round = 0; round < 12; round += 1) {
        const startedAfter = isAnswered
        const jobs = await queue.sms.findNextBatch(1, 60)
        const requests = jobs.map(requestFor)
        const verdicts = await queue.sms.claim(requests, 'worker', 60_000)
        const held = verdicts.flatMap((verdict, index) => (verdict.kind === 'claimed' ? [requests[index]!] : []))
        if (startedAfter) claimedLater.push(...held.map(({ smsId }) => smsId))
        for (const { smsId } of held) sent.add(String(smsId))
        await queue.sms.settle(held.map((request) => settlementFor(request, 'SENT', accepted())))
      }
    }
    const press = async () => {
      while (sent.size === 0) await new Promise((resolve) => setImmediate(resolve))
      const batch = await cancelBatch(deps(), batchId, order)
      isAnswered = true
      return batch
    }
    const [batch] = await Promise.all([press(), work(), work(), work()])
    const receipt = await receiptOf(batchId)
    expect(claimedLater).toEqual([])
    // Everything that was ever claimed: settled before the cancel, or named by it.
    const before = sent.size - (receipt?.onTheWire ?? 0)
    expect(receipt?.onTheWireIds.every((id) => sent.has(id))).toBe(true)
    expect((receipt?.stopped ?? 0) + sent.size).toBe(2_000)
    expect(batch.counts.cancelled).toBe(receipt?.stopped)
    expect(before).toBeGreaterThanOrEqual(0)
    while ((await sweepCancelled(queue.db)) > 0);
    expect(await idsOf(batchId, 'SENT')).toEqual([...sent].toSorted((a, b) => Number(a) - Number(b)))
    expect(await queue.imbalance()).toBe(0)
  })

  it('is nothing for a stranger', async () => {
    const batchId = await queue.givenBatch(2)
    for (const act of [cancelBatch, pauseBatch, resumeBatch]) {
      await expect(act(deps(), batchId, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    await expect(setBatchPriority(deps(), batchId, { ...stranger, priority: 9 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await queue.counts(batchId)).toMatchObject({ status: 'ACTIVE', pending: 2 })
    expect(await acts()).toEqual([])
  })
})

describe('a cancel of one SMS', () => {
  const only = async (batchId: bigint) =>
    (await queue.db.smsQueue.findFirstOrThrow({ where: { batchId }, orderBy: { id: 'asc' } })).id

  it('stops it, waiting or in the window, and moves the counter of its batch', async () => {
    const batchId = await queue.givenBatch(2)
    const [job] = await queue.sms.findNextBatch(1, 50)
    await cancelSms(deps(), job!.smsId, order)
    expect(await queue.counts(batchId)).toMatchObject({ pending: 1, cancelled: 1, status: 'ACTIVE' })
    expect(await queue.sms.claim([requestFor(job!)], 'worker', 60_000)).toMatchObject([{ kind: 'stale' }])
    expect(await queue.db.smsQueue.findUnique({ where: { id: job!.smsId } })).toMatchObject({
      status: 'CANCELLED',
      errorCode: 'SMS_CANCELLED',
    })
    expect(await acts()).toMatchObject([{ kind: 'CANCEL_SMS', smsId: job!.smsId, batchId, smsCount: 1 }])
    expect(await queue.db.smsEvent.findMany({ where: { smsId: job!.smsId } })).toMatchObject([
      { kind: 'SMS_CANCELLED', text: order.reason },
    ])
    expect(await queue.imbalance()).toBe(0)
  })

  it('of the last one completes its batch', async () => {
    const batchId = await queue.givenBatch(1)
    await cancelSms(deps(), await only(batchId), order)
    expect(await queue.counts(batchId)).toMatchObject({ status: 'COMPLETED', pending: 0, cancelled: 1 })
  })

  it('gives the credit of a single one back', async () => {
    const smsId = await queue.givenSingle()
    await queue.db.smsQueue.update({ where: { id: smsId }, data: { credit: 1 } })
    const credit = async () => (await queue.db.user.findUniqueOrThrow({ where: { id: 1 } })).smsCredit
    const before = await credit()
    await cancelSms(deps(), smsId, order)
    await createCreditBalancer(queue.db).balance()
    expect(await credit()).toBe(before + 1)
  })

  it('is refused on the wire, over, of a cancelled batch, and to a stranger', async () => {
    const batchId = await queue.givenBatch(2)
    const { requests } = await queue.claimAll(1)
    const smsId = requests[0]!.smsId
    await expect(cancelSms(deps(), smsId, order)).rejects.toMatchObject({
      code: 'ON_THE_WIRE',
      details: { status: 'PROCESSING' },
    })
    await queue.sms.settle([settlementFor(requests[0]!, 'FAILED', refused('rejected'))])
    await expect(cancelSms(deps(), smsId, order)).rejects.toMatchObject({ code: 'ALREADY_OVER', details: { status: 'FAILED' } })
    await expect(cancelSms(deps(), smsId, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await cancelBatch(deps(), batchId, order)
    const [waiting] = await idsOf(batchId, 'PENDING')
    await expect(cancelSms(deps(), BigInt(waiting!), order)).rejects.toMatchObject({
      code: 'ALREADY_OVER',
      details: { status: 'CANCELLED' },
    })
    expect(await queue.imbalance()).toBe(0)
  })

  it('against a claim at the same moment: one of the two has it', async () => {
    const batchId = await queue.givenBatch(40)
    const jobs = await queue.sms.findNextBatch(1, 50)
    const [verdicts, cancels] = await Promise.all([
      queue.sms.claim(jobs.map(requestFor), 'worker', 60_000),
      Promise.allSettled(jobs.map(({ smsId }) => cancelSms(deps(), smsId, order))),
    ])
    const claimed = verdicts.filter(({ kind }) => kind === 'claimed').length
    const stopped = cancels.filter(({ status }) => status === 'fulfilled').length
    expect(claimed + stopped).toBe(40)
    expect(await queue.counts(batchId)).toMatchObject({ processing: claimed, cancelled: stopped, pending: 0 })
    expect(await queue.imbalance()).toBe(0)
  })
})

describe('what a batch has in the window', () => {
  it.each([
    ['a cancel', cancelBatch],
    ['a pause', pauseBatch],
  ] as const)('leaves it with %s, and makes room for others at once; what is on the wire stays', async (_name, act) => {
    const batchId = await queue.givenBatch(30)
    const { requests } = await queue.claimAll(2)
    const waiting = await queue.sms.findNextBatch(1, 10)
    const left: unknown[] = []
    const control = createBatchControl(queue.db, { onLeftWindow: (accountId, jobs) => left.push([accountId, jobs.length]) })
    await act({ ...deps(), control }, batchId, order)
    await act({ ...deps(), control }, batchId, order)
    expect(left).toEqual([[1, waiting.length]])
    expect(await queue.sms.findNextBatch(1, 10)).toEqual([])
    const other = await queue.givenBatch(10)
    expect(await queue.sms.findNextBatch(1, 10)).toHaveLength(10)
    const verdicts = await queue.sms.claim(waiting.map(requestFor), 'worker', 60_000)
    expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set(['stale']))
    await queue.sms.settle(requests.map((request) => settlementFor(request, 'SENT', accepted())))
    expect(await queue.counts(batchId)).toMatchObject({ sent: 2 })
    expect(await queue.counts(other)).toMatchObject({ pending: 10 })
    expect(await queue.imbalance()).toBe(0)
  })
})

describe('the priority of a waiting batch', () => {
  it('holds at once for what waits, also in the window where it becomes urgent', async () => {
    const batchId = await queue.givenBatch(20)
    expect((await queue.sms.findNextBatch(1, 10)).map(({ expressPriority }) => expressPriority)).toEqual(Array(10).fill(null))
    kicked.length = 0
    expect(await setBatchPriority(deps(), batchId, { ...order, priority: 9 })).toMatchObject({ priority: 9 })
    expect(kicked).toEqual([1])
    const again = await queue.sms.findNextBatch(1, 20)
    expect(again.map(({ expressPriority }) => expressPriority)).toEqual(Array(20).fill(-1))
    expect(again.filter(({ dispatch }) => dispatch === 2)).toHaveLength(10)
    expect(await acts()).toMatchObject([
      { kind: 'SET_PRIORITY', before: '{"priority" : 5}', after: '{"priority" : 9}', smsCount: 20 },
    ])
  })

  it('leaves the window alone where it makes no difference there, and changes the shares', async () => {
    const batchId = await queue.givenBatch(200)
    const other = await queue.givenBatch(200, { firstNumber: 500 })
    await setBatchPriority(deps(), batchId, { ...order, priority: 0 })
    const jobs = await queue.sms.findNextBatch(1, 100)
    const theirs = await queue.db.smsQueue.count({ where: { id: { in: jobs.map(({ smsId }) => smsId) }, batchId: other } })
    expect(theirs).toBeGreaterThan(70)
    await setBatchPriority(deps(), batchId, { ...order, priority: 7 })
    expect(await queue.db.smsQueue.count({ where: { dispatchedAt: { not: null } } })).toBe(100)
  })

  it.each([-1, 11, 1.5])('is refused as %s', async (priority) => {
    const batchId = await queue.givenBatch(1)
    await expect(setBatchPriority(deps(), batchId, { ...order, priority })).rejects.toMatchObject({ code: 'INVALID_OPTIONS' })
  })
})

describe('the audit', () => {
  it('has what was before and after, newest first, and is never rewritten', async () => {
    const batchId = await queue.givenBatch(2)
    await pauseBatch(deps(), batchId, order)
    await pauseBatch(deps(), batchId, order)
    await resumeBatch(deps(), batchId, { ...order, reason: null })
    const found = await createOperatorActs(queue.db).findActs({ batchId, kind: null, userId: null }, { first: 10, before: null })
    expect(found.map(({ kind, before, after }) => [kind, JSON.parse(before ?? ''), JSON.parse(after ?? '')])).toEqual([
      ['RESUME_BATCH', { status: 'PAUSED' }, { status: 'ACTIVE' }],
      ['PAUSE_BATCH', { status: 'ACTIVE' }, { status: 'PAUSED' }],
    ])
    await expect(queue.db.operatorAct.updateMany({ data: { reason: 'another' } })).rejects.toThrow(/append-only/)
    await expect(queue.db.operatorAct.deleteMany()).rejects.toThrow(/append-only/)
  })
})
