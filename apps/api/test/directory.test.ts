import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, numbers, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
})
afterAll(() => api.release())

const newSegment = async (name: string): Promise<string> =>
  (
    await tenant.ask(
      'mutation($n: String!) { createSegment(name: $n, description: "d") { id name description phoneNumberCount } }',
      { n: name },
    )
  ).data['createSegment'].id

const IMPORT = `mutation($i: ImportContactsInput!) { importContacts(input: $i) {
  total created updated unchanged addedToSegment duplicates refused rejections { index phoneNumber code message } } }`
const importInto = async (segmentId: string | null, contacts: object[], from = tenant): Promise<any> =>
  (await from.ask(IMPORT, { i: { contacts, segmentId } })).data['importContacts']

const counts = async (segmentId: string) => {
  const segment = await api.db.segment.findUniqueOrThrow({ where: { id: Number(segmentId) } })
  const members = await api.db.segmentMember.count({ where: { segmentId: segment.id } })
  const user = await api.db.user.findUniqueOrThrow({ where: { id: segment.userId } })
  const contacts = await api.db.contact.count({ where: { userId: segment.userId } })
  return { members, memberCount: segment.memberCount, contacts, contactCount: user.contactCount }
}

describe('importContacts', () => {
  it('creates, updates, joins and reports every refused or repeated row', async () => {
    const segmentId = await newSegment('Mixte')
    const first = await importInto(segmentId, [
      { phoneNumber: '0707070701', name: 'Awa', email: 'awa@example.ci' },
      { phoneNumber: '+225 07 07 07 07 01', name: 'Awa again' },
      { phoneNumber: '2721000000' },
      { phoneNumber: '' },
      { phoneNumber: '0707070702' },
    ])
    expect(first).toMatchObject({ total: 5, created: 2, updated: 0, unchanged: 0, addedToSegment: 2, duplicates: 1, refused: 2 })
    expect(first.rejections.map(({ index, code }: any) => [index, code])).toEqual([
      [1, 'DUPLICATE'],
      [2, expect.stringMatching(/^(NOT_MOBILE|INVALID_NUMBER)$/)],
      [3, 'EMPTY_NUMBER'],
    ])
    const second = await importInto(segmentId, [{ phoneNumber: '0707070701', name: 'Awa K.' }, { phoneNumber: '0707070702' }])
    expect(second).toMatchObject({ created: 0, updated: 1, unchanged: 1, addedToSegment: 0 })
    expect(
      await api.db.contact.findMany({ orderBy: { id: 'asc' }, select: { name: true, email: true, phoneNumber: true } }),
    ).toEqual([
      { name: 'Awa K.', email: 'awa@example.ci', phoneNumber: '+2250707070701' },
      { name: '+2250707070702', email: null, phoneNumber: '+2250707070702' },
    ])
  })

  it('keeps the counts exact when the same contacts come from ten calls at once, in any order', async () => {
    const segmentId = await newSegment('Concurrence')
    const contacts = numbers(300).map((phoneNumber) => ({ phoneNumber }))
    const reports = await Promise.all(
      Array.from({ length: 10 }, (_, call) => importInto(segmentId, call % 2 === 0 ? contacts : contacts.toReversed())),
    )
    expect(reports.reduce((sum, { created }) => sum + created, 0)).toBe(300)
    expect(reports.reduce((sum, { addedToSegment }) => sum + addedToSegment, 0)).toBe(300)
    const after = await counts(segmentId)
    expect(after).toMatchObject({ members: 300, memberCount: 300 })
    expect(after.contactCount).toBe(after.contacts)
  })

  it('takes 5,000 contacts in a call and not one more', async () => {
    const segmentId = await newSegment('Grand')
    const contacts = numbers(5_001, 10_000).map((phoneNumber, index) => ({ phoneNumber, name: `Client ${index}`, email: null }))
    const { errors } = await tenant.ask(IMPORT, { i: { contacts, segmentId } })
    expect(errors).toMatchObject([{ extensions: { code: 'TOO_MANY_RECIPIENTS' } }])
    expect(await importInto(segmentId, contacts.slice(1))).toMatchObject({ created: 5_000, addedToSegment: 5_000 })
    expect(await counts(segmentId)).toMatchObject({ members: 5_000, memberCount: 5_000 })
  })

  it("makes contacts of the segment's owner when an administrator imports", async () => {
    const segmentId = await newSegment('Par l’admin')
    await importInto(segmentId, [{ phoneNumber: '0707079999' }], api.admin)
    expect(await api.db.contact.findFirstOrThrow({ where: { phoneNumber: '+2250707079999' } })).toMatchObject({
      userId: Number(tenant.userId),
    })
  })

  it('makes contacts without a segment', async () => {
    expect(await importInto(null, [{ phoneNumber: '0707078888' }])).toMatchObject({ created: 1, addedToSegment: 0 })
  })
})

