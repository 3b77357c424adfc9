import { eventually } from '@sms/devstack'
import { createWindow, openRedis } from '@sms/queue'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
let stranger: Tenant
let batchId: string
let start = 0

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
  stranger = await api.createTenant('koffi')
})
afterAll(() => api.release())
beforeEach(async () => {
  start += 100
  const made = await tenant.ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "a") { batchId } }', {
    p: numbers(4, start),
  })
  batchId = made.data['sendBulkSms'].batchId
})

const codeOf = async (asked: Promise<{ errors: { extensions: { code: string } }[] }>) => (await asked).errors[0]?.extensions.code
const firstSms = async () =>
  (await api.db.smsQueue.findFirstOrThrow({ where: { batchId: BigInt(batchId) }, orderBy: { id: 'asc' } })).id
const putOnWire = async (smsId: bigint) => {
  await api.db
    .$executeRaw`UPDATE "SmsQueue" SET status = 'PROCESSING', attempts = 1, dispatch = greatest(dispatch, 1), "dispatchedAt" = now(),
    "claimId" = gen_random_uuid(), "claimedBy" = 'worker', "leaseUntil" = now() + interval '1 minute', "lastAttemptAt" = now() WHERE id = ${smsId}`
  await api.db.$executeRaw`UPDATE "SmsBatch" SET pending = pending - 1, processing = processing + 1 WHERE id = ${BigInt(batchId)}`
}
const CANCEL = `mutation($id: ID!) { cancelBatch(id: $id, reason: "wrong text") {
  status cancellation { at stopped notMade onTheWire onTheWireIds } counts { pending processing cancelled } } }`

describe('cancelBatch', () => {
  it('answers with a receipt, the same when it is asked again or read later', async () => {
    const smsId = await firstSms()
    await putOnWire(smsId)
    const first = (await tenant.ask(CANCEL, { id: batchId })).data['cancelBatch']
    expect(first).toMatchObject({
      status: 'CANCELLED',
      cancellation: { stopped: 3, notMade: 0, onTheWire: 1, onTheWireIds: [String(smsId)] },
      counts: { pending: 0, processing: 1, cancelled: 3 },
    })
    expect((await tenant.ask(CANCEL, { id: batchId })).data['cancelBatch'].cancellation).toEqual(first.cancellation)
    const { data } = await tenant.ask('query($id: ID!) { batch(id: $id) { cancellation { stopped } } }', { id: batchId })
    expect(data['batch']).toEqual({ cancellation: { stopped: 3 } })
  })

  it('is nothing for another tenant, and neither is any other control of the batch', async () => {
    for (const call of [
      'cancelBatch(id: $id)',
      'pauseBatch(id: $id)',
      'resumeBatch(id: $id)',
      'setBatchPriority(id: $id, priority: 9)',
    ]) {
      expect(await codeOf(stranger.ask(`mutation($id: ID!) { ${call} { id } }`, { id: batchId })), call).toBe('NOT_FOUND')
    }
    const { data } = await tenant.ask('query($id: ID!) { batch(id: $id) { status priority cancellation { stopped } } }', {
      id: batchId,
    })
    expect(data['batch']).toEqual({ status: 'ACTIVE', priority: 5, cancellation: null })
  })
})

describe('cancelSms', () => {
  const CANCEL_SMS = 'mutation($id: ID!) { cancelSms(id: $id, reason: "not him") { status errorCode timeline { kind text by } } }'

  it('stops one that waits, with its story', async () => {
    const { data } = await tenant.ask(CANCEL_SMS, { id: String(await firstSms()) })
    expect(data['cancelSms']).toMatchObject({ status: 'CANCELLED', errorCode: 'SMS_CANCELLED' })
    expect(data['cancelSms'].timeline).toContainEqual({ kind: 'SMS_CANCELLED', text: 'not him', by: 'awa' })
    expect(await codeOf(tenant.ask(CANCEL_SMS, { id: String(await firstSms()) }))).toBe('ALREADY_OVER')
  })

  it('is refused on the wire, and to a stranger', async () => {
    const smsId = await firstSms()
    await putOnWire(smsId)
    const { errors } = await tenant.ask(CANCEL_SMS, { id: String(smsId) })
    expect(errors).toMatchObject([
      {
        message: 'Ce SMS est en cours d’envoi : il ne peut plus être arrêté.',
        extensions: { code: 'ON_THE_WIRE', status: 'PROCESSING' },
      },
    ])
    expect(await codeOf(stranger.ask(CANCEL_SMS, { id: String(smsId) }))).toBe('NOT_FOUND')
    expect(await codeOf(tenant.ask(CANCEL_SMS, { id: 'x' }))).toBe('NOT_FOUND')
  })
})

