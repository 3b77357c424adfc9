import { once } from 'node:events'
import { connect } from 'node:net'
import { eventually } from '@sms/devstack'
import { afterEach, describe, expect, it } from 'vitest'
import { numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'
import { ADMIN_KEY } from './test-system.ts'

let system: SystemFixture | undefined
afterEach(async () => {
  await system?.release()
  system = undefined
})

const LEASE_MS = 4_000
const env = { SMS_LEASE_MS: String(LEASE_MS), ORANGE_TIMEOUT_MS: '1500' }

const someSent = async (running: SystemFixture, batchId: string, atLeast: number): Promise<void> => {
  await eventually(async () => (await running.batch(batchId)).counts.sent >= atLeast, { timeoutMs: 30_000, everyMs: 10 })
}

describe('a crash in the middle of a batch', () => {
  it('kill -9 of a worker: nothing twice, the rest is sent, what was on the wire is SENT or UNKNOWN', async () => {
    system = await openSystemFixture({ workers: 2, ratePerSecond: 300, env, simulatorEnv: { SIMULATOR_LATENCY_MS: '60' } })
    const batchId = await system.sendList(numbers(600))
    await someSent(system, batchId, 100)
    const before = (await system.summary()).accepted
    system.workers[0]?.kill('SIGKILL')
    const { rows } = await system.sql.query<{ onWire: number }>(
      `SELECT count(*)::int AS "onWire" FROM "SmsQueue" WHERE status = 'PROCESSING'`,
    )
    expect(before).toBeLessThan(600)

    const batch = await system.completed(batchId)
    const { unknown } = await system.expectBalance()
    expect(batch.counts).toMatchObject({ total: 600, failed: 0, cancelled: 0, sent: 600 - unknown, unknown })
    expect(unknown).toBeLessThanOrEqual(rows[0]?.onWire ?? 0)
    // Nothing but the killed worker's own SMS.
    const left = await system.sql.query(`SELECT DISTINCT "errorCode" FROM "SmsQueue" WHERE status = 'UNKNOWN'`)
    expect(left.rows.map(({ errorCode }) => errorCode)).toEqual(unknown > 0 ? ['LEASE_EXPIRED'] : [])
  }, 120_000)

  it('FLUSHALL of Redis: the batch completes, nothing twice, nothing forgotten', async () => {
    system = await openSystemFixture({ workers: 2, ratePerSecond: 300, env })
    const batchId = await system.sendList(numbers(900))
    await someSent(system, batchId, 150)
    await system.redis.flushall()
    await someSent(system, batchId, 400)
    await system.redis.flushall()
    const batch = await system.completed(batchId)
    expect(batch.counts).toMatchObject({ total: 900, sent: 900, unknown: 0, failed: 0 })
    expect(await system.expectBalance()).toMatchObject({ accepted: 900, sent: 900 })
  }, 120_000)

  it('SIGTERM of a worker: it settles what is on the wire and exits 0; the others go on', async () => {
    system = await openSystemFixture({ workers: 2, ratePerSecond: 300, env, simulatorEnv: { SIMULATOR_LATENCY_MS: '100' } })
    const batchId = await system.sendList(numbers(500))
    await someSent(system, batchId, 100)
    expect(await system.workers[0]?.stop()).toMatchObject({ code: 0 })
    const batch = await system.completed(batchId)
    expect(batch.counts).toMatchObject({ total: 500, sent: 500, unknown: 0 })
    await system.expectBalance()
  }, 120_000)
})

describe('a crash in the middle of an upload', () => {
  const BOUNDARY = 'x'.repeat(20)
  const field = (name: string, value: string) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const fields = `${field('message', 'Bonjour')}${field('idempotencyKey', 'one upload')}`
  const head = `${fields}--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\nphone\n`

  /** Half of a file, whose rows are in PostgreSQL. */
  const uploadHalf = async ({ apiUrl, sql }: SystemFixture, phoneNumbers: string[]) => {
    const socket = connect(Number(new URL(apiUrl).port), '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    const text = `${head}${phoneNumbers.join('\n')}\n`
    socket.write(
      `POST /v1/batches HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_KEY}\r\ncontent-type: multipart/form-data; boundary=${BOUNDARY}\r\n` +
        `transfer-encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n`,
    )
    await eventually(async () => expect(await sizeOf(sql)).toBeGreaterThan(1_000_000), { timeoutMs: 20_000 })
    return socket
  }
  const sizeOf = async (sql: SystemFixture['sql']): Promise<number> =>
    Number((await sql.query<{ size: string }>(`SELECT pg_relation_size('"SmsQueue"') AS size`)).rows[0]?.size)
  const openTransactions = async ({ sql }: SystemFixture): Promise<number> =>
    (
      await sql.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
      )
    ).rows[0]?.n ?? -1

  it('kill -9 of the API: no batch, nothing sent or charged, its rows swept; the same upload again is sent once', async () => {
    system = await openSystemFixture({ workers: 1, ratePerSecond: 300, env })
    const running = system
    const socket = await uploadHalf(running, numbers(20_000))
    running.api.kill('SIGKILL')
    await eventually(async () => expect(await openTransactions(running)).toBe(0), { timeoutMs: 20_000 })
    socket.destroy()

    const { rows } = await running.sql.query(`SELECT (SELECT count(*)::int FROM "SmsBatch") AS batches,
      (SELECT count(*)::int FROM "SmsQueue") AS sms, (SELECT count(*)::int FROM "BatchRefusal") AS refusals,
      (SELECT count(*)::int FROM "IdempotencyKey") AS keys`)
    expect(rows).toEqual([{ batches: 0, sms: 0, refusals: 0, keys: 0 }])
    // What autovacuum does by itself: the pages are given back.
    await eventually(
      async () => {
        await running.sql.query('VACUUM "SmsQueue"')
        expect(await sizeOf(running.sql)).toBe(0)
      },
      { timeoutMs: 20_000 },
    )

    const apiUrl = await running.startApi()
    const form = new FormData()
    form.set('message', 'Bonjour')
    form.set('idempotencyKey', 'one upload')
    form.set('file', new Blob([`phone\n${numbers(200).join('\n')}\n`], { type: 'text/csv' }), 'a.csv')
    const again = await fetch(`${apiUrl}/v1/batches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      body: form,
    })
    expect([again.status, ((await again.json()) as { isRepeated: boolean }).isRepeated]).toEqual([201, false])
    await eventually(async () => expect((await running.summary()).accepted).toBe(200), { timeoutMs: 30_000 })
    await eventually(async () => {
      expect(await running.expectBalance()).toEqual({ accepted: 200, sent: 200, unknown: 0 })
    })
  }, 120_000)
})
