import { eventually } from '@sms/devstack'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant

beforeAll(async () => {
  api = await openApi({ SMS_SYNC_WAIT_MS: '5000' })
  tenant = await api.createTenant('awa')
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

const newBatch = async (count: number): Promise<string> =>
  (
    await tenant.ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "a") { batchId } }', {
      p: numbers(count),
    })
  ).data['sendBulkSms'].batchId

const BATCH =
  '{ id status counts { total pending processing sent failed cancelled unknown } etaSeconds cancelReason cancelledAt completedAt }'
const control = async (field: string, id: string, more = ''): Promise<any> =>
  (await tenant.ask(`mutation($id: ID!) { ${field}(id: $id${more}) ${BATCH} }`, { id })).data[field]

describe('cancelBatch', () => {
  it('counts what waits as cancelled at once and shows it so everywhere', async () => {
    const id = await newBatch(5)
    const batch = await control('cancelBatch', id, ', reason: "trop tard"')
    expect(batch).toMatchObject({ status: 'CANCELLED', cancelReason: 'trop tard', etaSeconds: null })
    expect(batch.counts).toEqual({ total: 5, pending: 0, processing: 0, sent: 0, failed: 0, cancelled: 5, unknown: 0 })

    const { data } = await tenant.ask(`{
      pending: smsQueue(filter: { status: PENDING }) { totalCount }
      cancelled: smsQueue(filter: { status: CANCELLED }) { totalCount edges { node { status errorCode } } }
      queueStats { counts { pending cancelled } } }`)
    expect(data['pending'].totalCount).toBe(0)
    expect(data['cancelled'].totalCount).toBe(5)
    expect(data['cancelled'].edges[0].node).toEqual({ status: 'CANCELLED', errorCode: 'BATCH_CANCELLED' })
    expect(data['queueStats'].counts).toEqual({ pending: 0, cancelled: 5 })
  })

  it('changes nothing the second time', async () => {
    const id = await newBatch(2)
    const first = await control('cancelBatch', id, ', reason: "un"')
    expect(await control('cancelBatch', id, ', reason: "deux"')).toEqual(first)
    expect((await control('resumeBatch', id)).status).toBe('CANCELLED')
    expect((await control('pauseBatch', id)).status).toBe('CANCELLED')
  })

  it('leaves a completed batch as it is', async () => {
    const id = await newBatch(1)
    await api.db.smsBatch.update({
      where: { id: BigInt(id) },
      data: { pending: 0, sent: 1, status: 'COMPLETED', completedAt: new Date() },
    })
    expect(await control('cancelBatch', id)).toMatchObject({ status: 'COMPLETED', counts: { sent: 1, cancelled: 0 } })
  })
})

describe('pauseBatch and resumeBatch', () => {
  it('stop a batch and let it go on', async () => {
    const id = await newBatch(10)
    expect(await control('pauseBatch', id)).toMatchObject({ status: 'PAUSED', etaSeconds: null, counts: { pending: 10 } })
    expect(await control('resumeBatch', id)).toMatchObject({ status: 'ACTIVE', etaSeconds: 2 })
  })

  it.each([
    ['EXPANDING', { expandedAt: null, expansionBound: 7n }],
    ['SCHEDULED', { scheduledAt: new Date(Date.now() + 60_000) }],
    ['COMPLETED', { pending: 0, sent: 1 }],
  ])('bring a batch back to %s', async (status, data) => {
    const id = await newBatch(1)
    await control('pauseBatch', id)
    await api.db.smsBatch.update({ where: { id: BigInt(id) }, data })
    expect((await control('resumeBatch', id)).status).toBe(status)
  })
})

describe('lists', () => {
  it('are read page by page, newest first, without gap or repetition', async () => {
    await newBatch(25)
    const seen: string[] = []
    let after: string | null = null
    do {
      const { data } = await tenant.ask(
        'query($a: String) { smsQueue(first: 10, after: $a) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }',
        { a: after },
      )
      const { edges, pageInfo } = data['smsQueue']
      seen.push(...edges.map(({ node }: any) => node.id))
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    } while (after !== null)
    expect(seen).toHaveLength(25)
    expect(seen.map(Number)).toEqual([...new Set(seen.map(Number))].sort((left, right) => right - left))
  })

  it('filter batches by status', async () => {
    const first = await newBatch(1)
    const second = await newBatch(1)
    await control('pauseBatch', first)
    const { data } = await tenant.ask('{ batches(status: PAUSED) { totalCount edges { node { id } } } }')
    expect(data['batches']).toEqual({ totalCount: 1, edges: [{ node: { id: first } }] })
    const page = await tenant.ask('{ batches(first: 1) { edges { node { id } } pageInfo { hasNextPage } } }')
    expect(page.data['batches']).toEqual({ edges: [{ node: { id: second } }], pageInfo: { hasNextPage: true } })
  })

  it('count nothing unless they are asked to', async () => {
    const { sms } = api.deps.service
    const count = sms.count
    let asked = 0
    sms.count = (...args) => {
      asked += 1
      return count(...args)
    }
    await tenant.ask('{ smsQueue { edges { cursor } } }')
    expect(asked).toBe(0)
    await tenant.ask('{ smsQueue { totalCount } }')
    expect(asked).toBe(1)
    sms.count = count
  })
})

