import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { eventually } from '@sms/devstack'
import { createLogger, parseConfig } from '@sms/runtime'
import { type Client, createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { buildApp } from '../src/app.ts'
import { configSchema } from '../src/config.ts'
import { openDeps } from '../src/deps.ts'
import { type Api, environment, numbers, openApi, type Tenant } from './harness.ts'

const PROGRESS =
  'subscription($id: ID!, $since: String) { batchProgress(batchId: $id, since: $since) { id version status etaSeconds counts { total pending sent } } }'

let api: Api
let tenant: Tenant
let other: Tenant
let port: number
const ends: (() => unknown)[] = []

beforeAll(async () => {
  api = await openApi()
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = (api.app.server.address() as AddressInfo).port
  tenant = await api.createTenant('awa')
  other = await api.createTenant('binta')
})
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})
afterAll(() => api.release())

const clientOf = (key: string | null, to = port): Client => {
  const client = createClient({
    url: `ws://127.0.0.1:${to}/graphql`,
    webSocketImpl: WebSocket,
    lazy: true,
    retryAttempts: 0,
    connectionParams: key === null ? {} : { authorization: `Bearer ${key}` },
  })
  ends.push(() => client.dispose())
  return client
}

type Update = {
  id: string
  version: string
  status: string
  etaSeconds: number | null
  counts: { total: number; pending: number; sent: number }
}

const follow = (client: Client, variables: Record<string, unknown>, query = PROGRESS) => {
  const updates: Update[] = []
  const errors: any[] = []
  const state = { isOver: false, closed: null as { code: number } | null }
  const stop = client.subscribe<Record<string, Update>>(
    { query, variables },
    {
      next: ({ data, errors: refused }) => {
        if (refused !== undefined) errors.push(...refused)
        else updates.push(Object.values(data ?? {})[0] as Update)
      },
      error: (error) => {
        if (Array.isArray(error)) errors.push(...error)
        else state.closed = error as { code: number }
      },
      complete: () => {
        state.isOver = true
      },
    },
  )
  return { updates, errors, state, stop }
}

let start = 0
const send = async (by: Tenant, count: number): Promise<string> => {
  start += count
  const answer = await by.ask('mutation($n: [String!]!) { sendBulkSms(phoneNumbers: $n, message: "Bonjour") { batchId } }', {
    n: numbers(count, start),
  })
  return answer.data['sendBulkSms'].batchId
}
/** As the settle of a worker moves rows and counters. */
const settle = async (batchId: string, count: number) => {
  const id = BigInt(batchId)
  await api.db.$transaction([
    api.db.$executeRaw`UPDATE "SmsBatch" SET pending = pending - ${count}::int, sent = sent + ${count}::int,
      status = CASE WHEN pending = ${count}::int THEN 'COMPLETED'::"BatchStatus" ELSE status END,
      "completedAt" = CASE WHEN pending = ${count}::int THEN clock_timestamp() END WHERE id = ${id}`,
  ])
}

