import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Api, clearSends, type Tenant } from './harness.ts'
import { DATE, HISTORY, openOldInterface, send } from './old-interface.ts'

let api: Api
let awa: Tenant
let koffi: Tenant
beforeAll(async () => {
  ;({ api, awa, koffi } = await openOldInterface())
})
afterAll(() => api.release())
beforeEach(() => clearSends(api))

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