describe('the timeline of an SMS', () => {
  it('tells its dates and the evidence of its attempts, oldest first', async () => {
    const id = await newBatch(1)
    const { id: smsId, createdAt } = await api.db.smsQueue.findFirstOrThrow({ where: { batchId: BigInt(id) } })
    const at = (ms: number): Date => new Date(createdAt.getTime() + ms)
    await api.db.smsEvent.create({
      data: { smsId, at: at(10), kind: 'unavailable', attempt: 1, code: 'HTTP_503', text: 'later', httpStatus: 503, worker: 'w' },
    })
    await api.db.smsQueue.update({
      where: { id: smsId },
      data: {
        status: 'SENT',
        attempts: 2,
        sentAt: at(20),
        lastAttemptAt: at(15),
        dispatchedAt: null,
        messageId: 'abc',
        deliveryStatus: 'DELIVERED',
        deliveredAt: at(30),
      },
    })
    const { data } = await tenant.ask(
      'query($id: ID!) { sms(id: $id) { status attempts deliveryStatus messageId nextAttemptAt timeline { at kind attempt code text httpStatus } } }',
      { id: String(smsId) },
    )
    expect(data['sms']).toMatchObject({
      status: 'SENT',
      attempts: 2,
      deliveryStatus: 'DELIVERED',
      messageId: 'abc',
      nextAttemptAt: null,
    })
    expect(data['sms'].timeline).toEqual([
      { at: createdAt.toISOString(), kind: 'CREATED', attempt: null, code: null, text: null, httpStatus: null },
      { at: at(10).toISOString(), kind: 'unavailable', attempt: 1, code: 'HTTP_503', text: 'later', httpStatus: 503 },
      { at: at(20).toISOString(), kind: 'SENT', attempt: null, code: null, text: null, httpStatus: null },
      { at: at(30).toISOString(), kind: 'DELIVERED', attempt: null, code: null, text: null, httpStatus: null },
    ])
  })
})

describe('queueStats', () => {
  it('sums batches and single SMS and shows a paused account', async () => {
    await newBatch(3)
    await api.db.senderAccount.update({
      where: { id: 1 },
      data: { pausedReason: 'maintenance', pausedByOperator: true, pausedAt: new Date() },
    })
    const asked =
      '{ queueStats { counts { total pending } backlog etaSeconds accounts { id name isPaused pausedReason isPausedByOperator } } }'
    expect((await tenant.ask(asked)).data['queueStats']).toEqual({
      counts: { total: 3, pending: 3 },
      backlog: 3,
      etaSeconds: null,
      accounts: [{ id: '1', name: 'default', isPaused: true, pausedReason: 'maintenance', isPausedByOperator: true }],
    })
    await api.db.senderAccount.update({ where: { id: 1 }, data: { pausedReason: null, pausedByOperator: false, pausedAt: null } })
    expect((await tenant.ask(asked)).data['queueStats'].etaSeconds).toBe(1)
  })
})

describe('previewMessage', () => {
  it('names what makes a text expensive and what it could be instead', async () => {
    const { data } = await tenant.ask(
      'query($m: String!) { previewMessage(message: $m) { encoding parts units unitsPerPart charactersLeft maxParts forcingCharacters { character count suggestion } cheaperMessage cheaperParts } }',
      {
        m: `L’été à ${'a'.repeat(70)}`,
      },
    )
    expect(data['previewMessage']).toEqual({
      encoding: 'UCS2',
      parts: 2,
      units: 78,
      unitsPerPart: 67,
      charactersLeft: 56,
      maxParts: 6,
      forcingCharacters: [{ character: '’', count: 1, suggestion: "'" }],
      cheaperMessage: `L'été à ${'a'.repeat(70)}`,
      cheaperParts: 1,
    })
  })
})

describe('sendSms', () => {
  const press = () =>
    tenant.ask('mutation { sendSms(phoneNumber: "0707070707", message: "a") { id status errorCode errorMessage } }')
  const waiting = () => eventually(() => api.db.smsQueue.findFirstOrThrow())

  it.each([
    ['SENT', 'SENT', { sentAt: new Date() }],
    ['FAILED', 'FAILED', { failedAt: new Date(), errorCode: 'SVC0004', errorMessage: 'no' }],
    ['UNKNOWN', 'PENDING', { failedAt: new Date(), errorCode: 'REPLY_LOST' }],
  ] as const)('waits, and answers %s as %s', async (status, word, dates) => {
    const answer = press()
    const { id } = await waiting()
    await api.db.smsQueue.update({ where: { id }, data: { status, dispatchedAt: null, ...dates } })
    const startedAt = performance.now()
    expect((await answer).data['sendSms']).toMatchObject({ id: String(id), status: word })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it('is put into the window as soon as it is committed', async () => {
    const answer = press()
    await eventually(async () => (await api.db.smsQueue.findFirstOrThrow()).dispatchedAt !== null)
    const { id } = await waiting()
    await api.db.smsQueue.update({ where: { id }, data: { status: 'SENT', sentAt: new Date(), dispatchedAt: null } })
    await answer
  })
})
