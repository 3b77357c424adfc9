import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, fillSegment, numbers, openApi, rowCounts, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant
let stranger: Tenant
let segmentId: string
let batchId: string

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
  stranger = await api.createTenant('koffi')
  segmentId = await fillSegment(api, { userId: tenant.userId, name: 'Clients', count: 2 })
  const made = await tenant.ask('mutation($p: [String!]!) { sendBulkSms(phoneNumbers: $p, message: "a") { batchId } }', {
    p: numbers(2),
  })
  batchId = made.data['sendBulkSms'].batchId
})
afterAll(() => api.release())

const BULK =
  'mutation($p: [String!]!, $m: String!, $u: ID, $o: SendOptions, $k: String) { sendBulkSms(phoneNumbers: $p, message: $m, userId: $u, options: $o, idempotencyKey: $k) { status message errorCode summary { total successful failed } results { index } batchId } }'
const SEGMENT =
  'mutation($s: ID!, $m: String!) { sendSmsToSegment(segmentId: $s, message: $m) { status message errorCode segment { id } summary { total } results { index } } }'
const SINGLE =
  'mutation($p: String!, $m: String!, $u: ID) { sendSms(phoneNumber: $p, message: $m, userId: $u) { id status message errorCode } }'
const ALL = 'mutation($m: String!) { sendSmsToAllContacts(message: $m) { status errorCode } }'

