import { afterAll, beforeAll, expect, it } from 'vitest'
import { numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'

let system: SystemFixture
let userKey = ''
beforeAll(async () => {
  system = await openSystemFixture({ workers: 0, ratePerSecond: 5 })
  const { createUser } = await system.graphql<{ createUser: { id: string } }>(
    'mutation { createUser(username: "awa", password: "un mot de passe") { id } }',
  )
  const { createApiKey } = await system.graphql<{ createApiKey: { key: string } }>(
    'mutation ($id: ID!) { createApiKey(userId: $id, name: "console") { id key } }',
    { id: createUser.id },
  )
  userKey = createApiKey.key
}, 60_000)
afterAll(() => system.release())

const rowCounts = async (): Promise<unknown> =>
  (await system.sql.query('SELECT (SELECT count(*) FROM "SmsQueue") AS sms, (SELECT count(*) FROM "SmsBatch") AS batches'))
    .rows[0]

const bulk =
  'mutation ($to: [String!]!, $message: String!) { sendBulkSms(phoneNumbers: $to, message: $message) { status errorCode summary { total failed } } }'
const toSegment =
  'mutation ($id: ID!, $message: String!) { sendSmsToSegment(segmentId: $id, message: $message) { status errorCode } }'

it.each([
  ['a text of too many parts', bulk, { to: numbers(2), message: 'a'.repeat(2_000) }, 'MESSAGE_TOO_LONG'],
  ['a text without content', bulk, { to: numbers(2), message: '  \n ' }, 'EMPTY_MESSAGE'],
  ['100,001 recipients', bulk, { to: numbers(100_001), message: 'Bonjour' }, 'TOO_MANY_RECIPIENTS'],
  ['a segment that does not exist', toSegment, { id: '999999', message: 'Bonjour' }, 'UNKNOWN_SEGMENT'],
])('answers %s with its code and writes nothing', async (_name, query, variables, code) => {
  const before = await rowCounts()
  const answer = await system.post(query, variables)
  const [result] = Object.values(answer.data ?? {}) as { status: string; errorCode: string }[]
  const thrown = answer.errors?.[0]?.extensions?.code
  expect(thrown ?? result?.errorCode).toBe(code)
  if (result) expect(result.status).toBe('ERROR')
  expect(await rowCounts()).toEqual(before)
})

it.each([
  ['an empty list', bulk, { to: [], message: 'Bonjour' }],
  ['an empty message', bulk, { to: numbers(1), message: '' }],
  ['an empty segment id', toSegment, { id: '', message: 'Bonjour' }],
])('throws on %s, as the old service did', async (_name, query, variables) => {
  const before = await rowCounts()
  const answer = await system.post(query, variables)
  expect(answer.errors?.[0]?.extensions?.code).toBe('EMPTY_INPUT')
  expect(await rowCounts()).toEqual(before)
})

it('keeps a batch and its SMS from everybody else', async () => {
  const batchId = await system.sendList(numbers(3))
  const batch = await system.post('query ($id: ID!) { batch(id: $id) { id } }', { id: batchId }, userKey)
  expect(batch.data?.['batch'] ?? null).toBeNull()
  expect(batch.errors?.[0]?.extensions?.code).toBe('NOT_FOUND')
  const cancelled = await system.post('mutation ($id: ID!) { cancelBatch(id: $id) { id } }', { id: batchId }, userKey)
  expect(cancelled.errors?.[0]?.extensions?.code).toBe('NOT_FOUND')
  const listed = await system.post('{ smsQueue { totalCount } batches { totalCount } }', {}, userKey)
  expect(listed.data).toEqual({ smsQueue: { totalCount: 0 }, batches: { totalCount: 0 } })
})

it('asks everybody who they are', async () => {
  expect(await system.post('{ queueStats { backlog } }', {}, 'sms_of-nobody')).toMatchObject({
    status: 401,
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  })
  for (const path of ['/livez', '/readyz']) expect((await fetch(`${system.apiUrl}${path}`)).status).toBe(200)
  expect((await fetch(`${system.apiUrl}/metrics`)).status).toBe(401)
})
