import type { NewAccount } from '@sms/core'
import { createSenderAccountStore } from '@sms/db'
import { eventually } from '@sms/devstack'
import { createCredentialsSealer } from '@sms/runtime'
import { afterEach, expect, it } from 'vitest'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

let fixture: WorkerFixture
afterEach(() => fixture.release())

const APP_SECRET = 'a secret of the tests, 32 characters or more'
const MALI = { clientId: 'mali', clientSecret: 'secret-of-mali', senderAddress: 'tel:+2230000', tps: 10 }
const DAKAR = { clientId: 'dakar', clientSecret: 'secret-of-dakar', senderAddress: 'tel:+2210000', tps: 40 }
const order = { userId: 1, reason: null }

const open = async (tps = 20): Promise<void> => {
  fixture = await openWorkerFixture({ SIMULATOR_TPS: String(tps), SIMULATOR_ACCOUNTS: JSON.stringify([MALI, DAKAR]) })
}

const sealFor =
  ({ clientId, clientSecret }: { clientId: string; clientSecret: string }, secret = APP_SECRET) =>
  (accountId: number): string =>
    createCredentialsSealer({ secret }).seal(accountId, { clientId, clientSecret })

const createAccount = (
  account: typeof MALI,
  { secret, ...more }: Partial<NewAccount> & { secret?: string } = {},
): Promise<number> =>
  createSenderAccountStore(fixture.db).create(order, {
    name: account.clientId,
    countries: [],
    callingCodes: [],
    apiUrl: null,
    senderAddress: account.senderAddress,
    senderNames: ['CLINIQUE'],
    ratePerSecond: account.tps,
    seal: sealFor(account, secret),
    ...more,
  })

/** A list of one account's own, beside those of the fixture. */
const givenBatch = async (accountId: number, size: number, callingCode: string): Promise<bigint> => {
  const data = { userId: 1, kind: 'LIST', status: 'ACTIVE', message: 'Bonjour', parts: 1, maxAttempts: 5 } as const
  const batch = await fixture.db.smsBatch.create({
    data: { ...data, accountId, announced: size, pending: size, expandedAt: new Date() },
  })
  await fixture.db.$executeRaw`
    INSERT INTO "SmsQueue" ("userId", "batchId", "accountId", "phoneNumber", message, "maxAttempts")
    SELECT 1, ${batch.id}, ${accountId}, '+' || ${callingCode} || lpad((i + 7000000)::text, 8, '0'), 'Bonjour', 5 FROM generate_series(1, ${size}::int) i`
  return batch.id
}

type Client = { accepted: number; tokenCalls: number; rateLimited: number; peakRequestsPerSecond: number } & Record<
  'firstAcceptedAtMs' | 'lastAcceptedAtMs',
  number
>
const clients = async (): Promise<Record<string, Client>> => (await fixture.summary())['clients'] as Record<string, Client>
const DEFAULT = 'simulator-id'

it('sends by three accounts at once, each with its own token and at its own rate', async () => {
  await open()
  const [mali, dakar] = [await createAccount(MALI), await createAccount(DAKAR)]
  const batches = [await fixture.givenBatch(60), await givenBatch(mali, 30, '223'), await givenBatch(dakar, 120, '221')]
  const workers = await Promise.all([1, 2].map(() => fixture.startWorker({ ORANGE_TPS: '20' })))
  for (const batch of batches) await fixture.completed(batch, 25_000)

  const found = await clients()
  for (const [clientId, tps, accepted] of [
    [DEFAULT, 20, 60],
    ['mali', 10, 30],
    ['dakar', 40, 120],
  ] as const) {
    expect(found[clientId], clientId).toMatchObject({ accepted, tokenCalls: 1, rateLimited: 0 })
    const client = found[clientId] as Client
    expect(client.peakRequestsPerSecond, clientId).toBeLessThanOrEqual(tps)
  }
  // Beside each other: each had begun before any had ended.
  const spans = [DEFAULT, 'mali', 'dakar'].map((clientId) => found[clientId] as Client)
  expect(Math.max(...spans.map((span) => span.firstAcceptedAtMs))).toBeLessThan(
    Math.min(...spans.map((span) => span.lastAcceptedAtMs)),
  )
  expect(await fixture.summary()).toMatchObject({ accepted: 210, duplicates: 0 })
  for (const worker of workers) expect(await worker.stop()).toMatchObject({ code: 0 })
})

