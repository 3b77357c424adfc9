import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, fillSegment, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

const BULK = `mutation($p: [String!]!, $m: String!, $u: ID, $k: String, $o: SendOptions) {
  sendBulkSms(phoneNumbers: $p, message: $m, userId: $u, idempotencyKey: $k, options: $o) {
    status message errorCode batchId summary { total successful failed } results { phoneNumber status message code index }
    batch { id kind status message counts { total pending sent } announced }
  }
}`
const bulk = async (phoneNumbers: string[], more: Record<string, unknown> = {}) =>
  (await tenant.ask(BULK, { p: phoneNumbers, m: 'Bonjour', ...more })).data['sendBulkSms']

describe('sendBulkSms', () => {
  it('answers a mixed list with one SMS and six results, each refused or repeated one with its reason', async () => {
    const list = ['0707070707', '+2250707070707', 'tel:+2250707070707', '07070707', '2721000000', '']
    const result = await bulk(list)
    expect(result).toMatchObject({ status: 'PARTIAL', errorCode: null, summary: { total: 6, successful: 3, failed: 3 } })
    expect(result.results.map((item: any) => [item.phoneNumber, item.status, item.code, item.index])).toEqual([
      ['0707070707', 'QUEUED', null, 0],
      ['+2250707070707', 'QUEUED', 'DUPLICATE', 1],
      ['tel:+2250707070707', 'QUEUED', 'DUPLICATE', 2],
      ['07070707', 'FAILED', 'INVALID_NUMBER', 3],
      ['2721000000', 'FAILED', expect.stringMatching(/^(NOT_MOBILE|INVALID_NUMBER)$/), 4],
      ['', 'FAILED', 'EMPTY_NUMBER', 5],
    ])
    expect(result.results.every((item: any) => item.message !== '')).toBe(true)
    expect(result.batch).toMatchObject({
      kind: 'LIST',
      status: 'ACTIVE',
      announced: 1,
      counts: { total: 1, pending: 1, sent: 0 },
    })
    expect(
      await api.db.smsQueue.findMany({
        select: { phoneNumber: true, message: true, status: true, priority: true, maxAttempts: true },
      }),
    ).toEqual([{ phoneNumber: '+2250707070707', message: 'Bonjour', status: 'PENDING', priority: 5, maxAttempts: 5 }])
  })

  it('answers a clean list in the words that the old front takes for success', async () => {
    const result = await bulk(numbers(3))
    expect(result).toMatchObject({
      status: 'QUEUED',
      message: "3 SMS mis en file d'envoi.",
      summary: { total: 3, successful: 3, failed: 0 },
    })
    expect(result.batchId).toBe(result.batch.id)
    expect(result.results[0]).toEqual({
      phoneNumber: numbers(1)[0],
      status: 'QUEUED',
      message: "Mis en file d'envoi",
      code: null,
      index: 0,
    })
  })

  it('writes no batch when every entry is refused', async () => {
    const result = await bulk(['07070707', 'abc'])
    expect(result).toMatchObject({
      status: 'FAILED',
      batchId: null,
      batch: null,
      summary: { total: 2, successful: 0, failed: 2 },
    })
    expect(result.results).toHaveLength(2)
    expect(await api.db.smsBatch.count()).toBe(0)
  })

  it('leaves out who opted out, and every repetition of them', async () => {
    const [first, second] = numbers(2) as [string, string]
    await api.db.suppression.create({ data: { userId: Number(tenant.userId), phoneNumber: first } })
    const result = await bulk([first, first, second])
    expect(result).toMatchObject({ status: 'PARTIAL', summary: { total: 3, successful: 1, failed: 2 }, batch: { announced: 1 } })
    expect(result.results.map((item: any) => item.code)).toEqual(['OPTED_OUT', 'OPTED_OUT', null])
    expect((await bulk([first])).status).toBe('FAILED')
    expect(await api.db.smsQueue.count()).toBe(1)
  })

  it('shows only the first 1,000 refused or repeated entries of a list of more than 2,000', async () => {
    const result = await bulk([...numbers(1_500), ...numbers(1_200)])
    expect(result).toMatchObject({ status: 'QUEUED', summary: { total: 2_700, successful: 2_700, failed: 0 } })
    expect(result.results).toHaveLength(1_000)
    expect(result.results[0]).toMatchObject({ index: 1_500, code: 'DUPLICATE' })
  })

  it('keeps the counters of a list and its rows together', async () => {
    const { batch } = await bulk(numbers(12_345))
    expect(batch.counts).toEqual({ total: 12_345, pending: 12_345, sent: 0 })
    expect(await api.db.smsQueue.count({ where: { batchId: BigInt(batch.id) } })).toBe(12_345)
    const rows = await api.db.smsQueue.findMany({ orderBy: { id: 'asc' }, select: { phoneNumber: true } })
    expect(rows.map(({ phoneNumber }) => phoneNumber)).toEqual(numbers(12_345))
  })

  it('holds a scheduled batch by its status', async () => {
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString()
    const { batch } = await bulk(numbers(2), { o: { scheduledAt } })
    expect(batch.status).toBe('SCHEDULED')
  })

  it('takes what PostgreSQL cannot hold out of the text', async () => {
    await bulk(numbers(1), { m: 'a\u0000b\ud800c' })
    expect((await api.db.smsQueue.findFirstOrThrow()).message).toBe('ab\ufffdc')
  })
})

