import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, type Api, openApi } from './harness.ts'

const HOST = 'localhost:3000'
const ORIGIN = `http://${HOST}`
const PASSWORD = 'a long password'
let api: Api

beforeAll(async () => {
  api = await openApi()
  await api.createTenant('awa')
})
afterAll(() => api.release())

/** Every test from an address of its own: attempts are counted by address. */
let lastAddress = 0
const newAddress = () => `10.0.0.${(lastAddress += 1)}`

const ask = (query: string, more: { headers?: Record<string, string>; from?: string } = {}) =>
  api.app.inject({
    method: 'POST',
    url: '/graphql',
    payload: { query },
    headers: { host: HOST, origin: ORIGIN, ...more.headers },
    remoteAddress: more.from ?? newAddress(),
  })
const login = (username: string, password: string, more: Parameters<typeof ask>[1] = {}) =>
  ask(`mutation { login(username: "${username}", password: "${password}") }`, more)
/** Somebody new: attempts are counted by name too. */
let lastUser = 0
const somebody = async (isAdmin = false): Promise<string> => {
  const username = `user-${(lastUser += 1)}`
  await api.admin.ask(`mutation { createUser(username: "${username}", password: "${PASSWORD}", isAdmin: ${isAdmin}) { id } }`)
  return username
}
const cookieOf = async (username: string): Promise<string> => {
  const [cookie] = [(await login(username, PASSWORD)).headers['set-cookie']].flat()
  return String(cookie).split(';')[0] ?? ''
}