describe('what waits in the window', () => {
  const inWindow = () =>
    api.db.smsQueue.findMany({
      where: { batchId: BigInt(batchId), status: 'PENDING', dispatchedAt: { not: null } },
      select: { id: true, dispatch: true },
    })

  it.each([
    ['cancelBatch(id: $id)', 0],
    ['pauseBatch(id: $id)', 0],
    ['setBatchPriority(id: $id, priority: 9)', 4],
  ])('leaves Redis with %s: nobody waits behind jobs that would send nothing', async (call, dispatchedAnew) => {
    const { redis, release } = openRedis({ url: api.urls.redis, role: 'producer', onError: () => undefined })
    const window = createWindow({ redis, onError: () => undefined })
    try {
      let waiting: { smsId: bigint; dispatch: number }[] = []
      await eventually(async () => {
        waiting = (await inWindow()).map(({ id, dispatch }) => ({ smsId: id, dispatch }))
        return waiting.length === 4 && (await window.findMissing(1, waiting)).length === 0
      })
      await tenant.ask(`mutation($id: ID!) { ${call} { id } }`, { id: batchId })
      await eventually(async () => (await window.findMissing(1, waiting)).length === 4)
      await eventually(async () => (await inWindow()).length === dispatchedAnew)
    } finally {
      await window.close()
      await release()
    }
  })
})

describe('setBatchPriority', () => {
  it('is shown with the batch and its waiting SMS', async () => {
    const { data } = await tenant.ask('mutation($id: ID!) { setBatchPriority(id: $id, priority: 9) { priority } }', {
      id: batchId,
    })
    expect(data['setBatchPriority']).toEqual({ priority: 9 })
    const sms = await tenant.ask('query($id: ID!) { sms(id: $id) { priority } }', { id: String(await firstSms()) })
    expect(sms.data['sms']).toEqual({ priority: 9 })
    expect(
      await codeOf(tenant.ask('mutation($id: ID!) { setBatchPriority(id: $id, priority: 11) { id } }', { id: batchId })),
    ).toBe('INVALID_OPTIONS')
  })
})

describe('pauseSending without an account', () => {
  it('is seen by everybody, explained to administrators, counted, and lifted by them alone', async () => {
    expect(await codeOf(tenant.ask('mutation { pauseSending { id } }'))).toBe('FORBIDDEN')
    const { data } = await api.admin.ask(
      'mutation { pauseSending(reason: "night") { id state isPausedWithAll isPausedByOperator } }',
    )
    expect(data['pauseSending']).toEqual([{ id: '1', state: 'PAUSED', isPausedWithAll: true, isPausedByOperator: true }])
    const PAUSE = '{ queueStats { pause { reason userId } etaSeconds } }'
    expect((await tenant.ask(PAUSE)).data['queueStats']).toEqual({ pause: { reason: null, userId: null }, etaSeconds: null })
    expect((await api.admin.ask(PAUSE)).data['queueStats'].pause).toEqual({ reason: 'night', userId: '1' })
    const metrics = await api.app.inject({ url: '/metrics', headers: { authorization: `Bearer ${api.admin.key}` } })
    expect(metrics.body).toMatch(/^sms_sending_paused 1$/m)
    expect((await api.admin.ask('mutation { resumeSending { state isPausedWithAll } }')).data['resumeSending']).toEqual([
      { state: 'ACTIVE', isPausedWithAll: false },
    ])
    expect((await tenant.ask(PAUSE)).data['queueStats'].pause).toBeNull()
  })
})

describe('startReplay', () => {
  const FIELDS = 'id status total done replayed refused { code count } reason userId via'
  const START = `mutation($i: ReplayInput!) { startReplay(input: $i) { ${FIELDS} } }`
  const failAll = async () => {
    await api.db
      .$executeRaw`UPDATE "SmsQueue" SET status = 'FAILED', "failedAt" = now(), "errorCode" = 'SVC0001', attempts = 5, "dispatchedAt" = NULL
      WHERE "batchId" = ${BigInt(batchId)}`
    await api.db
      .$executeRaw`UPDATE "SmsBatch" SET pending = 0, failed = 4, status = 'COMPLETED', "completedAt" = now() WHERE id = ${BigInt(batchId)}`
  }

  it('is planned, started, followed to its end, and listed', async () => {
    await failAll()
    const plan = await tenant.ask(
      'query($i: ReplayInput!) { planReplay(input: $i) { matched replayed parts price { amount currency } byCode { code count } atStake { parts } } }',
      { i: { batchId } },
    )
    expect(plan.data['planReplay']).toEqual({
      matched: 4,
      replayed: 4,
      parts: 4,
      price: { amount: 120, currency: 'XOF' },
      byCode: [{ code: 'SVC0001', count: 4 }],
      atStake: null,
    })
    const { data } = await tenant.ask(START, { i: { batchId, reason: 'corrected' } })
    const { id } = data['startReplay']
    expect(data['startReplay']).toMatchObject({
      status: 'RUNNING',
      total: 4,
      reason: 'corrected',
      via: 'GRAPHQL',
      userId: tenant.userId,
    })
    const read = async () => (await tenant.ask(`query($id: ID!) { replay(id: $id) { ${FIELDS} } }`, { id })).data['replay']
    await eventually(async () => (await read()).status === 'DONE')
    expect(await read()).toMatchObject({ done: 4, replayed: 4, refused: [] })
    expect((await tenant.ask('{ replays { id } }')).data['replays']).toContainEqual({ id })
    expect((await stranger.ask('{ replays { id } }')).data['replays']).toEqual([])
    expect(await codeOf(stranger.ask('query($id: ID!) { replay(id: $id) { id } }', { id }))).toBe('NOT_FOUND')
    expect(await codeOf(stranger.ask('mutation($id: ID!) { cancelReplay(id: $id) { id } }', { id }))).toBe('NOT_FOUND')
    expect((await tenant.ask('mutation($id: ID!) { cancelReplay(id: $id) { status } }', { id })).data['cancelReplay']).toEqual({
      status: 'DONE',
    })
  })

  it.each([
    ['FORBIDDEN', { userId: '1' }],
    ['FORBIDDEN', { includeUnknown: true, reason: 'why' }],
    ['EMPTY_INPUT', { batchId: null }],
    ['INVALID_INPUT', { dryRun: true }],
  ])('is refused with %s (%#)', async (code, more) => {
    expect(await codeOf(tenant.ask(START, { i: { batchId, ...more } }))).toBe(code)
  })

  it('is refused to who has spent the credits that came back', async () => {
    await failAll()
    const user = { where: { id: Number(tenant.userId) } }
    const { smsCredit } = await api.db.user.findUniqueOrThrow(user)
    await api.db.user.update({ ...user, data: { smsCredit: 3 } })
    expect(await codeOf(tenant.ask(START, { i: { batchId } }))).toBe('INSUFFICIENT_CREDIT')
    await api.db.user.update({ ...user, data: { smsCredit } })
  })
})

