import { fileURLToPath } from 'node:url'
import { eventually, openPostgres } from '@sms/devstack'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClaimer, createSettler, createSmsQueueRepository, type Database, openDatabase } from '../src/index.ts'
import { migrateDatabase } from '../src/migrate.ts'
import { accepted, openQueueFixture, type QueueFixture, requestFor, settlementFor } from './queue-fixture.ts'

let fixture: QueueFixture
beforeAll(async () => {
  fixture = await openQueueFixture()
})
afterAll(() => fixture.release())
beforeEach(() => fixture.clear())

/** The database of the fixture, whose disk obeys: a flush ends, or fails, when told to. */
const slowDisk = () => {
  const flushes: PromiseWithResolvers<void>[] = []
  const openFlush: Database['openFlush'] = async () => {
    const toDisk = await fixture.db.openFlush()
    return async () => {
      const flush = Promise.withResolvers<void>()
      flushes.push(flush)
      await flush.promise
      return toDisk()
    }
  }
  const db = new Proxy(fixture.db, {
    get: (target, name) => (name === 'openFlush' ? openFlush : Reflect.get(target, name)),
  })
  return { sms: createSmsQueueRepository(db), flushes }
}

const isAnswered = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))])

describe('a claim, and a settle', () => {
  it('let go of the batch while the disk writes, and say nothing before it has', async () => {
    const batchId = await fixture.givenBatch(1)
    const requests = (await fixture.sms.findNextBatch(1, 10)).map(requestFor)
    const { sms, flushes } = slowDisk()
    const claim = sms.claim(requests, 'worker-1', 60_000)
    await eventually(() => Promise.resolve(flushes.length === 1))
    await fixture.db.$queryRaw`SELECT id FROM "SmsBatch" FOR UPDATE NOWAIT`
    expect(await fixture.counts(batchId)).toMatchObject({ processing: 1 })
    expect(await isAnswered(claim)).toBe(false)
    flushes[0]?.resolve()
    expect(await claim).toMatchObject([{ kind: 'claimed', attempt: 1 }])

    const settle = sms.settle(requests.map((request) => settlementFor(request, 'SENT', accepted())))
    await eventually(() => Promise.resolve(flushes.length === 2))
    await fixture.db.$queryRaw`SELECT id FROM "SmsBatch" FOR UPDATE NOWAIT`
    expect(await fixture.counts(batchId)).toMatchObject({ sent: 1 })
    expect(await isAnswered(settle)).toBe(false)
    flushes[1]?.resolve()
    expect(await settle).toMatchObject([{ landed: 'applied', status: 'SENT' }])
  })

  it('are repeated where nobody knows whether the disk has them, and are made once', async () => {
    const batchId = await fixture.givenBatch(1)
    const [request] = (await fixture.sms.findNextBatch(1, 10)).map(requestFor)
    if (!request) throw new Error('nothing was dispatched')
    const { sms, flushes } = slowDisk()
    const claimed = createClaimer(sms, { worker: 'worker-1', leaseMs: 60_000, isStopping: () => false }).add(request)
    await eventually(() => Promise.resolve(flushes.length === 1))
    flushes[0]?.reject(new Error('Connection terminated unexpectedly'))
    await eventually(() => Promise.resolve(flushes.length === 2))
    flushes[1]?.resolve()
    expect(await claimed).toMatchObject({ kind: 'claimed', attempt: 1 })

    const settled = createSettler(sms).add(settlementFor(request, 'SENT', accepted()))
    await eventually(() => Promise.resolve(flushes.length === 3))
    flushes[2]?.reject(new Error('Connection terminated unexpectedly'))
    await eventually(() => Promise.resolve(flushes.length === 4))
    flushes[3]?.resolve()
    expect(await settled).toMatchObject({ landed: 'applied', status: 'SENT' })
    expect(await fixture.counts(batchId)).toMatchObject({ sent: 1, processing: 0, status: 'COMPLETED' })
    expect(await fixture.imbalance()).toBe(0)
  })
})