const SEGMENT = `mutation($s: ID!, $m: String!, $u: ID) {
  sendSmsToSegment(segmentId: $s, message: $m, userId: $u) {
    status message errorCode segment { id name } summary { total successful failed } results { status } batchId
    batch { id kind status segmentId userId counts { total } announced segment { name } }
  }
}`

describe('sendSmsToSegment', () => {
  it('accepts the batch alone, with its members announced', async () => {
    const segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Clients', count: 20 })
    const result = (await tenant.ask(SEGMENT, { s: segmentId, m: 'Bonjour' })).data['sendSmsToSegment']
    expect(result).toEqual({
      status: 'QUEUED',
      message: "20 SMS mis en file d'envoi.",
      errorCode: null,
      segment: { id: segmentId, name: 'Clients' },
      summary: { total: 20, successful: 20, failed: 0 },
      results: [],
      batchId: result.batch.id,
      batch: {
        id: result.batch.id,
        kind: 'SEGMENT',
        status: 'EXPANDING',
        segmentId,
        userId: tenant.userId,
        counts: { total: 0 },
        announced: 20,
        segment: { name: 'Clients' },
      },
    })
    expect(await api.db.smsQueue.count()).toBe(0)
  })

  it('answers an empty segment as an error, for there is nothing to wait for', async () => {
    const segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Vide', count: 0 })
    const result = (await tenant.ask(SEGMENT, { s: segmentId, m: 'Bonjour' })).data['sendSmsToSegment']
    expect(result).toMatchObject({
      status: 'ERROR',
      errorCode: 'EMPTY_INPUT',
      summary: { total: 0, successful: 0, failed: 0 },
      batch: null,
    })
  })

  it("lets an administrator send to somebody's segment, as oneself or as that user", async () => {
    const segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Clients', count: 1 })
    const own = (await api.admin.ask(SEGMENT, { s: segmentId, m: 'Bonjour' })).data['sendSmsToSegment']
    expect(own.batch.userId).toBe('1')
    const theirs = (await api.admin.ask(SEGMENT, { s: segmentId, m: 'Bonjour', u: tenant.userId })).data['sendSmsToSegment']
    expect(theirs.batch.userId).toBe(tenant.userId)
  })

  it('answers for 100,000 members within twice the time for 10', async () => {
    const small = await fillSegment(api, { userId: tenant.userId, name: 'Petit', count: 10, start: 0 })
    const large = await fillSegment(api, { userId: tenant.userId, name: 'Grand', count: 100_000, start: 1_000 })
    await api.db.$executeRaw`ANALYZE`
    const timed = async (segmentId: string): Promise<number> => {
      const startedAt = performance.now()
      const { data } = await tenant.ask(SEGMENT, { s: segmentId, m: 'Bonjour' })
      expect(data['sendSmsToSegment'].status).toBe('QUEUED')
      return performance.now() - startedAt
    }
    const times = { small: [] as number[], large: [] as number[] }
    for (let round = 0; round < 15; round += 1) {
      times.small.push(await timed(small))
      times.large.push(await timed(large))
    }
    const median = (values: number[]): number => values.sort((left, right) => left - right)[7] ?? 0
    expect(median(times.large)).toBeLessThan(2 * median(times.small))
  })
})