describe('the progress of a batch', () => {
  it('is a snapshot at once, then each change, then the end', async () => {
    const id = await send(tenant, 3)
    const { updates, state, errors } = follow(clientOf(tenant.key), { id })
    await eventually(() => expect(updates.length + errors.length).toBe(1))
    expect(errors).toEqual([])
    expect(updates[0]).toMatchObject({ id, status: 'ACTIVE', etaSeconds: 1, counts: { total: 3, pending: 3, sent: 0 } })
    await settle(id, 1)
    await eventually(() => expect(updates).toHaveLength(2))
    await settle(id, 2)
    await eventually(() => expect(state.isOver).toBe(true))
    expect(updates.map(({ status, counts }) => [status, counts.pending, counts.sent])).toEqual([
      ['ACTIVE', 3, 0],
      ['ACTIVE', 2, 1],
      ['COMPLETED', 0, 3],
    ])
  })

  it('is not repeated to who has seen it, and ends at once when that was the end', async () => {
    const id = await send(tenant, 2)
    const first = follow(clientOf(tenant.key), { id })
    await eventually(() => expect(first.updates).toHaveLength(1))
    first.stop()
    const again = follow(clientOf(tenant.key), { id, since: first.updates[0]?.version })
    const fresh = follow(clientOf(tenant.key), { id })
    await eventually(() => expect(fresh.updates).toHaveLength(1))
    expect(again.updates).toEqual([])
    await settle(id, 2)
    await eventually(() => expect([again.state.isOver, fresh.state.isOver]).toEqual([true, true]))
    expect(again.updates.map(({ status }) => status)).toEqual(['COMPLETED'])
    const late = follow(clientOf(tenant.key), { id, since: again.updates[0]?.version })
    await eventually(() => expect(late.state.isOver).toBe(true))
    expect(late.updates).toEqual([])
  })

  it('has the version that the query gives', async () => {
    const id = await send(tenant, 1)
    const { updates } = follow(clientOf(tenant.key), { id })
    await eventually(() => expect(updates).toHaveLength(1))
    const answer = await tenant.ask('query($id: ID!) { batch(id: $id) { version } }', { id })
    expect(updates[0]?.version).toBe(answer.data['batch'].version)
  })

  it('is refused to another tenant as if there were no such batch, and shown to an administrator', async () => {
    const id = await send(tenant, 1)
    const refused = follow(clientOf(other.key), { id })
    const missing = follow(clientOf(other.key), { id: '999999' })
    const shown = follow(clientOf(api.admin.key), { id })
    await eventually(() => expect([refused.errors.length, missing.errors.length, shown.updates.length]).toEqual([1, 1, 1]))
    for (const { errors, updates } of [refused, missing]) {
      expect(updates).toEqual([])
      expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    }
  })
})

describe('who comes', () => {
  it('without a key, or with a wrong one, is refused with 4401', async () => {
    for (const key of [null, 'no-key-of-anybody']) {
      const { state } = follow(clientOf(key), { id: '1' })
      await eventually(() => expect(state.closed?.code).toBe(4401))
    }
  })

  it('from a page of another site is refused before the socket opens', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', {
      headers: { origin: 'https://elsewhere.example', authorization: `Bearer ${tenant.key}` },
    })
    const [request, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(403)
    response.resume()
    await once(request.socket, 'close')
  })

  it('loses the stream within seconds when the key is revoked', async () => {
    const leaver = await api.createTenant('leaver')
    const id = await send(leaver, 1)
    const { updates, state } = follow(clientOf(leaver.key), { id })
    await eventually(() => expect(updates).toHaveLength(1))
    await api.db.apiKey.updateMany({ where: { userId: Number(leaver.userId) }, data: { revokedAt: new Date() } })
    await eventually(() => expect(state.closed?.code).toBe(4401), { timeoutMs: 10_000 })
  })

  it('may only subscribe, within the fences of every call', async () => {
    const client = clientOf(tenant.key)
    const query = follow(client, {}, '{ me { id } }')
    const aliases = Array.from({ length: 31 }, (_, i) => `a${i}: id`).join(' ')
    const dear = follow(client, { id: '1' }, `subscription($id: ID!) { batchProgress(batchId: $id) { ${aliases} } }`)
    const wrong = follow(client, { id: '1' }, 'subscription($id: ID!) { batchProgress(batchId: $id) { nothing } }')
    const deep = `${'... on SmsBatch { '.repeat(12)}id${' }'.repeat(12)}`
    const tooDeep = follow(client, { id: '1' }, `subscription($id: ID!) { batchProgress(batchId: $id) { ${deep} } }`)
    const all = [query, dear, wrong, tooDeep]
    await eventually(() => expect(all.every(({ errors }) => errors.length === 1)).toBe(true))
    expect(all.map(({ errors }) => errors[0].extensions.code)).toEqual([
      'INVALID_INPUT',
      'QUERY_TOO_COSTLY',
      'GRAPHQL_VALIDATION_FAILED',
      'QUERY_TOO_COSTLY',
    ])
  })
})

