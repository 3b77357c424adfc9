import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '@sms/devstack'
import { openWorkerFixture, type WorkerFixture } from './worker-fixture.ts'

const BACKLOG = 200_000
const BACKLOG_TEXT = 'Bonjour'

let fixture: WorkerFixture
let tps: string
beforeEach(async () => {
  tps = '20'
  fixture = await openWorkerFixture({ SIMULATOR_TPS: tps })
})
afterEach(() => fixture.release())

const startWorkers = () => Promise.all([1, 2].map(() => fixture.startWorker({ ORANGE_TPS: tps })))

const givenSingles = (count: number, from: number) => fixture.db.$executeRaw`
  INSERT INTO "SmsQueue" ("userId", "accountId", "phoneNumber", message, "maxAttempts")
  SELECT 1, 1, '+22505' || lpad((i + ${from})::text, 8, '0'), 'Code', 5 FROM generate_series(1, ${count}::int) i`

const sent = async (): Promise<{ bulk: number; singles: number }> => {
  const [row] = await fixture.db.$queryRaw<{ bulk: number; singles: number }[]>`
    SELECT count(*) FILTER (WHERE message = ${BACKLOG_TEXT})::int AS bulk, count(*) FILTER (WHERE message = 'Code')::int AS singles
    FROM "SmsQueue" WHERE status = 'SENT'`
  return row ?? { bulk: 0, singles: 0 }
}

it('sends a single SMS within a second beside a backlog of 200,000', async () => {
  await fixture.givenBatch(BACKLOG)
  await startWorkers()
  await eventually(async () => (await sent()).bulk > 20, { timeoutMs: 15_000 })
  for (let n = 0; n < 10; n += 1) {
    await givenSingles(1, n)
    await eventually(async () => (await sent()).singles === n + 1, { timeoutMs: 5_000, everyMs: 100 })
  }
  const waits = await fixture.db.$queryRaw<{ ms: number }[]>`
    SELECT extract(epoch FROM "sentAt" - "createdAt")::float8 * 1000 AS ms FROM "SmsQueue" WHERE message = 'Code' ORDER BY ms`
  // The worker's own dispatch comes every 400 ms; the API's comes at once.
  expect(waits[8]?.ms).toBeLessThan(1_000)
})

it('keeps a share for batches when there are more single SMS than half the rate', async () => {
  await fixture.givenBatch(5_000)
  await startWorkers()
  await eventually(async () => (await sent()).bulk > 20, { timeoutMs: 15_000 })
  await givenSingles(400, 0)
  const before = await sent()
  await eventually(async () => (await sent()).singles >= 60, { timeoutMs: 20_000 })
  const after = await sent()
  const [bulk, singles] = [after.bulk - before.bulk, after.singles - before.singles]
  expect(bulk / (bulk + singles)).toBeGreaterThan(0.15)
  expect(bulk / (bulk + singles)).toBeLessThan(0.65)
})
