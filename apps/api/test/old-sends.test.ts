import { createCreditBalancer } from '@sms/db'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, fillSegment, numbers, type Tenant } from './harness.ts'
import { DATE, HISTORY, openOldInterface, send, settleIn } from './old-interface.ts'

let api: Api
let awa: Tenant
let koffi: Tenant
beforeAll(async () => {
  ;({ api, awa, koffi } = await openOldInterface())
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

describe('smsHistory', () => {
  it('shows each SMS in the old words, newest first, and counts as it lists', async () => {
    const [first, second, third, fourth] = await Promise.all(numbers(4).map((number) => send(awa, number)))
    await settleIn(api, first ?? '', 'SENT')
    await settleIn(api, second ?? '', 'CANCELLED')
    await settleIn(api, third ?? '', 'UNKNOWN')
    const { data } = await awa.ask(HISTORY)
    const byId = new Map(data['smsHistory'].map((sms: any) => [sms.id, sms]))
    expect(byId.get(first)).toEqual({
      id: first,
      phoneNumber: '+2250700000000',
      message: 'Bonjour',
      status: 'SENT',
      messageId: 'm-1',
      errorMessage: null,
      senderAddress: 'tel:+2250000',
      senderName: null,
      createdAt: expect.stringMatching(DATE),
      sentAt: expect.stringMatching(DATE),
      deliveredAt: null,
      failedAt: null,
      segment: null,
      userId: awa.userId,
    })
    expect(byId.get(second)).toMatchObject({ status: 'FAILED', failedAt: expect.stringMatching(DATE) })
    // Whoever is offered a retry of what may have arrived sends it twice.
    expect(byId.get(third)).toMatchObject({ status: 'PENDING', failedAt: null, errorMessage: null })
    expect(byId.get(fourth)).toMatchObject({ status: 'PENDING' })
    expect(data['smsHistoryCount']).toBe(4)
    const ids = data['smsHistory'].map(({ id }: any) => Number(id))
    expect(ids).toEqual(ids.toSorted((left: number, right: number) => right - left))
  })

  it.each([
    [{ st: 'SENT' }, 1],
    [{ st: 'sent' }, 1],
    [{ st: 'FAILED' }, 1],
    [{ st: 'PENDING' }, 1],
    [{ st: '' }, 3],
    [{ s: 'soir' }, 1],
    [{ s: '0700000001' }, 1],
    [{ s: '0000000' }, 3],
    [{ s: '%' }, 0],
    [{ s: 'absent' }, 0],
  ])('filters by %j', async (variables, count) => {
    const [sent, failed] = [await send(awa, '0700000000'), await send(awa, '0700000001')]
    await send(awa, '0700000002', 'Bonsoir')
    await settleIn(api, sent, 'SENT')
    await settleIn(api, failed, 'FAILED')
    const { data } = await awa.ask(HISTORY, { l: 10, ...variables })
    expect([data['smsHistory'].length, data['smsHistoryCount']]).toEqual([count, count])
  })

  it('shows pages by limit and offset, 100 without a limit', async () => {
    await awa.ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "x") { status } }', { p: numbers(120) })
    expect((await awa.ask(HISTORY)).data['smsHistory']).toHaveLength(100)
    const page = await awa.ask(HISTORY, { l: 7, o: 115 })
    expect([page.data['smsHistory'].length, page.data['smsHistoryCount']]).toEqual([5, 120])
    expect((await awa.ask(HISTORY, { l: 0 })).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
  })

  it('takes an empty userId for none, here and in sends', async () => {
    await send(awa, '0700000000')
    expect((await awa.ask(HISTORY, { u: '' })).data).toMatchObject({ smsHistoryCount: 1 })
    const sent = await awa.ask(
      `mutation { sendSms(phoneNumber: "0700000001", message: "x", userId: "") { status }
        sendBulkSms(phoneNumbers: ["0700000002"], message: "x", userId: "") { status } }`,
    )
    expect(sent.data).toEqual({ sendSms: { status: 'PENDING' }, sendBulkSms: { status: 'QUEUED' } })
    expect((await awa.ask(HISTORY)).data['smsHistory']).toMatchObject([1, 2, 3].map(() => ({ userId: awa.userId })))
  })

  it('shows nobody the SMS of others, an administrator everybody’s', async () => {
    await send(awa, '0700000000')
    await send(koffi, '0700000001')
    expect((await awa.ask(HISTORY)).data['smsHistoryCount']).toBe(1)
    const refused = await awa.ask(HISTORY, { u: koffi.userId })
    expect(refused.errors[0]).toMatchObject({
      message: expect.stringMatching(/^Permission denied/),
      extensions: { code: 'FORBIDDEN' },
    })
    expect((await api.admin.ask(HISTORY)).data['smsHistoryCount']).toBe(2)
    expect((await api.admin.ask(HISTORY, { u: koffi.userId })).data['smsHistory']).toMatchObject([{ userId: koffi.userId }])
  })
})

describe('retrySms', () => {
  const RETRY =
    'mutation($id: ID!, $u: ID) { retrySms(id: $id, userId: $u) { id phoneNumber message status createdAt errorCode } }'
  const retry = async (tenant: Tenant, id: string, u?: string) => tenant.ask(RETRY, { id, u })

  it('sends a FAILED SMS again on the same row', async () => {
    const id = await send(awa, '0700000000')
    await settleIn(api, id, 'FAILED')
    expect((await retry(awa, id)).data['retrySms']).toMatchObject({ id, status: 'PENDING', message: 'Bonjour', errorCode: null })
    expect((await awa.ask(HISTORY)).data['smsHistoryCount']).toBe(1)
  })

  it.each(['SENT', 'CANCELLED', 'UNKNOWN'] as const)('leaves what is %s as it is', async (status) => {
    const id = await send(awa, '0700000000')
    await settleIn(api, id, status)
    expect((await retry(awa, id)).data['retrySms']).toMatchObject({ status: 'ERROR', errorCode: 'NOT_REPLAYABLE' })
    expect(await api.db.smsQueue.findFirstOrThrow({ select: { status: true } })).toEqual({ status })
  })

  it('knows nothing of the SMS of others', async () => {
    const id = await send(awa, '0700000000')
    await settleIn(api, id, 'FAILED')
    expect((await retry(koffi, id)).data['retrySms']).toMatchObject({ status: 'ERROR', errorCode: 'NOT_FOUND' })
    expect((await retry(koffi, id, awa.userId)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    expect((await retry(api.admin, id, awa.userId)).data['retrySms']).toMatchObject({ id, status: 'PENDING' })
  })

  it('takes the credit that came back, never the same for two at once', async () => {
    const user = { where: { id: Number(awa.userId) } }
    const ids = [await send(awa, '0700000000'), await send(awa, '0700000001')]
    for (const id of ids) await settleIn(api, id, 'FAILED')
    await createCreditBalancer(api.db).balance()
    await api.db.user.update({ ...user, data: { smsCredit: 1 } })
    const answers = await Promise.all([...ids.map((id) => retry(awa, id)), ...ids.map((id) => retry(api.admin, id, awa.userId))])
    const results = answers.map(({ data }) => data['retrySms'])
    expect(results.filter(({ status }) => status === 'PENDING')).toHaveLength(1)
    expect(results.map(({ errorCode }) => errorCode)).toContain('INSUFFICIENT_CREDIT')
    await createCreditBalancer(api.db).balance()
    expect((await api.db.user.findUniqueOrThrow(user)).smsCredit).toBe(0)
    await api.db.user.update({ ...user, data: { smsCredit: 10_000_000 } })
  })
})

describe('credits', () => {
  const setCredit = (smsCredit: number) => api.db.user.update({ where: { id: Number(awa.userId) }, data: { smsCredit } })
  const me = async () => (await awa.ask('{ me { smsCredit smsLimit } }')).data['me']

  it('refuses a list that is longer than the credits in the words that the old front looks for', async () => {
    await setCredit(2)
    const { data } = await awa.ask(
      'mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "x") { status message errorCode summary { total successful failed } results { status } } }',
      { p: numbers(3) },
    )
    expect(data['sendBulkSms']).toEqual({
      status: 'ERROR',
      message: "Erreur lors de l'envoi en masse: Crédits SMS insuffisants.",
      errorCode: 'INSUFFICIENT_CREDIT',
      summary: { total: 3, successful: 0, failed: 3 },
      results: [],
    })
    expect([(await me()).smsCredit, await api.db.smsQueue.count()]).toEqual([2, 0])
  })

  it('shows no limit that is above no credit', async () => {
    await setCredit(1)
    await send(awa, '0700000000')
    expect(await me()).toEqual({ smsCredit: 0, smsLimit: 0 })
  })

  it('gives those of a cancelled batch back, and takes an administrator’s addition', async () => {
    await setCredit(5)
    const sent = await awa.ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "x") { batchId } }', {
      p: numbers(4),
    })
    expect((await me()).smsCredit).toBe(1)
    await awa.ask('mutation($id: ID!) { cancelBatch(id: $id) { status } }', { id: sent.data['sendBulkSms'].batchId })
    await createCreditBalancer(api.db).balance()
    expect((await me()).smsCredit).toBe(5)
    const add = 'mutation($id: ID!, $n: Int!) { addCredits(id: $id, amount: $n) { smsCredit } }'
    expect((await awa.ask(add, { id: awa.userId, n: 5 })).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    expect((await api.admin.ask(add, { id: awa.userId, n: 5 })).data['addCredits']).toEqual({ smsCredit: 10 })
    expect(await api.db.operatorAct.findFirst({ where: { kind: 'ADD_CREDITS' } })).toMatchObject({ userId: 1, smsCount: 0 })
    // So that what is given back always has room.
    await setCredit(1_000_000_000)
    expect((await api.admin.ask(add, { id: awa.userId, n: 1 })).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }])
    const rich = 'mutation { createUser(username: "rich", password: "p", smsCredit: 1000000001) { id } }'
    expect((await api.admin.ask(rich)).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', argument: 'smsCredit' } }])
    await setCredit(10_000_000)
  })
})

