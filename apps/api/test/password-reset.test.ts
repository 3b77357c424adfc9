import type { AddressInfo } from 'node:net'
import { eventually } from '@sms/devstack'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, openApi } from './harness.ts'

let api: Api
let bare: Api
let smtp: SMTPServer
let refuses = false
const mails: { to: string; from: string; text: string }[] = []
beforeAll(async () => {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (refuses) return done(new Error('mailbox of awa@example.com is full'))
        const { mailFrom, rcptTo } = session.envelope
        const text = Buffer.concat(chunks).toString().replaceAll('=\r\n', '').replaceAll('=3D', '=')
        mails.push({ to: rcptTo.map(({ address }) => address).join(), from: mailFrom === false ? '' : mailFrom.address, text })
        return done()
      })
    },
  })
  await new Promise<void>((resolve) => void smtp.listen(0, '127.0.0.1', () => resolve()))
  const { port } = smtp.server.address() as AddressInfo
  api = await openApi({
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'SMS <sms@example.com>',
    PUBLIC_URL: 'https://sms.example.com/',
  })
  bare = await openApi()
})
afterAll(async () => {
  await api.release()
  await bare.release()
  await new Promise<void>((resolve) => smtp.close(() => resolve()))
})

let lastAddress = 0
const ask = (query: string, headers: Record<string, string> = {}, remoteAddress = `10.1.0.${(lastAddress += 1)}`, on = api) =>
  on.app.inject({
    method: 'POST',
    url: '/graphql',
    payload: { query },
    headers: { host: 'localhost:3000', origin: 'http://localhost:3000', ...headers },
    remoteAddress,
  })
const request = (email: string, from?: string) => ask(`mutation { requestPasswordReset(email: "${email}") }`, {}, from)
const reset = async (token: string, password = 'another password') =>
  (await ask(`mutation { resetPassword(token: "${token}", newPassword: "${password}") }`)).json<{ data: unknown }>().data
const login = async (username: string, password: string) =>
  ask(`mutation { login(username: "${username}", password: "${password}") }`)
const isIn = async (username: string, password: string): Promise<boolean> =>
  (await login(username, password)).json<{ data: { login: boolean } }>().data.login

let lastUser = 0
const somebody = async (): Promise<{ username: string; email: string; id: string }> => {
  const username = `user-${(lastUser += 1)}`
  const email = `${username}@example.com`
  const made = await api.admin.ask(
    `mutation { createUser(username: "${username}", password: "a long password", email: "${email}") { id } }`,
  )
  return { username, email, id: made.data['createUser'].id }
}
const linkTo = async (email: string): Promise<string> => {
  const before = mails.length
  expect((await request(email.toUpperCase())).json()).toEqual({ data: { requestPasswordReset: true } })
  await eventually(() => expect(mails.length).toBeGreaterThan(before))
  return /https:\/\/sms\.example\.com\/admin\/reset-password\?token=([\w-]+)/.exec(mails.at(-1)?.text ?? '')?.[1] ?? ''
}

