import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, type Api, openApi } from './harness.ts'

const FRONT = 'https://app.example.com'
const HOST = 'sms.example.org'
let api: Api
let closed: Api
beforeAll(async () => {
  api = await openApi({ CORS_ORIGIN: FRONT, NODE_ENV: 'production' })
  closed = await openApi()
  await api.createTenant('awa')
})
afterAll(async () => {
  await api.release()
  await closed.release()
})

const ask = (headers: Record<string, string>, query = '{ me { username } }', url = '/graphql') =>
  api.app.inject({ method: 'POST', url, payload: { query }, headers: { host: HOST, ...headers } })
const preflight = (on: Api, origin: string, url = '/graphql') =>
  on.app.inject({
    method: 'OPTIONS',
    url,
    headers: { host: HOST, origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  })
const LOGIN = 'mutation { login(username: "awa", password: "a long password") }'
const cookieFrom = (answer: { headers: Record<string, unknown> }) => String([answer.headers['set-cookie']].flat()[0])

describe('the origin of CORS_ORIGIN', () => {
  it.each(['/graphql', '/v1/batches', '/api.php?endpoint=sms/send'])(
    'may ask %s with credentials, and is told before',
    async (url) => {
      const answer = await preflight(api, FRONT, url)
      expect(answer.statusCode).toBe(204)
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': FRONT,
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': expect.stringContaining('idempotency-key'),
      })
      expect(answer.headers['vary']).toMatch(/origin/i)
    },
  )

  it('logs in from another site with a cookie that the browser sends back, asks with it and logs out', async () => {
    const login = await ask({ origin: FRONT, 'sec-fetch-site': 'cross-site' }, LOGIN)
    expect(login.json()).toEqual({ data: { login: true } })
    expect(login.headers['access-control-allow-origin']).toBe(FRONT)
    const cookie = cookieFrom(login)
    expect(cookie).toMatch(/^__Host-sms_session=.*HttpOnly; SameSite=None; Secure$/)
    const session = { cookie: cookie.split(';')[0] ?? '', 'sec-fetch-site': 'cross-site' }
    expect((await ask({ ...session, origin: FRONT })).json()).toEqual({ data: { me: { username: 'awa' } } })
    const logout = await ask({ ...session, origin: FRONT }, 'mutation { logout }')
    expect(cookieFrom(logout)).toMatch(/Max-Age=0; HttpOnly; SameSite=None; Secure$/)

    // The same cookie in the hands of a page of any other origin, which a browser sends now.
    const stolen = await ask({ ...session, origin: 'https://evil.example.com' })
    expect(stolen.statusCode).toBe(403)
    expect(stolen.headers['access-control-allow-origin']).toBeUndefined()
    for (const origin of [`${FRONT}.evil.com`, 'http://app.example.com', 'null'])
      expect((await ask({ ...session, origin })).statusCode, origin).toBe(403)
    const noOrigin = await api.app.inject({ url: '/v1/batches/1/results.csv', headers: { host: HOST, ...session } })
    expect(noOrigin.statusCode).toBe(403)
  })

  it('keeps the strict cookie on the same site', async () => {
    const login = await ask({ origin: FRONT, 'sec-fetch-site': 'same-site' }, LOGIN)
    expect(cookieFrom(login)).toMatch(/SameSite=Strict; Secure$/)
  })

  it('has no way to the pages for people', async () => {
    expect((await preflight(api, FRONT, '/admin/login')).headers['access-control-allow-origin']).toBeUndefined()
    const login = await api.app.inject({
      method: 'POST',
      url: '/admin/login',
      headers: { host: HOST, origin: FRONT, 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'username=awa&password=a+long+password',
    })
    expect(login.statusCode).toBe(403)
    expect(login.headers['set-cookie']).toBeUndefined()
  })

  it('reads refusals too', async () => {
    const answer = await ask({ origin: FRONT, authorization: 'Bearer wrong' })
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['access-control-allow-origin']).toBe(FRONT)
  })
})

describe('every other origin', () => {
  it('gets no header of CORS and nobody logged in', async () => {
    for (const answer of [
      await preflight(api, 'https://evil.example.com'),
      await ask({ origin: 'https://evil.example.com', authorization: `Bearer ${ADMIN_KEY}` }),
      await ask({ origin: 'https://evil.example.com' }, LOGIN),
      await preflight(closed, FRONT),
    ]) {
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
      expect(answer.headers['set-cookie']).toBeUndefined()
    }
  })
})