it('goes on with the others while one is blocked and one is paused', async () => {
  await open(1_000)
  const store = createSenderAccountStore(fixture.db)
  const mali = await createAccount({ ...MALI, clientSecret: 'wrong' })
  const dakar = await createAccount(DAKAR)
  await store.pause(order, dakar)
  const [first, blocked, paused] = [
    await fixture.givenBatch(40),
    await givenBatch(mali, 5, '223'),
    await givenBatch(dakar, 5, '221'),
  ]
  const worker = await fixture.startWorker({ ORANGE_TPS: '100' })
  await fixture.completed(first, 25_000)
  await eventually(async () => (await fixture.db.senderAccount.findUniqueOrThrow({ where: { id: mali } })).pausedReason !== null)
  expect(await fixture.db.senderAccount.findUniqueOrThrow({ where: { id: mali } })).toMatchObject({
    pausedReason: 'INVALID_CLIENT',
  })
  for (const batch of [blocked, paused]) expect(await fixture.counts(batch)).toMatchObject({ pending: 5, sent: 0, failed: 0 })

  // The right credentials: the worker takes them up, and its next probe lifts the block.
  await store.update(order, mali, { seal: sealFor(MALI) })
  await store.resume(order, dakar)
  await fixture.completed(paused, 25_000)
  await fixture.completed(blocked, 25_000)
  expect(worker.lines.join()).not.toContain(MALI.clientSecret)
  expect(await clients()).toMatchObject({ mali: { accepted: 5 }, dakar: { accepted: 5 } })
})

it('takes up an account within three seconds, and new credentials and rates too, without a restart', async () => {
  await open()
  const store = createSenderAccountStore(fixture.db)
  const worker = await fixture.startWorker()
  const appearedAt = performance.now()
  const mali = await createAccount(MALI)
  await worker.waitForLine(/"account started"/, 3_000)
  expect(performance.now() - appearedAt).toBeLessThan(3_000)
  const first = await givenBatch(mali, 3, '223')
  await fixture.completed(first)

  const changedAt = performance.now()
  await store.update(order, mali, { senderAddress: DAKAR.senderAddress, ratePerSecond: DAKAR.tps, seal: sealFor(DAKAR) })
  await eventually(() => worker.lines.filter((line) => line.includes('"account started"')).length === 2, { timeoutMs: 10_000 })
  expect(performance.now() - changedAt).toBeLessThan(5_000)
  const second = await givenBatch(mali, 4, '221')
  await fixture.completed(second)
  expect(await clients()).toMatchObject({ mali: { accepted: 3, tokenCalls: 1 }, dakar: { accepted: 4, tokenCalls: 1 } })

  await store.disable(order, mali)
  await eventually(() => worker.lines.filter((line) => line.includes('"account stopped"')).length === 2, { timeoutMs: 10_000 })
  const third = await givenBatch(mali, 2, '223')
  await store.enable(order, mali)
  await fixture.completed(third)
  expect(await worker.stop()).toMatchObject({ code: 0 })
})

it('settles what is on the wire of an account that is replaced, with the credentials it went out with', async () => {
  await open(1_000)
  await fixture.control('config', { latencyMs: 2_500 })
  const store = createSenderAccountStore(fixture.db)
  const mali = await createAccount(MALI)
  const worker = await fixture.startWorker()
  const batch = await givenBatch(mali, 6, '223')
  await eventually(async () => (await fixture.counts(batch)).processing > 0, { timeoutMs: 15_000, everyMs: 20 })
  await store.update(order, mali, { senderAddress: DAKAR.senderAddress, seal: sealFor(DAKAR) })
  await fixture.completed(batch, 25_000)
  const rows = await fixture.rows(batch)
  expect(rows.map(({ status, attempts }) => [status, attempts])).toEqual(rows.map(() => ['SENT', 1]))
  const found = await clients()
  expect(found['mali']?.accepted).toBeGreaterThan(0)
  expect((found['mali']?.accepted ?? 0) + (found['dakar']?.accepted ?? 0)).toBe(6)
  expect(worker.lines.filter((line) => line.includes('"account stopped"'))).toHaveLength(1)
})

it('skips an account whose credentials it cannot open, says so, and sends by the others', async () => {
  await open(1_000)
  const mali = await createAccount(MALI, { secret: 'another secret of the tests, 32 or more' })
  const dakar = await createAccount(DAKAR)
  const [closed, well] = [await givenBatch(mali, 2, '223'), await givenBatch(dakar, 2, '221')]
  const worker = await fixture.startWorker()
  await worker.waitForLine(/"level":"?(50|error)"?.*account credentials cannot be opened/, 5_000)
  await fixture.completed(well)
  expect(await fixture.counts(closed)).toMatchObject({ pending: 2, sent: 0 })
  const { unreadableAt } = await fixture.db.senderAccount.findUniqueOrThrow({ where: { id: mali } })
  expect(unreadableAt).not.toBeNull()
  await createSenderAccountStore(fixture.db).update(order, mali, { seal: sealFor(MALI) })
  await fixture.completed(closed)
})
