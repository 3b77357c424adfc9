import { createCreditBalancer } from '@sms/db'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, fillSegment, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let awa: Tenant
let koffi: Tenant
const DATE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/

beforeAll(async () => {
  // One key asks all of this, and how fast is the machine's affair.
  api = await openApi({ API_REQUESTS_PER_SECOND: '10000' })
  awa = await api.createTenant('awa')
  koffi = await api.createTenant('koffi')
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

const send = async (tenant: Tenant, phoneNumber: string, message = 'Bonjour'): Promise<string> =>
  (
    await tenant.ask('mutation($p: String!, $m: String!) { sendSms(phoneNumber: $p, message: $m) { id } }', {
      p: phoneNumber,
      m: message,
    })
  ).data['sendSms'].id

/** As a settle would leave the row. */
const settle = (id: string, status: 'SENT' | 'FAILED' | 'CANCELLED' | 'UNKNOWN') =>
  api.db.$executeRaw`UPDATE "SmsQueue" SET status = ${status}::"SmsStatus", attempts = 1, "dispatchedAt" = NULL,
    "sentAt" = CASE WHEN ${status} = 'SENT' THEN now() END, "messageId" = CASE WHEN ${status} = 'SENT' THEN 'm-1' END,
    "failedAt" = CASE WHEN ${status} <> 'SENT' THEN now() END, "errorCode" = CASE WHEN ${status} <> 'SENT' THEN 'SVC0004' END,
    "errorMessage" = CASE WHEN ${status} <> 'SENT' THEN 'No valid addresses provided' END
    WHERE id = ${BigInt(id)}`

const HISTORY = `query($l: Int, $o: Int, $u: ID, $st: String, $s: String, $g: ID) {
  smsHistory(limit: $l, offset: $o, userId: $u, status: $st, search: $s, segmentId: $g) {
    id phoneNumber message status messageId errorMessage senderAddress senderName createdAt sentAt deliveredAt failedAt segment { id name } userId }
  smsHistoryCount(userId: $u, status: $st, search: $s, segmentId: $g) }`

describe('smsHistory', () => {
  it('shows each SMS in the old words, newest first, and counts as it lists', async () => {
    const [first, second, third, fourth] = await Promise.all(numbers(4).map((number) => send(awa, number)))
    await settle(first ?? '', 'SENT')
    await settle(second ?? '', 'CANCELLED')
    await settle(third ?? '', 'UNKNOWN')
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
    await settle(sent, 'SENT')
    await settle(failed, 'FAILED')
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
    await settle(id, 'FAILED')
    expect((await retry(awa, id)).data['retrySms']).toMatchObject({ id, status: 'PENDING', message: 'Bonjour', errorCode: null })
    expect((await awa.ask(HISTORY)).data['smsHistoryCount']).toBe(1)
  })

  it.each(['SENT', 'CANCELLED', 'UNKNOWN'] as const)('leaves what is %s as it is', async (status) => {
    const id = await send(awa, '0700000000')
    await settle(id, status)
    expect((await retry(awa, id)).data['retrySms']).toMatchObject({ status: 'ERROR', errorCode: 'NOT_REPLAYABLE' })
    expect(await api.db.smsQueue.findFirstOrThrow({ select: { status: true } })).toEqual({ status })
  })

  it('knows nothing of the SMS of others', async () => {
    const id = await send(awa, '0700000000')
    await settle(id, 'FAILED')
    expect((await retry(koffi, id)).data['retrySms']).toMatchObject({ status: 'ERROR', errorCode: 'NOT_FOUND' })
    expect((await retry(koffi, id, awa.userId)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    expect((await retry(api.admin, id, awa.userId)).data['retrySms']).toMatchObject({ id, status: 'PENDING' })
  })

  it('takes the credit that came back, never the same for two at once', async () => {
    const user = { where: { id: Number(awa.userId) } }
    const ids = [await send(awa, '0700000000'), await send(awa, '0700000001')]
    for (const id of ids) await settle(id, 'FAILED')
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

describe('contacts and their groups', () => {
  const CONTACT = `id name phoneNumber email notes createdAt updatedAt groups { id name contactCount }
    smsHistory { status } smsTotalCount smsSentCount smsFailedCount smsScore`
  const create = async (name: string, phoneNumber: string, groupIds: string[] = [], tenant = awa) =>
    tenant.ask(
      `mutation($n: String!, $p: String!, $g: [ID!]) { createContact(name: $n, phoneNumber: $p, email: "a@example.ci", notes: "n", groupIds: $g) { ${CONTACT} } }`,
      { n: name, p: phoneNumber, g: groupIds },
    )
  const newGroup = async (name: string, tenant = awa): Promise<string> =>
    (await tenant.ask('mutation($n: String!) { createContactGroup(name: $n, description: "d") { id } }', { n: name })).data[
      'createContactGroup'
    ].id
  const maintained = async () => {
    const user = await api.db.user.findUniqueOrThrow({ where: { id: Number(awa.userId) } })
    const segments = await api.db.segment.findMany({ include: { _count: { select: { members: true } } } })
    expect(user.contactCount).toBe(await api.db.contact.count({ where: { userId: user.id } }))
    for (const { memberCount, _count } of segments) expect(memberCount).toBe(_count.members)
  }

  it('are made, changed, found and deleted, and every count stays exact', async () => {
    const [clients, vip] = [await newGroup('Clients'), await newGroup('VIP')]
    const made = (await create('Awa', '07 07 07 07 01', [clients])).data['createContact']
    expect(made).toMatchObject({ name: 'Awa', phoneNumber: '+2250707070701', email: 'a@example.ci', notes: 'n' })
    expect(made).toMatchObject({ createdAt: expect.stringMatching(DATE), groups: [{ name: 'Clients', contactCount: 1 }] })
    await create('Bintou', '0707070702')
    await maintained()

    const changed = await awa.ask(
      'mutation($id: ID!, $g: [ID!]) { updateContact(id: $id, name: "Awa K.", phoneNumber: "0707070703", groupIds: $g) { name phoneNumber email groups { name } } }',
      { id: made.id, g: [vip] },
    )
    expect(changed.data['updateContact']).toEqual({
      name: 'Awa K.',
      phoneNumber: '+2250707070703',
      email: 'a@example.ci',
      groups: [{ name: 'VIP' }],
    })
    await maintained()

    const found = await awa.ask(
      `query($g: ID!, $c: ID!) { contactsCount contacts { name } searchContacts(query: "bint") { name } contactsInGroup(groupId: $g) { name }
        contactsInGroupCount(groupId: $g) groupsForContact(contactId: $c) { name } contactGroupsCount contactGroups { name contactCount } contact(id: $c) { name } }`,
      { g: vip, c: made.id },
    )
    expect(found.data).toEqual({
      contactsCount: 2,
      contacts: [{ name: 'Awa K.' }, { name: 'Bintou' }],
      searchContacts: [{ name: 'Bintou' }],
      contactsInGroup: [{ name: 'Awa K.' }],
      contactsInGroupCount: 1,
      groupsForContact: [{ name: 'VIP' }],
      contactGroupsCount: 2,
      contactGroups: [
        { name: 'Clients', contactCount: 0 },
        { name: 'VIP', contactCount: 1 },
      ],
      contact: { name: 'Awa K.' },
    })
    expect((await awa.ask('mutation($id: ID!) { deleteContact(id: $id) }', { id: made.id })).data).toEqual({
      deleteContact: true,
    })
    expect((await awa.ask('mutation($id: ID!) { deleteContact(id: $id) }', { id: made.id })).data).toEqual({
      deleteContact: false,
    })
    await maintained()
  })

  it('refuse a number that is no mobile one, or that is there already', async () => {
    await create('Awa', '0707070701')
    expect((await create('Encore', '+225 0707070701')).errors).toMatchObject([{ extensions: { code: 'ALREADY_EXISTS' } }])
    expect((await create('Fixe', '07070707')).errors).toMatchObject([{ extensions: { code: 'INVALID_NUMBER' } }])
    expect((await create('Groupe', '0707070702', [await newGroup('De Koffi', koffi)])).errors).toMatchObject([
      { extensions: { code: 'UNKNOWN_SEGMENT' } },
    ])
    await maintained()
  })

  it('belong to one user', async () => {
    const id = (await create('Awa', '0707070701')).data['createContact'].id
    const group = await newGroup('Clients')
    const { data } = await koffi.ask(
      'query($c: ID!, $g: ID!) { contact(id: $c) { name } contactGroup(id: $g) { name } contacts { name } }',
      {
        c: id,
        g: group,
      },
    )
    expect(data).toEqual({ contact: null, contactGroup: null, contacts: [] })
    const join = await koffi.ask('mutation($c: ID!, $g: ID!) { addContactToGroup(contactId: $c, groupId: $g) }', {
      c: id,
      g: group,
    })
    expect(join.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  })

  it('join and leave groups; a deleted group is sent to no more and its name is free', async () => {
    const group = await newGroup('Clients')
    const ids = [
      (await create('Awa', '0707070701')).data['createContact'].id,
      (await create('Bintou', '0707070702')).data['createContact'].id,
    ]
    const add = 'mutation($c: [ID!]!, $g: ID!) { addContactsToGroup(contactIds: $c, groupId: $g) }'
    for (let again = 0; again < 2; again += 1) await awa.ask(add, { c: ids, g: group })
    await awa.ask('mutation($c: ID!, $g: ID!) { removeContactFromGroup(contactId: $c, groupId: $g) }', { c: ids[0], g: group })
    await maintained()
    const sent = await awa.ask(
      'mutation($g: ID!) { sendSmsToSegment(segmentId: $g, message: "x") { status summary { total } } }',
      {
        g: group,
      },
    )
    expect(sent.data['sendSmsToSegment']).toEqual({ status: 'QUEUED', summary: { total: 1 } })
    expect((await awa.ask('mutation($g: ID!) { deleteContactGroup(id: $g) }', { g: group })).data).toEqual({
      deleteContactGroup: true,
    })
    const after = await awa.ask('mutation($g: ID!) { sendSmsToSegment(segmentId: $g, message: "x") { status errorCode } }', {
      g: group,
    })
    expect(after.data['sendSmsToSegment']).toEqual({ status: 'ERROR', errorCode: 'UNKNOWN_SEGMENT' })
    expect((await awa.ask('{ segmentsForSMS { name } contactGroupsCount }')).data).toEqual({
      segmentsForSMS: [],
      contactGroupsCount: 0,
    })
    expect(await newGroup('Clients')).not.toBe(group)
  })

  it('know what became of the SMS of their user alone', async () => {
    await create('Awa', '0700000000')
    const ids = [await send(awa, '0700000000', 'a'), await send(awa, '0700000000', 'b'), await send(awa, '0700000000', 'c')]
    await send(koffi, '0700000000', 'd')
    await settle(ids[0] ?? '', 'SENT')
    await settle(ids[1] ?? '', 'FAILED')
    const { data } = await awa.ask(`{ contacts { ${CONTACT} } }`)
    expect(data['contacts']).toMatchObject([{ smsTotalCount: 3, smsSentCount: 1, smsFailedCount: 1, smsScore: 0.33 }])
    expect(data['contacts'][0].smsHistory.map(({ status }: any) => status)).toEqual(['PENDING', 'FAILED', 'SENT'])
  })

  it('come from a list of numbers, those that are none apart', async () => {
    const group = Number(await newGroup('Import'))
    const IMPORT =
      'mutation($n: [String!]!, $g: [Int!], $s: Boolean) { importPhoneNumbers(numbers: $n, groupIds: $g, skipInvalid: $s) { status total imported duplicates invalid errors } }'
    const n = ['0707070701', '+2250707070701', '0707070702', 'abc']
    expect((await awa.ask(IMPORT, { n, g: [group], s: false })).errors).toMatchObject([
      { extensions: { code: 'INVALID_NUMBER' } },
    ])
    expect(await api.db.contact.count()).toBe(0)
    expect((await awa.ask(IMPORT, { n, g: [group] })).data['importPhoneNumbers']).toEqual({
      status: 'partial',
      total: 4,
      imported: 2,
      duplicates: 1,
      invalid: 1,
      errors: expect.arrayContaining([expect.stringContaining('Ligne 4 :')]),
    })
    // What is there already is a duplicate too: every number is in one of the three counts.
    const more = { n: ['0707070702', '0707070703', 'abc'], g: [group] }
    expect((await awa.ask(IMPORT, more)).data['importPhoneNumbers']).toMatchObject({
      total: 3,
      imported: 1,
      duplicates: 1,
      invalid: 1,
    })
    await maintained()
  })
})

describe('users', () => {
  it('are for administrators, and oneself', async () => {
    const mine = await awa.ask(
      'query($id: ID!) { user(id: $id) { username } userByUsername(username: "awa") { username } dashboardStats { usersCount } }',
      {
        id: awa.userId,
      },
    )
    expect(mine.data).toEqual({
      user: { username: 'awa' },
      userByUsername: { username: 'awa' },
      dashboardStats: { usersCount: 1 },
    })
    for (const query of [
      '{ users { id } }',
      `{ user(id: "${koffi.userId}") { id } }`,
      '{ userByUsername(username: "koffi") { id } }',
    ])
      expect((await awa.ask(query)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    const all = await api.admin.ask(
      '{ users(search: "OFF") { username } dashboardStats { usersCount totalSmsCredits lastUpdated } }',
    )
    expect(all.data['users']).toEqual([{ username: 'koffi' }])
    expect(all.data['dashboardStats']).toEqual({
      usersCount: 2,
      totalSmsCredits: expect.any(Number),
      lastUpdated: expect.stringMatching(DATE),
    })
  })

  it('change what is theirs, and give themselves no rights', async () => {
    const update = (tenant: Tenant, args: string) =>
      tenant.ask(`mutation { updateUser(id: "${awa.userId}", ${args}) { email smsLimit isAdmin } }`)
    expect((await update(awa, 'email: "awa@example.ci"')).data['updateUser']).toMatchObject({ email: 'awa@example.ci' })
    // A form hands back what it was given: that changes nothing.
    expect((await update(awa, 'email: "awa@example.ci", smsLimit: null, isAdmin: false')).errors).toEqual([])
    for (const args of ['isAdmin: true', 'smsLimit: 5'])
      expect((await update(awa, args)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    expect((await update(api.admin, 'smsLimit: 5')).data['updateUser']).toEqual({
      email: 'awa@example.ci',
      smsLimit: 5,
      isAdmin: false,
    })
  })

  it('that are deleted cannot come in any more; what they sent stays', async () => {
    const gone = await api.createTenant('gone')
    await send(gone, '0700000000')
    const remove = (tenant: Tenant, id: string) => tenant.ask('mutation($id: ID!) { deleteUser(id: $id) }', { id })
    expect((await remove(awa, gone.userId)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    expect((await remove(api.admin, gone.userId)).data).toEqual({ deleteUser: true })
    expect((await remove(api.admin, gone.userId)).data).toEqual({ deleteUser: false })
    expect((await gone.ask('{ me { id } segmentsForSMS { id } }')).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ])
    expect((await api.admin.ask(HISTORY, { u: gone.userId })).data['smsHistoryCount']).toBe(1)
    await api.createTenant('gone')
  })

  it('keep a session until their password changes', async () => {
    const logIn = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: 'mutation { login(username: "koffi", password: "a long password") }' },
    })
    const token = /sms_session=([^;]+)/.exec(String(logIn.headers['set-cookie']))?.[1]
    const verify = async (given: unknown) =>
      (await api.anonymous('query($t: String!) { verifyToken(token: $t) { valid user { username } } }', { t: given })).data[
        'verifyToken'
      ]
    expect(await verify(token)).toEqual({ valid: true, user: { username: 'koffi' } })
    const refreshed = await api.anonymous('mutation($t: String!) { refreshToken(token: $t) { token user { username } } }', {
      t: token,
    })
    const next = refreshed.data['refreshToken'].token
    expect(await verify(next)).toMatchObject({ valid: true })
    const change = await koffi.ask(
      'mutation($id: ID!) { changePassword(id: $id, newPassword: "another long one") { username } }',
      {
        id: koffi.userId,
      },
    )
    expect(change.data['changePassword']).toEqual({ username: 'koffi' })
    expect([await verify(token), await verify(next), await verify('x')]).toEqual(
      [1, 2, 3].map(() => ({ valid: false, user: null })),
    )
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