describe('login', () => {
  it('opens a session, with which GraphQL answers as with a key', async () => {
    const answer = await login('awa', PASSWORD)
    expect(answer.json()).toEqual({ data: { login: true } })
    expect(answer.headers['set-cookie']).toMatch(
      /^sms_session=v1\.\d+\.\d+\.[\w-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    )
    const cookie = await cookieOf('awa')
    expect((await ask('{ me { username isAdmin apiKey } batches { totalCount } }', { headers: { cookie } })).json()).toEqual({
      data: { me: { username: 'awa', isAdmin: false, apiKey: null }, batches: { totalCount: 0 } },
    })
  })

  it('answers a wrong name and a wrong password alike', async () => {
    const [wrongPassword, wrongName, noPassword] = await Promise.all([
      login('awa', 'no'),
      login('nobody', PASSWORD),
      login('_admin', ''),
    ])
    for (const answer of [wrongPassword, wrongName, noPassword]) {
      expect([answer.statusCode, answer.json(), answer.headers['set-cookie']]).toEqual([
        200,
        { data: { login: false } },
        undefined,
      ])
    }
  })

  it('takes as long for a name that does not exist', async () => {
    const time = async (username: string): Promise<number> => {
      const startedAt = performance.now()
      await login(username, 'no')
      return performance.now() - startedAt
    }
    await time('awa')
    const pairs: number[] = []
    for (let turn = 0; turn < 4; turn += 1) pairs.push((await time('awa')) / (await time(`nobody-${turn}`)))
    const middle = pairs.toSorted((left, right) => left - right)[2] ?? 0
    // Without a hash to compare with it would be some fifty times quicker.
    expect(middle).toBeGreaterThan(0.2)
    expect(middle).toBeLessThan(5)
  })

  it('is limited for one address, and for one name from many', async () => {
    const from = newAddress()
    const codes = async (answers: Awaited<ReturnType<typeof login>>[]) =>
      answers.map((answer) => answer.json().errors?.[0].extensions.code ?? 'none')
    const answers = []
    for (let turn = 0; turn < 22; turn += 1) answers.push(await login(`name-${turn}`, 'no', { from }))
    expect((await codes(answers)).filter((code) => code === 'RATE_LIMITED')).toHaveLength(2)
    expect((await login('awa', PASSWORD, { from })).json().errors[0].extensions.code).toBe('RATE_LIMITED')
    const others = []
    for (let turn = 0; turn < 12; turn += 1) others.push(await login('somebody', 'no'))
    expect((await codes(others)).filter((code) => code === 'RATE_LIMITED')).toHaveLength(2)
  }, 60_000)

  it('is not done by the page of another site', async () => {
    const answer = await login('awa', PASSWORD, { headers: { origin: 'https://evil.example' } })
    expect(answer.json().errors[0].extensions.code).toBe('BAD_ORIGIN')
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('leaves no password in the log', () => {
    expect(api.lines.join('')).not.toContain(PASSWORD)
  })
})

describe('without credentials', () => {
  it('me is nobody and logout is done, in one document with login too', async () => {
    expect((await ask('{ me { id } __typename }')).json().data).toEqual({ me: null, __typename: 'Query' })
    const out = await ask('mutation { logout }')
    expect(out.json()).toEqual({ data: { logout: true } })
    expect(out.headers['set-cookie']).toHaveLength(2)
  })

  it.each([
    '{ me { id } batches { totalCount } }',
    'mutation { login(username: "awa", password: "x") sendSms(phoneNumber: "0707070707", message: "a") { id } }',
    '{ ... on Query { me { id } } }',
    '{ ...A } fragment A on Query { batches { totalCount } }',
    'not graphql',
    '',
  ])('nothing else is answered: %s', async (query) => {
    const answer = await ask(query)
    expect([answer.statusCode, answer.json().errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('nothing long is read', async () => {
    const answer = await ask(`{ me { id } } # ${'x'.repeat(9_000)}`)
    expect(answer.statusCode).toBe(401)
  })
})

describe('a session', () => {
  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['a form', { 'content-type': 'text/plain' }],
    ['a document alone', { 'content-type': 'application/graphql' }],
  ])('is not honoured for %s', async (_name, headers) => {
    const cookie = await cookieOf(await somebody())
    const answer = await ask('{ me { id } }', { headers: { cookie, ...headers } })
    expect([answer.statusCode, answer.json().errors[0].extensions.code]).toEqual([403, 'BAD_ORIGIN'])
  })

  it('ends with a new password, and a right that is taken away is gone at once', async () => {
    const username = await somebody(true)
    const cookie = await cookieOf(username)
    const metrics = () => api.app.inject({ method: 'GET', url: '/metrics', headers: { host: HOST, cookie } })
    expect((await metrics()).statusCode).toBe(200)
    await api.db.user.update({ where: { username }, data: { isAdmin: false } })
    expect((await metrics()).statusCode).toBe(403)
    const { passwordHash } = await api.db.user.findUniqueOrThrow({ where: { username: 'awa' } })
    await api.db.user.update({ where: { username }, data: { isAdmin: true, passwordHash } })
    expect((await metrics()).statusCode).toBe(401)
  })

  it('goes on where its user chose another password in it; every other one of that user ends', async () => {
    const username = await somebody()
    const [here, elsewhere] = [await cookieOf(username), await cookieOf(username)]
    const { id } = await api.db.user.findUniqueOrThrow({ where: { username } })
    const changed = await ask(`mutation { changePassword(id: "${id}", newPassword: "quite another one") { id } }`, {
      headers: { cookie: here },
    })
    const next = String(changed.headers['set-cookie']).split(';')[0] ?? ''
    const whoIs = async (cookie: string) => (await ask('{ me { username } }', { headers: { cookie } })).json().data.me
    expect([await whoIs(next), await whoIs(here), await whoIs(elsewhere)]).toEqual([{ username }, null, null])
  })

  it('does not stand in for a key that is wrong', async () => {
    const cookie = await cookieOf(await somebody())
    expect((await ask('{ me { id } }', { headers: { cookie, authorization: 'Bearer wrong' } })).statusCode).toBe(401)
  })

  it('that was tampered with is none', async () => {
    const cookie = await cookieOf(await somebody())
    expect((await ask('{ batches { totalCount } }', { headers: { cookie: cookie.replace(/v1\.\d+/, 'v1.1') } })).statusCode).toBe(
      401,
    )
  })
})

describe('the login page', () => {
  const form = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    api.app.inject({
      method: 'POST',
      url: '/admin/login',
      payload: new URLSearchParams(fields).toString(),
      headers: { host: HOST, origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      remoteAddress: newAddress(),
    })

  it.each([
    ['fr', undefined],
    ['fr', 'fr-CI, en;q=0.5'],
    ['en', 'en-GB, fr;q=0.5'],
  ])('speaks %s to a browser that asks for %s, without a script', async (language, accepted) => {
    const { body, headers } = await api.app.inject({
      url: '/admin/login',
      headers: accepted === undefined ? {} : { 'accept-language': accepted },
    })
    expect(body).toContain(`<html lang="${language}">`)
    expect(body).not.toContain('<script')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
    // Another policy would have the browser hide the origin of the form.
    expect(headers['referrer-policy']).toBe('same-origin')
  })

  it('goes on to where one wanted to go, never to another site', async () => {
    const username = await somebody()
    const goes = async (next: string) => (await form({ username, password: PASSWORD, next })).headers.location
    expect(await goes('/admin/sms/7')).toBe('/admin/sms/7')
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/admin/../x',
      '/admin//evil',
      '/admin/login',
      'javascript:x',
    ]) {
      expect(await goes(next), next).toMatch(/^.admin.queues$/)
    }
  })

  it('says what is wrong, and shows nothing that was typed', async () => {
    const answer = await form({ username: '<b>awa', password: 'no<b>', next: '"><script>' })
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([401, undefined])
    expect(answer.body).toContain('role="alert"')
    expect(answer.body).not.toMatch(/<b>|<script/)
  })

  it.each([[{ origin: 'https://evil.example' }], [{ origin: 'null' }]])('is not sent by another site (%j)', async (headers) => {
    const answer = await form({ username: await somebody(), password: PASSWORD }, headers)
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([403, undefined])
  })

  it('is where a browser is sent that opens a page, while others get 401', async () => {
    const open = (accept: string) => api.app.inject({ url: '/admin/queues/queue/sms-1?status=failed', headers: { accept } })
    const page = await open('text/html,*/*')
    expect([page.statusCode, page.headers.location]).toEqual([
      303,
      '/admin/login?next=%2Fadmin%2Fqueues%2Fqueue%2Fsms-1%3Fstatus%3Dfailed',
    ])
    expect((await open('application/json')).statusCode).toBe(401)
  })
})

describe('the pages of administrators', () => {
  it('show one SMS, with what was typed into it as text', async () => {
    await api.admin.ask('mutation { sendSms(phoneNumber: "0707070707", message: "<script>alert(1)</script>") { id } }')
    const id = String((await api.db.smsQueue.findFirstOrThrow()).id)
    const authorization = `Bearer ${ADMIN_KEY}`
    const { body, headers } = await api.app.inject({ url: `/admin/sms/${id}`, headers: { authorization } })
    expect(body).toContain('&lt;script&gt;alert(1)')
    expect(body).not.toContain('<script')
    expect(headers['cache-control']).toBe('no-store')
    expect((await api.app.inject({ url: '/admin/sms/999', headers: { authorization } })).statusCode).toBe(404)
  })
})
