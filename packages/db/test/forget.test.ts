import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { forgetOld } from '../src/index.ts'
import { openQueueFixture, type QueueFixture } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(async () => {
  await fixture.clear()
  await fixture.db.$executeRaw`TRUNCATE "IdempotencyKey", "SendPlan"`
})

const givenKey = (key: string, age: string, target: { batchId?: bigint; smsId?: bigint } = {}) =>
  fixture.db.$executeRawUnsafe(
    `INSERT INTO "IdempotencyKey" ("userId", key, "inputHash", "batchId", "smsId", "createdAt")
     VALUES (1, $1, 'hash', $2, $3, clock_timestamp() - $4::interval)`,
    key,
    target.batchId ?? null,
    target.smsId ?? null,
    age,
  )
const keys = async (): Promise<string[]> =>
  (await fixture.db.idempotencyKey.findMany({ orderBy: { key: 'asc' } })).map(({ key }) => key)

describe('the cleanup', () => {
  it('forgets keys older than 72 hours and never a younger one', async () => {
    await givenKey('older', '72 hours 1 minute')
    await givenKey('younger', '71 hours 59 minutes')
    await givenKey('new', '0 seconds')
    expect(await forgetOld(fixture.db)).toEqual({ keys: 1, plans: 0 })
    expect(await keys()).toEqual(['new', 'younger'])
  })

  it('keeps the key of what is not over yet, however old', async () => {
    const waiting = await fixture.givenBatch(2)
    const over = await fixture.givenBatch(2, { firstNumber: 10 })
    await fixture.cancel(over)
    await givenKey('waiting', '90 days', { batchId: waiting })
    await givenKey('over', '90 days', { batchId: over })
    await givenKey('single', '90 days', { smsId: await fixture.givenSingle() })
    await forgetOld(fixture.db)
    expect(await keys()).toEqual(['single', 'waiting'])
  })

  it('goes on in slices, the oldest first', async () => {
    for (const days of [4, 6, 5]) await givenKey(`${days} days`, `${days} days`)
    expect(await forgetOld(fixture.db, 2)).toMatchObject({ keys: 2 })
    expect(await keys()).toEqual(['4 days'])
  })

  it('passes over a key that a call is reading', async () => {
    await givenKey('read', '4 days')
    await fixture.db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 AS one FROM "IdempotencyKey" WHERE key = 'read' FOR KEY SHARE`
      expect(await forgetOld(fixture.db)).toMatchObject({ keys: 0 })
    })
    expect(await forgetOld(fixture.db)).toMatchObject({ keys: 1 })
  })
})