describe('the REST twins', () => {
  const call = async (method: 'GET' | 'POST', endpoint: string, payload?: object, key: string | null = awa.key) => {
    const response = await api.app.inject({
      method,
      url: `/api.php?endpoint=${endpoint}`,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      ...(payload && { payload }),
    })
    return { status: response.statusCode, body: response.json() }
  }

  it('send as the mutations do', async () => {
    const segmentId = await fillSegment(api, { userId: awa.userId, name: 'Clients', count: 3 })
    expect((await call('GET', 'sms/segments')).body.segments).toMatchObject([{ id: segmentId, phoneNumberCount: 3 }])
    expect((await call('POST', 'sms/send', { number: '0700000000', message: 'a' })).body).toMatchObject({
      status: 'PENDING',
      summary: { total: 1, successful: 1, failed: 0 },
    })
    expect((await call('POST', 'sms/bulk', { numbers: ['0700000000', 'abc'], message: 'b' })).body).toMatchObject({
      status: 'PARTIAL',
      summary: { total: 2, successful: 1, failed: 1 },
      results: [{ status: 'QUEUED' }, { status: 'FAILED' }],
    })
    expect((await call('POST', `sms/segments/${segmentId}/send`, { message: 'c' })).body).toMatchObject({
      status: 'QUEUED',
      summary: { total: 3, successful: 3, failed: 0 },
    })
    expect((await call('POST', 'sms/bulk', { numbers: numbers(9_000), message: 'd' })).body).toMatchObject({
      summary: { total: 9_000, successful: 9_000 },
    })
  })

  it('refuse what is empty, unknown or unsigned', async () => {
    expect((await call('POST', 'sms/bulk', { numbers: [], message: 'x' })).body.errors[0].message).toBe(
      'Liste de numéros et message requis.',
    )
    expect((await call('POST', 'sms/bulk', { numbers: 'x', message: 'x' })).status).toBe(400)
    expect((await call('POST', 'sms/unknown', {})).status).toBe(404)
    expect((await call('POST', 'sms/bulk', { numbers: numbers(1), message: 'x' }, null)).status).toBe(401)
  })
})
