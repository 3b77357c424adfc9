import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, fillSegment, numbers, openApi, rowCounts, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
let other: Tenant

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
  other = await api.createTenant('issa')
})
afterAll(() => api.release())
beforeEach(async () => {
  await clearSends(api)
  await api.db.senderAccount.updateMany({ data: { unitsLeft: null, unitsCheckedAt: null, pausedReason: null, pausedAt: null } })
})

const PLAN = `query($i: PlanSendInput!) { planSend(input: $i) {
  id expiresAt kind entries recipients duplicates invalid invalidByReason { code message count } optedOut
  refused { index code phoneNumber } estimated unitsNeeded price { amount currency smsCount parts } creditLeft accountUnitsLeft
  accountUnitsWaiting backlog ratePerSecond etaSeconds expiring quietHours { country timeZone recipients delayedUntil }
  preview { encoding parts forcingCharacters { character count suggestion } cheaperMessage cheaperParts } warnings { code unitsMissing }
} }`
const plan = async (input: Record<string, unknown>, from = tenant) =>
  (await from.ask(PLAN, { i: { message: 'Bonjour', ...input } })).data['planSend']

const CHANGES = 'status errorCode batchId planChanges { field planned now }'
const BULK = `mutation($p: [String!]!, $m: String!, $o: SendOptions, $k: String) {
  sendBulkSms(phoneNumbers: $p, message: $m, options: $o, idempotencyKey: $k) { ${CHANGES} } }`
const bulk = async (phones: string[], planId: string, more: Record<string, unknown> = {}, from = tenant) =>
  (await from.ask(BULK, { p: phones, m: 'Bonjour', ...more, o: { planId, ...(more['o'] as object | undefined) } })).data[
    'sendBulkSms'
  ]
const SEGMENT = `mutation($s: ID!, $o: SendOptions) { sendSmsToSegment(segmentId: $s, message: "Bonjour", options: $o) { ${CHANGES} } }`
const toSegment = async (segmentId: string, planId: string) =>
  (await tenant.ask(SEGMENT, { s: segmentId, o: { planId } })).data['sendSmsToSegment']

const optOut = (phoneNumber: string) => api.db.suppression.create({ data: { userId: Number(tenant.userId), phoneNumber } })