it('sends the figures of the queue to each for themselves', async () => {
  const lone = await api.createTenant('lone')
  await send(lone, 4)
  const { updates } = follow(clientOf(lone.key), {}, 'subscription { queueStats { version counts { total pending sent } } }')
  await eventually(() => expect(updates).toMatchObject([{ counts: { total: 4, pending: 4 } }]))
  await send(lone, 2)
  await eventually(() => expect(updates.at(-1)).toMatchObject({ counts: { total: 6, pending: 6 } }))
})

/** Another process in all but name: it shares PostgreSQL and Redis with the first and nothing else. */
const openInstance = async (at = 0) => {
  const config = parseConfig(configSchema, {
    ...environment({ databaseUrl: api.urls.database, redisUrl: api.urls.redis }),
    SMS_SYNC_WAIT_MS: '0',
  })
  const closes: (() => unknown)[] = []
  const deps = openDeps({
    config,
    logger: createLogger({
      name: 'api',
      level: 'error',
      destination: new Writable({ write: (_chunk, _encoding, done) => done() }),
    }),
    lifecycle: { onClose: (_name, close) => void closes.push(() => close(5_000)) },
  })
  const app = await buildApp(deps)
  await app.listen({ host: '127.0.0.1', port: at })
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    await app.close()
    for (const end of closes.toReversed()) await end()
  }
  ends.unshift(close)
  return { app, deps, close, port: (app.server.address() as AddressInfo).port }
}

describe('two instances', () => {
  it('show fifty listeners one batch with at most two updates a second each, all ending alike', async () => {
    const second = await openInstance()
    const crowd = await api.createTenant('crowd')
    const id = await send(crowd, 12)
    const clients = [clientOf(crowd.key), clientOf(crowd.key, second.port)]
    const all = Array.from({ length: 50 }, (_, index) => follow(clients[index % 2]!, { id }))
    await eventually(() => expect(all.every(({ updates }) => updates.length === 1)).toBe(true))
    const startedAt = performance.now()
    for (let done = 0; done < 12; done += 1) await settle(id, 1)
    await eventually(() => expect(all.every(({ state }) => state.isOver)).toBe(true))
    const most = 1 + Math.ceil((performance.now() - startedAt) / 500)
    for (const { updates, errors } of all) {
      expect(errors).toEqual([])
      expect(updates.length).toBeLessThanOrEqual(most + 1)
      expect(updates.at(-1)).toMatchObject({ status: 'COMPLETED', counts: { sent: 12 } })
    }
    expect(new Set(all.map(({ updates }) => updates.at(-1)?.version)).size).toBe(1)
  })

  it('a client comes back by itself to an instance that was restarted, and sees the end', async () => {
    const first = await openInstance()
    const id = await send(tenant, 2)
    const client = createClient({
      url: `ws://127.0.0.1:${first.port}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: Infinity,
      // Left alone it gives up where nobody listens, as between two instances.
      shouldRetry: () => true,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
      connectionParams: { authorization: `Bearer ${tenant.key}` },
    })
    ends.push(() => client.dispose())
    const codes: number[] = []
    client.on('closed', (event) => void codes.push((event as { code: number }).code))
    const { updates, state } = follow(client, { id })
    await eventually(() => expect(updates).toHaveLength(1))
    await first.close()
    await eventually(() => expect(codes[0]).toBe(1012))
    await settle(id, 1)
    await openInstance(first.port)
    await eventually(() => expect(updates.at(-1)?.counts.sent).toBe(1), { timeoutMs: 20_000 })
    await settle(id, 1)
    await eventually(() => expect(state.isOver).toBe(true))
    expect(updates.at(-1)).toMatchObject({ status: 'COMPLETED', counts: { sent: 2 } })
  })
})
