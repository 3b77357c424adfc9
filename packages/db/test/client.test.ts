import { afterAll, beforeAll, expect, it } from 'vitest'
import { createReleases, openProxy, type Proxy } from '@sms/devstack'
import {
  askDatabase,
  createSettler,
  createSmsQueueRepository,
  type Database,
  failureOf,
  isUnavailable,
  openDatabase,
} from '../src/index.ts'
import { accepted, openQueueFixture, type QueueFixture, settlementFor } from './queue-fixture.ts'

const releases = createReleases()
let fixture: QueueFixture
let proxy: Proxy
let db: Database
beforeAll(async () => {
  fixture = await openQueueFixture()
  releases.push(() => fixture.release())
  proxy = await openProxy(fixture.url)
  releases.push(() => proxy.release())
  const opened = openDatabase({ url: proxy.url, poolSize: 2, statementTimeoutMs: 300 })
  releases.push(opened.release)
  db = opened.db
})
afterAll(() => releases.release())

const failureOfQuery = (): Promise<unknown> =>
  db.$queryRaw`SELECT 1`.then(
    () => null,
    (error: unknown) => error,
  )

it('gives a statement up when the server says nothing, and works again when it speaks', async () => {
  await db.$queryRaw`SELECT 1`
  proxy.hold()
  const startedAt = performance.now()
  const error = await failureOfQuery()
  expect(performance.now() - startedAt).toBeLessThan(4_000)
  expect([isUnavailable(error), failureOf(error)]).toEqual([true, 'away'])
  await expect(askDatabase({ url: proxy.url, limitMs: 300 })).rejects.toThrow()
  proxy.resume()
  expect(await failureOfQuery()).toBeNull()
  await askDatabase({ url: proxy.url, limitMs: 1_000 })
})

it('settles an outcome whose statement hung, once', async () => {
  const batchId = await fixture.givenBatch(3)
  const { requests } = await fixture.claimAll()
  const retried = Promise.withResolvers<void>()
  const settler = createSettler(createSmsQueueRepository(db), { onRetry: () => retried.resolve() })
  await db.$queryRaw`SELECT 1`
  proxy.hold()
  const results = Promise.all(requests.map((request) => settler.add(settlementFor(request, 'SENT', accepted()))))
  await retried.promise
  expect(settler.pendingForMs()).toBeGreaterThan(2_000)
  proxy.resume()
  expect((await results).map((result) => result.status)).toEqual(['SENT', 'SENT', 'SENT'])
  expect(await fixture.counts(batchId)).toMatchObject({ sent: 3, processing: 0 })
  expect(await fixture.imbalance()).toBe(0)
})

it('does not wait for a silent server to release its connections', async () => {
  const opened = openDatabase({ url: proxy.url, poolSize: 1 })
  await opened.db.$queryRaw`SELECT 1`
  proxy.hold()
  const hanging = opened.db.$queryRaw`SELECT 1`.catch(() => null)
  const startedAt = performance.now()
  await opened.release()
  expect(performance.now() - startedAt).toBeLessThan(4_000)
  proxy.resume()
  await hanging
})

it('counts a server that would let nobody write as one that is not there', async () => {
  await fixture.db.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE "SmsEvent" IN SHARE MODE`
    await expect(askDatabase({ url: fixture.url, limitMs: 300 })).rejects.toThrow()
  })
  await askDatabase({ url: fixture.url, limitMs: 1_000 })
})
