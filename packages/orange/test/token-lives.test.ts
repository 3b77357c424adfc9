import { randomUUID } from 'node:crypto'
import { eventually, openRedis } from '@sms/devstack'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createOrangeProvider, type OrangeProvider } from '../src/index.ts'
import { json, openFakeOrange, take, type FakeOrange } from './fake-orange.ts'

/** Tokens that live for a second or two, used by several processes that send all the while. */

let server: Awaited<ReturnType<typeof openRedis>>
let orange: FakeOrange
const clients: Redis[] = []
let providers: OrangeProvider[] = []

const connect = (): Redis => {
  const client = new Redis(server.url)
  clients.push(client)
  return client
}
beforeAll(async () => {
  server = await openRedis()
})
afterAll(async () => {
  for (const client of clients) client.disconnect()
  await server.release()
})
beforeEach(async () => {
  await connect().flushall()
  orange = await openFakeOrange()
})
afterEach(async () => {
  await orange.release()
  await Promise.all(providers.map((provider) => provider.close()))
  providers = []
})

/** A provider as another process has it: a memory, a connection to Redis and one to Orange of its own. */
const openProcess = (clientSecret = 'secret'): OrangeProvider => {
  const provider = createOrangeProvider(
    { redis: connect() },
    {
      accountId: 1,
      appSecret: 's'.repeat(32),
      apiUrl: orange.url,
      clientId: 'client',
      clientSecret,
      senderAddress: 'tel:+2250000',
      senderName: null,
      timeoutMs: 2000,
    },
  )
  providers.push(provider)
  return provider
}
const openProcesses = (count: number) => Array.from({ length: count }, () => openProcess())

const limits = { timeoutMs: 2000, mayWrite: () => true, takeSlot: async () => true }
const sendOnce = (provider: OrangeProvider) =>
  provider.send({ phoneNumber: '+2250707070707', message: randomUUID(), senderName: null }, limits)