/** Where the log of what was committed ends on the disk, and where it ends. */
const logOf = async (db: Database): Promise<{ isFlushed: boolean }> => {
  const [row] = await db.$queryRaw<
    { isFlushed: boolean }[]
  >`SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() AS "isFlushed"`
  return row ?? { isFlushed: false }
}

it('finds what it was told of after a crash of PostgreSQL', async () => {
  const postgres = await openPostgres({ durable: true })
  try {
    const url = await postgres.createDatabase('crash')
    await migrateDatabase({ url, folder: fileURLToPath(new URL('../../../prisma/migrations', import.meta.url)) })
    const { db, release } = openDatabase({ url, isPipelined: true })
    try {
      await db.$executeRaw`INSERT INTO "SmsQueue" ("userId", "accountId", "phoneNumber", message, "maxAttempts")
        SELECT 1, 1, '+22507' || lpad(i::text, 8, '0'), 'Bonjour', 5 FROM generate_series(1, 20) i`
      const sms = createSmsQueueRepository(db)
      const requests = (await sms.findNextBatch(1, 20)).map(requestFor)
      expect(requests).toHaveLength(20)
      for (const request of requests) {
        await sms.claim([request], 'worker-1', 60_000)
        expect(await logOf(db)).toEqual({ isFlushed: true })
      }
      await sms.settle(requests.slice(0, 10).map((request) => settlementFor(request, 'SENT', accepted())))
      await postgres.shutDown('immediate')
      await postgres.restart()
      const states = await eventually(() => db.smsQueue.groupBy({ by: ['status'], _count: true }).catch(() => false as const))
      expect(states.toSorted((a, b) => a.status.localeCompare(b.status))).toEqual([
        { status: 'PROCESSING', _count: 10 },
        { status: 'SENT', _count: 10 },
      ])
    } finally {
      await release()
    }
  } finally {
    await postgres.release()
  }
}, 60_000)

it('is not told of what a crash took, though the server that recovered flushes', async () => {
  const postgres = await openPostgres({ durable: true })
  try {
    const url = await postgres.createDatabase('lost')
    await migrateDatabase({ url, folder: fileURLToPath(new URL('../../../prisma/migrations', import.meta.url)) })
    const { db, release } = openDatabase({ url, isPipelined: true })
    let isToCrash = true
    const openFlush: Database['openFlush'] = async () => {
      const toDisk = await db.openFlush()
      return async () => {
        if (isToCrash) {
          isToCrash = false
          await postgres.shutDown('immediate')
          await postgres.restart()
        }
        return toDisk()
      }
    }
    const crashing = new Proxy(db, { get: (target, name) => (name === 'openFlush' ? openFlush : Reflect.get(target, name)) })
    try {
      // Nobody else takes the log to the disk meanwhile.
      await db.$executeRaw`ALTER SYSTEM SET wal_writer_delay = '10s'`
      await db.$queryRaw`SELECT pg_reload_conf()::text`
      await db.$executeRaw`INSERT INTO "SmsQueue" ("userId", "accountId", "phoneNumber", message, "maxAttempts")
        VALUES (1, 1, '+2250700000001', 'Bonjour', 5)`
      const sms = createSmsQueueRepository(crashing)
      const [request] = (await sms.findNextBatch(1, 1)).map(requestFor)
      if (!request) throw new Error('nothing was dispatched')
      await expect(sms.claim([request], 'worker-1', 60_000)).rejects.toThrow()
      const statusNow = () => db.smsQueue.findFirstOrThrow().catch(() => false as const)
      expect(await eventually(statusNow)).toMatchObject({ status: 'PENDING' })
      const claims = createClaimer(sms, { worker: 'worker-1', leaseMs: 60_000, isStopping: () => false })
      expect(await claims.add(request)).toMatchObject({ kind: 'claimed', attempt: 1 })
      isToCrash = true
      expect(await createSettler(sms).add(settlementFor(request, 'SENT', accepted()))).toMatchObject({ landed: 'applied' })
      expect(await statusNow()).toMatchObject({ status: 'SENT' })
    } finally {
      await release()
    }
  } finally {
    await postgres.release()
  }
}, 60_000)