describe('a link to reset a password', () => {
  it('is mailed, works once, and ends the sessions of before', async () => {
    const { username, email } = await somebody()
    const cookie = String([(await login(username, 'a long password')).headers['set-cookie']].flat()[0]).split(';')[0] ?? ''
    const token = await linkTo(email)
    expect(mails.at(-1)).toMatchObject({ to: email, from: 'sms@example.com' })
    expect(token.length).toBeGreaterThan(40)
    expect(JSON.stringify(await api.db.passwordReset.findMany())).not.toContain(token)

    expect(await Promise.all([reset(token), reset(token)])).toEqual(
      expect.arrayContaining([{ resetPassword: true }, { resetPassword: false }]),
    )
    expect(await isIn(username, 'a long password')).toBe(false)
    expect(await isIn(username, 'another password')).toBe(true)
    expect((await ask('{ batches { totalCount } }', { cookie })).statusCode).toBe(401)
  })

  it('is over after an hour, after a newer one, and when the password or the address was changed', async () => {
    const { email, id } = await somebody()
    const first = await linkTo(email)
    const second = await linkTo(email)
    expect(await reset(first)).toEqual({ resetPassword: false })
    await api.db.$executeRaw`UPDATE "PasswordReset" SET "expiresAt" = "expiresAt" - interval '1 hour'`
    expect(await reset(second)).toEqual({ resetPassword: false })
    const third = await linkTo(email)
    await api.admin.ask(`mutation { changePassword(id: "${id}", newPassword: "chosen by an administrator") { id } }`)
    expect(await reset(third)).toEqual({ resetPassword: false })
    const other = await somebody()
    const fourth = await linkTo(other.email)
    await api.admin.ask(`mutation { updateUser(id: "${other.id}", email: "new@example.com") { id } }`)
    expect(await reset(fourth)).toEqual({ resetPassword: false })
  })

  it('leaves the API keys of programs, unless it is asked to revoke them: by the mutation or by the page', async () => {
    const { email, id } = await somebody()
    const made = await api.admin.ask(`mutation { createApiKey(userId: "${id}", name: "shop") { key } }`)
    const call = async () =>
      (await ask('{ batches { totalCount } }', { authorization: `Bearer ${made.data['createApiKey'].key}` })).statusCode
    await reset(await linkTo(email))
    expect(await call()).toBe(200)
    const token = await linkTo(email)
    expect(mails.at(-1)?.text).toContain('API')
    await ask(`mutation { resetPassword(token: "${token}", newPassword: "third password", revokeApiKeys: true) }`)
    expect(await call()).toBe(401)

    const again = await api.admin.ask(`mutation { createApiKey(userId: "${id}", name: "shop") { id key } }`)
    const done = await api.app.inject({
      method: 'POST',
      url: '/admin/reset-password?lang=en',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ token: await linkTo(email), password: 'fourth password', revoke: 'yes' }).toString(),
      remoteAddress: '10.3.0.2',
    })
    expect(done.body).toContain('Your API keys are revoked.')
    expect(
      (await ask('{ batches { totalCount } }', { authorization: `Bearer ${again.data['createApiKey'].key}` })).statusCode,
    ).toBe(401)
  })

  it('opens a page that changes the password', async () => {
    const { username, email } = await somebody()
    const token = await linkTo(email)
    const page = await api.app.inject({ url: `/admin/reset-password?token=${token}` })
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain(`value="${token}"`)
    const post = (password: string) =>
      api.app.inject({
        method: 'POST',
        url: '/admin/reset-password',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ token, password }).toString(),
        remoteAddress: '10.3.0.1',
      })
    expect((await post('')).statusCode).toBe(400)
    expect((await post('from the page')).statusCode).toBe(200)
    expect((await post('once more')).statusCode).toBe(400)
    expect(await isIn(username, 'from the page')).toBe(true)
  })
})

describe('whoever asks for a link', () => {
  it('is told the same whether anybody has the address', async () => {
    const { email } = await somebody()
    const before = mails.length
    const answers = [await request('nobody@example.com'), await request(''), await request('a@b.c, d@e.f'), await request(email)]
    for (const answer of answers) expect(answer.json()).toEqual({ data: { requestPasswordReset: true } })
    await eventually(() => expect(mails.length).toBe(before + 1))
    expect(mails.at(-1)?.to).toBe(email)
  })

  it('is slowed down, by address and by mailbox', async () => {
    const codes = async (answers: ReturnType<typeof request>[]) =>
      (await Promise.all(answers)).map(
        (answer) => answer.json<{ errors?: { extensions: { code: string } }[] }>().errors?.[0]?.extensions.code,
      )
    expect(await codes(Array.from({ length: 4 }, () => request('same@example.com')))).toEqual([
      undefined,
      undefined,
      undefined,
      'RATE_LIMITED',
    ])
    const fromOne = await codes(Array.from({ length: 11 }, (_, index) => request(`n${index}@example.com`, '10.9.9.9')))
    expect(fromOne.at(-1)).toBe('RATE_LIMITED')
  })

  it('is told so where there is no mail server', async () => {
    const answer = await ask('mutation { requestPasswordReset(email: "awa@example.com") }', {}, '10.4.0.1', bare)
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'MAIL_DISABLED' } }] })
  })
})

it('survives a mail server that refuses, and logs no address and no token', async () => {
  const { email } = await somebody()
  refuses = true
  expect((await request(email)).json()).toEqual({ data: { requestPasswordReset: true } })
  await eventually(() => expect(api.lines.join('')).toContain('Password reset mail failed'))
  expect(api.lines.join('')).not.toMatch(/@example|token=|full/i)
})