describe('an old send mutation that is refused writes nothing and', () => {
  it.each([
    ['sendBulkSms', BULK, { p: [], m: 'a' }, 'Liste de numéros et message requis.'],
    ['sendBulkSms', BULK, { p: ['0707070707'], m: '' }, 'Liste de numéros et message requis.'],
    ['sendSmsToSegment', SEGMENT, { s: '', m: 'a' }, 'ID de segment et message requis.'],
    ['sendSmsToSegment', SEGMENT, { s: '1', m: '' }, 'ID de segment et message requis.'],
    ['sendSmsToAllContacts', ALL, { m: '' }, 'Message requis.'],
    ['sendSms', SINGLE, { p: '', m: 'a' }, 'Numéro et message requis.'],
  ])('%s throws for an empty call, in the words of old (%#)', async (field, query, variables, message) => {
    const before = await rowCounts(api)
    const { errors, data, status } = await tenant.ask(query, variables)
    expect(status).toBe(200)
    expect(errors).toMatchObject([{ message, path: [field], extensions: { code: 'EMPTY_INPUT' } }])
    expect(data).toBeNull()
    expect(await rowCounts(api)).toEqual(before)
  })

  it.each([
    ['EMPTY_MESSAGE', { m: ' \n\u200b' }],
    ['MESSAGE_TOO_LONG', { m: 'ê'.repeat(67 * 6 + 1) }],
    ['MESSAGE_TOO_LONG', { m: 'x'.repeat(100_000) }],
    ['INVALID_OPTIONS', { o: { priority: 11 } }],
    ['INVALID_OPTIONS', { o: { senderName: 'a name too long' } }],
    ['INVALID_OPTIONS', { o: { validUntil: '2020-01-01T00:00:00Z' } }],
    ['INVALID_INPUT', { k: '' }],
    ['INVALID_INPUT', { k: 'x'.repeat(256) }],
  ])('sendBulkSms answers %s as data (%#)', async (code, more) => {
    const before = await rowCounts(api)
    const { data, errors } = await tenant.ask(BULK, { p: numbers(2), m: 'a', ...more })
    expect(errors).toEqual([])
    expect(data['sendBulkSms']).toEqual({
      status: 'ERROR',
      message: expect.stringMatching(/^Erreur lors de l'envoi en masse: ./),
      errorCode: code,
      summary: { total: 2, successful: 0, failed: 2 },
      results: [],
      batchId: null,
    })
    expect(await rowCounts(api)).toEqual(before)
  })

  it.each([['999999'], ['abc'], ['1.5'], ['99999999999999999999']])(
    'sendSmsToSegment answers UNKNOWN_SEGMENT for the id %s',
    async (s) => {
      const { data } = await tenant.ask(SEGMENT, { s, m: 'a' })
      expect(data['sendSmsToSegment']).toMatchObject({
        status: 'ERROR',
        errorCode: 'UNKNOWN_SEGMENT',
        segment: null,
        results: [],
      })
    },
  )

  it("answers UNKNOWN_SEGMENT for somebody else's segment", async () => {
    const { data } = await stranger.ask(SEGMENT, { s: segmentId, m: 'a' })
    expect(data['sendSmsToSegment']).toMatchObject({ status: 'ERROR', errorCode: 'UNKNOWN_SEGMENT' })
  })

  it.each([['1'], ['999999'], ['abc']])(
    'throws FORBIDDEN when a user sends as %s, whether such a user exists or not',
    async (u) => {
      for (const [query, variables] of [
        [BULK, { p: numbers(1), m: 'a', u }],
        [SINGLE, { p: '0707070707', m: 'a', u }],
      ] as const) {
        expect((await tenant.ask(query, variables)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
      }
    },
  )

  it('answers NOT_FOUND when an administrator sends as nobody', async () => {
    expect((await api.admin.ask(BULK, { p: numbers(1), m: 'a', u: '999999' })).data['sendBulkSms']).toMatchObject({
      status: 'ERROR',
      errorCode: 'NOT_FOUND',
    })
  })
})

describe('a new operation that is refused throws', () => {
  it.each([
    ['NOT_FOUND', 'mutation { cancelBatch(id: "999999") { id } }'],
    ['NOT_FOUND', 'mutation { pauseBatch(id: "abc") { id } }'],
    ['FORBIDDEN', 'mutation { createUser(username: "x", password: "a long password") { id } }'],
    ['NOT_FOUND', 'mutation { createApiKey(userId: "1", name: "x") { id } }'],
    ['INVALID_INPUT', 'mutation { createSegment(name: " ") { id } }'],
    ['ALREADY_EXISTS', 'mutation { createSegment(name: "Clients") { id } }'],
    ['EMPTY_INPUT', 'mutation { importContacts(input: { contacts: [] }) { total } }'],
    [
      'UNKNOWN_SEGMENT',
      'mutation { importContacts(input: { contacts: [{ phoneNumber: "0707070707" }], segmentId: "999999" }) { total } }',
    ],
    ['INVALID_INPUT', '{ smsQueue(first: 0) { totalCount } }'],
    ['INVALID_INPUT', '{ batches(first: 201) { totalCount } }'],
    ['INVALID_INPUT', '{ batches(after: "abc") { totalCount } }'],
    ['FORBIDDEN', '{ smsQueue(filter: { userId: "1" }) { totalCount } }'],
  ])('%s (%#)', async (code, query) => {
    const { errors, status } = await tenant.ask(query)
    expect(status).toBe(200)
    expect(errors).toMatchObject([{ extensions: { code } }])
    expect(errors[0]?.message).not.toBe('')
  })

  it("NOT_FOUND for somebody else's batch, which stays as it was", async () => {
    for (const field of ['cancelBatch', 'pauseBatch', 'resumeBatch']) {
      const { errors } = await stranger.ask(`mutation($id: ID!) { ${field}(id: $id) { id } }`, { id: batchId })
      expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    }
    expect(await api.db.smsBatch.findUniqueOrThrow({ where: { id: BigInt(batchId) } })).toMatchObject({
      status: 'ACTIVE',
      pending: 2,
    })
  })
})

describe('a document that GraphQL refuses', () => {
  it.each([
    ['GRAPHQL_PARSE_FAILED', '{ sms(id: +2250707070707 }', {}],
    ['GRAPHQL_VALIDATION_FAILED', 'mutation { sendSms(phoneNumber: 2250707070707, message: "a") { id } }', {}],
    ['GRAPHQL_VALIDATION_FAILED', 'mutation { sendSms(phoneNumber: {n: "+2250707070707"}, message: "a") { id } }', {}],
    ['GRAPHQL_VALIDATION_FAILED', BULK, { p: [{ n: '+2250707070707' }], m: 'a' }],
    ['GRAPHQL_VALIDATION_FAILED', BULK, { p: 2250707070707, m: 'a' }],
    [
      'GRAPHQL_VALIDATION_FAILED',
      'query($d: DateTime) { smsQueue(filter: { createdAfter: $d }) { totalCount } }',
      { d: '+2250707070707' },
    ],
    ['GRAPHQL_VALIDATION_FAILED', '{ nothing }', {}],
  ])('is answered %s with 400 and quotes no value (%#)', async (code, query, variables) => {
    const { status, errors, data } = await tenant.ask(query, variables)
    expect(status).toBe(400)
    expect(data).toBeNull()
    expect(errors[0]?.extensions.code).toBe(code)
    expect(JSON.stringify(errors)).not.toContain('2250707070707')
  })

  it('is refused for its depth', async () => {
    const deep = '{ batches { edges { node { segment { id } } } } }'
    expect((await tenant.ask(deep)).errors).toEqual([])
    const deeper = `{ __schema { types ${'{ fields { type '.repeat(5)} { name } ${'} }'.repeat(5)} } }`
    expect((await tenant.ask(deeper)).errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')
  })
})

describe('an error that nobody foresaw', () => {
  it('is answered with a request id and no detail', async () => {
    const { sms } = api.deps.service
    const findPage = sms.findPage
    sms.findPage = async () => {
      throw new TypeError('cannot read +2250707070707 of undefined')
    }
    try {
      const { errors, headers } = await tenant.ask('{ smsQueue { edges { cursor } } }')
      expect(errors).toEqual([
        {
          message: `Erreur interne. Référence : ${String(headers['x-request-id'])}`,
          locations: expect.anything(),
          path: ['smsQueue'],
          extensions: { code: 'INTERNAL', requestId: headers['x-request-id'] },
        },
      ])
      const line = api.lines.find((one) => one.includes('Unexpected error'))
      expect(line).toContain(String(headers['x-request-id']))
      expect(line).not.toContain('2250707070707')
    } finally {
      sms.findPage = findPage
    }
  })
})
