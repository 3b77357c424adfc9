import type { ClaimRequest } from '@sms/core'
import { createReleases, eventually, openProxy } from '@sms/devstack'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { Prisma } from '../src/generated/client.ts'
import { createSmsQueueRepository, type Database, isUnavailable, openDatabase, type SmsQueueRepository } from '../src/index.ts'
import { createPipeline } from '../src/pipeline.ts'
import { claimSql } from '../src/sql/claim.ts'
import { openQueueFixture, type QueueFixture, requestFor } from './queue-fixture.ts'

type Pipeline = ReturnType<typeof createPipeline>
type Statement = Parameters<Pipeline['query']>[0]

const releases = createReleases()
let fixture: QueueFixture
let db: Database
let sms: SmsQueueRepository
beforeAll(async () => {
  fixture = await openQueueFixture()
  releases.push(() => fixture.release())
  const opened = openDatabase({ url: fixture.url, isPipelined: true })
  releases.push(opened.release)
  db = opened.db
  sms = createSmsQueueRepository(db)
})
afterAll(() => releases.release())
beforeEach(async () => {
  await fixture.clear()
  await openPipeline()
})

const backend = (name: string, more = Prisma.empty): Prisma.Sql =>
  Prisma.sql`${Prisma.raw(`/* prepared: ${name} */`)} SELECT pg_backend_pid()::int AS pid ${more}`
const ask = async (sql: Prisma.Sql): Promise<number> => (await db.queryPrepared<{ pid: number }>(sql))[0]?.pid ?? -1

/** Until then they go by the pool, which gives them the connection that it gives to others. */
const openPipeline = () =>
  eventually(async () => {
    const [first, second] = await Promise.all([ask(backend('one')), ask(backend('one'))])
    return first === second
  })

it('sends prepared statements one behind the other on one connection, each answered for itself', async () => {
  const [first, refused, last] = await Promise.allSettled([
    ask(backend('one')),
    ask(backend('two', Prisma.sql`, 1 / ${0}::int AS nothing`)),
    ask(backend('one')),
  ])
  expect(first).toEqual(last)
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: '22012' } })
})

it('gives each statement a moment of its own: the second sees what the first committed', async () => {
  await fixture.givenBatch(3)
  const requests = (await fixture.sms.findNextBatch(1, 10)).map(requestFor)
  const claims = await Promise.all(requests.map((request) => sms.claim([request], 'worker-1', 60_000)))
  expect(claims.flat().map(({ kind }) => kind)).toEqual(['claimed', 'claimed', 'claimed'])
  expect(await fixture.imbalance()).toBe(0)
})

const waitingClaims = async (): Promise<number> =>
  (
    await fixture.db.$queryRaw<unknown[]>`SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%prepared: claim %'`
  ).length

/** Holds the row of a batch until told; resolves when a claim waits for it. */
const stickClaim = async (batchId: bigint, claim: () => Promise<unknown>) => {
  const mayEnd = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const holding = fixture.db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT 1 FROM "SmsBatch" WHERE id = ${batchId} FOR UPDATE`
    locked.resolve()
    await mayEnd.promise
  })
  await Promise.race([locked.promise, holding])
  const stuck = claim()
  await eventually(async () => (await waitingClaims()) === 1)
  const end = (): Promise<void> => {
    mayEnd.resolve()
    return holding
  }
  return { stuck, end }
}

it('does not let a statement that waits for a lock hold up those that come later', async () => {
  const batchId = await fixture.givenBatch(1)
  const single = await fixture.givenSingle()
  const requests = (await fixture.sms.findNextBatch(1, 10)).map(requestFor)
  const claim = (isSingle: boolean) =>
    sms.claim(
      requests.filter(({ smsId }) => (smsId === single) === isSingle),
      'worker-1',
      60_000,
    )
  const { stuck, end } = await stickClaim(batchId, () => claim(false))
  // For longer than those that are sent right behind it are kept waiting.
  await db.$queryRaw`SELECT pg_sleep(0.15)::text`
  expect(await claim(true)).toMatchObject([{ kind: 'claimed', smsId: single }])
  await end()
  expect(await stuck).toMatchObject([{ kind: 'claimed', batchId }])
})

const claimOf = (requests: readonly ClaimRequest[]): Statement => {
  const jobs = {
    smsIds: requests.map(({ smsId }) => smsId),
    dispatches: requests.map(({ dispatch }) => dispatch),
    claimIds: requests.map(({ claimId }) => claimId),
  }
  const { text, values } = claimSql(jobs, 'worker-1', 60_000)
  return { name: 'claim', text, values }
}
const PID: Statement = { name: 'pid', text: 'SELECT pg_backend_pid()::int AS pid', values: [] }

/** A connection whose statements wait behind each other however busy this machine is, and go no other way. */
const openPatient = (url: string) => {
  const pipeline = createPipeline({ connectionString: url }, { patienceMs: Infinity, idleMs: 60_000 })
  releases.push(pipeline.release)
  return pipeline
}
/** Once it is open. */
const pidOf = (pipeline: Pipeline): Promise<number> =>
  eventually(async () => (await pipeline.query<{ pid: number }>(PID))?.[0]?.pid ?? false)
const errorOf = (work: Promise<unknown> | null): Promise<unknown> =>
  (work ?? Promise.reject(new Error('closed'))).catch((error: unknown) => error)

it('tells all who wait that the connection broke, and opens another', async () => {
  const batchId = await fixture.givenBatch(1)
  const requests = (await fixture.sms.findNextBatch(1, 10)).map(requestFor)
  const pipeline = openPatient(fixture.url)
  const pid = await pidOf(pipeline)
  const { stuck, end } = await stickClaim(batchId, () =>
    Promise.all([errorOf(pipeline.query(claimOf(requests))), errorOf(pipeline.query(PID))]),
  )
  await db.$queryRaw`SELECT pg_terminate_backend(${pid}::int)`
  expect(((await stuck) as unknown[]).map(isUnavailable)).toEqual([true, true])
  await end()
  expect(await pidOf(pipeline)).not.toBe(pid)
  expect(await sms.claim(requests, 'worker-1', 60_000)).toMatchObject([{ kind: 'claimed', batchId }])
})

it('leaves no statement with the server that runs when nobody is there any more', async () => {
  const proxy = await openProxy(fixture.url)
  releases.push(() => proxy.release())
  const pipeline = openPatient(proxy.url)
  const pid = await pidOf(pipeline)
  const batchId = await fixture.givenBatch(1)
  const single = await fixture.givenSingle()
  const requests = (await fixture.sms.findNextBatch(1, 10)).map(requestFor)
  const { stuck, end } = await stickClaim(batchId, () =>
    Promise.all(
      [false, true].map((isSingle) =>
        errorOf(pipeline.query(claimOf(requests.filter(({ smsId }) => (smsId === single) === isSingle)))),
      ),
    ),
  )
  await proxy.cut()
  expect(((await stuck) as unknown[]).map(isUnavailable)).toEqual([true, true])
  // Between two looks for its client the session does not wait, and yet it is there.
  await eventually(async () => (await db.$queryRaw<[]>`SELECT FROM pg_stat_activity WHERE pid = ${pid}::int`).length === 0)
  await end()
  expect(await fixture.db.smsQueue.count({ where: { status: 'PENDING' } })).toBe(2)
})

it('refuses a statement after its release', async () => {
  const other = openDatabase({ url: fixture.url, isPipelined: true })
  await other.db.queryPrepared(backend('one'))
  await other.release()
  await expect(other.db.queryPrepared(backend('one'))).rejects.toThrow('after calling end')
})