describe('planSend', () => {
  it('says who of a list would get an SMS and who would not, at what price, and writes nothing else', async () => {
    const [one, two, three] = numbers(3) as [string, string, string]
    await optOut(two)
    await api.db.senderAccount.update({ where: { id: 1 }, data: { unitsLeft: 3, unitsCheckedAt: new Date() } })
    const found = await plan({ phoneNumbers: [one, two, one, 'abc', '', three], message: 'ê'.repeat(71) })
    expect(found).toMatchObject({
      kind: 'LIST',
      entries: 6,
      recipients: 2,
      duplicates: 1,
      invalid: 2,
      optedOut: 1,
      estimated: [],
      unitsNeeded: 4,
      price: { amount: 120, currency: 'XOF', smsCount: 2, parts: 4 },
      creditLeft: 10_000_000,
      accountUnitsLeft: 3,
      accountUnitsWaiting: 0,
      backlog: 0,
      ratePerSecond: 5,
      etaSeconds: 1,
      quietHours: [],
      preview: {
        encoding: 'UCS2',
        parts: 2,
        cheaperParts: 1,
        forcingCharacters: [{ character: 'ê', count: 71, suggestion: 'e' }],
      },
      warnings: [{ code: 'NOT_ENOUGH_UNITS', unitsMissing: 1 }],
    })
    expect(found.refused.map(({ index, code }: any) => [index, code])).toEqual([
      [1, 'OPTED_OUT'],
      [2, 'DUPLICATE'],
      [3, 'INVALID_NUMBER'],
      [4, 'EMPTY_NUMBER'],
    ])
    expect(found.invalidByReason.map(({ code, count }: any) => [code, count])).toEqual([
      ['EMPTY_NUMBER', 1],
      ['INVALID_NUMBER', 1],
    ])
    expect(await rowCounts(api)).toEqual({ batches: 0, sms: 0, keys: 0 })
  })

  it('counts what waits already into the time it takes', async () => {
    await tenant.ask(`mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "a") { status } }`, { p: numbers(100) })
    expect(await plan({ phoneNumbers: numbers(50, 500) })).toMatchObject({ backlog: 100, etaSeconds: 30 })
    await api.db.senderAccount.update({
      where: { id: 1 },
      data: { pausedReason: 'held', pausedByOperator: true, pausedAt: new Date() },
    })
    expect(await plan({ phoneNumbers: numbers(1) })).toMatchObject({ etaSeconds: null, ratePerSecond: 0 })
    await api.db.senderAccount.update({ where: { id: 1 }, data: { pausedReason: null, pausedByOperator: false, pausedAt: null } })
  })

  it('says the same of a segment and of all contacts from their maintained counts', async () => {
    const segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Clients', count: 12 })
    await optOut(numbers(1)[0] ?? '')
    expect(await plan({ segmentId })).toMatchObject({ kind: 'SEGMENT', entries: 12, recipients: 11, optedOut: 1, estimated: [] })
    expect(await plan({ allContacts: true })).toMatchObject({
      kind: 'ALL_CONTACTS',
      entries: 12,
      recipients: 11,
      unitsNeeded: 11,
    })
  })

  it('says which figures of a large audience are estimates', async () => {
    const segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Tous', count: 20_000 })
    expect(await plan({ segmentId })).toMatchObject({
      entries: 20_000,
      recipients: 20_000,
      etaSeconds: 4_000,
      estimated: ['quietHours', 'accounts'],
    })
  })

  it('says who has to wait for the end of quiet hours, and who would wait in vain', async () => {
    const night = new Date(Date.UTC(new Date().getUTCFullYear() + 1, 5, 1, 20, 30))
    const options = { kind: 'PROMOTIONAL', scheduledAt: night.toISOString() }
    // Half past eight in Abidjan, half past eleven in Antananarivo.
    const phoneNumbers = ['+2250707070707', '+261321234567']
    const found = await plan({ phoneNumbers, options })
    const morning = new Date(Date.UTC(night.getUTCFullYear(), 5, 2, 4))
    expect(found.quietHours).toEqual([
      { country: 'MG', timeZone: 'Indian/Antananarivo', recipients: 1, delayedUntil: morning.toISOString() },
    ])
    expect(found).toMatchObject({ expiring: 0, recipients: 2 })
    const validUntil = new Date(night.getTime() + 3_600_000).toISOString()
    expect(await plan({ phoneNumbers, options: { ...options, validUntil } })).toMatchObject({ expiring: 1 })
    expect((await plan({ phoneNumbers, options: { scheduledAt: night.toISOString() } })).quietHours).toEqual([])
    const sent = await bulk(phoneNumbers, found.id, { o: { ...options } })
    expect(sent).toMatchObject({ status: 'QUEUED' })
    const rows = await api.db.smsQueue.findMany({ orderBy: { phoneNumber: 'asc' } })
    expect(rows.map(({ nextAttemptAt }) => nextAttemptAt.getTime() === morning.getTime())).toEqual([false, true])
  })

  it('takes a long list within its input', async () => {
    expect(await plan({ phoneNumbers: [...numbers(5_000), ...numbers(10)] })).toMatchObject({ recipients: 5_000, duplicates: 10 })
  })

  it('asks for one kind of recipient, and refuses what a send would refuse', async () => {
    const codeOf = async (input: object) => (await tenant.ask(PLAN, { i: { message: 'a', ...input } })).errors[0]?.extensions.code
    expect(await codeOf({})).toBe('INVALID_INPUT')
    expect(await codeOf({ segmentId: '1', allContacts: true })).toBe('INVALID_INPUT')
    expect(await codeOf({ segmentId: '99' })).toBe('UNKNOWN_SEGMENT')
    expect(await codeOf({ phoneNumbers: [] })).toBe('EMPTY_INPUT')
    expect(await codeOf({ allContacts: true, message: 'x'.repeat(2_000) })).toBe('MESSAGE_TOO_LONG')
    expect(await codeOf({ allContacts: true, userId: other.userId })).toBe('FORBIDDEN')
  })
})

