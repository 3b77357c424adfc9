import { eventually } from '@sms/devstack'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '@sms/db'
import { ADMIN_KEY, type Api, openApi } from './harness.ts'

let api: Api
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.release())
beforeEach(() => api.db.$executeRaw`TRUNCATE "SmsReceipt"`)

const TOKEN = 'token-of-the-receipts'
const NUMBER = '+2250700000001'
const notice = (callbackData: string, deliveryStatus = 'DeliveredToTerminal') => ({
  deliveryInfoNotification: { callbackData, deliveryInfo: { address: `tel:${NUMBER}`, deliveryStatus } },
})
const post = (body: unknown, { token = TOKEN, type = 'application/json' } = {}) =>
  api.app.inject({
    method: 'POST',
    url: `/webhooks/orange/receipts/${token}`,
    headers: { 'content-type': type },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })
const stored = () =>
  api.db.smsReceipt.findMany({
    orderBy: { id: 'asc' },
    select: { messageId: true, phoneNumber: true, status: true, smsId: true },
  })

describe('the receipts webhook', () => {
  it('stores a receipt and answers 200, without a key, whatever the type of the body says', async () => {
    for (const type of ['application/json', 'application/json; charset=UTF-8', 'text/plain', 'application/x-nobody-knows']) {
      const answer = await post(notice(type), { type })
      expect([answer.statusCode, answer.json()]).toEqual([200, { stored: 1 }])
    }
    expect(await stored()).toHaveLength(4)
    expect((await stored())[0]).toEqual({
      messageId: 'application/json',
      phoneNumber: NUMBER,
      status: 'DeliveredToTerminal',
      smsId: null,
    })
  })

  it('stores it once, however often it is brought, and keeps words that nobody knows', async () => {
    for (let time = 0; time < 3; time += 1) expect((await post(notice('id'))).statusCode).toBe(200)
    expect((await post([notice('id', 'Undreamt'), notice('id')])).statusCode).toBe(200)
    expect((await stored()).map(({ status }) => status)).toEqual(['DeliveredToTerminal', 'Undreamt'])
    const { body } = await api.app.inject({ method: 'GET', url: '/metrics', headers: { authorization: `Bearer ${ADMIN_KEY}` } })
    expect(body).toMatch(/sms_receipts_received_total\{result="repeated"\} 3/)
    expect(body).toMatch(/sms_orphan_receipts 0/)
  })

  it('takes as many as come, faster than a key may ask', async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => post(notice(`burst-${index}`))))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    expect(await stored()).toHaveLength(300)
  })

  it('answers another token as a route that is not there, before it reads the body', async () => {
    const unknown = await api.app.inject({
      method: 'POST',
      url: '/webhooks/orange/nothing',
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    for (const token of ['token-of-the-receiptz', 'token', 'x'.repeat(100), encodeURIComponent('../token'), ADMIN_KEY]) {
      const answer = await post('{', { token })
      expect(answer.statusCode).toBe(404)
      expect(answer.json()).toEqual(unknown.json())
    }
    // Two megabytes that are announced and never come.
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = api.app.server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    const answer = await new Promise<string>((resolve) => {
      socket.once('data', (data) => resolve(data.toString()))
      socket.write(
        `POST /webhooks/orange/receipts/wrong-token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n{`,
      )
    })
    socket.destroy()
    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  })

  it('refuses what is no receipt with a stable code, and keeps what of it is one', async () => {
    for (const body of ['', '{', 'null', '[]', '{"deliveryInfoNotification":{}}']) {
      const answer = await post(body)
      expect([answer.statusCode, answer.json().errors[0].extensions.code]).toEqual([400, 'BAD_RECEIPT'])
    }
    expect(await stored()).toEqual([])
    expect((await post([notice('good'), { bad: true }])).statusCode).toBe(400)
    expect(await stored()).toMatchObject([{ messageId: 'good' }])
  })

  it('refuses a body that is too long, and any other method', async () => {
    const answer = await post(Array.from({ length: 3_000 }, (_, index) => notice(`long-${index}`)))
    expect([answer.statusCode, answer.json().errors[0].extensions.code]).toEqual([413, 'INVALID_INPUT'])
    const get = await api.app.inject({ method: 'GET', url: `/webhooks/orange/receipts/${TOKEN}` })
    expect(get.statusCode).not.toBe(200)
    expect(await stored()).toEqual([])
  })

  it('answers 503 while the database is away, so that Orange may come again, and takes it then', async () => {
    const url = new URL(api.urls.database)
    const name = url.pathname.slice(1)
    url.pathname = '/postgres'
    const admin = openDatabase({ url: url.href, poolSize: 1 })
    await admin.db.$executeRawUnsafe(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`)
    await admin.db.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${name}`
    const away = await post(notice('away'))
    await admin.db.$executeRawUnsafe(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`)
    await admin.release()
    expect([away.statusCode, away.json().errors[0].extensions.code]).toEqual([503, 'UNAVAILABLE'])
    // Connections that were ended are found out and replaced.
    await eventually(async () => (await post(notice('away'))).statusCode === 200)
  })

  it('answers 503 when the table cannot be written in time', async () => {
    await api.db.$transaction(
      async (tx) => {
        await tx.$executeRaw`LOCK TABLE "SmsReceipt" IN ACCESS EXCLUSIVE MODE`
        expect((await post(notice('stuck'))).statusCode).toBe(503)
      },
      { timeout: 20_000 },
    )
  })

  it('writes neither the number nor the token into a log line, an answer or a metric', async () => {
    const answers = [await post(notice('id')), await post('{'), await post(notice('id'), { token: 'another-token-of-nobody' })]
    const metrics = await api.app.inject({ method: 'GET', url: '/metrics', headers: { authorization: `Bearer ${ADMIN_KEY}` } })
    const written = [...api.lines, metrics.body, ...answers.map(({ body }) => body)].join('\n')
    expect(written).toContain('/webhooks/orange/receipts/:token')
    expect(written).toContain('Receipts malformed')
    expect(written).not.toContain(TOKEN)
    expect(written).not.toContain('another-token-of-nobody')
    expect(written).not.toMatch(/(?<![\da-f.-])(?:\+?225)?07\d{8}(?![\da-f-])/)
  })
})
