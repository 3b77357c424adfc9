import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, fillSegment, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
let other: Tenant
let segmentId: string

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
  other = await api.createTenant('koffi')
  segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Clients', count: 3 })
})
afterAll(() => api.release())

const BULK =
  'mutation($p: [String!]!, $m: String!, $k: String, $o: SendOptions) { sendBulkSms(phoneNumbers: $p, message: $m, idempotencyKey: $k, options: $o) { status errorCode batchId summary { total successful failed } results { code } } }'
const SEGMENT =
  'mutation($s: ID!, $k: String) { sendSmsToSegment(segmentId: $s, message: "a", idempotencyKey: $k) { status errorCode batchId } }'
const SINGLE =
  'mutation($p: String!, $m: String!, $k: String) { sendSms(phoneNumber: $p, message: $m, idempotencyKey: $k) { id status errorCode } }'

const bulk = async (k: string, more: Record<string, unknown> = {}, from = tenant) =>
  (await from.ask(BULK, { p: numbers(3), m: 'Bonjour', k, ...more })).data['sendBulkSms']

describe('an idempotency key', () => {
  it('makes one batch of 50 calls at once, which all answer the same', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => bulk('fifty', { p: numbers(500) })))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 'QUEUED', errorCode: null })
    expect(await api.db.smsQueue.count({ where: { batchId: BigInt(answers[0].batchId) } })).toBe(500)
    expect(await api.db.smsBatch.count({ where: { userId: Number(tenant.userId) } })).toBe(1)
  })

  it('takes two spellings of the same numbers for the same input', async () => {
    const first = await bulk('spelling', { p: ['0707070701'] })
    expect((await bulk('spelling', { p: ['+225 07 07 07 07 01'] })).batchId).toBe(first.batchId)
  })

  it.each([
    ['text', { m: 'Bonsoir' }],
    ['list', { p: numbers(4) }],
    ['priority', { o: { priority: 9 } }],
  ])('is a conflict with another %s', async (name, more) => {
    const key = `conflict on ${name}`
    await bulk(key)
    const before = await api.db.smsBatch.count()
    expect(await bulk(key, more)).toMatchObject({ status: 'ERROR', errorCode: 'IDEMPOTENCY_CONFLICT', batchId: null })
    expect(await api.db.smsBatch.count()).toBe(before)
  })

  it('is a conflict with another operation', async () => {
    await bulk('operation')
    expect((await tenant.ask(SEGMENT, { s: segmentId, k: 'operation' })).data['sendSmsToSegment'].errorCode).toBe(
      'IDEMPOTENCY_CONFLICT',
    )
    expect((await tenant.ask(SINGLE, { p: '0707070707', m: 'Bonjour', k: 'operation' })).data['sendSms'].errorCode).toBe(
      'IDEMPOTENCY_CONFLICT',
    )
  })

  it("is each user's own", async () => {
    const mine = await bulk('shared')
    expect((await bulk('shared', {}, other)).batchId).not.toBe(mine.batchId)
  })

  it('gives the first answer again, whoever has opted out since', async () => {
    const [first, second] = numbers(2, 900) as [string, string]
    const userId = Number(tenant.userId)
    await api.db.suppression.create({ data: { userId, phoneNumber: first } })
    const before = await bulk('opt-out', { p: [first, second] })
    expect(before.results.map(({ code }: any) => code)).toEqual(['OPTED_OUT', null])
    await api.db.suppression.create({ data: { userId, phoneNumber: second } })
    expect(await bulk('opt-out', { p: [first, second] })).toEqual(before)
  })

  it('is not used up by a call that wrote nothing', async () => {
    const [phone] = numbers(1, 950) as [string]
    const where = { userId_phoneNumber: { userId: Number(tenant.userId), phoneNumber: phone } }
    await api.db.suppression.create({ data: where.userId_phoneNumber })
    expect((await bulk('later', { p: [phone] })).status).toBe('FAILED')
    expect((await tenant.ask(SINGLE, { p: phone, m: 'a', k: 'later single' })).data['sendSms'].errorCode).toBe('OPTED_OUT')
    await api.db.suppression.delete({ where })
    expect((await bulk('later', { p: [phone] })).status).toBe('QUEUED')
    expect((await tenant.ask(SINGLE, { p: phone, m: 'a', k: 'later single' })).data['sendSms'].status).toBe('PENDING')
  })

  it('holds for a segment and for one SMS', async () => {
    const segments = await Promise.all(Array.from({ length: 10 }, () => tenant.ask(SEGMENT, { s: segmentId, k: 'segment' })))
    expect(new Set(segments.map(({ data }) => data['sendSmsToSegment'].batchId)).size).toBe(1)
    const singles = await Promise.all(
      Array.from({ length: 10 }, () => tenant.ask(SINGLE, { p: '0707070708', m: 'a', k: 'single' })),
    )
    expect(new Set(singles.map(({ data }) => data['sendSms'].id)).size).toBe(1)
    const again = await tenant.ask(SINGLE, { p: '0707070708', m: 'a', k: 'another key' })
    expect(again.data['sendSms'].id).not.toBe(singles[0]?.data['sendSms'].id)
  })
})
