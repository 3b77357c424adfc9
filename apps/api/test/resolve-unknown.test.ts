import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { givenFinishedBatch } from './finished-batch.ts'
import { ADMIN_KEY, type Api, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
let stranger: Tenant
let batchId: string
let smsIds: string[]

beforeAll(async () => {
  api = await openApi({ SMS_UNIT_PRICE: '16.5', SMS_PRICE_CURRENCY: 'XAF' })
  tenant = await api.createTenant('awa')
  stranger = await api.createTenant('koffi')
})
afterAll(() => api.release())

/** An UNKNOWN of long ago, one of this minute, one SENT. */
beforeEach(async () => {
  batchId = await givenFinishedBatch(api, tenant, [
    { status: 'UNKNOWN', code: 'LEASE_EXPIRED', attempts: 1, minutesAgo: 60 },
    { status: 'UNKNOWN', code: 'HTTP_502', attempts: 1, minutesAgo: 1 },
    { status: 'SENT', code: null, attempts: 1, minutesAgo: 60 },
  ])
  const rows = await api.db.smsQueue.findMany({ where: { batchId: BigInt(batchId) }, orderBy: { id: 'asc' } })
  smsIds = rows.map(({ id }) => String(id))
})

const RESOLVE = `mutation($i: ResolveUnknownInput!) { resolveUnknown(input: $i) {
  dryRun decision matched resolved refused { code count } risk atStake { smsCount parts unitPrice amount currency } } }`
const ask = async (who: Tenant, input: Record<string, unknown>) =>
  who.ask(RESOLVE, { i: { reason: 'asked them', batchId, ...input } })
const batch = async () =>
  (
    await tenant.ask(
      'query($id: ID!) { batch(id: $id) { status counts { total pending sent failed unknown } unknownAtStake { smsCount amount currency } } }',
      { id: batchId },
    )
  ).data['batch']
const timeline = async (who: Tenant, id: string) =>
  (
    await who.ask(
      'query($id: ID!) { sms(id: $id) { timeline { kind attempt code text httpStatus worker by via messageId repeats } } }',
      { id },
    )
  ).data['sms'].timeline as Record<string, unknown>[]

describe('resolveUnknown', () => {
  it('first shows how many, at what risk and for how much, and changes nothing', async () => {
    expect(await batch()).toMatchObject({ unknownAtStake: { smsCount: 2, amount: 33, currency: 'XAF' } })
    const { data } = await ask(api.admin, { decision: 'SEND_AGAIN', dryRun: true })
    expect(data['resolveUnknown']).toEqual({
      dryRun: true,
      decision: 'SEND_AGAIN',
      matched: 2,
      resolved: 1,
      refused: [{ code: 'TOO_RECENT', count: 1 }],
      risk: expect.stringContaining('deux fois'),
      atStake: { smsCount: 1, parts: 1, unitPrice: 16.5, amount: 16.5, currency: 'XAF' },
    })
    expect(await batch()).toMatchObject({ status: 'COMPLETED', counts: { pending: 0, unknown: 2, total: 3 } })
  })

  it.each([
    ['SEND_AGAIN', 1, 'ACTIVE', { pending: 1, unknown: 1, sent: 1, failed: 0 }],
    ['ASSUME_SENT', 2, 'COMPLETED', { pending: 0, unknown: 0, sent: 3, failed: 0 }],
    ['ASSUME_NOT_SENT', 2, 'COMPLETED', { pending: 0, unknown: 0, sent: 1, failed: 2 }],
  ])('decides %s, with counts that still sum up', async (decision, resolved, status, counts) => {
    const { data } = await ask(api.admin, { decision })
    expect(data['resolveUnknown']).toMatchObject({ dryRun: false, decision, matched: 2, resolved })
    expect(await batch()).toMatchObject({ status, counts: { ...counts, total: 3 } })
    expect(api.lines.join('')).toContain('Unknown SMS resolved')
  })

  it('takes SMS by id, of one user, by code; a malformed id is that of nothing', async () => {
    const one = await ask(api.admin, { batchId: null, decision: 'ASSUME_SENT', ids: [smsIds[0], smsIds[2], 'x'] })
    expect(one.data['resolveUnknown']).toMatchObject({ matched: 2, resolved: 1, refused: [{ code: 'NOT_UNKNOWN', count: 1 }] })
    const ofStranger = await ask(api.admin, { batchId: null, decision: 'ASSUME_SENT', userId: stranger.userId })
    expect(ofStranger.data['resolveUnknown']).toMatchObject({ matched: 0 })
    const byCode = await ask(api.admin, { decision: 'ASSUME_SENT', errorCode: 'HTTP_502' })
    expect(byCode.data['resolveUnknown']).toMatchObject({ matched: 1, resolved: 1 })
    expect((await batch())['unknownAtStake']).toBeNull()
  })

  it.each([
    ['FORBIDDEN', 'tenant', {}],
    ['EMPTY_INPUT', 'admin', { reason: ' ' }],
    ['EMPTY_INPUT', 'admin', { batchId: null }],
    ['EMPTY_INPUT', 'admin', { batchId: null, ids: [] }],
    ['INVALID_INPUT', 'admin', { ids: Array.from({ length: 1_001 }, (_, index) => String(index + 1)) }],
    ['INVALID_INPUT', 'admin', { errorCode: 'x'.repeat(101) }],
    ['GRAPHQL_VALIDATION_FAILED', 'admin', { decision: 'FORGET' }],
    ['GRAPHQL_VALIDATION_FAILED', 'admin', { reason: undefined }],
  ] as const)('is refused with %s to a %s (%#)', async (code, who, more) => {
    const { errors } = await ask(who === 'admin' ? api.admin : tenant, { decision: 'ASSUME_SENT', ...more })
    expect(errors).toMatchObject([{ extensions: { code } }])
    expect(await batch()).toMatchObject({ counts: { unknown: 2 } })
  })
})

describe('the timeline', () => {
  it('tells the sender what was decided and why, and an administrator also who and where', async () => {
    const smsId = smsIds[0] ?? ''
    const evidence = { attempt: 1, worker: 'worker-1', httpStatus: 502, smsId: BigInt(smsId) }
    await api.db.smsEvent.create({ data: { ...evidence, kind: 'unknown', code: 'HTTP_502', text: 'Bad gateway', repeats: 2 } })
    await ask(api.admin, { decision: 'ASSUME_SENT' })
    await api.db.smsEvent.create({ data: { ...evidence, httpStatus: 201, kind: 'CONFIRMED', messageId: 'm1' } })
    const attempt = { kind: 'unknown', attempt: 1, code: 'HTTP_502', text: 'Bad gateway', httpStatus: 502, repeats: 2 }
    const decision = { kind: 'ASSUMED_SENT', attempt: 1, code: 'LEASE_EXPIRED', text: 'asked them' }
    const isTold = ({ kind }: Record<string, unknown>) => kind !== 'CREATED' && kind !== 'SENT'
    expect((await timeline(tenant, smsId)).filter(isTold)).toMatchObject([
      { ...attempt, worker: null, by: null },
      { ...decision, by: null, via: null },
      { kind: 'CONFIRMED', messageId: 'm1', worker: null },
    ])
    expect((await timeline(api.admin, smsId)).filter(isTold)).toMatchObject([
      { ...attempt, worker: 'worker-1' },
      { ...decision, by: expect.any(String), via: 'GRAPHQL' },
      { kind: 'CONFIRMED', messageId: 'm1', worker: 'worker-1' },
    ])
  })

  it('names the sender what the sender did', async () => {
    await ask(api.admin, { decision: 'ASSUME_NOT_SENT', ids: [smsIds[0]] })
    await tenant.ask('mutation($i: ReplayInput!) { replayFailed(input: $i) { replayed } }', { i: { batchId } })
    const acts = (await timeline(tenant, smsIds[0] ?? '')).map(({ kind, by }) => [kind, by])
    expect(acts).toContainEqual(['ASSUMED_NOT_SENT', null])
    expect(acts).toContainEqual(['REPLAYED', 'awa'])
  })

  it('tells of the cancel of its batch, and why, at once', async () => {
    const made = await tenant.ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "b") { batchId } }', {
      p: numbers(1),
    })
    const id = made.data['sendBulkSms'].batchId
    await tenant.ask('mutation($id: ID!) { cancelBatch(id: $id, reason: "wrong list") { id } }', { id })
    const { id: smsId } = await api.db.smsQueue.findFirstOrThrow({ where: { batchId: BigInt(id) } })
    expect(await timeline(tenant, String(smsId))).toMatchObject([
      { kind: 'CREATED' },
      { kind: 'BATCH_CANCELLED', text: 'wrong list', attempt: null },
    ])
  })

  it('stands on the page of the SMS for administrators, with who and where', async () => {
    const smsId = smsIds[0] ?? ''
    await api.db.smsEvent.create({
      data: {
        smsId: BigInt(smsId),
        attempt: 1,
        kind: 'throttled',
        code: '53',
        text: '<slow>',
        httpStatus: 403,
        worker: 'w-9',
        repeats: 7,
      },
    })
    await ask(api.admin, { decision: 'ASSUME_NOT_SENT' })
    const { statusCode, body } = await api.app.inject({
      url: `/admin/sms/${smsId}?lang=en`,
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    expect(statusCode).toBe(200)
    for (const text of [
      'throttled',
      '403',
      '&lt;slow&gt;',
      'w-9',
      '+ 7 more before',
      'ASSUMED_NOT_SENT',
      'asked them',
      '(GRAPHQL)',
    ])
      expect(body).toContain(text)
  })
})