describe('segmentsForSMS', () => {
  it('lists segments by name with their maintained counts', async () => {
    const other = await api.createTenant('koffi')
    await other.ask('mutation { createSegment(name: "B") { id } }')
    await other.ask('mutation { createSegment(name: "A", description: "premier") { id } }')
    const { data } = await other.ask('{ segmentsForSMS { id name description phoneNumberCount } }')
    expect(data['segmentsForSMS']).toEqual([
      { id: expect.any(String), name: 'A', description: 'premier', phoneNumberCount: 0 },
      { id: expect.any(String), name: 'B', description: null, phoneNumberCount: 0 },
    ])
  })
})

describe('createUser', () => {
  it('answers the user in the old shape and keeps the password as a hash', async () => {
    const { data } = await api.admin.ask(
      'mutation { createUser(username: "yao", password: "un long mot de passe", email: "y@example.ci", smsCredit: 50, smsLimit: 7, isAdmin: true) { id username email smsCredit smsLimit createdAt updatedAt isAdmin apiKey } }',
    )
    expect(data['createUser']).toEqual({
      id: expect.any(String),
      username: 'yao',
      email: 'y@example.ci',
      smsCredit: 50,
      smsLimit: 7,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      isAdmin: true,
      apiKey: null,
    })
    expect((await api.db.user.findUniqueOrThrow({ where: { username: 'yao' } })).passwordHash).toMatch(/^scrypt\$/)
  })

  it('gives the defaults of old, and refuses a name that is taken', async () => {
    const ask = () =>
      api.admin.ask('mutation { createUser(username: "ama", password: "un long mot de passe") { smsCredit smsLimit isAdmin } }')
    expect((await ask()).data['createUser']).toEqual({ smsCredit: 10, smsLimit: null, isAdmin: false })
    expect((await ask()).errors).toMatchObject([{ extensions: { code: 'ALREADY_EXISTS' } }])
  })
})

describe('apiKeys and revokeApiKey', () => {
  it('show a user their keys, and end one from its next call on', async () => {
    const user = await api.createTenant('keeper')
    const stranger = await api.createTenant('stranger')
    const made = await user.ask('mutation($u: ID!) { createApiKey(userId: $u, name: "script") { id key } }', { u: user.userId })
    const { id, key } = made.data['createApiKey']
    const list = async () => (await user.ask('{ apiKeys { id name revokedAt } }')).data['apiKeys']
    expect(await list()).toMatchObject([{ id, name: 'script', revokedAt: null }, { name: 'test' }])
    const REVOKE = 'mutation($id: ID!) { revokeApiKey(id: $id) }'
    expect((await stranger.ask(REVOKE, { id })).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    expect((await stranger.ask('query($u: ID) { apiKeys(userId: $u) { id } }', { u: user.userId })).errors).toMatchObject([
      { extensions: { code: 'NOT_FOUND' } },
    ])
    expect((await user.ask(REVOKE, { id })).data).toEqual({ revokeApiKey: true })
    expect((await user.ask(REVOKE, { id })).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    const call = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: `Bearer ${key}` },
      payload: { query: '{ segmentsForSMS { id } }' },
    })
    expect(call.statusCode).toBe(401)
    expect((await list())[0]).toMatchObject({ id, revokedAt: expect.any(String) })
    const seen = await api.admin.ask('query($u: ID) { apiKeys(userId: $u) { name } }', { u: user.userId })
    expect(seen.data['apiKeys']).toHaveLength(2)
  })
})

describe('createApiKey', () => {
  it('lets a user make a key of their own that works at once', async () => {
    const { data } = await tenant.ask(
      'mutation($u: ID!) { createApiKey(userId: $u, name: "script") { id name key createdAt } }',
      { u: tenant.userId },
    )
    expect(data['createApiKey']).toMatchObject({ name: 'script', key: expect.stringMatching(/^sms_[\w-]{43}$/) })
    const response = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: `Bearer ${data['createApiKey'].key}` },
      payload: { query: '{ segmentsForSMS { name } }' },
    })
    expect(response.statusCode).toBe(200)
  })
})