/** Every process sends one SMS after the other; what each came to, and how long the slowest one took. */
const sendFor = async (senders: OrangeProvider[], forMs: number) => {
  const startedAt = performance.now()
  const kinds = new Map<string, number>()
  let slowestMs = 0
  const loop = async (provider: OrangeProvider): Promise<void> => {
    while (performance.now() - startedAt < forMs) {
      const begunAt = performance.now()
      const { kind } = await sendOnce(provider)
      slowestMs = Math.max(slowestMs, performance.now() - begunAt)
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  await Promise.all(senders.map(loop))
  return { kinds: Object.fromEntries(kinds), slowestMs }
}

/** Tokens that end, by this server's clock, after so many seconds. */
const grantFor = (lifetimeS: number, delayMs = 0) => {
  const bornAt = new Map<string, number>()
  orange.onToken((response, issue) => {
    const token = issue()
    bornAt.set(token, performance.now())
    setTimeout(() => json(200, { access_token: token, expires_in: lifetimeS })(response, undefined as never), delayMs)
  })
  orange.onSend((response, call) => {
    const ageMs = performance.now() - (bornAt.get(call.token) ?? Number.NEGATIVE_INFINITY)
    if (ageMs >= lifetimeS * 1000) json(401, { code: 42, message: 'Expired credentials' })(response, call)
    else take(response, call)
  })
}

describe('sending for longer than a token lives', () => {
  it('fails no attempt, waits for no token, and asks for one a life whatever the number of processes', async () => {
    grantFor(3, 350)
    const senders = openProcesses(4)
    await Promise.all(senders.map((sender) => sender.prepare()))
    const { kinds, slowestMs } = await sendFor(senders, 8000)
    expect(Object.keys(kinds)).toEqual(['accepted'])
    expect(orange.sends).toHaveLength(kinds['accepted'] ?? 0)
    // The next one is asked for after 2.4 s: three times in these eight seconds, beside the first.
    expect(orange.tokenCalls.length).toBeGreaterThanOrEqual(4)
    expect(orange.tokenCalls.length).toBeLessThanOrEqual(5)
    // Waiting for a token would take 350 ms.
    expect(slowestMs).toBeLessThan(330)
  })

  it('goes on with the old token while the next one cannot be had, until it really ends', async () => {
    grantFor(2)
    const senders = openProcesses(3)
    await Promise.all(senders.map((sender) => sender.prepare()))
    orange.onToken((response) => json(500, '')(response, undefined as never))
    const { kinds } = await sendFor(senders, 1700)
    expect(Object.keys(kinds)).toEqual(['accepted'])
    await eventually(() => orange.tokenCalls.length === 2)
    const after = await sendFor(senders, 400)
    // Asked for once at 80 % and refused: nobody asks again within the second that follows.
    expect(orange.tokenCalls).toHaveLength(2)
    expect(after.kinds['unavailable']).toBeGreaterThan(0)
    grantFor(2)
    await eventually(async () => (await senders[0]?.prepare()) === null, { timeoutMs: 4000 })
    expect(await Promise.all(senders.map(sendOnce))).toMatchObject([
      { kind: 'accepted' },
      { kind: 'accepted' },
      { kind: 'accepted' },
    ])
    expect(orange.tokenCalls.length).toBeLessThanOrEqual(4)
  })

  it('goes on while the endpoint hangs', async () => {
    grantFor(2)
    const senders = openProcesses(3)
    await Promise.all(senders.map((sender) => sender.prepare()))
    orange.onToken(() => undefined)
    const { kinds, slowestMs } = await sendFor(senders, 1800)
    expect(Object.keys(kinds)).toEqual(['accepted'])
    expect(orange.tokenCalls).toHaveLength(2)
    // Waiting for a token would take as long as the caller allows.
    expect(slowestMs).toBeLessThan(1000)
  })

  it('repeats within the attempt where a new token ends the old one', async () => {
    orange.onToken((response, issue) => {
      orange.revokeAll()
      json(200, { access_token: issue(), expires_in: 2 })(response, undefined as never)
    })
    const senders = openProcesses(3)
    await Promise.all(senders.map((sender) => sender.prepare()))
    const { kinds } = await sendFor(senders, 4000)
    expect(Object.keys(kinds)).toEqual(['accepted'])
    expect(orange.tokenCalls.length).toBeLessThanOrEqual(4)
  })
})

describe('a token endpoint in trouble', () => {
  it.each([
    ['500', json(500, '')],
    ['429 with Retry-After', json(429, '', { 'Retry-After': '2' })],
    ['429 without', json(429, '')],
    ['invalid_client', json(401, { error: 'invalid_client' })],
  ])('that answers %s is called once by eight processes that go on asking', async (_name, respond) => {
    orange.onToken((response) => respond(response, undefined as never))
    const senders = openProcesses(8)
    await Promise.all(senders.map((sender) => sender.prepare()))
    const stopAt = performance.now() + 700
    while (performance.now() < stopAt) await Promise.all(senders.map((sender) => sender.prepare()))
    expect(orange.tokenCalls).toHaveLength(1)
    expect(orange.sends).toHaveLength(0)
  })

  it('does not make corrected credentials wait', async () => {
    orange.onToken((response) => json(401, { error: 'invalid_client' })(response, undefined as never))
    expect(await openProcess().prepare()).toMatchObject({ kind: 'blocked', code: 'INVALID_CLIENT' })
    grantFor(3600)
    expect(await openProcess().prepare()).toMatchObject({ kind: 'blocked', code: 'INVALID_CLIENT' })
    expect(await openProcess('corrected').prepare()).toBeNull()
    expect(orange.tokenCalls).toHaveLength(2)
  })
})

describe('the contracts', () => {
  const units = (availableUnits: number) => json(200, [{ country: 'CIV', availableUnits, status: 'ACTIVE' }])
  const countAsks = (respond: Parameters<FakeOrange['onOther']>[0]) => {
    const asks = { count: 0 }
    orange.onOther((response, call) => {
      asks.count += 1
      respond(response, call)
    })
    return asks
  }

  it('are asked for once a minute by all processes together', async () => {
    const asks = countAsks(units(12))
    const [first, ...others] = openProcesses(6)
    expect(await first?.readContracts()).toMatchObject({ kind: 'contracts', availableUnits: 12, trouble: null })
    for (const reading of await Promise.all(others.map((process) => process.readContracts()))) {
      expect(reading).toMatchObject({ kind: 'contracts', availableUnits: 12, expiresAt: null })
      expect(reading.kind === 'contracts' && reading.ageMs).toBeLessThan(5000)
    }
    expect(asks.count).toBe(1)
  })

  it('are asked for once when all ask together, and nobody waits for the one who does', async () => {
    const asks = countAsks(units(12))
    const readings = await Promise.all(openProcesses(6).map((process) => process.readContracts()))
    expect(asks.count).toBe(1)
    expect(readings.filter(({ kind }) => kind === 'asking')).toHaveLength(5)
  })

  it('that cannot be read are not asked for again at once', async () => {
    const asks = countAsks(json(500, { code: 1 }))
    const [one, other] = [openProcess(), openProcess()]
    expect(await one.readContracts()).toMatchObject({ kind: 'failed', code: '1' })
    expect(await other.readContracts()).toMatchObject({ kind: 'failed', code: '1' })
    expect(asks.count).toBe(1)
  })

  it('of an endless answer are not read', async () => {
    orange.onOther((response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.write('[')
      for (let part = 0; part < 10; part += 1) response.write(' '.repeat(100_000))
    })
    expect(await openProcess().readContracts()).toMatchObject({ kind: 'failed', code: 'UNREADABLE' })
  })

  it('end by Orange’s clock, not by this machine’s', async () => {
    const contract = { country: 'CIV', availableUnits: 5, status: 'ACTIVE', expirationDate: '2031-01-01T00:00:00Z' }
    orange.onOther(json(200, [contract], { Date: 'Thu, 02 Jan 2031 00:00:00 GMT' }))
    expect(await openProcess().readContracts()).toMatchObject({
      kind: 'contracts',
      availableUnits: 0,
      trouble: 'CONTRACT_EXPIRED',
    })
  })
})
