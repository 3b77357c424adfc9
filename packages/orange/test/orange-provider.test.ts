import { randomUUID } from 'node:crypto'
import type { SendLimits } from '@sms/core'
import { eventually, freePort, openRedis } from '@sms/devstack'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createOrangeProvider, type OrangeProvider, type OrangeProviderOptions } from '../src/index.ts'
import { expired, json, openFakeOrange, take, type FakeOrange } from './fake-orange.ts'

let server: Awaited<ReturnType<typeof openRedis>>
let redis: Redis
let orange: FakeOrange
let providers: OrangeProvider[] = []

beforeAll(async () => {
  server = await openRedis()
  redis = new Redis(server.url)
})
afterAll(async () => {
  redis.disconnect()
  await server.release()
})
beforeEach(async () => {
  await redis.flushall()
  orange = await openFakeOrange()
})
afterEach(async () => {
  await orange.release()
  await Promise.all(providers.map((provider) => provider.close()))
  providers = []
})

const openProvider = (change: Partial<OrangeProviderOptions> = {}): OrangeProvider => {
  const provider = createOrangeProvider(
    { redis },
    {
      accountId: 1,
      appSecret: 's'.repeat(32),
      apiUrl: orange.url,
      clientId: 'client',
      clientSecret: 'secret',
      senderAddress: 'tel:+2250000',
      senderName: null,
      timeoutMs: 2000,
      ...change,
    },
  )
  providers.push(provider)
  return provider
}
const sms = { phoneNumber: '+2250707070707', message: 'Bonjour à tous', senderName: null }
const limitsOf = (change: Partial<SendLimits> = {}) => {
  const asked = { slots: 0, writes: 0 }
  const limits: SendLimits = {
    timeoutMs: 4000,
    mayWrite() {
      asked.writes += 1
      return true
    },
    async takeSlot() {
      asked.slots += 1
      return true
    },
    ...change,
  }
  return { limits, asked }
}
const send = (provider: OrangeProvider, change: Partial<SendLimits> = {}) => provider.send(sms, limitsOf(change).limits)