const ALL = `mutation($m: String!) { sendSmsToAllContacts(message: $m) {
  status message errorCode summary { total successful failed } results { status } batchId batch { kind status announced } } }`

describe('sendSmsToAllContacts', () => {
  it("accepts a batch to the caller's own contacts", async () => {
    await fillSegment(api, { userId: tenant.userId, name: 'Clients', count: 7 })
    const result = (await tenant.ask(ALL, { m: 'Bonjour' })).data['sendSmsToAllContacts']
    expect(result).toMatchObject({
      status: 'QUEUED',
      summary: { total: 7, successful: 7, failed: 0 },
      results: [],
      batch: { kind: 'ALL_CONTACTS', status: 'EXPANDING', announced: 7 },
    })
    expect((await api.admin.ask(ALL, { m: 'Bonjour' })).data['sendSmsToAllContacts']).toMatchObject({
      status: 'ERROR',
      errorCode: 'EMPTY_INPUT',
    })
  })
})

const SINGLE = `mutation($p: String!, $m: String!, $o: SendOptions) { sendSms(phoneNumber: $p, message: $m, options: $o) {
  id phoneNumber message status createdAt errorCode errorMessage batchId batch { id } } }`

describe('sendSms', () => {
  it('accepts one SMS before all lists', async () => {
    const { data } = await tenant.ask(SINGLE, { p: '07 07 07 07 07', m: 'Bonjour' })
    expect(data['sendSms']).toEqual({
      id: expect.stringMatching(/^\d+$/),
      phoneNumber: '+2250707070707',
      message: 'Bonjour',
      status: 'PENDING',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      errorCode: null,
      errorMessage: null,
      batchId: null,
      batch: null,
    })
    expect(await api.db.smsQueue.findFirstOrThrow()).toMatchObject({ priority: 10, batchId: null })
  })

  it('gives the open SMS to a second press, but not once it is over or for another text', async () => {
    const press = async (text = 'Bonjour') => (await tenant.ask(SINGLE, { p: '0707070707', m: text })).data['sendSms'].id
    const presses = await Promise.all(Array.from({ length: 10 }, () => press()))
    expect(new Set(presses).size).toBe(1)
    expect(await press('Bonsoir')).not.toBe(presses[0])
    await api.db.smsQueue.update({
      where: { id: BigInt(presses[0]) },
      data: { status: 'UNKNOWN', failedAt: new Date(), errorCode: 'REPLY_LOST', dispatchedAt: null },
    })
    expect(await press()).toBe(presses[0])
    await api.db.smsQueue.update({
      where: { id: BigInt(presses[0]) },
      data: { status: 'SENT', sentAt: new Date(), failedAt: null, errorCode: null },
    })
    expect(await press()).not.toBe(presses[0])
  })

  it('answers a refused number as data', async () => {
    await api.db.suppression.create({ data: { userId: Number(tenant.userId), phoneNumber: '+2250707070707' } })
    expect((await tenant.ask(SINGLE, { p: '0707070707', m: 'Bonjour' })).data['sendSms']).toMatchObject({
      status: 'ERROR',
      errorCode: 'OPTED_OUT',
      id: '0',
    })
    expect((await tenant.ask(SINGLE, { p: 'abc', m: 'Bonjour' })).data['sendSms']).toMatchObject({
      status: 'ERROR',
      errorCode: 'INVALID_NUMBER',
    })
    expect(await api.db.smsQueue.count()).toBe(0)
  })

  it('rests until its hour', async () => {
    const scheduledAt = new Date(Date.now() + 3_600_000)
    await tenant.ask(SINGLE, { p: '0707070707', m: 'Bonjour', o: { scheduledAt: scheduledAt.toISOString() } })
    expect((await api.db.smsQueue.findFirstOrThrow()).nextAttemptAt).toEqual(scheduledAt)
  })
})
