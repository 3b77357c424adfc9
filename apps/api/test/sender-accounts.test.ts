import { openRedis } from '@sms/queue'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Api, clearSends, fillSegment, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
})
afterAll(() => api.release())
afterEach(async () => {
  await clearSends(api)
  await api.db.senderAccount.deleteMany({ where: { id: { not: 1 } } })
  await api.db.senderAccount.updateMany({ data: { pausedReason: null, pausedByOperator: false, pausedAt: null } })
})

const SECRET = 'never-to-be-read-again'
const CLIENT = 'client-of-mali'
const mali = (more: Record<string, unknown> = {}) => ({
  name: 'Mali',
  countries: ['ML'],
  clientId: CLIENT,
  clientSecret: SECRET,
  senderAddress: 'tel:+2230000',
  senderNames: ['CLINIQUE'],
  ratePerSecond: 12.5,
  ...more,
})
const FIELDS = `id name isDefault state isPaused pausedReason isPausedByOperator countries senderNames ratePerSecond currentRatePerSecond heldForMs
  senderAddress apiUrl window backlog etaSeconds unitsLeft unitsExpireAt unitsCheckedAt disabledAt nextProbeAt pausedAt`
const create = (input: Record<string, unknown> = mali(), who: Pick<Tenant, 'ask'> = api.admin) =>
  who.ask(`mutation($input: CreateSenderAccountInput!) { createSenderAccount(input: $input) { ${FIELDS} } }`, { input })
const update = (id: string, input: Record<string, unknown>, who: Pick<Tenant, 'ask'> = api.admin) =>
  who.ask(`mutation($id: ID!, $input: UpdateSenderAccountInput!) { updateSenderAccount(id: $id, input: $input) { ${FIELDS} } }`, {
    id,
    input,
  })
const created = async (more: Record<string, unknown> = {}): Promise<string> =>
  (await create(mali(more))).data['createSenderAccount'].id as string
const accounts = async () => (await api.admin.ask(`{ senderAccounts { ${FIELDS} } }`)).data['senderAccounts'] as any[]
const codeOf = async (asked: Promise<{ errors: { extensions: { code: string } }[] }>) => (await asked).errors[0]?.extensions.code
const sendBulk = (phoneNumbers: readonly string[], options: Record<string, unknown> = {}) =>
  tenant.ask(
    `mutation($n: [String!]!, $o: SendOptions) { sendBulkSms(phoneNumbers: $n, message: "Bonjour", options: $o) {
      status errorCode batch { id senderAccountIds etaSeconds counts { pending } } } }`,
    { n: phoneNumbers, o: options },
  )