describe('a send that carries a plan', () => {
  it('goes as it was planned, in whatever spelling', async () => {
    const { id } = await plan({ phoneNumbers: ['0707070701', '0707070702'] })
    expect(await bulk(['+225 07 07 07 07 01', '+2250707070702'], id)).toMatchObject({ status: 'QUEUED', planChanges: null })
  })

  it.each([
    ['text', { m: 'Bonsoir' }, ['message']],
    ['options', { o: { priority: 9 } }, ['options']],
    ['text and options', { m: 'Bonsoir', o: { priority: 9 } }, ['message', 'options']],
  ])('is refused with another %s, and nothing is written', async (_name, more, fields) => {
    const { id } = await plan({ phoneNumbers: numbers(2) })
    const answer = await bulk(numbers(2), id, more)
    expect(answer).toMatchObject({ status: 'ERROR', errorCode: 'PLAN_CHANGED', batchId: null })
    expect(answer.planChanges.map(({ field }: any) => field)).toEqual(fields)
    expect(await rowCounts(api)).toEqual({ batches: 0, sms: 0, keys: 0 })
  })

  it('is refused with another list, and says by how many', async () => {
    const { id } = await plan({ phoneNumbers: numbers(2) })
    expect((await bulk(numbers(3), id)).planChanges).toEqual([{ field: 'recipients', planned: 2, now: 3 }])
  })

  it('is refused when somebody has opted out since, even if somebody else is back', async () => {
    const [one, two] = numbers(2) as [string, string]
    await optOut(one)
    const { id } = await plan({ phoneNumbers: [one, two] })
    await api.db.suppression.deleteMany()
    await optOut(two)
    expect((await bulk([one, two], id)).planChanges).toEqual([{ field: 'optedOut', planned: 1, now: 1 }])
    await api.db.suppression.deleteMany()
    expect((await bulk([one, two], id)).planChanges).toEqual([{ field: 'optedOut', planned: 1, now: 2 }])
  })

  it('is refused when members have joined the segment since', async () => {
    const segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Clients', count: 3 })
    const { id } = await plan({ segmentId })
    await tenant.ask(
      'mutation($s: ID!) { importContacts(input: { segmentId: $s, contacts: [{ phoneNumber: "0799999999" }] }) { total } }',
      { s: segmentId },
    )
    expect(await toSegment(segmentId, id)).toMatchObject({
      status: 'ERROR',
      errorCode: 'PLAN_CHANGED',
      planChanges: [{ field: 'audience', planned: 3, now: 4 }],
    })
    const again = await plan({ segmentId })
    expect(await toSegment(segmentId, again.id)).toMatchObject({ status: 'QUEUED' })
  })

  it("is refused with a plan that is over, unknown, or somebody else's", async () => {
    const { id } = await plan({ phoneNumbers: numbers(2) })
    const gone = [{ field: 'plan', planned: null, now: null }]
    expect((await bulk(numbers(2), id, {}, other)).planChanges).toEqual(gone)
    expect((await bulk(numbers(2), 'no plan')).planChanges).toEqual(gone)
    await api.db.sendPlan.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } })
    expect((await bulk(numbers(2), id)).planChanges).toEqual(gone)
  })

  it('gives the answer of its key again, whatever has become of the plan', async () => {
    const { id } = await plan({ phoneNumbers: numbers(2) })
    const first = await bulk(numbers(2), id, { k: 'planned' })
    await api.db.sendPlan.deleteMany()
    expect(await bulk(numbers(2), id, { k: 'planned' })).toEqual(first)
  })

  it('does not use up its key when it is refused', async () => {
    const { id } = await plan({ phoneNumbers: numbers(2) })
    expect(await bulk(numbers(3), id, { k: 'free' })).toMatchObject({ errorCode: 'PLAN_CHANGED' })
    expect(await bulk(numbers(2), id, { k: 'free' })).toMatchObject({ status: 'QUEUED' })
  })
})

it('a plan holds no number and no text', async () => {
  await plan({ phoneNumbers: ['0707070707'], message: 'Un secret' })
  const [row] = await api.db.sendPlan.findMany()
  expect(JSON.stringify(row)).not.toMatch(/0707070707|secret/)
})