describe('a send', () => {
  it('is written as Orange documents it', async () => {
    expect(await send(openProvider())).toEqual({ kind: 'accepted', messageId: 'id-1', httpStatus: 201 })
    expect(orange.tokenCalls[0]).toMatchObject({
      authorization: `Basic ${Buffer.from('client:secret').toString('base64')}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    })
    const [call] = orange.sends
    expect(call?.path).toBe('/smsmessaging/v1/outbound/tel%3A%2B2250000/requests')
    expect(call?.headers).toMatchObject({ accept: 'application/json', 'content-type': 'application/json' })
    expect(JSON.parse(call?.body ?? '')).toEqual({
      outboundSMSMessageRequest: {
        address: 'tel:+2250707070707',
        senderAddress: 'tel:+2250000',
        outboundSMSTextMessage: { message: 'Bonjour à tous' },
      },
    })
  })
  it('carries its own sender name, else the account’s', async () => {
    const provider = openProvider({ senderName: 'Default' })
    await send(provider)
    await provider.send({ ...sms, senderName: 'Mon Nom' }, limitsOf().limits)
    expect(orange.sends.map(({ body }) => JSON.parse(body).outboundSMSMessageRequest.senderName)).toEqual(['Default', 'Mon Nom'])
  })
  it('asks for permission once, right before it is written, and for no slot of its own', async () => {
    const { limits, asked } = limitsOf()
    await openProvider().send(sms, limits)
    expect(asked).toEqual({ slots: 0, writes: 1 })
  })
  it('without permission is not written', async () => {
    expect(await send(openProvider(), { mayWrite: () => false })).toMatchObject({ kind: 'unavailable', code: 'NOT_WRITTEN' })
    expect(orange.sends).toHaveLength(0)
  })
  it('aborted before it is written proves that nothing was sent, afterwards it is unknown', async () => {
    const provider = openProvider()
    await provider.prepare()
    expect(await send(provider, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'unavailable', code: 'NOT_WRITTEN' })
    const controller = new AbortController()
    orange.onSend(() => controller.abort())
    expect(await send(provider, { signal: controller.signal })).toMatchObject({ kind: 'unknown', code: 'REPLY_ABANDONED' })
    expect(orange.sends).toHaveLength(1)
  })
  it('whose reply is lost or late is unknown', async () => {
    const provider = openProvider({ timeoutMs: 300 })
    orange.onSend((response) => response.socket?.resetAndDestroy())
    expect(await send(provider)).toMatchObject({ kind: 'unknown', code: 'REPLY_LOST' })
    orange.onSend(() => undefined)
    expect(await send(provider)).toMatchObject({ kind: 'unknown', code: 'REPLY_TIMEOUT' })
    expect(orange.sends).toHaveLength(2)
  })
  it('that would have no time to be answered is not written', async () => {
    const provider = openProvider()
    await provider.prepare()
    expect(await send(provider, { timeoutMs: 100 })).toMatchObject({ kind: 'unavailable', code: 'NOT_WRITTEN' })
    expect(orange.sends).toHaveLength(0)
  })
  it('never repeats Orange’s quotation of the text', async () => {
    orange.onSend(json(400, { requestError: { serviceException: { messageId: 'SVC0002', text: 'Invalid: Bonjour à tous' } } }))
    expect(await send(openProvider())).toMatchObject({ kind: 'rejected', text: 'Invalid: [hidden]' })
  })
})

describe('a refused token', () => {
  it('is replaced and the same attempt repeated in a slot of its own', async () => {
    const provider = openProvider()
    await send(provider)
    orange.revokeAll()
    const { limits, asked } = limitsOf()
    expect(await provider.send(sms, limits)).toMatchObject({ kind: 'accepted' })
    expect(asked).toEqual({ slots: 1, writes: 2 })
    expect(orange.sends.map(({ token }) => token)).toEqual(['token-1', 'token-1', 'token-2'])
  })
  it('is replaced once for 50 sends in flight', async () => {
    const pair = [openProvider(), openProvider()]
    await Promise.all(pair.map((provider) => send(provider)))
    const before = orange.tokenCalls.length
    orange.revokeAll()
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => send(pair[index % 2] ?? openProvider())))
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
    expect([before, orange.tokenCalls.length]).toEqual([1, 2])
  })
  it('without a slot for the repeat is not repeated', async () => {
    const provider = openProvider()
    await send(provider)
    orange.revokeAll()
    expect(await send(provider, { takeSlot: async () => false })).toMatchObject({ kind: 'unavailable', code: 'NOT_WRITTEN' })
    expect(orange.sends).toHaveLength(2)
  })
  it('blocks when two fresh ones are refused in a row, after two requests', async () => {
    orange.onSend(expired)
    expect(await send(openProvider())).toMatchObject({ kind: 'blocked', code: 'TOKEN_REFUSED', httpStatus: 401 })
    expect(orange.sends).toHaveLength(2)
    // The next probe need not find out twice.
    expect(await send(openProvider())).toMatchObject({ kind: 'blocked', code: 'TOKEN_REFUSED' })
    expect(orange.sends).toHaveLength(3)
    orange.onSend(take)
    expect(await send(openProvider())).toMatchObject({ kind: 'accepted' })
    orange.revokeAll()
    expect(await send(openProvider())).toMatchObject({ kind: 'accepted' })
  })
  it('does not block while tokens work for somebody, and gives up after three requests', async () => {
    const [mine, other] = [openProvider(), openProvider()]
    await send(other)
    orange.onSend((response, call) => {
      const { message } = JSON.parse(call.body).outboundSMSMessageRequest.outboundSMSTextMessage
      if (message !== 'refused') return take(response, call)
      orange.revokeAll()
      expired(response, call)
    })
    let posts = 0
    const outcome = await mine.send(
      { ...sms, message: 'refused' },
      limitsOf({
        async takeSlot() {
          posts += 1
          return (await send(other)).kind === 'accepted'
        },
      }).limits,
    )
    expect(outcome).toMatchObject({ kind: 'unauthorized', code: '42' })
    expect(posts).toBe(2)
    expect(orange.sends.filter(({ body }) => body.includes('refused'))).toHaveLength(3)
  })
})

describe('getting ready', () => {
  it('fetches a token and opens a connection, so that the send needs neither', async () => {
    const provider = openProvider()
    expect(await provider.prepare()).toBeNull()
    expect(await provider.prepare()).toBeNull()
    expect([orange.tokenCalls.length, orange.sends.length]).toEqual([1, 0])
    expect(await send(provider)).toMatchObject({ kind: 'accepted' })
    expect(orange.tokenCalls).toHaveLength(1)
  })
  it('says why it cannot: refused credentials', async () => {
    orange.onToken((response) => json(401, { error: 'invalid_client', error_description: 'no' })(response, undefined as never))
    const [one, two] = [openProvider(), openProvider()]
    const refused = { kind: 'blocked', code: 'INVALID_CLIENT', text: 'no', httpStatus: 401 }
    expect(await Promise.all([one.prepare(), two.prepare(), send(one), send(two)])).toEqual([refused, refused, refused, refused])
    expect(orange.tokenCalls).toHaveLength(1)
  })
  it('says why it cannot: Orange is out of reach', async () => {
    const provider = openProvider({ apiUrl: `http://127.0.0.1:${await freePort()}` })
    expect(await provider.prepare()).toMatchObject({
      kind: 'unavailable',
      code: 'TOKEN_UNAVAILABLE',
      text: 'CONNECT_FAILED ECONNREFUSED',
    })
  })
  it('says why it cannot: the token endpoint fails or hangs', async () => {
    orange.onToken((response) => json(502, '')(response, undefined as never))
    expect(await openProvider().prepare()).toMatchObject({ kind: 'unavailable', code: 'TOKEN_UNAVAILABLE', httpStatus: 502 })
    await redis.flushall()
    orange.onToken(() => undefined)
    expect(await openProvider({ timeoutMs: 200 }).prepare()).toMatchObject({ kind: 'unavailable', code: 'TOKEN_UNAVAILABLE' })
  })
})

describe('the contracts', () => {
  it('are read with the shared token, and with a new one when it is refused', async () => {
    const provider = openProvider()
    await send(provider)
    orange.revokeAll()
    orange.onOther(json(200, [{ country: 'CIV', availableUnits: 12, status: 'ACTIVE' }]))
    expect(await provider.readContracts()).toMatchObject({ kind: 'contracts', availableUnits: 12 })
    expect(orange.tokenCalls).toHaveLength(2)
  })
  it('say why they cannot be read', async () => {
    expect(await openProvider().readContracts()).toMatchObject({ kind: 'failed', code: '60' })
  })
})

it('leaves nothing personal in Redis', async () => {
  const secret = `Texte ${randomUUID()}`
  const provider = openProvider()
  await provider.send({ ...sms, message: secret }, limitsOf().limits)
  await eventually(async () => (await redis.keys('*')).length === 1)
  const [key = ''] = await redis.keys('*')
  const held = JSON.stringify(await redis.hgetall(key))
  expect(`${key}${held}`).not.toMatch(/0707070707|Texte|token-1|client/)
})