describe('sender accounts', () => {
  it('are shown to administrators, the default one as the variables say', async () => {
    const id = await created()
    expect(await accounts()).toEqual([
      expect.objectContaining({
        id: '1',
        name: 'default',
        isDefault: true,
        state: 'ACTIVE',
        ratePerSecond: 5,
        currentRatePerSecond: 5,
        senderAddress: 'tel:+2250000',
        countries: [],
        backlog: 0,
        unitsLeft: null,
      }),
      expect.objectContaining({
        id,
        name: 'Mali',
        isDefault: false,
        state: 'ACTIVE',
        ratePerSecond: 12.5,
        currentRatePerSecond: 12.5,
        heldForMs: 0,
        senderAddress: 'tel:+2230000',
        senderNames: ['CLINIQUE'],
        countries: ['ML'],
        window: 0,
        etaSeconds: null,
      }),
    ])
  })

  it('are nobody else’s business, but for their names and states', async () => {
    const id = await created()
    const asked = [
      tenant.ask('{ senderAccounts { id } }'),
      create(mali({ name: 'x' }), tenant),
      update(id, { ratePerSecond: 1 }, tenant),
      tenant.ask('mutation { pauseSending { id } }'),
      tenant.ask('mutation { resumeSending(accountId: 1) { id } }'),
      tenant.ask(`mutation { disableSenderAccount(id: ${id}) { id } }`),
      tenant.ask(`mutation { enableSenderAccount(id: ${id}) { id } }`),
    ]
    expect(await Promise.all(asked.map(codeOf))).toEqual(asked.map(() => 'FORBIDDEN'))
    expect(await codeOf(api.anonymous('{ senderAccounts { id } }'))).toBe('UNAUTHENTICATED')
    const { data } = await tenant.ask(`{ queueStats { accounts { ${FIELDS} } } }`)
    expect(data['queueStats'].accounts[1]).toMatchObject({ name: 'Mali', state: 'ACTIVE', senderAddress: null, backlog: null })
  })

  it.each([
    ['INVALID_ACCOUNT', { senderAddress: '+2230000' }],
    ['INVALID_ACCOUNT', { ratePerSecond: 0 }],
    ['INVALID_ACCOUNT', { countries: ['ZZ'] }],
    ['INVALID_ACCOUNT', { apiUrl: 'ftp://api.orange.com' }],
    ['INVALID_ACCOUNT', { clientSecret: ' padded ' }],
    ['INVALID_ACCOUNT', { name: '' }],
    ['ALREADY_EXISTS', { name: 'default' }],
  ])('refuse with %s what cannot be: %o', async (code, wrong) => {
    const { errors } = await create(mali(wrong))
    expect(errors[0]?.extensions).toMatchObject({ code, ...(code === 'INVALID_ACCOUNT' && { field: Object.keys(wrong)[0] }) })
    expect(await accounts()).toHaveLength(1)
  })

  it('refuse a country that another one has, and say which', async () => {
    const id = await created()
    const { errors } = await create(mali({ name: 'Mali 2', countries: ['SN', 'ML'] }))
    expect(errors[0]?.extensions).toMatchObject({ code: 'COUNTRY_TAKEN', accountId: Number(id) })
    const other = await created({ name: 'Sénégal', countries: ['SN'] })
    expect(await codeOf(update(other, { countries: ['ML'] }))).toBe('COUNTRY_TAKEN')
    expect(await codeOf(update(other, { name: 'Mali' }))).toBe('ALREADY_EXISTS')
  })

  it('change in what is given alone', async () => {
    const id = await created()
    const before = await api.db.senderAccount.findUniqueOrThrow({ where: { id: Number(id) } })
    expect((await update(id, { ratePerSecond: 30 })).data['updateSenderAccount']).toMatchObject({
      ratePerSecond: 30,
      name: 'Mali',
    })
    expect(await codeOf(update(id, { clientId: 'alone' }))).toBe('INVALID_ACCOUNT')
    expect(await codeOf(update(id, {}))).toBe('EMPTY_INPUT')
    expect(await codeOf(update('99', { ratePerSecond: 1 }))).toBe('NOT_FOUND')
    expect(await codeOf(update('1', { ratePerSecond: 1 }))).toBe('INVALID_ACCOUNT')
    const rated = await api.db.senderAccount.findUniqueOrThrow({ where: { id: Number(id) } })
    expect(rated).toMatchObject({ version: before.version + 1, sealedCredentials: before.sealedCredentials })
    await update(id, { clientId: 'other', clientSecret: 'other-secret' })
    const rotated = await api.db.senderAccount.findUniqueOrThrow({ where: { id: Number(id) } })
    expect(rotated.version).toBe(before.version + 2)
    expect(rotated.sealedCredentials).not.toBe(before.sealedCredentials)
  })

  it('are disabled and enabled, never deleted; the default one neither', async () => {
    const id = await created()
    const { data } = await api.admin.ask(
      `mutation { disableSenderAccount(id: ${id}, reason: "closed") { state currentRatePerSecond } }`,
    )
    expect(data['disableSenderAccount']).toEqual({ state: 'DISABLED', currentRatePerSecond: 0 })
    expect(await codeOf(api.admin.ask(`mutation { resumeSending(accountId: ${id}) { id } }`))).toBe('ACCOUNT_DISABLED')
    expect((await api.admin.ask(`mutation { enableSenderAccount(id: ${id}) { state } }`)).data['enableSenderAccount'].state).toBe(
      'ACTIVE',
    )
    expect(await codeOf(api.admin.ask('mutation { disableSenderAccount(id: 1) { id } }'))).toBe('INVALID_ACCOUNT')
  })
})

describe('the credentials of an account', () => {
  it('are in no table, no Redis key, no log line and no answer as they were given', async () => {
    const id = await created()
    const answers = [await create(mali({ name: '' })), await update(id, { clientId: `${CLIENT}-2`, clientSecret: `${SECRET}-2` })]
    const wrongType = await api.admin.ask('mutation($i: CreateSenderAccountInput!) { createSenderAccount(input: $i) { id } }', {
      i: { ...mali(), ratePerSecond: SECRET },
    })
    await api.admin.ask('{ senderAccounts { id name state } }')

    const tables = await api.db.$queryRaw<{ name: string }[]>`
      SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`
    const rows = await Promise.all(
      tables.map(({ name }) => api.db.$queryRawUnsafe<{ row: string }[]>(`SELECT to_jsonb(t)::text AS row FROM "${name}" t`)),
    )
    const { redis, release } = openRedis({ url: api.urls.redis, role: 'producer', onError: () => undefined })
    // Compressed, a text would be there and not be found.
    await redis.config('SET', 'rdbcompression', 'no')
    const keys = await redis.keys('*')
    const values = await Promise.all(keys.map(async (key) => (await redis.dumpBuffer(key)).toString('latin1')))
    await release()

    const dump = [JSON.stringify(rows), keys.join(), values.join(), api.lines.join(), JSON.stringify([...answers, wrongType])]
    expect(rows.flat().some(({ row }) => row.includes('"Mali"'))).toBe(true)
    for (const text of dump) {
      for (const hidden of [SECRET, CLIENT]) expect(text.includes(hidden)).toBe(false)
      expect(text.includes(Buffer.from(SECRET).toString('base64').slice(0, 20))).toBe(false)
    }
  })
})

