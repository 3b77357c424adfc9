import { eventually } from '@sms/devstack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { numbers, openSystemFixture, type SystemFixture } from './system-fixture.ts'

let system: SystemFixture
beforeAll(async () => {
  // Orange takes its time, so that at every moment some are on the wire.
  system = await openSystemFixture({ workers: 2, ratePerSecond: 100, simulatorEnv: { SIMULATOR_LATENCY_MS: '150' } })
})
afterAll(() => system.release())

type Receipt = { stopped: number; onTheWire: number; onTheWireIds: string[] }

const addressesOf = async (ids: string[]): Promise<string[]> => {
  const { rows } = await system.sql.query<{ phoneNumber: string }>(
    'SELECT "phoneNumber" FROM "SmsQueue" WHERE id = ANY($1::bigint[])',
    [ids],
  )
  return rows.map(({ phoneNumber }) => phoneNumber)
}
const acceptedAddresses = async (): Promise<string[]> =>
  (await system.accepts()).map(({ address }) => address.replace('tel:', ''))

describe('a cancel in the midst of sending', () => {
  it('lets nothing reach Orange but what was sent before and what its receipt names', async () => {
    const batchId = await system.sendList(numbers(3_000))
    await eventually(async () => (await system.summary()).accepted > 50, { timeoutMs: 60_000, everyMs: 20 })
    const { cancelBatch } = await system.graphql<{ cancelBatch: { cancellation: Receipt } }>(
      'mutation ($id: ID!) { cancelBatch(id: $id) { cancellation { stopped onTheWire onTheWireIds } } }',
      { id: batchId },
    )
    const receipt = cancelBatch.cancellation
    const { rows } = await system.sql.query<{ phoneNumber: string }>(
      `SELECT "phoneNumber" FROM "SmsQueue" WHERE "batchId" = $1 AND status IN ('SENT', 'UNKNOWN', 'FAILED')`,
      [batchId],
    )
    const settledByNow = rows.map(({ phoneNumber }) => phoneNumber)
    await eventually(async () => (await system.batch(batchId)).counts.processing === 0, { timeoutMs: 30_000 })
    // The sweep is through when nothing can be claimed any more, whatever job comes.
    await eventually(
      async () =>
        (await system.sql.query(`SELECT 1 FROM "SmsBatch" WHERE id = $1 AND "sweptAt" IS NOT NULL`, [batchId])).rowCount === 1,
      { timeoutMs: 30_000 },
    )
    const named = new Set([...settledByNow, ...(await addressesOf(receipt.onTheWireIds))])
    expect((await acceptedAddresses()).filter((address) => !named.has(address))).toEqual([])
    expect(receipt.onTheWireIds).toHaveLength(receipt.onTheWire)
    expect(receipt.onTheWire).toBeGreaterThan(0)
    const { counts } = await system.batch(batchId)
    expect(counts.sent + counts.failed + counts.unknown + counts.cancelled).toBe(3_000)
    expect(counts.cancelled).toBeGreaterThanOrEqual(receipt.stopped)
    expect(counts.cancelled).toBeLessThanOrEqual(receipt.stopped + receipt.onTheWire)
    await system.expectBalance()
  })
})

describe('the pause of everything', () => {
  it('stops all sending, survives an emptied Redis, and what it held back is sent once', async () => {
    const batchId = await system.sendList(numbers(300, 10_000))
    await eventually(async () => (await system.batch(batchId)).counts.sent > 20, { timeoutMs: 60_000, everyMs: 20 })
    await system.graphql('mutation { pauseSending(reason: "test") { id } }')
    await eventually(async () => (await system.batch(batchId)).counts.processing === 0, { timeoutMs: 30_000 })
    const { accepted } = await system.summary()
    await system.redis.flushall()
    // Its workers have seen the empty Redis, and nothing went out meanwhile.
    await eventually(
      async () =>
        (await system.sql.query('SELECT 1 FROM "SmsQueue" WHERE "dispatchedAt" IS NOT NULL AND status = $1', ['PENDING']))
          .rowCount === 0,
      {
        timeoutMs: 30_000,
      },
    )
    expect((await system.summary()).accepted).toBe(accepted)
    await system.graphql('mutation { resumeSending { id } }')
    expect((await system.completed(batchId)).counts.sent).toBe(300)
    await system.expectBalance()
  })
})