describe('operatorActs', () => {
  it('tells administrators who did what to a batch, and nobody else', async () => {
    await tenant.ask('mutation($id: ID!) { pauseBatch(id: $id, reason: "wait") { id } }', { id: batchId })
    await api.admin.ask(CANCEL, { id: batchId })
    const ACTS = 'query($b: ID) { operatorActs(batchId: $b) { kind username via reason before after smsCount batchId } }'
    const { data } = await api.admin.ask(ACTS, { b: batchId })
    expect(data['operatorActs']).toMatchObject([
      { kind: 'CANCEL_BATCH', via: 'GRAPHQL', reason: 'wrong text', smsCount: 4, batchId },
      { kind: 'PAUSE_BATCH', username: 'awa', reason: 'wait', smsCount: 0, batchId },
    ])
    expect(JSON.parse(data['operatorActs'][0].before)).toMatchObject({ status: 'PAUSED', pending: 4 })
    expect(await codeOf(tenant.ask(ACTS))).toBe('FORBIDDEN')
    const ofKind = (kind: string) => api.admin.ask('query($k: String) { operatorActs(kind: $k) { kind } }', { k: kind })
    expect((await ofKind('PAUSE_BATCH')).data['operatorActs']).toContainEqual({ kind: 'PAUSE_BATCH' })
    expect((await ofKind('a\0b')).data).toEqual({ operatorActs: [] })
  })

  it('tells what a replay moved of a batch and what was decided about it, from what to what', async () => {
    const id = await firstSms()
    await api.db.$executeRaw`UPDATE "SmsQueue" SET status = (CASE WHEN id = ${id} THEN 'UNKNOWN' ELSE 'FAILED' END)::"SmsStatus",
      "failedAt" = now(), "errorCode" = 'SVC0001', attempts = 1, "lastAttemptAt" = now() - interval '1 hour', "dispatchedAt" = NULL
      WHERE "batchId" = ${BigInt(batchId)}`
    await api.db
      .$executeRaw`UPDATE "SmsBatch" SET pending = 0, failed = 3, unknown = 1, status = 'COMPLETED', "completedAt" = now()
      WHERE id = ${BigInt(batchId)}`
    await tenant.ask('mutation($i: ReplayInput!) { startReplay(input: $i) { id } }', { i: { batchId, reason: 'units are back' } })
    const decided = 'mutation($i: ResolveUnknownInput!) { resolveUnknown(input: $i) { resolved } }'
    await api.admin.ask(decided, { i: { decision: 'ASSUME_NOT_SENT', ids: [String(id)], reason: 'he says no' } })
    const acts = async () =>
      (await api.admin.ask('query($b: ID) { operatorActs(batchId: $b) { kind reason smsCount before after } }', { b: batchId }))
        .data['operatorActs']
    await eventually(async () => (await acts()).length === 3)
    expect((await acts()).toSorted((one: any, other: any) => one.kind.localeCompare(other.kind))).toEqual([
      { kind: 'ASSUME_NOT_SENT', reason: 'he says no', smsCount: 1, before: '{"UNKNOWN":1}', after: '{"FAILED":1}' },
      { kind: 'REPLAY', reason: 'units are back', smsCount: 3, before: '{"FAILED":3}', after: '{"PENDING":3}' },
      { kind: 'START_REPLAY', reason: 'units are back', smsCount: 0, before: null, after: expect.stringContaining('"total":3') },
    ])
  })
})