describe('sending by several accounts', () => {
  it('goes by the country of each recipient, and counts what each has to do', async () => {
    const id = await created()
    const { data } = await sendBulk([...numbers(10), '+22370000001', '+22370000002'])
    expect(data['sendBulkSms'].batch).toMatchObject({ senderAccountIds: ['1', id], counts: { pending: 12 }, etaSeconds: 1 })
    expect((await accounts()).map(({ backlog, etaSeconds }) => ({ backlog, etaSeconds }))).toEqual([
      { backlog: 10, etaSeconds: 2 },
      { backlog: 2, etaSeconds: 1 },
    ])
  })

  it('goes by the account that is named, or is refused when there is none of that name', async () => {
    const id = await created()
    const named = await sendBulk(numbers(2), { senderAccount: 'Mali' })
    expect(named.data['sendBulkSms'].batch).toMatchObject({ senderAccountIds: [id] })
    expect((await sendBulk(numbers(2), { senderAccount: 'Nobody' })).data['sendBulkSms']).toMatchObject({
      status: 'ERROR',
      errorCode: 'UNKNOWN_ACCOUNT',
    })
    expect((await sendBulk(numbers(2), { senderAccount: 'Mali', senderName: 'AUTRE' })).data['sendBulkSms']).toMatchObject({
      errorCode: 'INVALID_OPTIONS',
    })
    const single = await tenant.ask(
      'mutation { sendSms(phoneNumber: "+2250709999999", message: "Bonjour", options: { senderAccount: "Mali" }) { id } }',
    )
    const sms = await tenant.ask(`{ sms(id: ${single.data['sendSms'].id}) { senderAccountId } }`)
    expect(sms.data['sms'].senderAccountId).toBe(id)
    await api.admin.ask(`mutation { disableSenderAccount(id: ${id}) { id } }`)
    expect((await sendBulk(numbers(2), { senderAccount: 'Mali' })).data['sendBulkSms'].errorCode).toBe('UNKNOWN_ACCOUNT')
  })

  it('takes another account under the same idempotency key for another input', async () => {
    await created()
    const send = (options: string) =>
      tenant.ask(
        `mutation { sendBulkSms(phoneNumbers: ["+2250700000001"], message: "Bonjour", idempotencyKey: "k", options: ${options}) { batchId errorCode } }`,
      )
    const first = await send('{ senderAccount: "Mali" }')
    expect((await send('{ senderAccount: "Mali" }')).data['sendBulkSms'].batchId).toBe(first.data['sendBulkSms'].batchId)
    expect((await send('{}')).data['sendBulkSms'].errorCode).toBe('IDEMPOTENCY_CONFLICT')
  })

  it('names the account of a segment', async () => {
    const id = await created()
    const segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Tous', count: 3, start: 500 })
    const { data } = await tenant.ask(
      'mutation($s: ID!) { sendSmsToSegment(segmentId: $s, message: "Bonjour", options: { senderAccount: "Mali" }) { batch { senderAccountIds } } }',
      { s: segmentId },
    )
    expect(data['sendSmsToSegment'].batch.senderAccountIds).toEqual([id])
  })
})

describe('pauseSending and resumeSending', () => {
  it('act on one account or on all, and say how these stand', async () => {
    const id = await created()
    const one = await api.admin.ask(`mutation { pauseSending(accountId: ${id}, reason: "night") { id state pausedReason } }`)
    expect(one.data['pauseSending']).toEqual([{ id, state: 'PAUSED', pausedReason: 'PAUSED_BY_OPERATOR' }])
    const all = await api.admin.ask('mutation { pauseSending { id isPausedByOperator } }')
    expect(all.data['pauseSending']).toEqual([
      { id: '1', isPausedByOperator: true },
      { id, isPausedByOperator: true },
    ])
    expect((await tenant.ask('{ queueStats { etaSeconds } }')).data['queueStats'].etaSeconds).toBeNull()
    const resumed = await api.admin.ask('mutation { resumeSending { id state } }')
    expect(resumed.data['resumeSending']).toEqual([
      { id: '1', state: 'ACTIVE' },
      // Paused alone before everything was.
      { id, state: 'PAUSED' },
    ])
    expect(await codeOf(api.admin.ask('mutation { pauseSending(accountId: 99) { id } }'))).toBe('NOT_FOUND')
    expect(await codeOf(api.admin.ask('mutation { pauseSending(accountId: "x") { id } }'))).toBe('NOT_FOUND')
    const acts = await api.db.operatorAct.findMany({ where: { kind: 'PAUSE_SENDING' }, orderBy: { id: 'asc' } })
    expect(acts[0]).toMatchObject({ userId: 1, via: 'GRAPHQL', reason: 'night' })
    expect(JSON.parse(acts[0]?.filter ?? '')).toEqual({ accountIds: [Number(id)] })
  })
})

describe('Bull Board', () => {
  it('shows the queue of an account that was made while it runs', async () => {
    const id = await created()
    const response = await api.app.inject({
      url: '/admin/queues/api/queues',
      headers: { authorization: `Bearer ${api.admin.key}` },
    })
    const { queues } = response.json<{ queues: { name: string }[] }>()
    expect(queues.map(({ name }) => name)).toEqual(expect.arrayContaining(['sms-1', `sms-${id}`]))
  })
})
