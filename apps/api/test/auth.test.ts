import { eventually } from '@sms/devstack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, type Api, openApi, type Tenant } from './harness.ts'

let api: Api
let tenant: Tenant

beforeAll(async () => {
  api = await openApi()
  tenant = await api.createTenant('awa')
})
afterAll(() => api.release())

const get = (url: string, authorization?: string) =>
  api.app.inject({ method: 'GET', url, headers: authorization === undefined ? {} : { authorization } })
const post = (authorization?: string, body: object = { query: '{ segmentsForSMS { id } }' }) =>
  api.app.inject({
    method: 'POST',
    url: '/graphql',
    payload: body,
    headers: authorization === undefined ? {} : { authorization },
  })

describe('credentials', () => {
  it.each([
    ['none', undefined],
    ['an unknown key', 'Bearer sms_unknown'],
    ['an empty key', 'Bearer '],
    ['another scheme', `Basic ${ADMIN_KEY}`],
    ['a key that begins like the right one', `Bearer ${ADMIN_KEY.slice(0, -1)}`],
    ['a key that goes on after the right one', `Bearer ${ADMIN_KEY}x`],
  ])('%s: 401 in the shape of GraphQL', async (_name, authorization) => {
    const response = await post(authorization)
    expect(response.statusCode).toBe(401)
    expect(response.json()).toEqual({
      data: null,
      errors: [{ message: 'User not authenticated', extensions: { code: 'UNAUTHENTICATED' } }],
    })
  })

  it('are asked before the body is read', async () => {
    const response = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      payload: 'not json',
      headers: { 'content-type': 'application/json' },
    })
    expect(response.statusCode).toBe(401)
  })

  it.each([['/metrics'], ['/graphql'], ['/nothing'], ['/graphiql']])('are asked by %s', async (url) => {
    expect((await get(url)).statusCode).toBe(401)
  })

  it.each([
    ['/livez', 'ok'],
    ['/readyz', 'ready'],
  ])('are not asked by %s, which gives a status word only', async (url, status) => {
    const response = await get(url)
    expect([response.statusCode, response.json()]).toEqual([200, { status }])
  })

  it('let in the administrator of ADMIN_API_KEY and the holder of a key', async () => {
    expect((await post(`Bearer ${ADMIN_KEY}`)).statusCode).toBe(200)
    expect((await post(`bearer ${tenant.key}`)).statusCode).toBe(200)
  })

  it('are refused once a key is revoked', async () => {
    const revoked = await api.createTenant('revoked')
    await api.db.apiKey.updateMany({ where: { userId: Number(revoked.userId) }, data: { revokedAt: new Date() } })
    expect((await revoked.ask('{ segmentsForSMS { id } }')).status).toBe(401)
  })

  it('are kept as a hash only', async () => {
    expect(JSON.stringify(await api.db.apiKey.findMany())).not.toContain(tenant.key)
  })
})

describe('/metrics', () => {
  it('is for administrators only', async () => {
    const refused = await get('/metrics', `Bearer ${tenant.key}`)
    expect([refused.statusCode, refused.json().errors[0].extensions.code]).toEqual([403, 'FORBIDDEN'])
  })

  it('counts accepted SMS, times requests by route, and shows the backlog', async () => {
    await tenant.ask('mutation { sendBulkSms(phoneNumbers: ["0707070701", "0707070702"], message: "a") { status } }')
    await tenant.ask('mutation { sendSms(phoneNumber: "0707070703", message: "a") { status } }')
    // The dispatch follows the answer, and a gauge read before it is kept for five seconds.
    const { body, headers } = await eventually(
      async () => {
        const answer = await get('/metrics', `Bearer ${ADMIN_KEY}`)
        return /^sms_window_sms 3$/m.test(answer.body) && answer
      },
      { timeoutMs: 20_000 },
    )
    expect(headers['content-type']).toMatch(/^text\/plain/)
    expect(body).toContain('sms_accepted_total{kind="list"} 2')
    expect(body).toContain('sms_accepted_total{kind="single"} 1')
    expect(body).toContain('sms_backlog{status="PENDING"} 3')
    expect(body).toMatch(/^sms_oldest_waiting_seconds [\d.e-]+$/m)
    expect(body).toMatch(/^sms_imbalance_sms 0$/m)
    expect(body).toMatch(/http_request_duration_seconds_count\{method="POST",route="\/graphql",status="200"\} \d+/)
    expect(body).not.toMatch(/0?70707070/)
  })
})

describe('every answer', () => {
  it('has a request id of its own and no sign of the machinery', async () => {
    const [one, other] = await Promise.all([get('/livez'), get('/nothing', `Bearer ${ADMIN_KEY}`)])
    expect(one.headers['x-request-id']).not.toBe(other.headers['x-request-id'])
    expect(other.statusCode).toBe(404)
    expect(other.json().errors[0].extensions.code).toBe('NOT_FOUND')
    expect(one.headers).toMatchObject({ 'x-content-type-options': 'nosniff' })
    expect(one.headers['x-powered-by']).toBeUndefined()
  })

  it('is 413 for a body of more than 16 MiB', async () => {
    const response = await post(`Bearer ${ADMIN_KEY}`, {
      query: '{ segmentsForSMS { id } }',
      variables: { p: 'x'.repeat(16 * 1024 * 1024) },
    })
    expect([response.statusCode, response.json().errors[0].extensions.code]).toEqual([413, 'INVALID_INPUT'])
  })

  it('is a refusal when GraphQL is asked by a URL, where numbers would be logged on their way', async () => {
    const response = await get('/graphql?query=%7BsegmentsForSMS%7Bid%7D%7D', `Bearer ${ADMIN_KEY}`)
    expect([response.statusCode, response.json().errors[0].extensions.code]).toEqual([400, 'INVALID_INPUT'])
  })

  it('is 429 with RATE_LIMITED after 100 requests in a second with one key, while another key is served', async () => {
    const hasty = await api.createTenant('hasty')
    const answers = await Promise.all(Array.from({ length: 130 }, () => hasty.ask('{ previewMessage(message: "a") { parts } }')))
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited.length).toBeGreaterThan(0)
    expect(limited[0]?.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
    expect(limited[0]?.headers['retry-after']).toBeDefined()
    expect((await tenant.ask('{ previewMessage(message: "a") { parts } }')).status).toBe(200)
  })
})
