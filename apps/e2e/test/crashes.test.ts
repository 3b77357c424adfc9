import { eventually } from '@sms/devstack'
import { afterEach, describe, expect, it } from 'vitest'
import { numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'

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
